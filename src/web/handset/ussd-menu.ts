/**
 * The USSD menu of `*150*00#`: which screen follows which input.
 *
 * Pure functions: a screen and an input give the next screen, or an action. `ussd-sessions.ts` runs the action, and its
 * result gives the next screen. The text of a screen fits into one USSD message: 182 characters.
 */
import {
  isPin,
  type HandsetMandate,
  type RecentPayment,
  type PinRefusal,
} from "../../handset/handset-api.ts";
import { formatDayMonth, formatMoney, formatTime } from "./format.ts";

export const ussdMenuCode = "*150*00#";

export const noConnectionText = "Connection problem or invalid MMI code.";

export const maxScreenLength = 182;

/** For amounts and times on the screens. */
export interface MenuLocale {
  readonly currency: string;
  readonly timeZone: string;
}

type MandateList = readonly HandsetMandate[];

interface MandatesScreen {
  readonly type: "mandates";
  readonly list: MandateList;
  readonly offset: number;
}

export type Screen =
  | { readonly type: "menu"; readonly error?: true }
  | { readonly type: "pin"; readonly purpose: PinPurpose; readonly error?: true }
  | MandatesScreen
  | { readonly type: "mandate"; readonly mandate: HandsetMandate; readonly list: MandateList }
  | { readonly type: "new_pin"; readonly oldPin: string; readonly error?: "shape" | "same" | "different" }
  | { readonly type: "new_pin_again"; readonly oldPin: string; readonly newPin: string }
  | { readonly type: "end"; readonly text: string };

/** What the PIN is needed for. */
export type PinPurpose =
  | { readonly type: "balance" | "last_payments" | "mandates" | "change_pin" }
  | { readonly type: "cancel"; readonly mandate: HandsetMandate };

/** To be run before the next screen is known. */
export type MenuAction =
  | { readonly type: "balance" | "last_payments" | "mandates"; readonly pin: string }
  | { readonly type: "cancel"; readonly pin: string; readonly mandate: HandsetMandate }
  | { readonly type: "change_pin"; readonly oldPin: string; readonly newPin: string };

export type MenuActionResult =
  | { readonly outcome: "balance"; readonly available: string; readonly held: string }
  | { readonly outcome: "last_payments"; readonly payments: readonly RecentPayment[] }
  | { readonly outcome: "mandates"; readonly mandates: MandateList }
  | { readonly outcome: "cancelled" | "ended_already"; readonly mandate: HandsetMandate }
  | { readonly outcome: "pin_changed" | "pin_not_accepted" | "no_signal" }
  | PinRefusal;

export type MenuStep = { readonly screen: Screen } | { readonly action: MenuAction };

/** Mandates on one screen: the names of more would not fit. */
const pageSize = 4;

export function dialCode(code: string): Screen {
  return code === ussdMenuCode ? { type: "menu" } : { type: "end", text: noConnectionText };
}

export function handleInput(screen: Screen, input: string): MenuStep {
  const typed = input.trim();
  switch (screen.type) {
    case "menu":
      return handleMenuInput(typed);
    case "pin":
      return isPin(typed)
        ? handlePin(screen.purpose, typed)
        : goTo({ type: "pin", purpose: screen.purpose, error: true });
    case "mandates":
      return handleMandatesInput(screen, typed);
    case "mandate":
      if (typed === "1") return goTo({ type: "pin", purpose: { type: "cancel", mandate: screen.mandate } });
      return goTo(typed === "0" ? { type: "mandates", list: screen.list, offset: 0 } : screen);
    case "new_pin":
      return handleNewPin(screen.oldPin, typed);
    case "new_pin_again": {
      const { oldPin, newPin } = screen;
      return typed === newPin
        ? { action: { type: "change_pin", oldPin, newPin } }
        : goTo({ type: "new_pin", oldPin, error: "different" });
    }
    case "end":
    default:
      return goTo({ type: "end", text: screen.text });
  }
}

const menuChoices: Readonly<Record<string, PinPurpose>> = {
  "1": { type: "balance" },
  "2": { type: "last_payments" },
  "3": { type: "mandates" },
  "4": { type: "change_pin" },
};

function handleMenuInput(typed: string): MenuStep {
  const purpose = Object.hasOwn(menuChoices, typed) ? menuChoices[typed] : undefined;
  return goTo(purpose === undefined ? { type: "menu", error: true } : { type: "pin", purpose });
}

function handlePin(purpose: PinPurpose, pin: string): MenuStep {
  // The old PIN is checked together with the change, so that a wrong one is counted once.
  if (purpose.type === "change_pin") return goTo({ type: "new_pin", oldPin: pin });
  return {
    action:
      purpose.type === "cancel"
        ? { type: "cancel", pin, mandate: purpose.mandate }
        : { type: purpose.type, pin },
  };
}

function handleMandatesInput(screen: MandatesScreen, typed: string): MenuStep {
  const { list, offset } = screen;
  if (typed === "0") return goTo({ type: "menu" });
  if (typed === "9") {
    return goTo({ type: "mandates", list, offset: offset + pageSize < list.length ? offset + pageSize : 0 });
  }
  const mandate = /^[1-4]$/.test(typed) ? list[offset + Number(typed) - 1] : undefined;
  return goTo(mandate === undefined ? screen : { type: "mandate", mandate, list });
}

function handleNewPin(oldPin: string, newPin: string): MenuStep {
  if (!isPin(newPin)) return goTo({ type: "new_pin", oldPin, error: "shape" });
  if (newPin === oldPin) return goTo({ type: "new_pin", oldPin, error: "same" });
  return goTo({ type: "new_pin_again", oldPin, newPin });
}

const goTo = (screen: Screen): MenuStep => ({ screen });
const endScreen = (text: string): Screen => ({ type: "end", text });

export function screenAfter(result: MenuActionResult, locale: MenuLocale): Screen {
  switch (result.outcome) {
    case "balance": {
      const held = /[1-9]/.test(result.held) ? `\nOn hold: ${formatMoney(result.held, locale.currency)}` : "";
      return endScreen(`Your M-Pesa balance:\n${formatMoney(result.available, locale.currency)}${held}`);
    }
    case "last_payments": {
      const lines = result.payments.map((payment) => formatPayment(payment, locale));
      return endScreen(lines.length === 0 ? "You have no payments yet." : lines.join("\n"));
    }
    case "mandates": {
      const { mandates: list } = result;
      return list.length === 0
        ? endScreen("You have no direct debits.")
        : { type: "mandates", list, offset: 0 };
    }
    case "cancelled":
      return endScreen(
        `Your direct debit to ${formatOrganisationName(result.mandate)} is cancelled. Nothing more will be taken.`,
      );
    case "ended_already":
      return endScreen(`Your direct debit to ${formatOrganisationName(result.mandate)} has already ended.`);
    case "wrong_pin":
      return endScreen(`Wrong PIN. ${result.left === 1 ? "1 try is" : `${result.left} tries are`} left.`);
    case "locked":
      return endScreen(
        `Your PIN is locked until ${formatTime(result.until, locale.timeZone)}. Try again then.`,
      );
    case "pin_changed":
    case "pin_not_accepted":
    case "no_signal":
    case "no_handset":
    default:
      return endScreen(resultTexts[result.outcome]);
  }
}

const resultTexts = {
  pin_changed: "Your PIN is changed. Keep it secret: our staff will never ask for it.",
  pin_not_accepted: "Your PIN is not changed: the new one was not accepted.",
  no_signal: noConnectionText,
  no_handset: noConnectionText,
} as const;

/** `21/11 -10.00 Duka la Amina`: five of these fit on a screen. */
function formatPayment(
  { at, amount, direction, counterparty }: RecentPayment,
  { timeZone }: MenuLocale,
): string {
  const prefix = `${formatDayMonth(at, timeZone)} ${direction === "in" ? "+" : "-"}${amount} `;
  return prefix + truncate(counterparty, Math.max(4, 35 - prefix.length));
}

const truncate = (text: string, maxLength: number): string =>
  text.length <= maxLength ? text : `${text.slice(0, maxLength - 1).trimEnd()}…`;

const formatOrganisationName = ({ organisation }: HandsetMandate): string => truncate(organisation.name, 60);

/** `reply`: the input that the screen expects; null ends the session. */
export interface RenderedScreen {
  readonly text: string;
  readonly reply: "text" | "pin" | null;
}

const menuText = "M-Pesa\n1. Balance\n2. Last five payments\n3. Direct debits\n4. Change PIN";

export function renderScreen(screen: Screen): RenderedScreen {
  switch (screen.type) {
    case "menu":
      return {
        text: `${screen.error === true ? "Invalid choice.\n" : ""}${menuText}`,
        reply: "text",
      };
    case "pin": {
      const errorLine = screen.error === true ? "A PIN has 4 to 6 digits.\n" : "";
      return { text: errorLine + formatPinPrompt(screen.purpose), reply: "pin" };
    }
    case "mandates":
      return { text: formatMandates(screen.list, screen.offset), reply: "text" };
    case "mandate":
      return { text: formatMandate(screen.mandate), reply: "text" };
    case "new_pin": {
      const errorLine = screen.error === undefined ? "" : `${newPinErrors[screen.error]}\n`;
      return { text: `${errorLine}Enter a new PIN of 4 to 6 digits`, reply: "pin" };
    }
    case "new_pin_again":
      return { text: "Enter the new PIN once more", reply: "pin" };
    case "end":
    default:
      return { text: screen.text, reply: null };
  }
}

const newPinErrors = {
  shape: "A PIN has 4 to 6 digits.",
  same: "That is your old PIN.",
  different: "The two PINs are different.",
} as const;

function formatPinPrompt(purpose: PinPurpose): string {
  if (purpose.type === "cancel")
    return `Enter your PIN to cancel the direct debit to ${formatOrganisationName(purpose.mandate)}`;
  return purpose.type === "change_pin" ? "Enter your old PIN" : "Enter your PIN";
}

function formatMandates(list: MandateList, offset: number): string {
  const lines = list
    .slice(offset, offset + pageSize)
    .map(({ organisation, reference }, index) =>
      truncate(`${index + 1}. ${organisation.name} ${reference}`.trimEnd(), 34),
    );
  const more = list.length > pageSize ? ["9. More"] : [];
  return ["Direct debits", ...lines, ...more, "0. Back"].join("\n");
}

function formatMandate({ organisation, reference, terms }: HandsetMandate): string {
  const referenceLines = reference === "" ? [] : [`Ref: ${truncate(reference, 30)}`];
  const termsLine = truncate(terms.charAt(0).toUpperCase() + terms.slice(1), 80);
  return [truncate(organisation.name, 40), ...referenceLines, termsLine, "1. Cancel it", "0. Back"].join(
    "\n",
  );
}
