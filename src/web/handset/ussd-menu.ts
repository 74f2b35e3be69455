/**
 * The USSD menu of `*150*00#`: which screen follows which input.
 *
 * Pure functions: a screen and an input give the next screen, or an action. `ussd-sessions.ts` runs the action, and its
 * result gives the next screen. `ussd-screens.ts` has the text of each screen.
 */
import type { Market } from "../../core/markets.ts";
import {
  isPin,
  type BlockResult,
  type HandsetMandate,
  type MenuPayment,
  type MenuPaymentResult,
  type MerchantPaymentPurpose,
  type Party,
  type RecentPayment,
  type PinRefusal,
} from "../../handset/handset-api.ts";

export const ussdMenuCode = "*150*00#";

const kenyanMenuCode = "*334#";

/** The code that a market's customers dial. The other one works too. */
export const getUssdMenuCode = (market: Market): string =>
  market === "safaricomKEN" ? kenyanMenuCode : ussdMenuCode;

/** What a market's menu has beside the choices of every market. */
export interface MenuFeatures {
  /** Whether customers can pay paybills and tills. */
  readonly paysMerchants: boolean;
}

const noFeatures: MenuFeatures = { paysMerchants: false };

export type MandateList = readonly HandsetMandate[];

interface MandatesScreen {
  readonly type: "mandates";
  readonly list: MandateList;
  readonly offset: number;
}

interface BlockedScreen {
  readonly type: "blocked";
  readonly list: readonly Party[];
  readonly offset: number;
}

/** To block or unblock an organisation. */
export interface BlockChange {
  readonly shortcode: string;
  readonly blocked: boolean;
}

/** A payment to a merchant, as far as it is entered. */
export type EnteredPayment = Pick<MenuPayment, "purpose"> & Partial<MenuPayment>;

export type Screen =
  | { readonly type: "menu"; readonly error?: true }
  | { readonly type: "pin"; readonly purpose: PinPurpose; readonly error?: true }
  | MandatesScreen
  | BlockedScreen
  | { readonly type: "mandate"; readonly mandate: HandsetMandate; readonly list: MandateList }
  /** The choice between a paybill and a till. */
  | { readonly type: "merchants" }
  /** The next of a merchant's number, the account and the amount. */
  | { readonly type: "merchant_payment"; readonly payment: EnteredPayment; readonly error?: true }
  | { readonly type: "new_pin"; readonly oldPin: string; readonly error?: "shape" | "same" | "different" }
  | { readonly type: "new_pin_again"; readonly oldPin: string; readonly newPin: string }
  /** The last screen of a session, with the result of an action. */
  | { readonly type: "result"; readonly result: MenuActionResult }
  | { readonly type: "no_connection" };

/** What the PIN is needed for. */
export type PinPurpose =
  | { readonly type: "balance" | "last_payments" | "mandates" | "change_pin" | "blocked" }
  | { readonly type: "change_block"; readonly change: BlockChange }
  | { readonly type: "pay"; readonly payment: MenuPayment; readonly merchant: Party }
  | { readonly type: "cancel"; readonly mandate: HandsetMandate };

/** To be run before the next screen is known. */
export type MenuAction =
  | { readonly type: "balance" | "last_payments" | "mandates" | "blocked"; readonly pin: string }
  | { readonly type: "change_block"; readonly pin: string; readonly change: BlockChange }
  | { readonly type: "find_merchant"; readonly payment: MenuPayment }
  | { readonly type: "pay"; readonly pin: string; readonly payment: MenuPayment; readonly merchant: Party }
  | { readonly type: "cancel"; readonly pin: string; readonly mandate: HandsetMandate }
  | { readonly type: "change_pin"; readonly oldPin: string; readonly newPin: string };

export type MenuActionResult =
  | { readonly outcome: "balance"; readonly available: string; readonly held: string }
  | { readonly outcome: "last_payments"; readonly payments: readonly RecentPayment[] }
  | { readonly outcome: "mandates"; readonly mandates: MandateList }
  | { readonly outcome: "blocked_list"; readonly blocked: readonly Party[] }
  | { readonly outcome: "blocked" | "unblocked"; readonly organisation: Party }
  | { readonly outcome: Exclude<BlockResult["outcome"], "accepted" | "no_handset"> }
  | { readonly outcome: "cancelled" | "ended_already"; readonly mandate: HandsetMandate }
  | { readonly outcome: "merchant"; readonly merchant: Party; readonly payment: MenuPayment }
  | { readonly outcome: "merchant_unknown" }
  | {
      readonly outcome: "payment";
      readonly result: MenuPaymentResult;
      readonly merchant: Party;
      readonly payment: MenuPayment;
    }
  | { readonly outcome: "pin_changed" | "pin_not_accepted" | "no_signal" }
  | PinRefusal;

export type MenuStep = { readonly screen: Screen } | { readonly action: MenuAction };

/** Mandates on one screen: the names of more would not fit. */
export const mandatesPerScreen = 4;
/** Fewer, because this screen has a line more. */
export const blockedPerScreen = 3;

export function dialCode(code: string): Screen {
  return code === ussdMenuCode || code === kenyanMenuCode ? { type: "menu" } : { type: "no_connection" };
}

export function handleInput(screen: Screen, input: string, features: MenuFeatures = noFeatures): MenuStep {
  const typed = input.trim();
  switch (screen.type) {
    case "menu":
      return handleMenuInput(typed, features);
    case "pin":
      return isPin(typed)
        ? handlePin(screen.purpose, typed)
        : goTo({ type: "pin", purpose: screen.purpose, error: true });
    case "mandates":
      return handleMandatesInput(screen, typed);
    case "blocked":
      return handleBlockedInput(screen, typed);
    case "mandate":
      if (typed === "1") return goTo({ type: "pin", purpose: { type: "cancel", mandate: screen.mandate } });
      return goTo(typed === "0" ? { type: "mandates", list: screen.list, offset: 0 } : screen);
    case "merchants":
      return handleMerchantsInput(typed);
    case "merchant_payment":
      return handlePaymentInput(screen.payment, typed);
    case "new_pin":
      return handleNewPin(screen.oldPin, typed);
    case "new_pin_again": {
      const { oldPin, newPin } = screen;
      return typed === newPin
        ? { action: { type: "change_pin", oldPin, newPin } }
        : goTo({ type: "new_pin", oldPin, error: "different" });
    }
    case "result":
    case "no_connection":
    default:
      return goTo(screen);
  }
}

const menuChoices: Readonly<Record<string, PinPurpose>> = {
  "1": { type: "balance" },
  "2": { type: "last_payments" },
  "3": { type: "mandates" },
  "4": { type: "change_pin" },
  "5": { type: "blocked" },
};

const merchantsChoice = "6";

function handleMenuInput(typed: string, { paysMerchants }: MenuFeatures): MenuStep {
  if (paysMerchants && typed === merchantsChoice) return goTo({ type: "merchants" });
  const purpose = Object.hasOwn(menuChoices, typed) ? menuChoices[typed] : undefined;
  return goTo(purpose === undefined ? { type: "menu", error: true } : { type: "pin", purpose });
}

function handlePin(purpose: PinPurpose, pin: string): MenuStep {
  // The old PIN is checked together with the change, so that a wrong one is counted once.
  if (purpose.type === "change_pin") return goTo({ type: "new_pin", oldPin: pin });
  if (purpose.type === "cancel") return { action: { type: "cancel", pin, mandate: purpose.mandate } };
  if (purpose.type === "change_block")
    return { action: { type: "change_block", pin, change: purpose.change } };
  if (purpose.type === "pay") return { action: { ...purpose, pin } };
  return { action: { type: purpose.type, pin } };
}

const purposes: Readonly<Record<string, MerchantPaymentPurpose>> = { "1": "pay_bill", "2": "buy_goods" };

function handleMerchantsInput(typed: string): MenuStep {
  if (typed === "0") return goTo({ type: "menu" });
  const purpose = Object.hasOwn(purposes, typed) ? purposes[typed] : undefined;
  return goTo(
    purpose === undefined ? { type: "merchants" } : { type: "merchant_payment", payment: { purpose } },
  );
}

/** Whole units, as customers type them. */
const amountFormat = /^[1-9]\d{0,6}$/;
const shortcodeFormat = /^\d{5,7}$/;
const accountFormat = /^[\p{L}\p{N} ._/-]{1,20}$/u;

/** The next thing that the menu asks for a payment. */
export function findMissingField({
  purpose,
  shortcode,
  account,
}: EnteredPayment): "shortcode" | "account" | "amount" {
  if (shortcode === undefined) return "shortcode";
  return purpose === "pay_bill" && account === undefined ? "account" : "amount";
}

function handlePaymentInput(payment: EnteredPayment, typed: string): MenuStep {
  const askAgain: MenuStep = goTo({ type: "merchant_payment", payment, error: true });
  const { purpose, shortcode, account = "" } = payment;
  const field = findMissingField(payment);
  if (field === "shortcode")
    return shortcodeFormat.test(typed)
      ? goTo({ type: "merchant_payment", payment: { purpose, shortcode: typed } })
      : askAgain;
  if (field === "account")
    return accountFormat.test(typed)
      ? goTo({ type: "merchant_payment", payment: { ...payment, account: typed } })
      : askAgain;
  if (shortcode === undefined || !amountFormat.test(typed)) return askAgain;
  return { action: { type: "find_merchant", payment: { purpose, shortcode, account, amount: typed } } };
}

function handleMandatesInput(screen: MandatesScreen, typed: string): MenuStep {
  const { list, offset } = screen;
  if (typed === "0") return goTo({ type: "menu" });
  if (typed === "9") {
    return goTo({
      type: "mandates",
      list,
      offset: offset + mandatesPerScreen < list.length ? offset + mandatesPerScreen : 0,
    });
  }
  const mandate = /^[1-4]$/.test(typed) ? list[offset + Number(typed) - 1] : undefined;
  return goTo(mandate === undefined ? screen : { type: "mandate", mandate, list });
}

/** One digit selects an entry of the list to unblock it; a shortcode, which is longer, is blocked. */
function handleBlockedInput(screen: BlockedScreen, typed: string): MenuStep {
  const { list, offset } = screen;
  if (typed === "0") return goTo({ type: "menu" });
  if (typed === "9") {
    const next = offset + blockedPerScreen;
    return goTo({ type: "blocked", list, offset: next < list.length ? next : 0 });
  }
  const selected = /^[1-3]$/.test(typed) ? list[offset + Number(typed) - 1] : undefined;
  const change = /^[0-9A-Za-z]{4,12}$/.test(typed)
    ? { shortcode: typed, blocked: true }
    : selected && { shortcode: selected.shortcode, blocked: false };
  return goTo(change === undefined ? screen : { type: "pin", purpose: { type: "change_block", change } });
}

function handleNewPin(oldPin: string, newPin: string): MenuStep {
  if (!isPin(newPin)) return goTo({ type: "new_pin", oldPin, error: "shape" });
  if (newPin === oldPin) return goTo({ type: "new_pin", oldPin, error: "same" });
  return goTo({ type: "new_pin_again", oldPin, newPin });
}

const goTo = (screen: Screen): MenuStep => ({ screen });

export function screenAfter(result: MenuActionResult): Screen {
  if (result.outcome === "merchant") {
    const { payment, merchant } = result;
    return { type: "pin", purpose: { type: "pay", payment, merchant } };
  }
  if (result.outcome === "blocked_list") return { type: "blocked", list: result.blocked, offset: 0 };
  return result.outcome === "mandates" && result.mandates.length > 0
    ? { type: "mandates", list: result.mandates, offset: 0 }
    : { type: "result", result };
}

/** The input that a screen expects; null ends the session. */
export function getExpectedReply({ type }: Screen): "text" | "pin" | null {
  if (type === "result" || type === "no_connection") return null;
  return type === "pin" || type === "new_pin" || type === "new_pin_again" ? "pin" : "text";
}
