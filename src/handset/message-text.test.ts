/** Message texts: short, exact, and in the market's local time. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { formatMessage, formatMoney, formatTerms, type MessageFacts } from "./message-text.ts";

const facts: MessageFacts = {
  kind: "paid",
  amountMinor: 1_250_000n,
  balanceMinor: 98_750_000n,
  at: new Date("2026-11-21T22:05:00Z"),
  paymentId: 7n,
  text: null,
  type: "collection",
  reference: "asv02e5958774f7ba228d83d0d689761",
  customerReference: "T12344C",
  receipt: null,
  originalReceipt: null,
  originalId: null,
  organisation: "000000",
  organisationName: "Duka la Amina",
  counterparty: "255750000006",
  counterpartyName: "Zawadi Mollel",
  mandateReference: null,
  frequency: null,
  orderAmountMinor: null,
  invoiceName: null,
  dueDay: null,
};

const formatWith = (change: Partial<MessageFacts>): string =>
  formatMessage({ ...facts, ...change }, "vodacomTZN", (id) => `abc${id}`);

test("a receipt has amount, organisation, reference, local time and balance", () => {
  assert.equal(
    formatWith({}),
    "ABC7: you paid TZS 12,500.00 to Duka la Amina (000000), ref T12344C, 22/11/2026 01:05. Balance TZS 987,500.00.",
  );
});

test("every kind of message has a text for each party", () => {
  const org = { balanceMinor: null };
  const table = [
    [{ kind: "received" }, "you got TZS 12,500.00 from Duka la Amina (000000)"],
    [{ kind: "promotion" }, "congratulations, you got TZS 12,500.00 from Duka la Amina (000000)"],
    [
      { kind: "debited", mandateReference: "Rent" },
      "Duka la Amina (000000) took TZS 12,500.00 by your direct debit Rent",
    ],
    [{ kind: "sold", ...org }, "Zawadi Mollel (255750000006) paid you TZS 12,500.00, ref T12344C"],
    [
      { kind: "sold", type: "debit", mandateReference: "Rent", ...org },
      "Zawadi Mollel (255750000006) paid you TZS 12,500.00 by direct debit Rent",
    ],
    [{ kind: "sold", type: "transfer", ...org }, "Duka la Amina (000000) sent you TZS 12,500.00"],
    [{ kind: "returned", originalId: 5n }, "Duka la Amina (000000) returned TZS 12,500.00 of ABC5 to you"],
    [
      { kind: "returned", originalId: 5n, ...org },
      "TZS 12,500.00 of ABC5 was returned to you from Zawadi Mollel (255750000006)",
    ],
    [{ kind: "taken_back", originalId: 5n }, "Duka la Amina (000000) reversed TZS 12,500.00 of ABC5"],
    [
      { kind: "taken_back", originalId: 5n, ...org },
      "TZS 12,500.00 of ABC5 was returned to Zawadi Mollel (255750000006)",
    ],
    [
      { kind: "mandate", mandateReference: "Rent", frequency: "monthly" },
      "Duka la Amina (000000) may now take money by direct debit Rent, monthly",
    ],
    [
      { kind: "mandate_ended", mandateReference: "Rent" },
      "direct debit Rent to Duka la Amina (000000) has ended",
    ],
  ] as const;
  for (const [change, expected] of table)
    assert.equal(formatWith(change).slice(6, 6 + expected.length), expected);
});

test("a message about an invoice says what to pay, where and until when, and has no TransactionID", () => {
  const invoice = { invoiceName: "Rent", dueDay: 20271105, balanceMinor: null } as const;
  assert.equal(
    formatWith({ kind: "invoice", ...invoice }),
    "Duka la Amina sent you a bill of TZS 12,500.00 for Rent. Pay 000000, account T12344C, by 05/11/2027.",
  );
  assert.equal(
    formatWith({ kind: "invoice_reminder", ...invoice }),
    "Your bill of TZS 12,500.00 for Rent from Duka la Amina is due on 05/11/2027. Pay 000000, account T12344C.",
  );
});

test("amounts have thousands separators and exact cents", () => {
  const table = [
    [0n, "TZS 0.00"],
    [5n, "TZS 0.05"],
    [99_999n, "TZS 999.99"],
    [100_000n, "TZS 1,000.00"],
    [123_456_789_012_34n, "TZS 123,456,789,012.34"],
  ] as const;
  for (const [amountMinor, text] of table) assert.equal(formatMoney(amountMinor, "vodacomTZN"), text);
});

test("a mandate's terms are readable text", () => {
  const none = { frequency: null, firstPaymentDay: null, expiryDay: null, rangeStart: null, rangeEnd: null };
  const terms = {
    frequency: "monthly",
    firstPaymentDay: 20261121,
    expiryDay: 20271120,
    rangeStart: 1,
    rangeEnd: 5,
  };
  assert.equal(formatTerms(none, null, "vodacomTZN"), "on demand");
  assert.equal(
    formatTerms(terms, null, "vodacomTZN"),
    "monthly from 21/11/2026, days 1 to 5, until 20/11/2027",
  );
  assert.equal(
    formatTerms(terms, 4500_00n, "safaricomKEN"),
    "Ksh4,500.00 monthly from 21/11/2026, days 1 to 5, until 20/11/2027",
  );
});

test("Kenya's messages have the wording of its M-PESA", () => {
  const kenyan: Partial<MessageFacts> = {
    amountMinor: 10_00n,
    balanceMinor: 1_234_00n,
    at: new Date("2025-11-06T20:02:12Z"),
    organisation: "600996",
    organisationName: "Umoja Stores",
    counterparty: "254708374149",
    counterpartyName: "John Doe",
    customerReference: "INV1",
  };
  const when = "on 6/11/25 at 11:02 PM.";
  const balance = " New M-PESA balance is Ksh1,234.00.";
  const org = { balanceMinor: null };
  const table: readonly (readonly [Partial<MessageFacts>, string])[] = [
    [{}, `Confirmed. Ksh10.00 sent to Umoja Stores for account INV1 ${when}${balance}`],
    [{ customerReference: "" }, `Confirmed. Ksh10.00 paid to Umoja Stores ${when}${balance}`],
    [
      { kind: "not_paid" },
      `Failed. Umoja Stores did not accept your payment of Ksh10.00 for account INV1 ${when}${balance}`,
    ],
    [
      { kind: "received", type: "payout" },
      `Confirmed. You have received Ksh10.00 from Umoja Stores (600996) ${when}${balance}`,
    ],
    [
      { kind: "promotion", type: "payout" },
      `Confirmed. Congratulations! You have received Ksh10.00 from Umoja Stores (600996) ${when}${balance}`,
    ],
    [
      { kind: "sold", ...org },
      `Confirmed. Ksh10.00 received from John Doe (254708374149) for account INV1 ${when}`,
    ],
  ];
  for (const [change, expected] of table) {
    const message = { ...facts, ...kenyan, ...change };
    assert.equal(
      formatMessage(message, "safaricomKEN", () => "tk60708bhz"),
      `TK60708BHZ ${expected}`,
    );
  }
});
