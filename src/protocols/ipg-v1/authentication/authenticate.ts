/**
 * Authentication: from an Authorization header to an application. The bearer is the encrypted API key itself: IPG v1 has no
 * sessions.
 *
 * A client that repeats an Authorization header is found in a cache. A new ciphertext costs an RSA operation in a worker
 * thread. Everything else (renewed, revoked, untrusted) is checked for every request.
 */
import { hash } from "node:crypto";
import type { Clock } from "../../../core/clock.ts";
import type { Environment } from "../../../core/markets.ts";
import { createLruCache } from "../../../core/lru-cache.ts";
import type { ApplicationCache, PresentedCredential } from "../../../developers/application-cache.ts";
import type { Application } from "../../../developers/applications.ts";
import type { BearerDecryptor } from "../../ipg/bearer-decryption.ts";
import type { BearerSender } from "../../ipg/decryption-queue.ts";
import { findKeyMistake } from "../../ipg/key-text.ts";
import { bearerFailures, parseBearer } from "../../ipg/parse-bearer.ts";
import { apiKeyKind, protocolName } from "../names.ts";

/** The reasons for a failed authentication. The texts are on the wire (`output_error`): do not change them. */
export const authenticationFailures = {
  ...bearerFailures,
  key_inactive: "The API key was renewed, and this one is not valid any more: use the new key.",
  key_revoked: "The API key was revoked.",
  other_environment: "The key belongs to the other environment: check the public key, and the host and port.",
  other_protocol: "This is an API key of another protocol. IPG v1 has a key of its own.",
  session_key: "This is a session key. IPG v1 has no sessions: encrypt the application's API key.",
  source_untrusted: "The caller's address is not one of the application's trusted sources.",
  origin_untrusted: "The Origin header is missing or is not one of the application's trusted sources.",
} as const;

export type IpgV1AuthenticationFailure = keyof typeof authenticationFailures;

export interface IpgV1Credentials extends BearerSender {
  readonly authorization: string | undefined;
  readonly origin: string | undefined;
}

/** The credential that a request presented, for the request log. */
export interface IpgV1Credential {
  readonly id: bigint;
  /** Its last characters. */
  readonly hint: string;
}

export interface IpgV1Authenticated {
  readonly application: Application;
  readonly credential: IpgV1Credential;
  /** SHA-256 of the key, in hexadecimal. Limits of a session are counted under it. */
  readonly keyHash: string;
}

export interface IpgV1Denial {
  readonly failure: IpgV1AuthenticationFailure;
  readonly application: Application | null;
  readonly credential: IpgV1Credential | null;
}

export type IpgV1Authentication = IpgV1Authenticated | IpgV1Denial;

export interface IpgV1Authenticator {
  /** Returns synchronously, without a promise, for a cached bearer. */
  authenticate(
    environment: Environment,
    credentials: IpgV1Credentials,
  ): IpgV1Authentication | Promise<IpgV1Authentication>;
}

export interface IpgV1AuthenticatorDeps {
  readonly cache: ApplicationCache;
  readonly bearers: BearerDecryptor;
  /** For when a renewed key becomes inactive. */
  readonly wallTime: Clock;
}

const keyType = { protocol: protocolName, kind: apiKeyKind };

/** "Bearer" and 684 characters of base64, with some room. A header may have any number of spaces. */
const maxCachedLength = 800;

const otherEnvironment = { sandbox: "live", live: "sandbox" } as const;

const toKeyHash = (text: string): string => hash("sha256", Buffer.from(text, "latin1"), "hex");

const deny = (failure: IpgV1AuthenticationFailure): IpgV1Denial => ({
  failure,
  application: null,
  credential: null,
});

export function createIpgV1Authenticator({
  cache,
  bearers,
  wallTime,
}: IpgV1AuthenticatorDeps): IpgV1Authenticator {
  /** Known bearers: environment and header → hash of the key in it. */
  const keyHashByHeader = createLruCache<string, string>(20_000);

  const check = (presented: PresentedCredential, keyHash: string, credentials: IpgV1Credentials) =>
    checkKey(wallTime.now(), presented, keyHash, credentials);

  async function authenticateByDecryption(
    environment: Environment,
    credentials: IpgV1Credentials,
    bearer: Buffer,
    cacheKey: string,
  ): Promise<IpgV1Authentication> {
    const knownHash = keyHashByHeader.get(cacheKey);
    const text = knownHash === undefined ? await bearers.decrypt(environment, bearer, credentials) : null;
    const keyHash = knownHash ?? toKeyHash(text ?? "");
    const presented = await cache.findCredential(keyType, keyHash);
    if (presented?.application.environment !== environment) {
      // The other environment's key is tried only while no bearer waits, because the only gain is a better message.
      const otherText = bearers.isIdle()
        ? await bearers.decrypt(otherEnvironment[environment], bearer, credentials)
        : null;
      bearers.recordValidity(credentials, false);
      return deny(await diagnoseKey(cache, environment, text, keyHash, otherText));
    }
    bearers.recordValidity(credentials, true);
    if (cacheKey.length <= maxCachedLength) keyHashByHeader.set(cacheKey, keyHash);
    return check(presented, keyHash, credentials);
  }

  return {
    authenticate(environment, credentials) {
      const cacheKey = environment + (credentials.authorization ?? "");
      const known = keyHashByHeader.get(cacheKey);
      const cached = known === undefined ? undefined : cache.getCachedCredential(keyType, known);
      if (known !== undefined && cached !== undefined) return check(cached, known, credentials);
      const bearer = parseBearer(credentials.authorization);
      return typeof bearer === "string"
        ? deny(bearer)
        : authenticateByDecryption(environment, credentials, bearer, cacheKey);
    },
  };
}

/** `now` is wall time. */
function checkKey(
  now: number,
  { application, credential: { id, hint, state, retiresAt } }: PresentedCredential,
  keyHash: string,
  credentials: IpgV1Credentials,
): IpgV1Authentication {
  const credential = { id, hint };
  const refuse = (failure: IpgV1AuthenticationFailure): IpgV1Denial => ({ failure, application, credential });
  if (application.revoked) return refuse("key_revoked");
  const isRetired = state === "retiring" && (retiresAt === null || now >= retiresAt.getTime());
  if (state === "inactive" || isRetired) return refuse("key_inactive");
  if (!application.trustsSource(credentials.source)) return refuse("source_untrusted");
  if (!application.trustsOrigin(credentials.origin)) return refuse("origin_untrusted");
  return { application, credential, keyHash };
}

/** What a key is that is not valid here. Every invalid key takes this path (timing). `otherText`: by the other environment's key. */
async function diagnoseKey(
  cache: ApplicationCache,
  environment: Environment,
  text: string | null,
  keyHash: string,
  otherText: string | null,
): Promise<IpgV1AuthenticationFailure> {
  const otherHash = otherText === null ? null : toKeyHash(otherText);
  const [own, other] = await Promise.all([
    classifyKey(cache, keyHash),
    otherHash === null ? null : classifyKey(cache, otherHash),
  ]);
  if (own !== null && own.environment === environment) return own.failure;
  if (own !== null || other !== null) return "other_environment";
  return findMistake(cache, text);
}

/** The kind of a key that exists, and its environment; null if no key has this hash. */
async function classifyKey(
  cache: ApplicationCache,
  keyHash: string,
): Promise<{ environment: Environment; failure: IpgV1AuthenticationFailure } | null> {
  const [own, session, foreign] = await Promise.all([
    cache.findCredential(keyType, keyHash),
    cache.findAccessToken(keyHash),
    cache.findByCredential(apiKeyKind, keyHash),
  ]);
  if (own !== undefined) return { environment: own.application.environment, failure: "other_environment" };
  if (session !== undefined) return { environment: session.environment, failure: "session_key" };
  return foreign === undefined
    ? null
    : { environment: foreign.application.environment, failure: "other_protocol" };
}

/** The mistake around a key that exists. A text that has nothing to remove is not looked up. */
async function findMistake(
  cache: ApplicationCache,
  text: string | null,
): Promise<IpgV1AuthenticationFailure> {
  const mistake = text === null ? null : findKeyMistake(text);
  if (mistake === null) return "key_unknown";
  return (await classifyKey(cache, toKeyHash(mistake.key))) === null ? "key_unknown" : mistake.name;
}
