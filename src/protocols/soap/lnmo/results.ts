/** What a status and a callback say of a checkout, or of its payment. Pure. */
import type { PublicIds } from "../../../core/ids.ts";
import type { CheckoutRow } from "../../../payments/checkouts.ts";
import type { PaymentRow } from "../../../payments/payments.ts";
import type { RecordedRefusal } from "../../../payments/refusals.ts";
import type { CheckoutResult } from "./messages.ts";
import { returnCodeByRefusal } from "./return-codes.ts";

/** A checkout that was not confirmed. */
export const toCheckoutResult = (
  { id, msisdn, amountMinor, reference, passthrough }: CheckoutRow,
  { requestId }: PublicIds,
  isExpired: boolean,
): CheckoutResult => ({
  msisdn,
  amountMinor,
  endedAt: null,
  receipt: null,
  ...(isExpired ? ({ status: "Failed", code: "05" } as const) : ({ status: "Pending", code: "00" } as const)),
  merchantTransactionId: reference,
  passthrough,
  trxId: requestId(id),
});

/** ENC_PARAMS is stored as the payment's description, and the account as its text for the customer. */
export function toPaymentResult(payment: PaymentRow, { requestId }: PublicIds): CheckoutResult {
  const { status, endedAt, receipt } = payment;
  const refusal = payment.refusal as RecordedRefusal | null;
  return {
    msisdn: payment.counterparty,
    amountMinor: payment.amountMinor,
    endedAt: endedAt?.getTime() ?? null,
    receipt: status === "completed" ? receipt : null,
    status: status === "held" ? "Pending" : status === "completed" ? "Success" : "Failed",
    code: refusal === null ? "00" : returnCodeByRefusal[refusal],
    merchantTransactionId: payment.reference,
    passthrough: payment.description,
    trxId: requestId(payment.id),
  };
}
