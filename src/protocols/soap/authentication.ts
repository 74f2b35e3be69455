/** Authenticates a service provider by the SOAP header of its request. */
import type { Environment } from "../../core/markets.ts";
import type { ApplicationCache } from "../../developers/application-cache.ts";
import type { Application } from "../../developers/applications.ts";
import type { CredentialType } from "../../developers/credentials.ts";
import type { SealedCredentials } from "../../developers/sealed-credentials.ts";
import { namespaces } from "./names.ts";
import { brokerError, type BrokerError } from "./response-codes.ts";
import { formatSpId, hasService, parseSpId, spPassword } from "./service-provider.ts";
import { decodeDigest, matchesDigest } from "./sp-digest.ts";
import { getChildText, type XmlElement } from "./xml/read-xml.ts";

/** What a header says of its sender. */
export interface SpHeader {
  readonly spId: string | null;
  readonly spPassword: string | null;
  readonly serviceId: string | null;
  /** Enters the digest as it is; empty if there is none. */
  readonly timeStamp: string;
}

/** A service provider that is known and may call. */
export interface SpCaller {
  readonly application: Application;
  readonly spId: string;
  readonly credential: { readonly id: bigint; readonly hint: string };
}

export interface RejectedCaller {
  readonly error: BrokerError;
  /** The sentence of the request log, with details. */
  readonly reason: string;
  readonly application: Application | null;
}

export interface SpAuthenticationDeps {
  readonly applications: Pick<ApplicationCache, "findApplication">;
  readonly sealedCredentials: SealedCredentials;
}

const headerNamespaces: ReadonlySet<string> = new Set([namespaces.header, namespaces.osgHeader]);

const headerName = "RequestSOAPHeader";

/** The header of the Broker, in either of its namespaces; undefined if there is none. */
export function readSpHeader(header: XmlElement | undefined): SpHeader | undefined {
  const own = header?.children.find(
    ({ name, namespace }) => name === headerName && headerNamespaces.has(namespace),
  );
  return own === undefined ? undefined : readSpFields(own);
}

/** The same fields of another element. */
export const readSpFields = (element: XmlElement): SpHeader => ({
  spId: getChildText(element, "spId"),
  spPassword: getChildText(element, "spPassword"),
  serviceId: getChildText(element, "serviceId"),
  timeStamp: getChildText(element, "timeStamp") ?? "",
});

/** In the order of the Broker's checks. An unknown provider is answered like a wrong password. */
export async function authenticateSp(
  deps: SpAuthenticationDeps,
  environment: Environment,
  header: SpHeader | undefined,
  source: string,
): Promise<SpCaller | RejectedCaller> {
  if (header?.spId == null)
    return reject(brokerError("100000014", "spId"), "The request has no RequestSOAPHeader with an spId.");
  const { spId, serviceId } = header;
  const application = await findApplication(deps, environment, spId);
  if (application === undefined)
    return reject(
      authenticationFailed,
      `The ${environment} environment has no service provider ${describeId(spId)}.`,
    );
  // Before the digest: revoking ends the credentials, so that no digest of a revoked provider could be right.
  if (application.revoked)
    return reject(
      brokerError("100000006"),
      "The application of this service provider is revoked.",
      application,
    );
  const { problem, credential } = await checkDigest(deps, application, header);
  if (problem !== null) return reject(authenticationFailed, problem, application);
  if (!application.trustsSource(source))
    return reject(
      authenticationFailed,
      "The caller's address is not one of the application's trusted sources.",
      application,
    );
  if (serviceId !== null && !hasService(spId, serviceId))
    return reject(
      brokerError("100000008"),
      `The service provider has no service of this id: its services begin with ${formatSpId(application.id)}.`,
      application,
    );
  return { application, spId, credential };
}

const authenticationFailed = brokerError("100000007");

const reject = (
  error: BrokerError,
  reason: string,
  application: Application | null = null,
): RejectedCaller => ({ error, reason, application });

/** An id for a message: only what an id may have. */
const describeId = (spId: string): string => (/^\w{1,20}$/.test(spId) ? spId : "of this id");

async function findApplication(
  { applications }: SpAuthenticationDeps,
  environment: Environment,
  spId: string,
): Promise<Application | undefined> {
  const id = parseSpId(spId);
  const application = id === null ? undefined : await applications.findApplication(id);
  return application?.environment === environment ? application : undefined;
}

type DigestVerdict =
  | { readonly problem: string; readonly credential: null }
  | { readonly problem: null; readonly credential: SpCaller["credential"] };

async function checkDigest(
  { sealedCredentials }: SpAuthenticationDeps,
  { id }: Application,
  { spId, spPassword: sent, timeStamp }: SpHeader,
): Promise<DigestVerdict> {
  const fail = (problem: string): DigestVerdict => ({ problem, credential: null });
  if (sent === null) return fail("The header has no spPassword.");
  const digest = decodeDigest(sent);
  if (digest === null)
    return fail("spPassword is not base64 of a SHA-256, in hexadecimal digits or in bytes.");
  const credentials = await sealedCredentials.read(id, spPasswordType);
  const match = credentials.find(({ secret }) =>
    matchesDigest(digest, { spId: spId ?? "", password: secret, timeStamp }),
  );
  if (match !== undefined) return { problem: null, credential: { id: match.id, hint: match.hint } };
  return fail(
    credentials.length === 0
      ? "The application has no password of the SOAP Broker."
      : "spPassword is not the digest of spId, password and timeStamp.",
  );
}

const spPasswordType: CredentialType = spPassword;
