/** The sandbox's scenarios by name: what `trigger` lists, and a client sends. */
import type { Market } from "../core/markets.ts";

/** A field value that makes a call end in a chosen way. */
export interface NamedScenario {
  /** Such as `c2b:timed_out`. */
  readonly name: string;
  readonly outcome: string;
  /** The call that it is a scenario of. */
  readonly call: OperationInfo;
  readonly field: string;
  readonly value: string;
  readonly expected: ExpectedResponse;
  /** The response to a call whose result is sent by callback. */
  readonly acknowledgement: ExpectedResponse;
  /** A sentence. */
  readonly description: string;
}

export interface ExpectedResponse {
  readonly code: string;
  readonly status: number;
}

/** A call of a protocol, for people and for the options of commands. */
export interface OperationInfo {
  /** Its product: the name that an application has enabled, and that payments store. */
  readonly name: string;
  /** Its product, if that has another name. */
  readonly product?: string;
  readonly title: string;
  /** Null is every market of the protocol. */
  readonly markets: readonly Market[] | null;
}
