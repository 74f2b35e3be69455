/** Which payment a caller's own reference means, if the caller used it in several calls. Pure. */
import type { PaymentRow, PaymentType } from "../store/rail/payments.ts";

/**
 * The original comes before what refers to it: a payment of money before the consent that a debit needs, and both before
 * a call that changes an earlier payment or mandate. So the outcome of a release or a refused reversal is never reported
 * as the outcome of the payment.
 */
const rankByType: Readonly<Record<PaymentType, number>> = {
  collection: 0,
  payout: 0,
  transfer: 0,
  debit: 0,
  funding: 0,
  mandate: 1,
  mandate_cancel: 2,
  step: 2,
  reversal: 2,
};

/**
 * Selects the payment that the reference of all of these means; undefined if there are none.
 *
 * Of several originals it is the first that was made, open or completed. If all have failed, it is the first. So a
 * payment that was made is not reported as failed because a later call with its reference was refused.
 */
export function selectReferencedPayment(payments: readonly PaymentRow[]): PaymentRow | undefined {
  return payments.toSorted(
    (a, b) =>
      rankByType[a.type] - rankByType[b.type] ||
      Number(hasFailed(a)) - Number(hasFailed(b)) ||
      (a.id < b.id ? -1 : 1),
  )[0];
}

const hasFailed = ({ status }: PaymentRow): boolean => status !== "held" && status !== "completed";
