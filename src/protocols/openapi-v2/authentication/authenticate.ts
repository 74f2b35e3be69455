/**
 * Authentication: from an Authorization header to an application and its session.
 *
 * A client that repeats an Authorization header is found in a cache. A new ciphertext costs an RSA operation in a worker
 * thread. Everything else (revoked, expired, untrusted) is checked for every request.
 */
import { hash } from "node:crypto";
import type { Clock } from "../../../core/clock.ts";
import type { Environment } from "../../../core/markets.ts";
import { maxTimeErrorMs } from "../../../core/shared-time.ts";
import { createLruCache } from "../../../core/lru-cache.ts";
import type { AccessTokenRequest } from "../../../developers/access-tokens.ts";
import type { AccessTokenRow, ApplicationCache } from "../../../developers/application-cache.ts";
import type { Application } from "../../../developers/applications.ts";
import type { BearerDecryptor } from "../../ipg/bearer-decryption.ts";
import type { BearerSender } from "../../ipg/decryption-queue.ts";
import { findKeyMistake } from "../../ipg/key-text.ts";
import { bearerFailures, parseBearer } from "../../ipg/parse-bearer.ts";
import { apiKeyKind, protocolName } from "../names.ts";

/** The reasons for a failed authentication. The texts are on the wire (`output_error`): do not change them. */
export const authenticationFailures = {
  ...bearerFailures,
  key_revoked: "The API key was revoked.",
  other_environment:
    "The key belongs to the other environment: check the public key and the path, /sandbox or /openapi.",
  api_key_as_session:
    "This is an API key. Exchange it for a session key at getSession first, and encrypt that.",
  session_as_api_key: "This is a session key. getSession wants the application's API key.",
  session_not_live: "The session is not live yet: it becomes so a moment after it is created.",
  session_expired: "The session has expired: create a new one at getSession.",
  session_ended: "The session was ended: create a new one at getSession.",
  source_untrusted: "The caller's address is not one of the application's trusted sources.",
  origin_untrusted: "The Origin header is missing or is not one of the application's trusted sources.",
} as const;

export type AuthenticationFailure = keyof typeof authenticationFailures;

export interface Credentials extends BearerSender {
  readonly authorization: string | undefined;
  readonly origin: string | undefined;
}

export interface Authenticated {
  readonly application: Application;
  /** SHA-256 of the session key, in hexadecimal. */
  readonly session: string;
  /** The credential that the session was opened with. */
  readonly credential: UsedCredential;
}

export interface UsedCredential {
  readonly id: bigint;
  /** Its last characters. */
  readonly hint: string;
}

export interface AuthenticationRefusal {
  readonly failure: AuthenticationFailure;
  readonly application?: Application;
  /** The key that is no longer valid, for the request log. */
  readonly credential?: UsedCredential;
}

export type SessionCheckResult<T> = T | AuthenticationRefusal;

export interface Authenticator {
  /** Authenticates a session. Returns synchronously, without a promise, for a cached bearer. */
  authenticate(
    environment: Environment,
    credentials: Credentials,
  ): SessionCheckResult<Authenticated> | Promise<SessionCheckResult<Authenticated>>;
  /** Exchanges an API key for a session key. */
  createSession(
    environment: Environment,
    credentials: Credentials,
  ): Promise<
    SessionCheckResult<{
      readonly application: Application;
      readonly sessionKey: string;
      readonly credential: UsedCredential;
    }>
  >;
}

export interface AuthenticatorDeps {
  readonly cache: ApplicationCache;
  readonly issueAccessToken: (request: AccessTokenRequest) => Promise<string>;
  readonly bearers: BearerDecryptor;
  readonly clocks: Readonly<Record<Environment, Clock>>;
  /** How long after its creation a session becomes active, in milliseconds. */
  readonly activationDelayMs: Readonly<Record<Environment, number>>;
}

interface DecryptedKey {
  /** SHA-256, in hexadecimal. */
  readonly keyHash: string;
  /** The key as it was encrypted (latin1); null if only its hash is known. */
  readonly text: string | null;
}

const toKeyHash = (text: string): string => hash("sha256", Buffer.from(text, "latin1"), "hex");

/** Environment, "Bearer" and 684 characters of base64, with some room. */
const maxCachedLength = 800;

const otherEnvironment = { sandbox: "live", live: "sandbox" } as const;

export function createAuthenticator(deps: AuthenticatorDeps): Authenticator {
  const { cache, bearers, clocks } = deps;
  /**
   * Known bearers: environment and header → hash of the session key in it. The header is not hashed, because that would
   * take 2.5 µs of the 3 µs of a cached authentication.
   */
  const keyHashByHeader = createLruCache<string, string>(20_000);

  async function decrypt(
    environment: Environment,
    bearer: Buffer,
    sender: BearerSender,
  ): Promise<DecryptedKey> {
    const text = await bearers.decrypt(environment, bearer, sender);
    return { keyHash: toKeyHash(text), text };
  }

  /**
   * Finds the reason why a key is not valid. Every invalid key takes this path (timing). The other environment's key is
   * tried only while no bearer waits, because the only gain is a better message.
   */
  async function diagnoseKey(
    environment: Environment,
    bearer: Buffer,
    sender: BearerSender,
    { keyHash, text }: DecryptedKey,
    expected: "session" | "api_key",
  ): Promise<AuthenticationRefusal> {
    const other = otherEnvironment[environment];
    const hashes = bearers.isIdle() ? [keyHash, (await decrypt(other, bearer, sender)).keyHash] : [keyHash];
    bearers.recordValidity(sender, false);
    const refusal = await findKeyFailure(cache, environment, hashes, expected);
    return refusal.failure === "key_unknown" ? { failure: await findMistake(cache, text) } : refusal;
  }

  async function authenticateByDecryption(
    environment: Environment,
    credentials: Credentials,
    bearer: Buffer,
    cacheKey: string,
  ): Promise<SessionCheckResult<Authenticated>> {
    const knownHash = keyHashByHeader.get(cacheKey);
    const decrypted =
      knownHash === undefined
        ? await decrypt(environment, bearer, credentials)
        : { keyHash: knownHash, text: null };
    const { keyHash } = decrypted;
    const row = await cache.findAccessToken(keyHash);
    const application = row === undefined ? undefined : await cache.findApplication(row.applicationId);
    if (row === undefined || application === undefined || row.environment !== environment) {
      return diagnoseKey(environment, bearer, credentials, decrypted, "session");
    }
    bearers.recordValidity(credentials, true);
    // A header may contain any number of spaces. Cache only normal lengths, to limit memory.
    if (cacheKey.length <= maxCachedLength) keyHashByHeader.set(cacheKey, keyHash);
    return checkSession(clocks[environment].now(), credentials, keyHash, row, application);
  }

  return {
    authenticate(environment, credentials) {
      const cacheKey = environment + (credentials.authorization ?? "");
      const known = keyHashByHeader.get(cacheKey);
      const cached = known === undefined ? undefined : cache.getCached(known);
      if (known !== undefined && cached !== undefined) {
        return checkSession(clocks[environment].now(), credentials, known, cached.token, cached.application);
      }
      const bearer = parseBearer(credentials.authorization);
      return typeof bearer === "string"
        ? { failure: bearer }
        : authenticateByDecryption(environment, credentials, bearer, cacheKey);
    },

    async createSession(environment, credentials) {
      const bearer = parseBearer(credentials.authorization);
      if (typeof bearer === "string") return { failure: bearer };
      const decrypted = await decrypt(environment, bearer, credentials);
      const match = await findApiKey(cache, decrypted.keyHash);
      if (match === undefined || match.application.environment !== environment) {
        return diagnoseKey(environment, bearer, credentials, decrypted, "api_key");
      }
      bearers.recordValidity(credentials, true);
      const { application, credentialId } = match;
      const credential = { id: credentialId, hint: match.hint };
      if (application.revoked || !match.isActive) return { failure: "key_revoked", application, credential };
      const trustFailure = findTrustFailure(application, credentials);
      if (trustFailure !== null) return { failure: trustFailure, application };

      const sessionKey = await issueSession(deps, environment, application, credentialId);
      return { application, sessionKey, credential };
    },
  };
}

/** The application of an API key of this protocol: IPG v1 has keys of the same kind. */
async function findApiKey(cache: ApplicationCache, keyHash: string) {
  const match = await cache.findByCredential(apiKeyKind, keyHash);
  return match?.protocol === protocolName ? match : undefined;
}

function issueSession(
  { clocks, activationDelayMs, issueAccessToken }: AuthenticatorDeps,
  environment: Environment,
  { id: applicationId, sessionLifetimeMs }: Application,
  credentialId: bigint,
): Promise<string> {
  const now = clocks[environment].now();
  const delayMs = activationDelayMs[environment];
  return issueAccessToken({
    environment,
    protocol: protocolName,
    applicationId,
    credentialId,
    // Without a delay, another server, whose time is a little behind, must accept the session at once.
    activeFrom: delayMs === 0 ? now - maxTimeErrorMs : now + delayMs,
    expiresAt: now + delayMs + sessionLifetimeMs,
  });
}

/** What the keys with these hashes are, if not what was expected. The first hash is of the key in its own environment. */
async function findKeyFailure(
  cache: ApplicationCache,
  environment: Environment,
  hashes: readonly string[],
  expected: "session" | "api_key",
): Promise<AuthenticationRefusal> {
  const candidates = await Promise.all(
    hashes.map(async (candidate) => ({
      session: await cache.findAccessToken(candidate),
      key: await findApiKey(cache, candidate),
    })),
  );
  const own = candidates[0];
  if (expected === "session" && own?.key?.application.environment === environment) {
    const { application, credentialId, hint, isActive } = own.key;
    if (isActive) return { failure: "api_key_as_session" };
    return { failure: "key_revoked", application, credential: { id: credentialId, hint } };
  }
  if (expected === "api_key" && own?.session?.environment === environment)
    return { failure: "session_as_api_key" };
  const known = candidates.some(({ session, key }) => session !== undefined || key !== undefined);
  return { failure: known ? "other_environment" : "key_unknown" };
}

/** The mistake around a key that exists. A text that has nothing to remove is not looked up. */
async function findMistake(cache: ApplicationCache, text: string | null): Promise<AuthenticationFailure> {
  const mistake = text === null ? null : findKeyMistake(text);
  if (mistake === null) return "key_unknown";
  const keyHash = toKeyHash(mistake.key);
  const known = (await cache.findAccessToken(keyHash)) ?? (await findApiKey(cache, keyHash));
  return known === undefined ? "key_unknown" : mistake.name;
}

/** `now` is business time. */
function checkSession(
  now: number,
  credentials: Credentials,
  session: string,
  row: AccessTokenRow,
  application: Application,
): SessionCheckResult<Authenticated> {
  if (row.revokedAt !== null || application.revoked) return { failure: "session_ended", application };
  if (now < row.activeFrom.getTime()) return { failure: "session_not_live", application };
  if (now >= row.expiresAt.getTime()) return { failure: "session_expired", application };
  const trustFailure = findTrustFailure(application, credentials);
  const credential = { id: row.credentialId, hint: row.credentialHint };
  return trustFailure === null
    ? { application, session, credential }
    : { failure: trustFailure, application };
}

function findTrustFailure(application: Application, credentials: Credentials): AuthenticationFailure | null {
  if (!application.trustsSource(credentials.source)) return "source_untrusted";
  return application.trustsOrigin(credentials.origin) ? null : "origin_untrusted";
}
