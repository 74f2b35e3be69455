/** Faults: the next callbacks are lost or sent twice, and the next requests fail. */
import type { CallControl } from "./control.ts";
import type { Fault, FaultKind } from "./generated.ts";
import type { SandboxMarket } from "./markets.ts";

export interface FaultOptions {
  /** How many callbacks or requests it applies to; default 1. 0 ends the fault. */
  readonly times?: number | undefined;
  /** Default `vodacomTZN`. Faults of requests are Daraja's, in `safaricomKEN`. */
  readonly market?: SandboxMarket | undefined;
}

export interface Faults {
  /** Sets how many of the next callbacks or requests have a fault, and returns all faults of the market. */
  set(kind: FaultKind, options?: FaultOptions): Promise<readonly Fault[]>;
  /** Lists the faults that are still to come. */
  list(market?: SandboxMarket): Promise<readonly Fault[]>;
}

interface FaultsResponse {
  readonly faults: readonly Fault[];
}

export const createFaults = (control: CallControl, defaultMarket: SandboxMarket): Faults => ({
  async set(kind, { times = 1, market = defaultMarket } = {}) {
    return (await control<FaultsResponse>("POST", `/markets/${market}/faults`, { kind, times })).faults;
  },
  async list(market = defaultMarket) {
    return (await control<FaultsResponse>("GET", `/markets/${market}/faults`)).faults;
  },
});
