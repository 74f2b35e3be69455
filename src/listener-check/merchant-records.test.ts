/** The contract of `--state-…`, and the checks on records. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createSeededRandom } from "./seeded-random.ts";
import type { CheckedPayment } from "../protocols/listener-checks.ts";
import { defaultProtocol } from "../protocols/registry.ts";
import { createPayment } from "./payments.ts";
import {
  bookedOnce,
  bookedAmount,
  endedUnpaid,
  notBooked,
  bookedOrFlagged,
  readRecord,
  type MerchantRecord,
  type RecordCheck,
} from "./merchant-records.ts";

const payment: CheckedPayment = {
  ...createPayment({
    checks: await defaultProtocol.loadListenerChecks(),
    random: createSeededRandom("a"),
    market: "vodacomTZN",
    call: "c2bSingle",
    label: "payment",
  }),
  requested: true,
};
const unrequested: CheckedPayment = { ...payment, requested: false };
const { signal } = new AbortController();

const printingHook = (text: string) =>
  ({ option: "--state-command", kind: "command", value: `printf %s '${text}'` }) as const;

test("records are parsed, and an invalid one is reported in a sentence", async () => {
  const table: [string, MerchantRecord | RegExp][] = [
    ["", { status: "unknown", bookings: 0, amount: null, flagged: false }],
    ["null", { status: "unknown", bookings: 0, amount: null, flagged: false }],
    ['{"status":"unknown"}', { status: "unknown", bookings: 0, amount: null, flagged: false }],
    ['{"status":"paid","bookings":1}', { status: "paid", bookings: 1, amount: null, flagged: false }],
    [
      '{"status":"failed","bookings":0,"amount":"10.00","flagged":true,"more":1}',
      { status: "failed", bookings: 0, amount: "10.00", flagged: true },
    ],
    ["paid", /is not JSON: paid/],
    ["[]", /is not a JSON object/],
    ['{"status":"done","bookings":1}', /no status out of paid, failed, pending, unknown/],
    ['{"status":"paid"}', /has no whole number in bookings/],
    ['{"status":"paid","bookings":"1"}', /has no whole number in bookings/],
    ['{"status":"paid","bookings":-1}', /has no whole number in bookings/],
    ['{"status":"paid","bookings":1,"amount":10}', /not a decimal string/],
    ['{"status":"paid","bookings":1,"flagged":"no"}', /neither true nor false/],
  ];
  for (const [text, wanted] of table) {
    const reading = readRecord(printingHook(text), payment, signal);
    if (wanted instanceof RegExp) await assert.rejects(reading, wanted);
    else assert.deepEqual(await reading, wanted, text);
  }
});

test("the checks depend on whether the merchant's system requested the payment", () => {
  const record = (change: Partial<MerchantRecord>): MerchantRecord => ({
    status: "pending",
    bookings: 0,
    amount: null,
    flagged: false,
    ...change,
  });
  const once = record({ status: "paid", bookings: 1 });
  const twice = record({ status: "paid", bookings: 2 });
  const failed = record({ status: "failed" });
  const unknown = record({ status: "unknown" });
  const table: [RecordCheck, CheckedPayment, MerchantRecord, string][] = [
    [bookedOnce, payment, once, "passed"],
    [bookedOnce, unrequested, once, "passed"],
    [bookedOnce, payment, twice, "failed"],
    [bookedOnce, payment, record({}), "failed"],
    [bookedOnce, payment, unknown, "failed"],
    [bookedOnce, unrequested, unknown, "not observable"],
    [bookedOnce, payment, record({ status: "paid" }), "failed"],
    [bookedAmount, payment, { ...once, amount: payment.amount }, "passed"],
    [bookedAmount, payment, { ...once, amount: payment.amount.replace(/\.00$/, "") }, "passed"],
    [bookedAmount, payment, { ...once, amount: "1.00" }, "failed"],
    [bookedAmount, payment, { ...once, amount: "a lot" }, "failed"],
    [bookedAmount, payment, once, "not observable"],
    [bookedAmount, payment, failed, "not observable"],
    [bookedAmount, unrequested, { ...once, amount: "1.00" }, "not observable"],
    [notBooked, payment, record({}), "passed"],
    [notBooked, payment, failed, "passed"],
    [notBooked, payment, once, "failed"],
    [notBooked, payment, record({ status: "paid" }), "failed"],
    [endedUnpaid, payment, failed, "passed"],
    [endedUnpaid, payment, record({}), "failed"],
    [endedUnpaid, unrequested, unknown, "not observable"],
    [endedUnpaid, payment, once, "failed"],
    [bookedOrFlagged, payment, once, "passed"],
    [bookedOrFlagged, payment, record({ flagged: true }), "passed"],
    [bookedOrFlagged, payment, { ...twice, flagged: true }, "failed"],
    [bookedOrFlagged, payment, failed, "failed"],
  ];
  for (const [check, checkedPayment, merchantRecord, verdict] of table)
    assert.equal(
      check(checkedPayment, merchantRecord).verdict,
      verdict,
      `${check.name} ${JSON.stringify(merchantRecord)}`,
    );
});
