/**
 * What the stories need of a protocol: its calls, as an integrator writes them. Each protocol has one small caller.
 *
 * A caller has an application of its own, and a listener whose URL it gives to its requests.
 */
import type { Market } from "../../src/core/markets.ts";
import type { ProtocolName } from "../../src/protocols/protocol.ts";
import type { ListenerBehaviour, ReceivedCallback } from "../support/listener.ts";
import type { TestSandbox } from "../support/sandbox.ts";
import type { StoryName } from "./story-names.ts";

/** The amount of every payment of the stories: a number that all protocols and currencies can write. */
export const amount = "30";
export const amountMinor = 30_00n;

export interface CollectRequest {
  readonly msisdn: string;
  readonly reference: string;
  /** Ends the request, as a client that hangs up does. */
  readonly signal?: AbortSignal;
}

export interface ReverseRequest {
  /** The receipt of the payment. */
  readonly receipt: string;
  readonly amount: string;
  readonly reference: string;
}

/** What a call answers at once. */
export interface CallResponse {
  /** Whether the platform took the request: the result is in the response, or follows. */
  readonly accepted: boolean;
  readonly code: string;
  /** The id by which the platform names the request; empty if it was refused without one. */
  readonly name: string;
}

/** How a call ended. */
export interface CallResult {
  /** The id of the request: the `name` of its response. */
  readonly name: string;
  readonly code: string;
  /** Empty if no money moved. */
  readonly receipt: string;
}

/** A protocol's codes for what happens in the stories. */
export interface StoryCodes {
  readonly accepted: string;
  readonly success: string;
  readonly declined: string;
  readonly wrongPin: string;
  readonly balanceTooLow: string;
  readonly noAnswer: string;
  readonly repeatedReference: string;
  readonly alreadyReversed: string;
  readonly keyRevoked: string;
}

/** The status of a payment as a query returns it, in the protocol's words. */
export interface StoryStatuses {
  readonly unknown: string;
  readonly pending: string;
  readonly completed: string;
}

export interface ProtocolCaller {
  readonly applicationId: bigint;
  /** The organisation that asks, and the account that it collects to. */
  readonly organisation: string;
  readonly collectionAccount: string;
  readonly acknowledge: ListenerBehaviour;
  collect(request: CollectRequest): Promise<CallResponse>;
  payOut(request: CollectRequest): Promise<CallResponse>;
  payBusiness(reference: string): Promise<CallResponse>;
  moveOwnFunds(reference: string): Promise<CallResponse>;
  reverse(request: ReverseRequest): Promise<CallResponse>;
  /** The status of the payment that was asked for with this reference, and whose response this was, if there was one. */
  queryStatus(reference: string, response: CallResponse | null): Promise<string>;
  /** The result in a notification; null if the notification is none of a result. */
  readResult(callback: ReceivedCallback): CallResult | null;
  /**
   * The result of a request that was taken, from its response: in a synchronous mode, which has no notifications. The response
   * may come later than that of the call, which is there as soon as the customer is asked.
   */
  waitForResponse?(name: string): Promise<CallResult>;
}

export interface CallerOptions {
  readonly sandbox: TestSandbox;
  readonly listenerUrl: string;
}

export interface ConformingProtocol {
  readonly name: ProtocolName;
  /** The mode of a protocol that has several; empty for its usual one. */
  readonly mode?: "synchronous";
  readonly market: Market;
  readonly codes: StoryCodes;
  readonly statuses: StoryStatuses;
  /** A customer's number, of those that no seed has. */
  createMsisdn(number: number): string;
  /** The call whose reference may be used only once. */
  readonly callWithOwnReference: "collect" | "payOut";
  /** The stories that it cannot tell, each with the reason. */
  readonly exceptions: Readonly<Partial<Record<StoryName, string>>>;
  createCaller(options: CallerOptions): Promise<ProtocolCaller>;
}
