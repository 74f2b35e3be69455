/**
 * What a protocol needs from outside: who asks, the money functions of a rail, and a record of what was
 * said. `main.ts` hands these in; a protocol knows no folder but `http` and `payments`.
 */
import type { Id, PublicIds } from "../core/ids.ts";
import type { Environment, Market, Rail } from "../core/money.ts";
import type { Payments } from "../payments/payments.ts";
import type { Product, PaymentLimits } from "../payments/products.ts";
import type { PaymentQueryResult } from "../payments/query-results.ts";

/** The application behind a request, as far as protocols care. */
export interface ClientApplication {
  readonly id: bigint;
  readonly apiKeyHint: string;
  readonly shortcodes: ReadonlySet<string> | null;
  /** Where the result of a request is told that names this URL, or none; null for nowhere. */
  callbackUrlFor(requestedUrl: string | null, call: "payment" | "question"): string | null;
  limitsFor(product: Product, market: Market): PaymentLimits | null;
}

/** Somebody who was let in, or the reason why not, in words for them. */
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
  /** Why a request may not be answered to a URL, in words, or null. */
  validateCallbackUrl(environment: Environment, protocol: string, url: string): string | null;
  /** Keeps a question's answer for its listener, and has it told. Durable once it resolves. */
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

/** One request and its answer, for the request log and the metrics. Nothing in it is secret. */
export interface RequestLogEntry {
  readonly id: Id;
  readonly environment: Environment;
  /** Null when the path names no market that exists. */
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
  /** The answer, as JSON; a session key in it is replaced. */
  readonly responseBody: string;
  /** Why it was answered so, in plain words. */
  readonly decision: string;
  /** What went wrong inside, for the server's own log alone. */
  readonly fault?: unknown;
}
