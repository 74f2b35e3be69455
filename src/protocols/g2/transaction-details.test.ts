/** What transaction status says of payments that a customer was asked for. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { PaymentRow } from "../../payments/payments.ts";
import { formatReason, formatStatus } from "./transaction-details.ts";

const describePayment = (operation: string, creditKind = "utility"): [reason: string, status: string] => {
  const payment = { type: "collection", status: "held", operation } as unknown as PaymentRow;
  return [formatReason(payment, creditKind), formatStatus(payment)];
};

test("a payment that waits for the customer is initiated, and was made online", () => {
  for (const operation of ["stkPush", "lnmoCheckout"]) {
    assert.deepEqual(describePayment(operation), ["Pay Bill Online", "Initiated"]);
    assert.deepEqual(describePayment(operation, "merchant"), ["Merchant Payment Online", "Initiated"]);
  }
  assert.deepEqual(describePayment("c2bSimulate"), ["Pay Bill", "Authorized"]);
});
