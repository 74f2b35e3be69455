/** Forms in which Daraja sends the success of an STK push, besides the documented one. */
import type { CheckedPayment, ListenerMessage, MessageVariant, SeededRandom } from "../../listener-checks.ts";
import { stkPush } from "../operations/stk-push.ts";
import { buildC2bFields, buildMessage, toMessage } from "./messages.ts";

const reverseItems = (body: string): string => {
  const parsed = JSON.parse(body) as { Body: { stkCallback: { CallbackMetadata: { Item: unknown[] } } } };
  parsed.Body.stkCallback.CallbackMetadata.Item.reverse();
  return JSON.stringify(parsed);
};

/** A success whose body is changed. */
const changed =
  (change: (body: string) => string) =>
  (random: SeededRandom, payment: CheckedPayment): ListenerMessage[] => {
    const message = buildMessage(random, payment, null);
    return [{ ...message, body: change(message.body) }];
  };

const bookedTwice = {
  severity: "money",
  consequence: "One payment is credited twice: goods are sent twice, or a balance grows without money.",
} as const;

const notBooked = { severity: "money", consequence: "The customer has paid and gets nothing." } as const;

const call = stkPush.name;

const byReceipt =
  "Store the receipt (MpesaReceiptNumber, TransID) under a unique key, in the same transaction as the booking.";

export const variants: Readonly<Record<string, MessageVariant>> = {
  "items-reordered": {
    ...notBooked,
    call,
    description: "Delivers a success whose items have another order.",
    expects: "The items are read by their names, and the payment is booked once.",
    fix: "Find each item by its Name. M-Pesa has added items (Balance) between others.",
    buildMessages: changed(reverseItems),
  },
  "balance-item": {
    ...notBooked,
    call,
    description: "Delivers a success with an item Balance, which has no Value.",
    expects: "An item without a Value is ignored, and the payment is booked once.",
    fix: "Do not expect a Value in every item.",
    buildMessages: changed((body) =>
      body.replace('{"Name":"TransactionDate"', '{"Name":"Balance"},{"Name":"TransactionDate"'),
    ),
  },
  "code-as-text": {
    ...notBooked,
    call,
    description: 'Delivers a success with the ResultCode "0", as a text.',
    expects: "The text counts as the number, and the payment is booked once.",
    fix: "Compare String(ResultCode) with 0. Products differ, and some codes are texts only (SFC_IC0003).",
    buildMessages: changed((body) => body.replace('"ResultCode":0', '"ResultCode":"0"')),
  },
  "with-confirmation": {
    ...bookedTwice,
    call,
    description:
      "Delivers a success, and then the confirmation with the same receipt, as to a paybill with registered URLs.",
    expects: "The two are one payment, which is booked once.",
    fix: byReceipt,
    buildMessages: (random, payment) => [buildMessage(random, payment, null), buildConfirmation(payment)],
  },
  "confirmation-first": {
    ...bookedTwice,
    call,
    description: "Delivers the confirmation before the success with the same receipt.",
    expects: "The two are one payment, which is booked once.",
    fix: byReceipt,
    buildMessages: (random, payment) => [buildConfirmation(payment), buildMessage(random, payment, null)],
  },
};

const buildConfirmation = (payment: CheckedPayment): ListenerMessage =>
  toMessage(payment, buildC2bFields(payment), "0");
