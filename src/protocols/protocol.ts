/**
 * What a protocol needs from the rest of the server: authentication, the payment functions of a rail, and the
 * request log. `app.ts` passes these in, so that a protocol depends on no database.
 */
import type { Id, PublicIds } from "../core/ids.ts";
import type { Environment, Market, Rail } from "../core/money.ts";
import type { Payments } from "../payments/payments.ts";
import type { Product, PaymentLimits } from "../payments/products.ts";
import type { PaymentQueryResult } from "../payments/query-results.ts";

/** The application that sent a request. */
export interface ClientApplication {
  readonly id: bigint;
  readonly apiKeyHint: string;
  readonly shortcodes: ReadonlySet<string> | null;
  /** The URL for the callback of a request that names this URL, or no URL. Null: no callback. */
  callbackUrlFor(requestedUrl: string | null, call: "payment" | "query"): string | null;
  limitsFor(product: Product, market: Market): PaymentLimits | null;
}

/** The authenticated application, or a reason for the denial that the caller may read. */
export type AuthenticationResult =
  | { readonly application: ClientApplication; readonly session: string }
  | { readonly denialReason: string; readonly application?: ClientApplication };

export interface Credentials {
  readonly authorization: string | undefined;
  readonly origin: string | undefined;
  readonly source: string;
}

export interface ProtocolDeps {
  readonly newId: () => Id;
  readonly publicIds: Readonly<Record<Environment, PublicIds>>;
  authenticate(
    environment: Environment,
    credentials: Credentials,
  ): AuthenticationResult | Promise<AuthenticationResult>;
  createSession(
    environment: Environment,
    credentials: Credentials,
  ): Promise<
    | { readonly application: ClientApplication; readonly sessionKey: string }
    | { readonly denialReason: string; readonly application?: ClientApplication }
  >;
  payments(rail: Rail): Payments;
  /** A sentence that says why callbacks may not go to this URL, or null if they may. */
  validateCallbackUrl(environment: Environment, protocol: string, url: string): string | null;
  /** Stores the result of a query and queues its callback. Durable once it resolves. */
  queueQueryResult(rail: Rail, result: PaymentQueryResult): Promise<void>;
  /** How long a synchronous caller waits for a customer, in milliseconds of wall time. */
  readonly synchronousWaitMs: number;
  readonly tokens: Readonly<Record<Environment, MsisdnTokens>>;
  record(entry: RequestLogEntry): void;
}

/** MSISDN tokens: see `vault/msisdn-tokens.ts`. */
export interface MsisdnTokens {
  tokenFor(applicationId: bigint, msisdn: string): string;
  findMsisdn(applicationId: bigint, token: string): string | null;
}

/** One request and its response, for the request log and the metrics. Contains no secrets. */
export interface RequestLogEntry {
  readonly id: Id;
  readonly environment: Environment;
  /** Null when the path names an unknown market. */
  readonly market: Market | null;
  /** The call's name, such as `c2bSingle`. */
  readonly call: string;
  readonly applicationId: bigint | null;
  readonly apiKeyHint: string | null;
  readonly source: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly httpStatus: number;
  readonly code: string;
  readonly latencyUs: number;
  readonly organisation: string | null;
  readonly reference: string | null;
  readonly msisdnMasked: string | null;
  /** The parameters, as JSON, with every MSISDN masked. */
  readonly requestBody: string;
  /** The response, as JSON, with a session key replaced. */
  readonly responseBody: string;
  /** Why the request got this response: one sentence. */
  readonly decision: string;
  /** The internal error, for the server's own log only. */
  readonly fault?: unknown;
}
