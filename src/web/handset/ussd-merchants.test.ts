/** The menu's payments to merchants: each input, the action at its end, and markets without them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { getMarketWords, languages } from "../../words/index.ts";
import type { MenuPayment, Party } from "../../handset/handset-api.ts";
import {
  dialCode,
  getUssdMenuCode,
  handleInput,
  screenAfter,
  type MenuAction,
  type Screen,
} from "./ussd-menu.ts";
import { maxScreenLength, renderScreen, type MenuLocale } from "./ussd-screens.ts";

const features = { paysMerchants: true };
const createLocale = (language: string): MenuLocale => ({
  ussd: getMarketWords(language, "safaricomKEN").ussd,
  features,
  moneyPrefix: "Ksh",
  timeZone: "Africa/Nairobi",
});
const locale = createLocale("en");
const merchant: Party = { shortcode: "600996", name: "Umoja Stores" };

/** Types the inputs, from the dialled code on. Returns the last screen, or the action. */
function type(...inputs: readonly string[]): Screen | MenuAction {
  let screen = dialCode("*334#");
  for (const [index, input] of inputs.entries()) {
    const step = handleInput(screen, input, features);
    if ("action" in step) {
      assert.equal(index, inputs.length - 1, "an action in the middle");
      return step.action;
    }
    screen = step.screen;
  }
  return screen;
}

const render = (screen: Screen | MenuAction): string => renderScreen(screen as Screen, locale).text;

test("each input leads to the next one", () => {
  const table: readonly (readonly [string[], string])[] = [
    [[], "M-PESA\n1. Balance"],
    [["6"], "Lipa na M-PESA\n1. Pay Bill\n2. Buy Goods\n0. Back"],
    [["6", "0"], "M-PESA\n1. Balance"],
    [["6", "3"], "Lipa na M-PESA"],
    [["6", "1"], "Enter business no."],
    [["6", "1", "abc"], "Invalid input.\nEnter business no."],
    [["6", "1", "1234"], "Invalid input.\nEnter business no."],
    [["6", "1", "600996"], "Enter account no."],
    [["6", "1", "600996", ""], "Invalid input.\nEnter account no."],
    [["6", "1", "600996", "x".repeat(21)], "Invalid input.\nEnter account no."],
    [["6", "1", "600996", "INV 1"], "Enter amount"],
    [["6", "1", "600996", "INV 1", "0"], "Invalid input.\nEnter amount"],
    [["6", "1", "600996", "INV 1", "10.5"], "Invalid input.\nEnter amount"],
    [["6", "2"], "Enter till no."],
    [["6", "2", "5208511"], "Enter amount"],
  ];
  for (const [inputs, expected] of table)
    assert.equal(render(type(...inputs)).slice(0, expected.length), expected, inputs.join());
});

const payBill: MenuPayment = { purpose: "pay_bill", shortcode: "600996", account: "INV 1", amount: "1500" };
const buyGoods: MenuPayment = { purpose: "buy_goods", shortcode: "5208511", account: "", amount: "20" };

test("after the amount the merchant is looked up, and the PIN is for this merchant and amount", () => {
  assert.deepEqual(type("6", "1", "600996", "INV 1", "1500"), { type: "find_merchant", payment: payBill });
  assert.deepEqual(type("6", "2", "5208511", "20"), { type: "find_merchant", payment: buyGoods });

  const screen = screenAfter({ outcome: "merchant", merchant, payment: payBill });
  assert.deepEqual(renderScreen(screen, locale), {
    text: "Pay Ksh1,500 to Umoja Stores (600996), account INV 1. Enter M-PESA PIN",
    reply: "pin",
  });
  assert.deepEqual(handleInput(screen, "1234", features), {
    action: { type: "pay", payment: payBill, merchant, pin: "1234" },
  });
  const till = screenAfter({ outcome: "merchant", merchant, payment: buyGoods });
  assert.equal(render(till), "Pay Ksh20 to Umoja Stores (600996). Enter M-PESA PIN");
  const unknown = screenAfter({ outcome: "merchant_unknown" });
  assert.equal(render(unknown), "No business with this number takes such payments.");
});

test("the last screen says whether the money moved", () => {
  const after = (result: Parameters<typeof screenAfter>[0]) => renderScreen(screenAfter(result), locale);
  const outcome = "payment" as const;
  assert.deepEqual(after({ outcome, merchant, payment: payBill, result: { status: "paid" } }), {
    text: "You paid Ksh1,500 to Umoja Stores (600996), account INV 1.",
    reply: null,
  });
  assert.equal(
    after({ outcome, merchant, payment: payBill, result: { status: "pending" } }).text,
    "Your payment waits for Umoja Stores. You will get an SMS.",
  );
  const refused = { status: "refused", reason: "The customer's balance is too low." } as const;
  assert.equal(
    after({ outcome, merchant, payment: payBill, result: refused }).text,
    "You did not pay. The customer's balance is too low.",
  );
});

test("a market without such payments has no such choice, and its own code", () => {
  const step = handleInput(dialCode("*150*00#"), "6");
  assert.deepEqual(step, { screen: { type: "menu", error: true } });
  const without = { ...locale, features: { paysMerchants: false } };
  assert.doesNotMatch(renderScreen({ type: "menu" }, without).text, /Lipa/);
  assert.deepEqual([getUssdMenuCode("safaricomKEN"), getUssdMenuCode("vodacomTZN")], ["*334#", "*150*00#"]);
});

test("every screen fits, however long the names are", () => {
  const name = "The Very Long Name of a Wholesale and Retail Company of Nairobi and Mombasa Limited";
  const payment = { ...payBill, account: "x".repeat(20), amount: "9999999" };
  const long = { shortcode: "6009961", name };
  const screens: readonly Screen[] = [
    { type: "menu", error: true },
    screenAfter({ outcome: "merchant", merchant: long, payment }),
    { type: "pin", purpose: { type: "pay", merchant: long, payment }, error: true },
    screenAfter({ outcome: "payment", merchant: long, payment, result: { status: "paid" } }),
    screenAfter({ outcome: "payment", merchant: long, payment, result: { status: "pending" } }),
    screenAfter({
      outcome: "payment",
      merchant: long,
      payment,
      result: { status: "refused", reason: "x".repeat(300) },
    }),
  ];
  for (const language of languages)
    for (const screen of screens) {
      const { text } = renderScreen(screen, createLocale(language));
      assert(text.length <= maxScreenLength, text);
    }
});
