/** What a run is told: the listener, what it may ask the developer's own system, and how patient it is. */
import type { Webhook } from "standardwebhooks";
import type { LookupFunction } from "node:net";
import { second } from "../../clock.ts";
import type { Market } from "../../money.ts";
import type { Product } from "../../payments/products.ts";
import type { Chance } from "./chance.ts";
import type { InSandbox } from "./in-sandbox.ts";
import type { Tool } from "./tools.ts";

export interface Settings {
  readonly url: string;
  readonly market: Market;
  /** The calls whose results the listener hears; most cases are played with the first. */
  readonly calls: readonly [Product, ...Product[]];
  readonly chance: Chance;
  /** Signs what is sent; null sends it unsigned, as M-Pesa does, and scores no signatures. */
  readonly webhook: Webhook | null;
  /** Never shown, whoever repeats it. */
  readonly secret: string | null;
  readonly tools: Tools;
  /** A running sandbox, for a listener whose own system asks how a payment ended. */
  readonly sandbox: InSandbox | null;
  /** How many payments are told at once. */
  readonly many: number;
  readonly patience: Patience;
  /** Resolves the listener's name; the addresses were looked at before anything was sent. */
  readonly lookup: LookupFunction;
  readonly addresses: readonly { readonly address: string; readonly family: number }[];
  readonly signal: AbortSignal;
}

export interface Tools {
  readonly state: Tool | null;
  readonly begin: Tool | null;
  readonly query: Tool | null;
  readonly giveUp: Tool | null;
  readonly break: Tool | null;
  readonly mend: Tool | null;
}

export interface Patience {
  /** For one answer. Production waits for fifteen seconds. */
  readonly withinMs: number;
  /** Until the records show what they should. */
  readonly settleMs: number;
  /** How long they must go on showing it before the next case; they are read once more at the end. */
  readonly quietMs: number;
  /** How long a slow network is slow. */
  readonly slowMs: number;
  /** Between attempts, where production waits for ten seconds, a minute, five minutes … */
  readonly retryGapsMs: readonly number[];
  /** For a listener that went down. */
  readonly comebackMs: number;
}

export const usualPatience: Patience = {
  withinMs: 15 * second,
  settleMs: 5 * second,
  quietMs: 300,
  slowMs: 2 * second,
  retryGapsMs: [100, 500, 2000],
  comebackMs: 3 * second,
};
