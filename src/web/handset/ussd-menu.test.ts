/** The USSD menu: the screen after each input, and that every screen fits into one USSD message. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HandsetMandate, Party, RecentPayment } from "../../handset/handset-api.ts";
import { getWords, languages } from "../../words/index.ts";
import {
  screenAfter,
  dialCode,
  handleInput,
  type MenuAction,
  type MenuActionResult,
  type Screen,
} from "./ussd-menu.ts";
import { maxScreenLength, renderScreen } from "./ussd-screens.ts";

const locale = {
  ussd: getWords("en").ussd,
  features: { paysMerchants: false },
  moneyPrefix: "TZS ",
  timeZone: "Africa/Dar_es_Salaam",
};
/** 21 November 2026, 09:41 in Dar es Salaam. */
const paidAt = Date.UTC(2026, 10, 21, 6, 41);

const mandate = (id: string, name: string, reference = "NET-44"): HandsetMandate => ({
  id,
  reference,
  organisation: { shortcode: "000000", name },
  terms: "monthly from 21/11/2026",
});
const shop = mandate("15001", "Duka la Amina");
const net = mandate("15002", "Mwangaza Wholesale");
const sixMandates = ["A", "B", "C", "D", "E", "F"].map((name) => mandate(name, name));

const parties: readonly Party[] = ["A", "B", "C", "D"].map((name, index) => ({
  shortcode: `00000${index}`,
  name,
}));

const payment = (direction: "in" | "out", amount: string, counterparty: string): RecentPayment => ({
  transactionId: "x",
  at: paidAt,
  direction,
  amount,
  counterparty,
});

/** An input, or an expected action with its result. */
type Step = string | { readonly expectedAction: MenuAction; readonly result: MenuActionResult };

function runSteps(code: string, steps: readonly Step[]): Screen {
  let screen = dialCode(code);
  let action: MenuAction | null = null;
  for (const step of steps) {
    if (typeof step === "string") {
      const menuStep = handleInput(screen, step);
      if ("screen" in menuStep) screen = menuStep.screen;
      else action = menuStep.action;
    } else {
      assert.deepEqual(action, step.expectedAction);
      screen = screenAfter(step.result);
    }
    assert(renderScreen(screen, locale).text.length <= maxScreenLength, renderScreen(screen, locale).text);
  }
  return screen;
}

const mandatesStep = (list: readonly HandsetMandate[]): Step => ({
  expectedAction: { type: "mandates", pin: "1234" },
  result: { outcome: "mandates", mandates: list },
});

test("each input leads to the expected screen", () => {
  const table: readonly {
    steps: readonly Step[];
    expectedText: string;
    expectedReply: "text" | "pin" | null;
  }[] = [
    {
      steps: [],
      expectedText:
        "M-Pesa\n1. Balance\n2. Last five payments\n3. Direct debits\n4. Change PIN\n5. Blocked businesses",
      expectedReply: "text",
    },
    { steps: ["7"], expectedText: "Invalid choice.\nM-Pesa\n1. Bal", expectedReply: "text" },
    { steps: ["constructor"], expectedText: "Invalid choice.", expectedReply: "text" },
    { steps: ["7", " 1 "], expectedText: "Enter your PIN", expectedReply: "pin" },
    { steps: ["1", "12"], expectedText: "A PIN has 4 to 6 digits.\nEnter your PIN", expectedReply: "pin" },
    {
      steps: ["1", "1234", balanceStep({ outcome: "balance", available: "1250000.50", held: "0.00" })],
      expectedText: "Your M-Pesa balance:\nTZS 1,250,000.50",
      expectedReply: null,
    },
    {
      steps: ["1", "1234", balanceStep({ outcome: "balance", available: "1.00", held: "0.50" })],
      expectedText: "Your M-Pesa balance:\nTZS 1.00\nOn hold: TZS 0.50",
      expectedReply: null,
    },
    {
      steps: ["1", "1234", balanceStep({ outcome: "wrong_pin", left: 2 })],
      expectedText: "Wrong PIN. 2 tries are left.",
      expectedReply: null,
    },
    {
      steps: ["1", "1234", balanceStep({ outcome: "wrong_pin", left: 1 })],
      expectedText: "Wrong PIN. 1 try is left.",
      expectedReply: null,
    },
    {
      steps: ["1", "1234", balanceStep({ outcome: "locked", until: paidAt })],
      expectedText: "Your PIN is locked until 09:41. Try again then.",
      expectedReply: null,
    },
    {
      steps: ["1", "1234", balanceStep({ outcome: "no_signal" })],
      expectedText: "Connection problem or invalid MMI code.",
      expectedReply: null,
    },
    {
      steps: ["2", "1234", recentPaymentsStep([])],
      expectedText: "You have no payments yet.",
      expectedReply: null,
    },
    {
      steps: [
        "2",
        "1234",
        recentPaymentsStep([
          payment("out", "10.00", "Duka la Amina (000000)"),
          payment("in", "5.00", "Mwangaza"),
        ]),
      ],
      expectedText: "21/11 -10.00 Duka la Amina (000000)\n21/11 +5.00 Mwangaza",
      expectedReply: null,
    },
    { steps: ["3"], expectedText: "Enter your PIN", expectedReply: "pin" },
    {
      steps: ["3", "1234", mandatesStep([])],
      expectedText: "You have no direct debits.",
      expectedReply: null,
    },
    {
      steps: ["3", "1234", mandatesStep([shop, net])],
      expectedText: "Direct debits\n1. Duka la Amina NET-44\n2. Mwangaza Wholesale NET-44\n0. Back",
      expectedReply: "text",
    },
    { steps: ["3", "1234", mandatesStep([shop]), "0"], expectedText: "M-Pesa\n1.", expectedReply: "text" },
    { steps: ["3", "1234", mandatesStep([shop]), "2"], expectedText: "Direct debits", expectedReply: "text" },
    {
      steps: ["3", "1234", mandatesStep(sixMandates), "9"],
      expectedText: "Direct debits\n1. E NET-44\n2. F NET-44\n9. More\n0. Back",
      expectedReply: "text",
    },
    {
      steps: ["3", "1234", mandatesStep(sixMandates), "9", "2"],
      expectedText: "F\nRef: NET-44",
      expectedReply: "text",
    },
    {
      steps: ["3", "1234", mandatesStep(sixMandates), "9", "9"],
      expectedText: "Direct debits\n1. A",
      expectedReply: "text",
    },
    {
      steps: ["3", "1234", mandatesStep([shop]), "1"],
      expectedText: "Duka la Amina\nRef: NET-44\nMonthly from 21/11/2026\n1. Cancel it\n0. Back",
      expectedReply: "text",
    },
    {
      steps: ["3", "1234", mandatesStep([shop]), "1", "0"],
      expectedText: "Direct debits\n1. Duka",
      expectedReply: "text",
    },
    {
      steps: ["3", "1234", mandatesStep([shop]), "1", "1"],
      expectedText: "Enter your PIN to cancel the direct debit to Duka la Amina",
      expectedReply: "pin",
    },
    {
      steps: ["3", "1234", mandatesStep([shop]), "1", "1", "4321", cancelStep("cancelled")],
      expectedText: "Your direct debit to Duka la Amina is cancelled. Nothing more will be taken.",
      expectedReply: null,
    },
    {
      steps: ["3", "1234", mandatesStep([shop]), "1", "1", "4321", cancelStep("ended_already")],
      expectedText: "Your direct debit to Duka la Amina has already ended.",
      expectedReply: null,
    },
    { steps: ["4"], expectedText: "Enter your old PIN", expectedReply: "pin" },
    { steps: ["4", "1234"], expectedText: "Enter a new PIN of 4 to 6 digits", expectedReply: "pin" },
    {
      steps: ["4", "1234", "abcd"],
      expectedText: "A PIN has 4 to 6 digits.\nEnter a new",
      expectedReply: "pin",
    },
    {
      steps: ["4", "1234", "1234"],
      expectedText: "That is your old PIN.\nEnter a new",
      expectedReply: "pin",
    },
    { steps: ["4", "1234", "5678"], expectedText: "Enter the new PIN once more", expectedReply: "pin" },
    {
      steps: ["4", "1234", "5678", "5679"],
      expectedText: "The two PINs are different.\nEnter a new",
      expectedReply: "pin",
    },
    {
      steps: [
        "4",
        "1234",
        "5678",
        "5678",
        {
          expectedAction: { type: "change_pin", oldPin: "1234", newPin: "5678" },
          result: { outcome: "pin_changed" },
        },
      ],
      expectedText: "Your PIN is changed.",
      expectedReply: null,
    },
    { steps: ["5"], expectedText: "Enter your PIN", expectedReply: "pin" },
    {
      steps: ["5", "1234", blockedStep([])],
      expectedText: "You have blocked no business.\nOr enter a business number to block\n0. Back",
      expectedReply: "text",
    },
    {
      steps: ["5", "1234", blockedStep(parties), "9"],
      expectedText: "Blocked. Choose one to unblock\n1. D 000003\nOr enter a business number",
      expectedReply: "text",
    },
    {
      steps: ["5", "1234", blockedStep(parties), "9", "9"],
      expectedText: "Blocked. Choose one to unblock\n1. A",
      expectedReply: "text",
    },
    {
      steps: ["5", "1234", blockedStep([]), "1"],
      expectedText: "You have blocked no",
      expectedReply: "text",
    },
    { steps: ["5", "1234", blockedStep([]), "0"], expectedText: "M-Pesa\n1.", expectedReply: "text" },
    {
      steps: ["5", "1234", blockedStep(parties), "2"],
      expectedText: "Enter your PIN to unblock 000001",
      expectedReply: "pin",
    },
    {
      steps: ["5", "1234", blockedStep([]), "000000"],
      expectedText: "Enter your PIN to block 000000",
      expectedReply: "pin",
    },
    {
      steps: [
        "5",
        "1234",
        blockedStep([]),
        "000000",
        "4321",
        changeBlockStep({ outcome: "blocked", organisation: shop.organisation }),
      ],
      expectedText: "Duka la Amina is blocked. It cannot ask you for money or debit you.",
      expectedReply: null,
    },
    {
      steps: [
        "5",
        "1234",
        blockedStep([]),
        "000000",
        "4321",
        changeBlockStep({ outcome: "organisation_unknown" }),
      ],
      expectedText: "No business has this number.",
      expectedReply: null,
    },
  ];
  for (const { steps, expectedText, expectedReply } of table) {
    const { text, reply } = renderScreen(runSteps("*150*00#", steps), locale);
    assert.equal(text.slice(0, expectedText.length), expectedText, JSON.stringify(steps));
    assert.equal(reply, expectedReply, JSON.stringify(steps));
  }
});

function balanceStep(result: MenuActionResult): Step {
  return { expectedAction: { type: "balance", pin: "1234" }, result };
}

function recentPaymentsStep(payments: readonly RecentPayment[]): Step {
  return {
    expectedAction: { type: "last_payments", pin: "1234" },
    result: { outcome: "last_payments", payments },
  };
}

function blockedStep(blocked: readonly Party[]): Step {
  return { expectedAction: { type: "blocked", pin: "1234" }, result: { outcome: "blocked_list", blocked } };
}

function changeBlockStep(result: MenuActionResult): Step {
  const change = { shortcode: "000000", blocked: true };
  return { expectedAction: { type: "change_block", pin: "4321", change }, result };
}

function cancelStep(outcome: "cancelled" | "ended_already"): Step {
  return {
    expectedAction: { type: "cancel", pin: "4321", mandate: shop },
    result: { outcome, mandate: shop },
  };
}

test("an unknown code ends with a connection problem", () => {
  for (const code of ["*150#", "*150*00", "150*00#", "", "+255750000001"]) {
    assert.deepEqual(renderScreen(dialCode(code), locale), {
      text: "Connection problem or invalid MMI code.",
      reply: null,
    });
  }
});

test("every screen fits in every language, however long the names are", () => {
  const longName =
    "The Very Long Name of a Wholesale and Retail Company of Dar es Salaam and Zanzibar Limited";
  const terms = "monthly from 21/11/2026, days 1 to 5, until 20/11/2027 and then some more words";
  const longMandates = sixMandates.map((item) => ({
    ...item,
    reference: longName,
    organisation: { shortcode: "000000", name: longName },
    terms,
  }));
  const payments = Array.from({ length: 5 }, () => payment("out", "10000000000.00", `${longName} (000000)`));
  const results: readonly MenuActionResult[] = [
    { outcome: "mandates", mandates: longMandates },
    { outcome: "last_payments", payments },
    {
      outcome: "blocked_list",
      blocked: ["000000000001", "000000000002", "000000000003", "000000000004"].map((shortcode) => ({
        shortcode,
        name: longName,
      })),
    },
    { outcome: "blocked", organisation: { shortcode: "000000", name: longName } },
    { outcome: "unblocked", organisation: { shortcode: "000000", name: longName } },
    { outcome: "too_many_blocked" },
    { outcome: "balance", available: "10000000000000.00", held: "10000000000000.00" },
    ...longMandates.map((item) => ({ outcome: "cancelled", mandate: item }) as const),
  ];
  for (const language of languages) {
    const localized = { ...locale, ussd: getWords(language).ussd };
    for (const result of results) {
      const screen = screenAfter(result);
      for (const reached of [screen, ...["1", "9"].map((typed) => screenAfterInput(screen, typed))]) {
        const { text } = renderScreen(reached, localized);
        assert(text.length <= maxScreenLength, `${language}, ${text.length}: ${text}`);
      }
    }
  }
});

function screenAfterInput(screen: Screen, typed: string): Screen {
  const menuStep = handleInput(screen, typed);
  return "screen" in menuStep ? menuStep.screen : screen;
}
