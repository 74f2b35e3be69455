/**
 * What a protocol needs from outside: who asks, the money functions of a rail, and a record of what was
 * said. `main.ts` hands these in; a protocol knows no folder but `http` and `payments`.
 */
import type { Id, WireNames } from "../ids.ts";
import type { Environment, Market, Rail } from "../money.ts";
import type { Payments } from "../payments/payments.ts";
import type { Product, Scope } from "../payments/products.ts";
import type { LaterAnswer } from "../payments/tell-later.ts";

/** The application behind a request, as far as protocols care. */
export interface CallingApplication {
  readonly id: bigint;
  readonly apiKeyHint: string;
  readonly shortcodes: ReadonlySet<string> | null;
  /** Where the result of a request is told that names this URL, or none; null for nowhere. */
  toldAt(asked: string | null, call: "payment" | "question"): string | null;
  scope(product: Product, market: Market): Scope | null;
}

/** Somebody who was let in, or the reason why not, in words for them. */
export type Admission =
  | { readonly application: CallingApplication; readonly session: string }
  | { readonly refusedBecause: string; readonly application?: CallingApplication };

export interface Credentials {
  readonly authorization: string | undefined;
  readonly origin: string | undefined;
  readonly source: string;
}

export interface ProtocolDeps {
  readonly newId: () => Id;
  readonly wire: Readonly<Record<Environment, WireNames>>;
  admit(environment: Environment, credentials: Credentials): Admission | Promise<Admission>;
  createSession(
    environment: Environment,
    credentials: Credentials,
  ): Promise<
    | { readonly application: CallingApplication; readonly sessionKey: string }
    | { readonly refusedBecause: string; readonly application?: CallingApplication }
  >;
  payments(rail: Rail): Payments;
  /** Why a request may not be answered to a URL, in words, or null. */
  responseUrlRefusal(environment: Environment, protocol: string, url: string): string | null;
  /** Keeps a question's answer for its listener, and has it told. Durable once it resolves. */
  tellLater(rail: Rail, later: LaterAnswer): Promise<void>;
  /** How long a synchronous caller waits for a customer, in milliseconds of wall time. */
  readonly synchronousWaitMs: number;
  readonly tokens: Readonly<Record<Environment, Tokens>>;
  record(exchange: Exchange): void;
}

/** MSISDN tokens: see `vault/msisdn-tokens.ts`. */
export interface Tokens {
  tokenFor(applicationId: bigint, msisdn: string): string;
  msisdnOf(applicationId: bigint, token: string): string | null;
}

/** One request and its answer, for the request log and the metrics. Nothing in it is secret. */
export interface Exchange {
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
