/** The contract of `--state-…`, and what records prove. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { chanceOf } from "./chance.ts";
import { makePayment, type Payment } from "./payments.ts";
import {
  bookedOnce,
  bookedRight,
  endedUnpaid,
  notBooked,
  noticed,
  readRecord,
  type BookRecord,
  type Judge,
} from "./records.ts";

const payment: Payment = { ...makePayment(chanceOf("a"), "vodacomTZN", "c2bSingle", "payment"), asked: true };
const stranger: Payment = { ...payment, asked: false };
const { signal } = new AbortController();

const says = (text: string) =>
  ({ option: "--state-command", kind: "command", value: `printf %s '${text}'` }) as const;

test("records are read as the contract says, and what breaks it is said in a sentence", async () => {
  const table: [string, BookRecord | RegExp][] = [
    ["", { status: "unknown", bookings: 0, amount: null, flagged: false }],
    ["null", { status: "unknown", bookings: 0, amount: null, flagged: false }],
    ['{"status":"unknown"}', { status: "unknown", bookings: 0, amount: null, flagged: false }],
    ['{"status":"paid","bookings":1}', { status: "paid", bookings: 1, amount: null, flagged: false }],
    [
      '{"status":"failed","bookings":0,"amount":"10.00","flagged":true,"more":1}',
      { status: "failed", bookings: 0, amount: "10.00", flagged: true },
    ],
    ["paid", /is no JSON: paid/],
    ["[]", /is no JSON object/],
    ['{"status":"done","bookings":1}', /no status out of paid, failed, pending, unknown/],
    ['{"status":"paid"}', /does not say in bookings/],
    ['{"status":"paid","bookings":"1"}', /does not say in bookings/],
    ['{"status":"paid","bookings":-1}', /does not say in bookings/],
    ['{"status":"paid","bookings":1,"amount":10}', /no decimal text/],
    ['{"status":"paid","bookings":1,"flagged":"no"}', /neither true nor false/],
  ];
  for (const [text, wanted] of table) {
    const reading = readRecord(says(text), payment, signal);
    if (wanted instanceof RegExp) await assert.rejects(reading, wanted);
    else assert.deepEqual(await reading, wanted, text);
  }
});

test("what records prove depends on whether anybody had asked for the payment", () => {
  const record = (change: Partial<BookRecord>): BookRecord => ({
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
  const table: [Judge, Payment, BookRecord, string][] = [
    [bookedOnce, payment, once, "passed"],
    [bookedOnce, stranger, once, "passed"],
    [bookedOnce, payment, twice, "failed"],
    [bookedOnce, payment, record({}), "failed"],
    [bookedOnce, payment, unknown, "failed"],
    [bookedOnce, stranger, unknown, "not observable"],
    [bookedOnce, payment, record({ status: "paid" }), "failed"],
    [bookedRight, payment, { ...once, amount: payment.amount }, "passed"],
    [bookedRight, payment, { ...once, amount: payment.amount.replace(/\.00$/, "") }, "passed"],
    [bookedRight, payment, { ...once, amount: "1.00" }, "failed"],
    [bookedRight, payment, { ...once, amount: "a lot" }, "failed"],
    [bookedRight, payment, once, "not observable"],
    [bookedRight, payment, failed, "not observable"],
    [bookedRight, stranger, { ...once, amount: "1.00" }, "not observable"],
    [notBooked, payment, record({}), "passed"],
    [notBooked, payment, failed, "passed"],
    [notBooked, payment, once, "failed"],
    [notBooked, payment, record({ status: "paid" }), "failed"],
    [endedUnpaid, payment, failed, "passed"],
    [endedUnpaid, payment, record({}), "failed"],
    [endedUnpaid, stranger, unknown, "not observable"],
    [endedUnpaid, payment, once, "failed"],
    [noticed, payment, once, "passed"],
    [noticed, payment, record({ flagged: true }), "passed"],
    [noticed, payment, { ...twice, flagged: true }, "failed"],
    [noticed, payment, failed, "failed"],
  ];
  for (const [judge, whose, seen, verdict] of table)
    assert.equal(judge(whose, seen).verdict, verdict, `${judge.name} ${JSON.stringify(seen)}`);
});
