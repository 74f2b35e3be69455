/** Finds the checkout that a request names by its TRX_ID, by the merchant's own id, or by both. */
import { findCheckout, type NamedCheckout } from "../../../payments/checkouts.ts";
import { getChildText } from "../xml/read-xml.ts";
import type { LnmoCall, LnmoReply } from "./operation.ts";

export async function findNamedCheckout({
  message,
  payments,
  application,
  publicIds,
}: LnmoCall): Promise<NamedCheckout | LnmoReply> {
  const trxId = getChildText(message, "TRX_ID");
  const reference = getChildText(message, "MERCHANT_TRANSACTION_ID");
  if (trxId === null && reference === null)
    return { code: "40", reason: "The request has neither TRX_ID nor MERCHANT_TRANSACTION_ID." };
  const id = trxId === null ? null : publicIds.decode(trxId);
  const named =
    trxId !== null && id === null
      ? undefined
      : await findCheckout(payments.context, application.id, { id, reference });
  return named ?? { code: "12", reason: "The merchant has no checkout with these ids." };
}
