/** What a run is told: the listener, what it may ask the developer's own system, and how patient it is. */
import type { Webhook } from "standardwebhooks";
import type { LookupFunction } from "node:net";
import { msPerSecond } from "../../../core/clock.ts";
import type { Market } from "../../../core/money.ts";
import type { Product } from "../../../protocols/openapi-v2/products.ts";
import type { SeededRandom } from "../../../listener-check/seeded-random.ts";
import type { SandboxPayments } from "../../../listener-check/sandbox-payments.ts";
import type { Hook } from "../../../listener-check/merchant-hooks.ts";

export interface Settings {
  readonly url: string;
  readonly market: Market;
  /** The calls whose results the listener hears; most cases are played with the first. */
  readonly calls: readonly [Product, ...Product[]];
  readonly random: SeededRandom;
  /** Signs what is sent; null sends it unsigned, as M-Pesa does, and scores no signatures. */
  readonly webhook: Webhook | null;
  /** Never shown, whoever repeats it. */
  readonly secret: string | null;
  readonly hooks: Hooks;
  /** A running sandbox, for a listener whose own system asks how a payment ended. */
  readonly sandbox: SandboxPayments | null;
  /** How many payments are told at once. */
  readonly batchSize: number;
  readonly timeouts: Timeouts;
  /** Resolves the listener's name; the addresses were looked at before anything was sent. */
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
  /** For one answer. Production waits for fifteen seconds. */
  readonly responseMs: number;
  /** Until the records show what they should. */
  readonly recordsMs: number;
  /** How long they must go on showing it before the next case; they are read once more at the end. */
  readonly stableMs: number;
  /** How long a slow network is slow. */
  readonly slowNetworkMs: number;
  /** Between attempts, where production waits for ten seconds, a minute, five minutes … */
  readonly retryDelaysMs: readonly number[];
  /** For a listener that went down. */
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
