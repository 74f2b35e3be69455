/** The USSD menu: where each input leads, and that every screen fits into one message of the network. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HandsetMandate, PastPayment } from "../handset/phone.ts";
import {
  after,
  dial,
  next,
  noConnection,
  screenLength,
  shown,
  type Errand,
  type Result,
  type Screen,
} from "./menu.ts";

const place = { currency: "TZS", timeZone: "Africa/Dar_es_Salaam" };
/** 21 November 2026, 09:41 in Dar es Salaam. */
const at = Date.UTC(2026, 10, 21, 6, 41);

const mandate = (id: string, name: string, reference = "NET-44"): HandsetMandate => ({
  id,
  reference,
  organisation: { shortcode: "000000", name },
  terms: "monthly from 21/11/2026",
});
const shop = mandate("15001", "Duka la Amina");
const net = mandate("15002", "Mwangaza Wholesale");
const many = ["A", "B", "C", "D", "E", "F"].map((name) => mandate(name, name));

const payment = (way: "in" | "out", amount: string, other: string): PastPayment => ({
  transactionId: "x",
  at,
  way,
  amount,
  with: other,
});

/** What is typed one after the other; results of errands stand in between, as they come back. */
type Step = string | { readonly wants: Errand; readonly gets: Result };

function walk(code: string, steps: readonly Step[]): Screen {
  let screen = dial(code);
  let errand: Errand | null = null;
  for (const step of steps) {
    if (typeof step === "string") {
      const followed = next(screen, step);
      if ("screen" in followed) screen = followed.screen;
      else errand = followed.errand;
    } else {
      assert.deepEqual(errand, step.wants);
      screen = after(step.gets, place);
    }
    assert(shown(screen).text.length <= screenLength, shown(screen).text);
  }
  return screen;
}

const mandatesWith = (list: readonly HandsetMandate[]): Step => ({
  wants: { does: "mandates", pin: "1234" },
  gets: { outcome: "mandates", mandates: list },
});

test("each input leads where the screen says", () => {
  const table: readonly { steps: readonly Step[]; says: string; asks: "text" | "pin" | null }[] = [
    {
      steps: [],
      says: "M-Pesa\n1. Balance\n2. Last five payments\n3. Direct debits\n4. Change PIN",
      asks: "text",
    },
    { steps: ["7"], says: "There is no such choice.\nM-Pesa\n1. Bal", asks: "text" },
    { steps: ["constructor"], says: "There is no such choice.", asks: "text" },
    { steps: ["7", " 1 "], says: "Enter your PIN", asks: "pin" },
    { steps: ["1", "12"], says: "A PIN has 4 to 6 digits.\nEnter your PIN", asks: "pin" },
    {
      steps: ["1", "1234", balance({ outcome: "balance", available: "1250000.50", held: "0.00" })],
      says: "Your M-Pesa balance:\nTZS 1,250,000.50",
      asks: null,
    },
    {
      steps: ["1", "1234", balance({ outcome: "balance", available: "1.00", held: "0.50" })],
      says: "Your M-Pesa balance:\nTZS 1.00\nOn hold: TZS 0.50",
      asks: null,
    },
    {
      steps: ["1", "1234", balance({ outcome: "wrong_pin", left: 2 })],
      says: "Wrong PIN. 2 tries are left.",
      asks: null,
    },
    {
      steps: ["1", "1234", balance({ outcome: "wrong_pin", left: 1 })],
      says: "Wrong PIN. 1 try is left.",
      asks: null,
    },
    {
      steps: ["1", "1234", balance({ outcome: "locked", until: at })],
      says: "Your PIN is locked until 09:41. Try again then.",
      asks: null,
    },
    { steps: ["1", "1234", balance({ outcome: "no_signal" })], says: noConnection, asks: null },
    { steps: ["2", "1234", lastPayments([])], says: "You have no payments yet.", asks: null },
    {
      steps: [
        "2",
        "1234",
        lastPayments([payment("out", "10.00", "Duka la Amina (000000)"), payment("in", "5.00", "Mwangaza")]),
      ],
      says: "21/11 -10.00 Duka la Amina (000000)\n21/11 +5.00 Mwangaza",
      asks: null,
    },
    { steps: ["3"], says: "Enter your PIN", asks: "pin" },
    { steps: ["3", "1234", mandatesWith([])], says: "You have no direct debits.", asks: null },
    {
      steps: ["3", "1234", mandatesWith([shop, net])],
      says: "Direct debits\n1. Duka la Amina NET-44\n2. Mwangaza Wholesale NET-44\n0. Back",
      asks: "text",
    },
    { steps: ["3", "1234", mandatesWith([shop]), "0"], says: "M-Pesa\n1.", asks: "text" },
    { steps: ["3", "1234", mandatesWith([shop]), "2"], says: "Direct debits", asks: "text" },
    {
      steps: ["3", "1234", mandatesWith(many), "9"],
      says: "Direct debits\n1. E NET-44\n2. F NET-44\n9. More\n0. Back",
      asks: "text",
    },
    { steps: ["3", "1234", mandatesWith(many), "9", "2"], says: "F\nRef: NET-44", asks: "text" },
    { steps: ["3", "1234", mandatesWith(many), "9", "9"], says: "Direct debits\n1. A", asks: "text" },
    {
      steps: ["3", "1234", mandatesWith([shop]), "1"],
      says: "Duka la Amina\nRef: NET-44\nMonthly from 21/11/2026\n1. Cancel it\n0. Back",
      asks: "text",
    },
    { steps: ["3", "1234", mandatesWith([shop]), "1", "0"], says: "Direct debits\n1. Duka", asks: "text" },
    {
      steps: ["3", "1234", mandatesWith([shop]), "1", "1"],
      says: "Enter your PIN to cancel the direct debit to Duka la Amina",
      asks: "pin",
    },
    {
      steps: ["3", "1234", mandatesWith([shop]), "1", "1", "4321", cancelled("cancelled")],
      says: "Your direct debit to Duka la Amina is cancelled. Nothing more will be taken.",
      asks: null,
    },
    {
      steps: ["3", "1234", mandatesWith([shop]), "1", "1", "4321", cancelled("ended_already")],
      says: "Your direct debit to Duka la Amina had ended already.",
      asks: null,
    },
    { steps: ["4"], says: "Enter your old PIN", asks: "pin" },
    { steps: ["4", "1234"], says: "Enter a new PIN of 4 to 6 digits", asks: "pin" },
    { steps: ["4", "1234", "abcd"], says: "A PIN has 4 to 6 digits.\nEnter a new", asks: "pin" },
    { steps: ["4", "1234", "1234"], says: "That is your old PIN.\nEnter a new", asks: "pin" },
    { steps: ["4", "1234", "5678"], says: "Enter the new PIN once more", asks: "pin" },
    { steps: ["4", "1234", "5678", "5679"], says: "The two were not the same.\nEnter a new", asks: "pin" },
    {
      steps: [
        "4",
        "1234",
        "5678",
        "5678",
        { wants: { does: "change_pin", oldPin: "1234", newPin: "5678" }, gets: { outcome: "pin_changed" } },
      ],
      says: "Your PIN is changed.",
      asks: null,
    },
  ];
  for (const { steps, says, asks } of table) {
    const { text, reply } = shown(walk("*150*00#", steps));
    assert.equal(text.slice(0, says.length), says, JSON.stringify(steps));
    assert.equal(reply, asks, JSON.stringify(steps));
  }
});

function balance(gets: Result): Step {
  return { wants: { does: "balance", pin: "1234" }, gets };
}

function lastPayments(payments: readonly PastPayment[]): Step {
  return { wants: { does: "last_payments", pin: "1234" }, gets: { outcome: "last_payments", payments } };
}

function cancelled(outcome: "cancelled" | "ended_already"): Step {
  return { wants: { does: "cancel", pin: "4321", mandate: shop }, gets: { outcome, mandate: shop } };
}

test("a code that the network does not know goes nowhere", () => {
  for (const code of ["*150#", "*150*00", "150*00#", "", "+255750000001"]) {
    assert.deepEqual(shown(dial(code)), { text: noConnection, reply: null });
  }
});

test("every screen fits, however long the names are", () => {
  const long = "The Very Long Name of a Wholesale and Retail Company of Dar es Salaam and Zanzibar Limited";
  const terms = "monthly from 21/11/2026, days 1 to 5, until 20/11/2027 and then some more words";
  const wide = many.map((each) => ({
    ...each,
    reference: long,
    organisation: { shortcode: "000000", name: long },
    terms,
  }));
  const payments = Array.from({ length: 5 }, () => payment("out", "10000000000.00", `${long} (000000)`));
  const results: readonly Result[] = [
    { outcome: "mandates", mandates: wide },
    { outcome: "last_payments", payments },
    { outcome: "balance", available: "10000000000000.00", held: "10000000000000.00" },
    ...wide.map((each) => ({ outcome: "cancelled", mandate: each }) as const),
  ];
  for (const result of results) {
    const screen = after(result, place);
    for (const each of [screen, ...["1", "9"].map((typed) => followedBy(screen, typed))]) {
      assert(shown(each).text.length <= screenLength, `${shown(each).text.length}: ${shown(each).text}`);
    }
  }
});

function followedBy(screen: Screen, typed: string): Screen {
  const followed = next(screen, typed);
  return "screen" in followed ? followed.screen : screen;
}
