/**
 * The USSD menu of `*150*00#`: which screen follows which input.
 *
 * Pure functions: a screen and an input give the next screen, or an action. `ussd-sessions.ts` runs the action, and its
 * result gives the next screen. `ussd-screens.ts` has the text of each screen.
 */
import {
  isPin,
  type BlockResult,
  type HandsetMandate,
  type Party,
  type RecentPayment,
  type PinRefusal,
} from "../../handset/handset-api.ts";

export const ussdMenuCode = "*150*00#";

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

export type Screen =
  | { readonly type: "menu"; readonly error?: true }
  | { readonly type: "pin"; readonly purpose: PinPurpose; readonly error?: true }
  | MandatesScreen
  | BlockedScreen
  | { readonly type: "mandate"; readonly mandate: HandsetMandate; readonly list: MandateList }
  | { readonly type: "new_pin"; readonly oldPin: string; readonly error?: "shape" | "same" | "different" }
  | { readonly type: "new_pin_again"; readonly oldPin: string; readonly newPin: string }
  /** The last screen of a session, with the result of an action. */
  | { readonly type: "result"; readonly result: MenuActionResult }
  | { readonly type: "no_connection" };

/** What the PIN is needed for. */
export type PinPurpose =
  | { readonly type: "balance" | "last_payments" | "mandates" | "change_pin" | "blocked" }
  | { readonly type: "change_block"; readonly change: BlockChange }
  | { readonly type: "cancel"; readonly mandate: HandsetMandate };

/** To be run before the next screen is known. */
export type MenuAction =
  | { readonly type: "balance" | "last_payments" | "mandates" | "blocked"; readonly pin: string }
  | { readonly type: "change_block"; readonly pin: string; readonly change: BlockChange }
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
  | { readonly outcome: "pin_changed" | "pin_not_accepted" | "no_signal" }
  | PinRefusal;

export type MenuStep = { readonly screen: Screen } | { readonly action: MenuAction };

/** Mandates on one screen: the names of more would not fit. */
export const mandatesPerScreen = 4;
/** Fewer, because this screen has a line more. */
export const blockedPerScreen = 3;

export function dialCode(code: string): Screen {
  return code === ussdMenuCode ? { type: "menu" } : { type: "no_connection" };
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
    case "blocked":
      return handleBlockedInput(screen, typed);
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

function handleMenuInput(typed: string): MenuStep {
  const purpose = Object.hasOwn(menuChoices, typed) ? menuChoices[typed] : undefined;
  return goTo(purpose === undefined ? { type: "menu", error: true } : { type: "pin", purpose });
}

function handlePin(purpose: PinPurpose, pin: string): MenuStep {
  // The old PIN is checked together with the change, so that a wrong one is counted once.
  if (purpose.type === "change_pin") return goTo({ type: "new_pin", oldPin: pin });
  if (purpose.type === "cancel") return { action: { type: "cancel", pin, mandate: purpose.mandate } };
  if (purpose.type === "change_block")
    return { action: { type: "change_block", pin, change: purpose.change } };
  return { action: { type: purpose.type, pin } };
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
