/** Finds a payment by what Daraja calls it. A CheckoutRequestID is no such name: only the STK query reads it. */
import { readPaymentWithId, readReceiptPayment, readReferencedPayments } from "../../payments/queries.ts";
import type { PaymentRow, Payments } from "../../payments/payments.ts";
import { selectReferencedPayment } from "../../payments/select-payment.ts";
import type { DarajaIdentifiers } from "./identifiers.ts";
import { protocolName } from "./names.ts";
import { operations } from "./operations.ts";

export interface PaymentSearch {
  readonly payments: Pick<Payments, "context">;
  readonly identifiers: Pick<DarajaIdentifiers, "parse">;
  /** The references of this application are searched. */
  readonly applicationId: bigint;
}

/** The fields in which callers name a request themselves. */
const referenceFields = ["OriginatorConversationID", "RequestRefID"];

const operationsWithReference = operations
  .filter(({ fields }) => referenceFields.some((name) => name in fields))
  .map(({ name }) => name);

/** An identifier of the platform always means its own payment, whatever references callers have used. */
export async function findQueriedPayment(
  { payments: { context }, identifiers, applicationId }: PaymentSearch,
  name: string,
): Promise<PaymentRow | undefined> {
  const id = identifiers.parse(name);
  if (id !== null) return readPaymentWithId(context, id);
  const receipted = await readReceiptPayment(context, name);
  if (receipted !== undefined) return receipted;
  const caller = { applicationId, protocol: protocolName };
  return selectReferencedPayment(
    await readReferencedPayments(context, caller, name, operationsWithReference),
  );
}
