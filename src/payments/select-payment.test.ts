/** Which payment a reference means that a caller used in several calls. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createLockedPayment } from "../../test/support/fixtures.ts";
import type { PaymentRow, PaymentStatus, PaymentType } from "../store/rail/payments.ts";
import { selectReferencedPayment } from "./select-payment.ts";

/** `collection completed`, with its place as its id. */
const parsePayments = (text: string): PaymentRow[] =>
  text.split(", ").map((each, index) => {
    const [type, status] = each.split(" ") as [PaymentType, PaymentStatus];
    return createLockedPayment({ id: BigInt(index + 1), type, status });
  });

test("the original is selected, whatever refers to it and in any order", () => {
  // prettier-ignore
  const table: [payments: string, selected: bigint][] = [
    ["collection cancelled, step completed",                         1n],
    ["collection completed, reversal failed",                        1n],
    ["reversal completed, collection failed",                        2n],
    ["mandate completed, debit failed",                              2n],
    ["mandate completed, mandate_cancel completed",                  1n],
    ["mandate completed, debit completed, mandate_cancel completed", 2n],
    ["collection completed, payout failed",                          1n],
    ["collection completed, payout completed",                       1n],
    ["collection failed, collection completed",                      2n],
    ["collection held, payout completed",                            1n],
    ["collection expired, payout failed",                            1n],
    ["reversal failed, step completed",                              2n],
  ];
  for (const [text, selected] of table) {
    const payments = parsePayments(text);
    assert.equal(selectReferencedPayment(payments)?.id, selected, text);
    assert.equal(selectReferencedPayment(payments.toReversed())?.id, selected, text);
  }
  assert.equal(selectReferencedPayment([]), undefined);
});
