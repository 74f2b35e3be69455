/** Transfer (B2B): an organisation pays another organisation. */
import { operator } from "../../ledger/locked-accounts.ts";
import type { AccountKind } from "../../store/rail/accounts.ts";
import { findOrganisationAccount, checkLimits, fundScenario } from "./checks.ts";
import { buildCharge } from "./charges.ts";
import {
  refuse,
  type Decision,
  type LockedState,
  type OrganisationAccount,
  type PaymentRequest,
} from "../instruction.ts";

export interface Transfer extends PaymentRequest {
  /** The shortcode of the receiving organisation. */
  readonly receiver: string;
  /** The receiver's account that is credited. */
  readonly receiverAccount: ReceivingAccount;
  readonly amountMinor: bigint;
}

/** The accounts that a transfer credits: also the settlement account of an organisation, and the operator's holding account. */
export type ReceivingAccount = OrganisationAccount | Extract<AccountKind, "settlement" | "suspense">;

/** The receiver of money that leaves the rail for a bank. */
export const holdingAccount = { receiver: operator, receiverAccount: "suspense" } as const;

export function decideTransfer(request: Transfer, state: LockedState): Decision {
  const { accounts } = state;
  const refusal = checkLimits(request, request.amountMinor, state);
  if (refusal !== null) return refuse(refusal);

  const organisation = findOrganisationAccount(request, accounts);
  if ("refusal" in organisation) return refuse(organisation.refusal);
  // The application need not act for the receiver: it may pay any organisation.
  const receiver = accounts.findAccount(request.receiverAccount, request.receiver);
  if (receiver === undefined) {
    return refuse(request.receiverAccount === "working" ? "receiver_unknown" : "receiver_invalid");
  }
  if (receiver.status !== "active") return refuse("organisation_inactive");
  if (receiver === organisation.account) return refuse("same_party");

  const payer = organisation.account;
  const { amountMinor, simulation } = request;
  const funding = fundScenario(simulation, { payer, receiver, amountMinor }, accounts);
  if ("refusal" in funding) return refuse(funding.refusal);
  if (simulation === null && payer.availableMinor < request.amountMinor) {
    return refuse("organisation_balance_too_low");
  }
  const posting = { from: payer, to: receiver, amountMinor: request.amountMinor, type: "transfer" } as const;
  // Between its own accounts, an organisation moves money for nothing.
  const isCharged = simulation === null && receiver.owner !== payer.owner;
  const charge = isCharged ? buildCharge(state.tariff, { ...request, use: "transfer" }, accounts) : [];
  return { outcome: "completed", postings: [...funding.postings, ...charge, posting] };
}
