/**
 * The USSD menu behind `*150*00#`: which screen follows which input.
 *
 * Pure, like everything that decides: a screen and what was typed give the next screen, or an errand that
 * somebody has to run first (`ussd.ts` does) and whose result gives the next screen. What a screen says
 * fits into the 182 characters that a network carries in one USSD message.
 */
import { isPin, type HandsetMandate, type PastPayment, type PinRefusal } from "../handset/phone.ts";
import { dayAndMonth, money, timeOfDay } from "./words.ts";

/** The only code that the network knows. */
export const menuCode = "*150*00#";

export const noConnection = "Connection problem or invalid MMI code.";

export const screenLength = 182;

/** Where a session is: what screens need to write amounts and times. */
export interface Place {
  readonly currency: string;
  readonly timeZone: string;
}

type Mandates = readonly HandsetMandate[];

export type Screen =
  | { readonly at: "menu"; readonly wrong?: true }
  | { readonly at: "pin"; readonly to: Asking; readonly wrong?: true }
  | { readonly at: "mandates"; readonly list: Mandates; readonly from: number }
  | { readonly at: "mandate"; readonly mandate: HandsetMandate; readonly list: Mandates }
  | { readonly at: "new_pin"; readonly oldPin: string; readonly wrong?: "shape" | "same" | "different" }
  | { readonly at: "new_pin_again"; readonly oldPin: string; readonly newPin: string }
  | { readonly at: "end"; readonly says: string };

/** What a PIN is asked for. */
export type Asking =
  | { readonly does: "balance" | "last_payments" | "mandates" | "change_pin" }
  | { readonly does: "cancel"; readonly mandate: HandsetMandate };

/** What has to be done before the next screen is known. */
export type Errand =
  | { readonly does: "balance" | "last_payments" | "mandates"; readonly pin: string }
  | { readonly does: "cancel"; readonly pin: string; readonly mandate: HandsetMandate }
  | { readonly does: "change_pin"; readonly oldPin: string; readonly newPin: string };

/** How an errand went. */
export type Result =
  | { readonly outcome: "balance"; readonly available: string; readonly held: string }
  | { readonly outcome: "last_payments"; readonly payments: readonly PastPayment[] }
  | { readonly outcome: "mandates"; readonly mandates: Mandates }
  | { readonly outcome: "cancelled" | "ended_already"; readonly mandate: HandsetMandate }
  | { readonly outcome: "pin_changed" | "pin_not_accepted" | "no_signal" }
  | PinRefusal;

export type Next = { readonly screen: Screen } | { readonly errand: Errand };

/** Mandates on one page; the names of more would not fit. */
const pageLength = 4;

/** The screen that a dialled code opens. */
export function dial(code: string): Screen {
  return code === menuCode ? { at: "menu" } : { at: "end", says: noConnection };
}

/** What follows an input on a screen. */
export function next(screen: Screen, input: string): Next {
  const typed = input.trim();
  switch (screen.at) {
    case "menu":
      return fromMenu(typed);
    case "pin":
      return isPin(typed) ? afterPin(screen.to, typed) : show({ at: "pin", to: screen.to, wrong: true });
    case "mandates":
      return fromMandates(screen, typed);
    case "mandate":
      if (typed === "1") return show({ at: "pin", to: { does: "cancel", mandate: screen.mandate } });
      return show(typed === "0" ? { at: "mandates", list: screen.list, from: 0 } : screen);
    case "new_pin":
      return fromNewPin(screen.oldPin, typed);
    case "new_pin_again": {
      const { oldPin, newPin } = screen;
      return typed === newPin
        ? { errand: { does: "change_pin", oldPin, newPin } }
        : show({ at: "new_pin", oldPin, wrong: "different" });
    }
    case "end":
    default:
      return show({ at: "end", says: screen.says });
  }
}

const choices: Readonly<Record<string, Asking>> = {
  "1": { does: "balance" },
  "2": { does: "last_payments" },
  "3": { does: "mandates" },
  "4": { does: "change_pin" },
};

function fromMenu(typed: string): Next {
  const to = Object.hasOwn(choices, typed) ? choices[typed] : undefined;
  return show(to === undefined ? { at: "menu", wrong: true } : { at: "pin", to });
}

function afterPin(to: Asking, pin: string): Next {
  // The old PIN is tried once the new one is known: one errand, and a wrong one is counted once.
  if (to.does === "change_pin") return show({ at: "new_pin", oldPin: pin });
  return {
    errand: to.does === "cancel" ? { does: "cancel", pin, mandate: to.mandate } : { does: to.does, pin },
  };
}

function fromMandates(screen: Extract<Screen, { at: "mandates" }>, typed: string): Next {
  const { list, from } = screen;
  if (typed === "0") return show({ at: "menu" });
  if (typed === "9") {
    return show({ at: "mandates", list, from: from + pageLength < list.length ? from + pageLength : 0 });
  }
  const mandate = /^[1-4]$/.test(typed) ? list[from + Number(typed) - 1] : undefined;
  return show(mandate === undefined ? screen : { at: "mandate", mandate, list });
}

function fromNewPin(oldPin: string, newPin: string): Next {
  if (!isPin(newPin)) return show({ at: "new_pin", oldPin, wrong: "shape" });
  if (newPin === oldPin) return show({ at: "new_pin", oldPin, wrong: "same" });
  return show({ at: "new_pin_again", oldPin, newPin });
}

const show = (screen: Screen): Next => ({ screen });
const end = (says: string): Screen => ({ at: "end", says });

/** The screen that an errand's result brings. */
export function after(result: Result, place: Place): Screen {
  switch (result.outcome) {
    case "balance": {
      const held = /[1-9]/.test(result.held) ? `\nOn hold: ${money(result.held, place.currency)}` : "";
      return end(`Your M-Pesa balance:\n${money(result.available, place.currency)}${held}`);
    }
    case "last_payments": {
      const lines = result.payments.map((payment) => line(payment, place));
      return end(lines.length === 0 ? "You have no payments yet." : lines.join("\n"));
    }
    case "mandates": {
      const { mandates: list } = result;
      return list.length === 0 ? end("You have no direct debits.") : { at: "mandates", list, from: 0 };
    }
    case "cancelled":
      return end(`Your direct debit to ${nameOf(result.mandate)} is cancelled. Nothing more will be taken.`);
    case "ended_already":
      return end(`Your direct debit to ${nameOf(result.mandate)} had ended already.`);
    case "wrong_pin":
      return end(`Wrong PIN. ${result.left === 1 ? "1 try is" : `${result.left} tries are`} left.`);
    case "locked":
      return end(`Your PIN is locked until ${timeOfDay(result.until, place.timeZone)}. Try again then.`);
    case "pin_changed":
    case "pin_not_accepted":
    case "no_signal":
    case "no_handset":
    default:
      return end(plainly[result.outcome]);
  }
}

const plainly = {
  pin_changed: "Your PIN is changed. Keep it secret: nobody from us will ever ask you for it.",
  pin_not_accepted: "Your PIN is not changed: the new one was not accepted.",
  no_signal: noConnection,
  no_handset: noConnection,
} as const;

/** `21/11 -10.00 Duka la Amina`: five of these fit on a screen. */
function line({ at, amount, way, with: other }: PastPayment, { timeZone }: Place): string {
  const start = `${dayAndMonth(at, timeZone)} ${way === "in" ? "+" : "-"}${amount} `;
  return start + cut(other, Math.max(4, 35 - start.length));
}

const cut = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1).trimEnd()}…`;

const nameOf = ({ organisation }: HandsetMandate): string => cut(organisation.name, 60);

/** What a screen says, and what it asks for: a text, a PIN, or nothing more. */
export interface Shown {
  readonly text: string;
  readonly reply: "text" | "pin" | null;
}

const menuText = "M-Pesa\n1. Balance\n2. Last five payments\n3. Direct debits\n4. Change PIN";

export function shown(screen: Screen): Shown {
  switch (screen.at) {
    case "menu":
      return {
        text: `${screen.wrong === true ? "There is no such choice.\n" : ""}${menuText}`,
        reply: "text",
      };
    case "pin": {
      const again = screen.wrong === true ? "A PIN has 4 to 6 digits.\n" : "";
      return { text: again + asksForPin(screen.to), reply: "pin" };
    }
    case "mandates":
      return { text: mandatesText(screen.list, screen.from), reply: "text" };
    case "mandate":
      return { text: mandateText(screen.mandate), reply: "text" };
    case "new_pin": {
      const again = screen.wrong === undefined ? "" : `${newPinWrong[screen.wrong]}\n`;
      return { text: `${again}Enter a new PIN of 4 to 6 digits`, reply: "pin" };
    }
    case "new_pin_again":
      return { text: "Enter the new PIN once more", reply: "pin" };
    case "end":
    default:
      return { text: screen.says, reply: null };
  }
}

const newPinWrong = {
  shape: "A PIN has 4 to 6 digits.",
  same: "That is your old PIN.",
  different: "The two were not the same.",
} as const;

function asksForPin(to: Asking): string {
  if (to.does === "cancel") return `Enter your PIN to cancel the direct debit to ${nameOf(to.mandate)}`;
  return to.does === "change_pin" ? "Enter your old PIN" : "Enter your PIN";
}

function mandatesText(list: Mandates, from: number): string {
  const lines = list
    .slice(from, from + pageLength)
    .map(({ organisation, reference }, index) =>
      cut(`${index + 1}. ${organisation.name} ${reference}`.trimEnd(), 34),
    );
  const more = list.length > pageLength ? ["9. More"] : [];
  return ["Direct debits", ...lines, ...more, "0. Back"].join("\n");
}

function mandateText({ organisation, reference, terms }: HandsetMandate): string {
  const about = reference === "" ? [] : [`Ref: ${cut(reference, 30)}`];
  const when = cut(terms.charAt(0).toUpperCase() + terms.slice(1), 80);
  return [cut(organisation.name, 40), ...about, when, "1. Cancel it", "0. Back"].join("\n");
}
