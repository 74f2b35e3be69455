/**
 * Scenario payments: sandbox requests whose outcome a magic value selects. Each protocol has a table of its values.
 *
 * The operator's float funds the payer of a scenario that completes, so that scenarios do not depend on balances.
 *
 * Every caller of a market shares its float and its organisations. So scenarios leave half of the float to deposits, and
 * an account that they have filled to a thousandth of the maximum is not filled further: it then funds its own payers.
 */
import {
  canCredit,
  maxBalanceMinor,
  type Account,
  type LockedAccounts,
  type Posting,
} from "../ledger/locked-accounts.ts";
import type { RecordedRefusal } from "../payments/refusals.ts";
import type { SimulatedPayment, Simulation } from "../payments/simulation.ts";

/** The customer of all-zero numbers: triggers of any length select the same customer. */
export const scenarioMsisdn = "000000000001";

/** The default amount of a simulated reversal: ten major units. */
const reversalAmountMinor = 1_000n;

/** The largest sum that scenarios take from the float. */
const maxIssuedMinor = maxBalanceMinor / 2n;

/** The balance up to which scenarios fill an account from the float: more than the largest amount of a payment. */
const maxFilledMinor = maxBalanceMinor / 1_000n;

/** Creates the simulation of a scenario: `accepted`, or a refusal. */
export function createSimulation(outcome: "accepted" | RecordedRefusal): Simulation {
  const completes = outcome === "accepted";
  return {
    refusal: completes ? null : outcome,
    fundPayer: (payment, accounts) => (completes ? fundScenario(payment, accounts) : []),
    reversal: { msisdn: scenarioMsisdn, amountMinor: reversalAmountMinor },
  };
}

function fundScenario(payment: SimulatedPayment, accounts: LockedAccounts): readonly Posting[] | null {
  const { payer, receiver, amountMinor } = payment;
  const float = accounts.getOperatorAccount("float");
  const filled = receiver ?? payer;
  const hasRoom = filled.availableMinor + filled.heldMinor + amountMinor <= maxFilledMinor;
  if (hasRoom && float.availableMinor - amountMinor >= -maxIssuedMinor)
    return [fundFrom(float, payer, amountMinor)];
  // Money that is held first stays with the payer if it is released, so the payer's own balance pays.
  if (receiver === null) return payer.availableMinor >= amountMinor ? [] : null;
  if (receiver.availableMinor >= amountMinor && canCredit(payer, amountMinor))
    return [fundFrom(receiver, payer, amountMinor)];
  return null;
}

const fundFrom = (from: Account, to: Account, amountMinor: bigint): Posting => ({
  from,
  to,
  amountMinor,
  type: "scenario_funding",
});
