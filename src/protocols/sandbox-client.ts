/**
 * A client of a protocol's sandbox, for `pay`, `trigger`, `keys` and the listener check. Like an integrator's program
 * it uses only the protocol's wire and the data of `sandbox.json`.
 */
import type { Market } from "../core/markets.ts";
import type { NamedScenario } from "./scenario.ts";

/** The sandbox did not respond, or refused the credentials. The message is one line for the user. */
export class SandboxClientError extends Error {}

/** What tools need to use the sandbox of one protocol. */
export interface SandboxAccess {
  /** The protocol's own names of what a result shows. */
  readonly labels: {
    readonly transactionId: string;
    readonly conversationId: string;
    readonly reference: string;
  };
  /** The account that a customer's payment goes to: the first of these kinds that the organisation has. */
  readonly collectionAccounts: readonly string[];
  /** A new reference of a request. */
  createReference(): string;
  describe(info: object): SandboxSummary;
  /** Throws `SandboxClientError` if the credentials are refused. */
  connect(options: ConnectOptions): Promise<SandboxClient>;
}

/** What an integrator needs to start, from the protocol's section of `sandbox.json`. */
export interface SandboxSummary {
  /** The organisation that the samples pay. */
  readonly organisation: string;
  /** Short values, by name. */
  readonly facts: readonly { readonly name: string; readonly value: string; readonly secret?: true }[];
  /** Values that fill lines of their own, by name. */
  readonly blocks: readonly { readonly name: string; readonly value: string }[];
  /** Environment variables, without the prefix `PESARAIL_`. */
  readonly variables: Readonly<Record<string, string>>;
  /** The seed customers of each of the protocol's markets. */
  readonly markets: Readonly<Partial<Record<Market, SeededMarket>>>;
}

export interface SeededMarket {
  readonly country: string;
  readonly currency: string;
  /** Numbers that approve every prompt. */
  readonly customers: readonly string[];
  readonly handsets: readonly { readonly msisdn: string; readonly pin: string }[];
}

export interface ConnectOptions {
  /** The gateway's URL, without a slash at its end. */
  readonly gateway: string;
  /** The protocol's section of `sandbox.json`. */
  readonly info: object;
  readonly market: Market;
  /** The key of an application; the default is the seeded application's. */
  readonly apiKey?: string | undefined;
  /** Aborts every call. */
  readonly signal: AbortSignal;
}

export interface SandboxClient {
  /** Collects a payment from a customer, or reserves it with `twoStep`. */
  collect(request: CollectRequest): Promise<CallResponse>;
  /** Commits or releases what a two-step collection reserved. */
  completeHold(request: HoldRequest): Promise<CallResponse>;
  /** Sends a scenario's request, with a new reference. */
  trigger(scenario: NamedScenario, responseUrl?: string): Promise<TriggeredCall>;
}

export interface CollectRequest {
  readonly msisdn: string;
  /** Decimal. */
  readonly amount: string;
  readonly organisation: string;
  /** The caller's id of the request. */
  readonly conversation: string;
  /** The reference that the customer sees. */
  readonly reference: string;
  readonly description: string;
  readonly twoStep: boolean;
  readonly responseUrl?: string | undefined;
}

export interface HoldRequest {
  readonly outcome: "commit" | "release";
  readonly transactionId: string;
  readonly voucherCode: string;
  readonly organisation: string;
}

export interface CallResponse {
  readonly status: number;
  readonly code: string;
  /** The documented text of the code; empty for an undocumented one. */
  readonly codeText: string;
  /** What the response says about itself. */
  readonly description: string;
  /** `timed_out` leaves the payment's outcome open. */
  readonly verdict: "succeeded" | "timed_out" | "refused";
  readonly transactionId: string | null;
  readonly conversationId: string | null;
  readonly voucherCode: string | null;
  /** The caller's id of the request, if the response repeats it. */
  readonly reference: string | null;
  /** The response body. */
  readonly fields: Readonly<Record<string, string>>;
  readonly tookMs: number;
}

export interface TriggeredCall {
  readonly method: string;
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly response: CallResponse;
  /** Whether the result follows by callback. */
  readonly acknowledged: boolean;
}
