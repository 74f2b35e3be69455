/** The settings of a run: the listener, the merchant's hooks, and the timeouts. */
import type { Webhook } from "standardwebhooks";
import type { LookupFunction } from "node:net";
import { msPerSecond } from "../core/clock.ts";
import type { Market } from "../core/markets.ts";
import type { ListenerChecks, SeededRandom } from "../protocols/listener-checks.ts";
import type { SandboxPayments } from "./sandbox-payments.ts";
import type { MeasureParallelism } from "./parallelism.ts";
import type { Hook } from "./merchant-hooks.ts";

export interface CheckSettings {
  readonly url: string;
  /** Where the platform asks before a payment; null if the listener is not asked. It has the host of `url`. */
  readonly validationUrl: string | null;
  readonly market: Market;
  /** The callbacks of the protocol that the listener handles. */
  readonly checks: ListenerChecks;
  /** The operations whose results the listener handles. Most cases use the first. */
  readonly calls: readonly [string, ...string[]];
  readonly random: SeededRandom;
  /** Signs the callbacks. Null sends them unsigned, as M-Pesa does, and skips the signature cases. */
  readonly webhook: Webhook | null;
  /** Masked in all reports. */
  readonly secret: string | null;
  readonly hooks: Hooks;
  /** A running sandbox, for merchant systems that query how a payment ended. */
  readonly sandbox: SandboxPayments | null;
  /** How many payments the load scenario delivers at once. */
  readonly batchSize: number;
  readonly timeouts: Timeouts;
  /** Measures whether the listener handles several callbacks at the same time. */
  readonly measureParallelism: MeasureParallelism;
  /** Resolves the listener's host name to the addresses that were checked before the run. */
  readonly lookup: LookupFunction;
  readonly addresses: readonly { readonly address: string; readonly family: number }[];
  readonly signal: AbortSignal;
}

export interface Hooks {
  readonly state: Hook | null;
  readonly begin: Hook | null;
  readonly query: Hook | null;
  readonly giveUp: Hook | null;
  readonly break: Hook | null;
  readonly fix: Hook | null;
}

export interface Timeouts {
  /** For one response. Production allows fifteen seconds. */
  readonly responseMs: number;
  /** For the records to show what is expected. */
  readonly recordsMs: number;
  /**
   * How long the records must stay as expected before the next case. They are read once more at the end of the
   * run.
   */
  readonly stableMs: number;
  /** The time of slow requests, and half of the time in which another one must be answered meanwhile. */
  readonly slowNetworkMs: number;
  /** Delays between attempts. Production waits ten seconds, a minute, five minutes … */
  readonly retryDelaysMs: readonly number[];
  /** For a listener that went down to start again. */
  readonly restartMs: number;
}

export const defaultTimeouts: Timeouts = {
  responseMs: 15 * msPerSecond,
  recordsMs: 5 * msPerSecond,
  stableMs: 300,
  slowNetworkMs: 2 * msPerSecond,
  retryDelaysMs: [100, 500, 2000],
  restartMs: 3 * msPerSecond,
};
