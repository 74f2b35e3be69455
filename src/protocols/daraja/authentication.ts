/** Tokens of Daraja: from an Authorization header to an application, and which products a token is good for. */
import { hash } from "node:crypto";
import type { Clock } from "../../core/clock.ts";
import type { Environment } from "../../core/markets.ts";
import type { AccessTokenRow, ApplicationCache } from "../../developers/application-cache.ts";
import type { Application } from "../../developers/applications.ts";
import { protocolName } from "./names.ts";
import type { DarajaProduct } from "./products.ts";

/** Why a token is not accepted, for the request log. The response depends on the family alone. */
export const tokenFailures = {
  missing: "The Authorization header must be: Bearer, a space, and the access token.",
  unknown: "No access token of this server has this text.",
  expired: "The access token has expired: it is good for 3599 seconds.",
  ended: "The access token was ended, or its application is revoked.",
  other_environment: "The access token belongs to the other environment.",
  source_untrusted: "The caller's address is not one of the application's trusted sources.",
  product_missing: "The access token is not good for the product of this call.",
} as const;

export type TokenFailure = keyof typeof tokenFailures;

/** A token that is good for a call. */
export interface DarajaCaller {
  readonly application: Application;
  /** SHA-256 of the token, in hexadecimal. */
  readonly session: string;
  readonly credential: { readonly id: bigint; readonly hint: string };
}

export interface RejectedToken {
  readonly failure: TokenFailure;
  /** The sentence of the request log, with details. */
  readonly reason: string;
  readonly application: Application | null;
  /** The first characters of the token. */
  readonly tokenHint: string;
}

export interface TokenRequest {
  readonly authorization: string | undefined;
  readonly source: string;
  readonly product: DarajaProduct;
}

export interface TokenDeps {
  readonly applications: ApplicationCache;
  readonly clocks: Readonly<Record<Environment, Clock>>;
}

const hintLength = 4;

/** Returns synchronously, without a promise, for a token in the cache. */
export function authenticateToken(
  { applications, clocks }: TokenDeps,
  environment: Environment,
  request: TokenRequest,
): DarajaCaller | RejectedToken | Promise<DarajaCaller | RejectedToken> {
  const token = /^Bearer +(\S+)\s*$/i.exec(request.authorization?.trim() ?? "")?.[1];
  if (token === undefined) return reject("missing", { tokenHint: "" });
  const session = hash("sha256", token, "hex");
  const tokenHint = token.replaceAll(/[^A-Za-z0-9]/g, "").slice(0, hintLength);
  const check = (row: AccessTokenRow, application: Application): DarajaCaller | RejectedToken =>
    checkToken(row, application, {
      environment,
      now: clocks[environment].now(),
      session,
      tokenHint,
      request,
    });
  const cached = applications.getCached(session);
  if (cached !== undefined) return check(cached.token, cached.application);
  return (async () => {
    const row = await applications.findAccessToken(session);
    const application = row === undefined ? undefined : await applications.findApplication(row.applicationId);
    return row === undefined || application === undefined
      ? reject("unknown", { tokenHint })
      : check(row, application);
  })();
}

const reject = (
  failure: TokenFailure,
  {
    tokenHint,
    application = null,
    reason = tokenFailures[failure],
  }: { readonly tokenHint: string; readonly application?: Application | null; readonly reason?: string },
): RejectedToken => ({ failure, reason, application, tokenHint });

function checkToken(
  row: AccessTokenRow,
  application: Application,
  {
    environment,
    now,
    session,
    tokenHint,
    request,
  }: {
    readonly environment: Environment;
    readonly now: number;
    readonly session: string;
    readonly tokenHint: string;
    readonly request: TokenRequest;
  },
): DarajaCaller | RejectedToken {
  const rejected = (failure: TokenFailure, reason?: string): RejectedToken =>
    reject(failure, { tokenHint, application, ...(reason === undefined ? {} : { reason }) });
  // A session of another protocol is no token here.
  if (row.protocol !== protocolName) return rejected("unknown");
  if (row.environment !== environment) return rejected("other_environment");
  if (row.revokedAt !== null || application.revoked) return rejected("ended");
  if (now >= row.expiresAt.getTime()) return rejected("expired");
  if (!application.trustsSource(request.source)) return rejected("source_untrusted");
  const { product } = request;
  if (row.products !== null && !row.products.includes(product))
    return rejected("product_missing", describeMissingProduct(application, product));
  return { application, session, credential: { id: row.credentialId, hint: row.credentialHint } };
}

function describeMissingProduct(application: Application, product: DarajaProduct): string {
  return application.hasProduct(product)
    ? `The application got the product ${product} after the token was issued: get a new token.`
    : `The application does not have the product ${product}.`;
}
