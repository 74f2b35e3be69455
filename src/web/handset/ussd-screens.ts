/** The texts of the USSD menu's screens. Each fits into one USSD message, so long names are truncated. */
import type { HandsetMandate, MenuPayment, Party, RecentPayment } from "../../handset/handset-api.ts";
import type { Words } from "../../words/index.ts";
import { formatDayMonth, formatMoney, formatTime } from "./format.ts";
import {
  blockedPerScreen,
  findMissingField,
  getExpectedReply,
  mandatesPerScreen,
  type EnteredPayment,
  type MandateList,
  type MenuActionResult,
  type MenuFeatures,
  type PinPurpose,
  type Screen,
} from "./ussd-menu.ts";

export const maxScreenLength = 182;

/** For the texts, amounts and times on the screens. */
export interface MenuLocale {
  readonly ussd: Words["ussd"];
  readonly features: MenuFeatures;
  /** What is written before an amount: `TZS `. */
  readonly moneyPrefix: string;
  readonly timeZone: string;
}

export interface RenderedScreen {
  readonly text: string;
  /** The input that the screen expects; null ends the session. */
  readonly reply: "text" | "pin" | null;
}

export const renderScreen = (screen: Screen, locale: MenuLocale): RenderedScreen => ({
  text: formatScreen(screen, locale),
  reply: getExpectedReply(screen),
});

function formatScreen(screen: Screen, locale: MenuLocale): string {
  const { ussd } = locale;
  switch (screen.type) {
    case "menu":
      return joinLines(
        screen.error === true ? ussd.invalidChoice : null,
        ussd.menu,
        locale.features.paysMerchants ? ussd.payMerchants : null,
      );
    case "merchants":
      return joinLines(ussd.merchants, ussd.back);
    case "merchant_payment":
      return joinLines(
        screen.error === true ? ussd.invalidInput : null,
        formatPaymentPrompt(screen.payment, ussd),
      );
    case "pin":
      return joinLines(screen.error === true ? ussd.pinShape : null, formatPinPrompt(screen.purpose, locale));
    case "mandates":
      return formatMandates(screen.list, screen.offset, ussd);
    case "blocked":
      return formatBlocked(screen.list, screen.offset, ussd);
    case "mandate":
      return formatMandate(screen.mandate, ussd);
    case "new_pin":
      return joinLines(formatNewPinError(screen.error, ussd), ussd.enterNewPin);
    case "new_pin_again":
      return ussd.enterNewPinAgain;
    case "result":
      return formatResult(screen.result, locale);
    case "no_connection":
    default:
      return ussd.noConnection;
  }
}

const joinLines = (...lines: readonly (string | null)[]): string =>
  lines.filter((line) => line !== null).join("\n");

function formatPaymentPrompt(payment: EnteredPayment, ussd: Words["ussd"]): string {
  const field = findMissingField(payment);
  if (field === "amount") return ussd.enterAmount;
  if (field === "account") return ussd.enterAccount;
  return payment.purpose === "pay_bill" ? ussd.enterBusinessNumber : ussd.enterTillNumber;
}

/** The texts about a payment to a merchant: whom, which account, and how much. */
const toPaymentParts = (
  { amount, account }: MenuPayment,
  { name, shortcode }: Party,
  { moneyPrefix }: MenuLocale,
) => ({
  amount: formatMoney(amount, moneyPrefix),
  merchant: `${truncate(name, 40)} (${shortcode})`,
  account: account === "" ? null : account,
});

function formatPinPrompt(purpose: PinPurpose, locale: MenuLocale): string {
  const { ussd } = locale;
  if (purpose.type === "pay")
    return ussd.enterPinToPay(toPaymentParts(purpose.payment, purpose.merchant, locale));
  if (purpose.type === "cancel") return ussd.enterPinToCancel(formatOrganisationName(purpose.mandate));
  if (purpose.type === "change_block") {
    const { shortcode, blocked } = purpose.change;
    return blocked ? ussd.enterPinToBlock(shortcode) : ussd.enterPinToUnblock(shortcode);
  }
  return purpose.type === "change_pin" ? ussd.enterOldPin : ussd.enterPin;
}

function formatNewPinError(
  error: "shape" | "same" | "different" | undefined,
  ussd: Words["ussd"],
): string | null {
  if (error === undefined) return null;
  if (error === "shape") return ussd.pinShape;
  return error === "same" ? ussd.samePin : ussd.differentPins;
}

function formatResult(result: MenuActionResult, locale: MenuLocale): string {
  const { ussd, moneyPrefix, timeZone } = locale;
  switch (result.outcome) {
    case "balance": {
      const held = /[1-9]/.test(result.held) ? ussd.held(formatMoney(result.held, moneyPrefix)) : null;
      return joinLines(ussd.balance(formatMoney(result.available, moneyPrefix)), held);
    }
    case "last_payments":
      return result.payments.length === 0
        ? ussd.noPayments
        : joinLines(...result.payments.map((payment) => formatPayment(payment, timeZone)));
    case "mandates":
      return ussd.noMandates;
    case "blocked_list":
      return formatBlocked(result.blocked, 0, ussd);
    case "blocked":
      return ussd.organisationBlocked(truncate(result.organisation.name, 60));
    case "unblocked":
      return ussd.organisationUnblocked(truncate(result.organisation.name, 60));
    case "organisation_unknown":
      return ussd.organisationUnknown;
    case "too_many_blocked":
      return ussd.tooManyBlocked;
    case "cancelled":
      return ussd.mandateCancelled(formatOrganisationName(result.mandate));
    case "ended_already":
      return ussd.mandateEnded(formatOrganisationName(result.mandate));
    case "merchant_unknown":
      return ussd.merchantUnknown;
    case "payment":
      return formatMenuPayment(result, locale);
    case "wrong_pin":
      return ussd.wrongPin(result.left);
    case "locked":
      return ussd.pinLocked(formatTime(result.until, timeZone));
    case "pin_changed":
      return ussd.pinChanged;
    case "pin_not_accepted":
      return ussd.pinNotAccepted;
    // The menu has a screen of its own for it.
    case "merchant":
    case "no_signal":
    case "no_handset":
    default:
      return ussd.noConnection;
  }
}

function formatMenuPayment(
  { result, payment, merchant }: Extract<MenuActionResult, { outcome: "payment" }>,
  locale: MenuLocale,
): string {
  const { ussd } = locale;
  if (result.status === "refused") return ussd.notPaid(truncate(result.reason, 130));
  return result.status === "paid"
    ? ussd.paid(toPaymentParts(payment, merchant, locale))
    : ussd.paymentPending(truncate(merchant.name, 60));
}

/** `21/11 -10.00 Duka la Amina`: five of these fit on a screen. */
function formatPayment({ at, amount, direction, counterparty }: RecentPayment, timeZone: string): string {
  const prefix = `${formatDayMonth(at, timeZone)} ${direction === "in" ? "+" : "-"}${amount} `;
  return prefix + truncate(counterparty, Math.max(4, 35 - prefix.length));
}

const truncate = (text: string, maxLength: number): string =>
  text.length <= maxLength ? text : `${text.slice(0, maxLength - 1).trimEnd()}…`;

const formatOrganisationName = ({ organisation }: HandsetMandate): string => truncate(organisation.name, 60);

function formatMandates(list: MandateList, offset: number, ussd: Words["ussd"]): string {
  const lines = list
    .slice(offset, offset + mandatesPerScreen)
    .map(({ organisation, reference }, index) =>
      truncate(`${index + 1}. ${organisation.name} ${reference}`.trimEnd(), 34),
    );
  const more = list.length > mandatesPerScreen ? ussd.more : null;
  return joinLines(ussd.mandates, ...lines, more, ussd.back);
}

function formatBlocked(list: readonly Party[], offset: number, ussd: Words["ussd"]): string {
  const lines = list
    .slice(offset, offset + blockedPerScreen)
    .map(({ name, shortcode }, index) => `${index + 1}. ${truncate(name, 16)} ${shortcode}`);
  const title = list.length === 0 ? ussd.noneBlocked : ussd.blocked;
  const more = list.length > blockedPerScreen ? ussd.more : null;
  return joinLines(title, ...lines, ussd.enterNumberToBlock, more, ussd.back);
}

function formatMandate({ organisation, reference, terms }: HandsetMandate, ussd: Words["ussd"]): string {
  return joinLines(
    truncate(organisation.name, 40),
    reference === "" ? null : ussd.reference(truncate(reference, 30)),
    truncate(terms.charAt(0).toUpperCase() + terms.slice(1), 80),
    ussd.cancelMandate,
    ussd.back,
  );
}
