/** Charges: what an organisation owes the operator for a payment, as a posting in the decision of the payment. */
import assert from "node:assert/strict";
import { operator, type Account, type LockedAccounts, type Posting } from "../../ledger/locked-accounts.ts";
import type { AccountKind, AccountName } from "../../store/rail/accounts.ts";
import type { LockedState } from "../instruction.ts";
import { findCharge, type ChargedUse, type Tariff } from "../tariffs.ts";

/** A payment that may be charged. */
export interface ChargedPayment {
  readonly use: ChargedUse;
  /** The shortcode of the organisation that is charged. */
  readonly organisation: string;
  readonly amountMinor: bigint;
}

/** The use of a collection that credits an account of this kind. */
export function toCollectionUse(kind: AccountKind): ChargedUse {
  if (kind === "utility") return "pay_bill";
  return kind === "merchant" ? "buy_goods" : "collection";
}

const feesAccount: AccountName = { kind: "fees", owner: operator };

/**
 * The accounts of a charge; none if the use is free. No lock is needed before the decision: the organisation's account
 * may go below zero, and the fees are only credited.
 */
export const listChargeAccounts = (
  tariff: Tariff,
  use: ChargedUse,
  organisation: string,
): readonly AccountName[] =>
  tariff[use] === undefined ? [] : [{ kind: "charges_paid", owner: organisation }, feesAccount];

/** The posting of the charge; none if there is no charge. It comes before the payment's own posting. */
export function buildCharge(
  tariff: Tariff,
  { use, organisation, amountMinor }: ChargedPayment,
  accounts: LockedAccounts,
): readonly Posting[] {
  const chargeMinor = findCharge(tariff, use, amountMinor);
  if (chargeMinor === 0n) return [];
  const from = accounts.findAccount("charges_paid", organisation);
  assert(from !== undefined, "every organisation has an account for charges, and it was read");
  return [{ from, to: accounts.getOperatorAccount("fees"), amountMinor: chargeMinor, type: "charge" }];
}

/** The posting of the charge of a collection that was held until now. */
export const buildCollectionCharge = (
  receiver: Account,
  amountMinor: bigint,
  { tariff, accounts }: Pick<LockedState, "tariff" | "accounts">,
): readonly Posting[] =>
  buildCharge(
    tariff,
    { use: toCollectionUse(receiver.kind), organisation: receiver.owner, amountMinor },
    accounts,
  );
