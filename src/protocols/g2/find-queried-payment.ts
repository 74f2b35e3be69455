/** Finds a payment by what the core calls it. A CheckoutRequestID is no such name. */
import { readPaymentWithId, readReceiptPayment, readReferencedPayments } from "../../payments/queries.ts";
import type { PaymentRow, Payments } from "../../payments/payments.ts";
import { selectReferencedPayment } from "../../payments/select-payment.ts";
import type { G2Identifiers } from "./identifiers.ts";

export interface PaymentSearch {
  readonly payments: Pick<Payments, "context">;
  readonly identifiers: Pick<G2Identifiers, "parse">;
  /** The references of this application are searched, in the operations of this protocol whose callers name requests. */
  readonly applicationId: bigint;
  readonly protocol: string;
  readonly operations: readonly string[];
}

/** An identifier of the platform always means its own payment, whatever references callers have used. */
export async function findQueriedPayment(
  { payments: { context }, identifiers, operations, ...caller }: PaymentSearch,
  name: string,
): Promise<PaymentRow | undefined> {
  const id = identifiers.parse(name);
  if (id !== null) return readPaymentWithId(context, id);
  const receipted = await readReceiptPayment(context, name);
  if (receipted !== undefined) return receipted;
  return selectReferencedPayment(await readReferencedPayments(context, caller, name, operations));
}
