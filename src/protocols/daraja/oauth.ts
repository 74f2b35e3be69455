/**
 * `GET /oauth/v1/generate`: exchanges an application's consumer key and secret for an access token.
 *
 * It has no fields and no table: its parameters are the Authorization header and `grant_type` in the query string.
 */
import { hashSecret } from "../../developers/credentials.ts";
import type { Environment } from "../../core/markets.ts";
import { maxTimeErrorMs } from "../../core/shared-time.ts";
import type { Application } from "../../developers/applications.ts";
import type { DarajaDeps } from "./daraja-deps.ts";
import { families, type DarajaError } from "./families.ts";
import { renderError, type DarajaResponse } from "./handle-request.ts";
import { consumerKeyKind, consumerSecretKind, protocolName } from "./names.ts";
import { productNames } from "./products.ts";
import type { WireObject } from "./wire-json.ts";

export const oauth = {
  name: "oauth",
  title: "OAuth",
  description:
    "Exchanges an application's consumer key and consumer secret for an access token, which every other call needs.",
  grantType: "client_credentials",
  /** On the wire it is a text, although the portal prints a number. */
  lifetimeText: "3599",
  response: {
    access_token: { description: "28 letters and digits.", example: "c9SQxWWhmdVRlyh0zh8gZDTkubVF" },
    expires_in: { description: "Seconds, as a text.", example: "3599" },
  },
} as const;

/** Some clients store a token in a column of 30 characters. */
export const tokenLength = 28;
const lifetimeMs = Number(oauth.lifetimeText) * 1000;

const invalidAuthentication: DarajaError = {
  status: 400,
  code: "400.008.01",
  message: "Invalid Authentication passed",
};
const invalidGrantType: DarajaError = {
  status: 400,
  code: "400.008.02",
  message: "Invalid grant type passed",
};

export interface OauthRequest {
  readonly environment: Environment;
  readonly authorization: string | undefined;
  readonly grantType: string | undefined;
  readonly source: string;
}

export async function handleOauth(deps: DarajaDeps, request: OauthRequest): Promise<DarajaResponse> {
  const id = deps.newId();
  const { environment } = request;
  const base = { id, amountMinor: null, madePayment: false } as const;
  const refuse = (
    error: DarajaError,
    reason: string,
    {
      application = null,
      credential = null,
    }: Partial<Pick<DarajaResponse, "application" | "credential">> = {},
  ): DarajaResponse => ({
    ...base,
    status: error.status,
    body: renderError(deps, environment, id, error),
    code: error.code,
    reason,
    application,
    credential,
  });
  try {
    const pair = parseBasic(request.authorization);
    if (pair === null)
      return refuse(
        invalidAuthentication,
        "The Authorization header must be: Basic, and key:secret in base64.",
      );
    if (request.grantType !== oauth.grantType)
      return refuse(invalidGrantType, "The query string must have grant_type=client_credentials.");
    const match = await findApplication(deps, environment, request.source, pair);
    if ("reason" in match) return refuse(invalidAuthentication, match.reason, match);
    const { application, credential } = match;
    const token = await issueToken(deps, environment, application, credential.id);
    const body: WireObject = { access_token: token, expires_in: oauth.lifetimeText };
    return { ...base, status: 200, body, code: "0", reason: "A token was issued.", application, credential };
  } catch (fault) {
    const reason = "The platform failed to issue a token. See the server log.";
    return { ...refuse(families.express.internalError, reason), fault };
  }
}

/** The consumer key that a caller presents, for the request log. */
type UsedCredential = NonNullable<DarajaResponse["credential"]>;

interface ConsumerCredential {
  readonly key: string;
  readonly secret: string;
}

function parseBasic(authorization: string | undefined): ConsumerCredential | null {
  const encoded = /^Basic +(\S+)\s*$/i.exec(authorization?.trim() ?? "")?.[1];
  const [, key, secret] = /^([^:]+):(.+)$/s.exec(Buffer.from(encoded ?? "", "base64").toString("utf8")) ?? [];
  return key === undefined || secret === undefined ? null : { key, secret };
}

/** Both halves are found by their hashes, so no comparison takes longer for a better guess. */
async function findApplication(
  { applications }: DarajaDeps,
  environment: Environment,
  source: string,
  { key, secret }: ConsumerCredential,
): Promise<
  | { readonly application: Application; readonly credential: UsedCredential }
  | {
      readonly application: Application | null;
      readonly credential?: UsedCredential;
      readonly reason: string;
    }
> {
  const [byKey, bySecret] = await Promise.all([
    applications.findByCredential(consumerKeyKind, hashSecret(key).toString("hex")),
    applications.findByCredential(consumerSecretKind, hashSecret(secret).toString("hex")),
  ]);
  if (byKey === undefined) return { application: null, reason: "No application has this consumer key." };
  const { application, credentialId: id, hint } = byKey;
  const credential = { id, hint };
  if (bySecret?.application.id !== application.id)
    return { application: null, reason: "The consumer secret is not that of the consumer key." };
  if (application.environment !== environment)
    return { application, reason: "The application belongs to the other environment." };
  if (application.revoked) return { application, credential, reason: "The application is revoked." };
  if (!byKey.isActive || !bySecret.isActive) {
    const secret = byKey.isActive ? "consumer secret" : "consumer key";
    return { application, credential, reason: `The ${secret} was renewed, and is no longer valid.` };
  }
  if (!application.trustsSource(source))
    return { application, reason: "The caller's address is not one of the application's trusted sources." };
  return { application, credential };
}

function issueToken(
  { clocks, issueAccessToken, settings }: DarajaDeps,
  environment: Environment,
  application: Application,
  credentialId: bigint,
): Promise<string> {
  const now = clocks[environment].now();
  return issueAccessToken({
    environment,
    protocol: protocolName,
    applicationId: application.id,
    credentialId,
    // Another server, whose time is a little behind, must accept the token at once.
    activeFrom: now - maxTimeErrorMs,
    expiresAt: now + lifetimeMs,
    length: tokenLength,
    products: productNames.filter((name) => application.hasProduct(name)),
    endsEarlierTokens: settings.invalidatePreviousTokens,
  });
}
