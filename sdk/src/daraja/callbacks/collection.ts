/** The result of an STK push. */
import { parseNairobiTime } from "../credentials.ts";
import { readList, readPath, readText } from "../wire-response.ts";
import {
  findAmount,
  findText,
  interpretCode,
  isCode,
  isIdentifier,
  missing,
  type CallbackFields,
  type Meaning,
} from "./values.ts";

/** The result of a `collect`. Book it by `receipt`: an organisation with registered URLs gets a confirmation, too. */
export interface CollectionDetails extends Meaning {
  readonly kind: "collection";
  readonly checkoutRequestId: string;
  readonly merchantRequestId: string;
  /** The payment's receipt, MpesaReceiptNumber; null if it failed. */
  readonly receipt: string | null;
  /** With two decimals; null if it failed. Amount */
  readonly amount: string | null;
  /** The customer's number, PhoneNumber; null if it failed. */
  readonly msisdn: string | null;
  /** TransactionDate; null if it failed. */
  readonly paidAt: Date | null;
}

export function parseCollection(fields: CallbackFields): CollectionDetails | string {
  const callback = readPath(fields, "Body.stkCallback");
  const checkoutRequestId = readText(callback, "CheckoutRequestID");
  const code = readText(callback, "ResultCode");
  if (!isIdentifier(checkoutRequestId)) return missing("CheckoutRequestID");
  if (!isCode(code)) return missing("ResultCode");
  const items = readItems(callback);
  const meaning = interpretCode(code, readText(callback, "ResultDesc"));
  const receipt = findText(items, "MpesaReceiptNumber");
  if (meaning.outcome === "accepted" && receipt === null) return missing("MpesaReceiptNumber");
  return {
    kind: "collection",
    ...meaning,
    checkoutRequestId,
    merchantRequestId: readText(callback, "MerchantRequestID"),
    receipt,
    amount: findAmount(items, "Amount"),
    msisdn: findText(items, "PhoneNumber"),
    paidAt: parseNairobiTime(readText(items, "TransactionDate")),
  };
}

/** The items by name. Their order differs. */
const readItems = (callback: unknown): CallbackFields =>
  Object.fromEntries(
    readList(readPath(callback, "CallbackMetadata.Item")).map((item) => [
      readText(item, "Name"),
      readPath(item, "Value"),
    ]),
  );
