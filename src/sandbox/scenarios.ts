/**
 * Scenario payments: sandbox requests whose outcome a magic value selects. Each protocol has a table of its values.
 *
 * The operator's float funds the payer of a scenario that completes, so that scenarios never depend on balances and
 * never change them.
 */
import type { RecordedRefusal } from "../payments/refusals.ts";
import type { Simulation } from "../payments/simulation.ts";

/** The customer of all-zero numbers: triggers of any length select the same customer. */
export const scenarioMsisdn = "000000000001";

/** The default amount of a simulated reversal: ten major units. */
const reversalAmountMinor = 1_000n;

/** Creates the simulation of a scenario: `accepted`, or a refusal. */
export function createSimulation(outcome: "accepted" | RecordedRefusal): Simulation {
  const completes = outcome === "accepted";
  return {
    refusal: completes ? null : outcome,
    fundPayer: (payer, amountMinor, accounts) =>
      completes
        ? [{ from: accounts.getOperatorAccount("float"), to: payer, amountMinor, type: "scenario_funding" }]
        : [],
    reversal: { msisdn: scenarioMsisdn, amountMinor: reversalAmountMinor },
  };
}
