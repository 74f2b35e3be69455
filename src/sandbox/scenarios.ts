/**
 * Scenario payments: sandbox requests whose outcome a magic value chose. Which values, is each protocol's own table.
 *
 * A scenario that completes pays with money that the operator's float issues for it, so that scenarios never run out
 * and never take a balance that a test has set up.
 */
import type { RecordedRefusal } from "../payments/refusals.ts";
import type { Simulation } from "../payments/simulation.ts";

/** The customer that all-zero numbers stand for. */
export const scenarioMsisdn = "000000000001";

/** Ten of the major unit: what a simulated reversal pays when the request names no amount. */
const reversalAmountMinor = 1_000n;

/** What the rules apply to a scenario: `accepted`, or the refusal to answer with. */
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
