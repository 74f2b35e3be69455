/**
 * The listener's own records of a payment, and what they should say.
 *
 * The contract is small, so that an afternoon's system can keep it: JSON with a `status`, how many `bookings` there are
 * of the payment, and if they like its `amount` and whether somebody was asked to look at it.
 */
import { sanitizeText } from "../callbacks/webhook-client.ts";
import { parseAmount, markets } from "../core/money.ts";
import { failed, notObservable, passed, type Finding } from "./case.ts";
import type { Payment } from "./payments.ts";
import { callUrl, insertReference, runCommand, HookFailed, type Hook } from "./merchant-hooks.ts";

export const statuses = ["paid", "failed", "pending", "unknown"] as const;

export interface MerchantRecord {
  readonly status: (typeof statuses)[number];
  /** How often the payment was booked: rows in the ledger, goods sent, accounts credited. */
  readonly bookings: number;
  /** What was booked, decimal; null if they do not say. */
  readonly amount: string | null;
  /** Whether a person was told to look at the payment. */
  readonly flagged: boolean;
}

const unknown: MerchantRecord = { status: "unknown", bookings: 0, amount: null, flagged: false };

/** Reads the records of one payment. Throws `ToolFailed` if they cannot be read. */
export async function readRecord(hook: Hook, payment: Payment, signal: AbortSignal): Promise<MerchantRecord> {
  const { reference } = payment;
  const filled = insertReference(hook, reference);
  if (hook.kind === "command")
    return parseRecord(hook, await runCommand(hook, filled, { reference }, signal));
  const { status, text } = await callUrl(hook, "GET", filled, {}, signal);
  if (status === 404) return unknown;
  if (status !== 200) throw new HookFailed(`${hook.option} answered ${status} for ${reference}.`);
  return parseRecord(hook, text);
}

/** A command that finds nothing prints nothing, as a query without rows does. */
function parseRecord(hook: Hook, text: string): MerchantRecord {
  if (text.trim() === "" || text.trim() === "null") return unknown;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalidRecord(hook, text, "is no JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw invalidRecord(hook, text, "is no JSON object");
  const {
    status,
    bookings = status === "unknown" ? 0 : undefined,
    amount = null,
    flagged = false,
  } = value as Partial<Record<keyof MerchantRecord, unknown>>;
  const knownStatus = statuses.find((candidate) => candidate === status);
  if (knownStatus === undefined)
    throw invalidRecord(hook, text, `has no status out of ${statuses.join(", ")}`);
  if (typeof bookings !== "number" || !Number.isInteger(bookings) || bookings < 0)
    throw invalidRecord(hook, text, "does not say in bookings, a whole number, how often it was booked");
  if (amount !== null && typeof amount !== "string")
    throw invalidRecord(hook, text, 'has an amount that is no decimal text such as "10.00"');
  if (typeof flagged !== "boolean")
    throw invalidRecord(hook, text, "has something in flagged that is neither true nor false");
  return { status: knownStatus, bookings, amount, flagged };
}

function invalidRecord({ option }: Hook, text: string, problem: string): HookFailed {
  const excerpt = sanitizeText(text).trim().replaceAll(/\s+/g, " ").slice(0, 120);
  return new HookFailed(`What ${option} answered ${problem}: ${excerpt}`);
}

/** `paid, booked once, flagged`. */
export const formatRecord = ({ status, bookings, flagged }: MerchantRecord): string =>
  `${status}, ${formatBookings(bookings)}${flagged ? ", flagged" : ""}`;

const formatBookings = (bookings: number): string =>
  bookings === 0 ? "not booked" : bookings === 1 ? "booked once" : `booked ${bookings} times`;

/** What the records of a payment should say. What is `final` no waiting can mend: money that was booked. */
export type RecordCheck = (payment: Payment, record: MerchantRecord) => Finding & { readonly final?: true };

/** What nobody asked for may be unknown for good reasons: only a payment that was asked for must be booked. */
const unlessUnknown = (payment: Payment, record: MerchantRecord, finding: Finding): Finding =>
  !payment.requested && record.status === "unknown" && record.bookings === 0
    ? notObservable(
        "The listener does not know the reference, since nobody in its own system asked for the payment.",
        "--begin-url or --begin-command",
      )
    : finding;

/** Booked, once. */
export const bookedOnce: RecordCheck = (payment, record) => {
  const text = formatRecord(record);
  if (record.bookings > 1) return { ...failed(text), final: true };
  if (record.bookings === 1 && record.status === "paid") return passed(text);
  return unlessUnknown(payment, record, failed(text));
};

/** Booked with the amount that was asked for: the callback itself carries none. */
export const bookedAmount: RecordCheck = ({ requested, market, amount, currency }, record) => {
  if (!requested)
    return notObservable(
      "Nobody in the listener's own system asked for the payment, so it cannot know its amount.",
      "--begin-url or --begin-command",
    );
  if (record.bookings === 0) return notObservable("Nothing was booked.");
  if (record.amount === null)
    return notObservable("The records do not show an amount.", "--state-… with an amount");
  const { decimals } = markets[market];
  return parseAmount(record.amount, decimals) === parseAmount(amount, decimals)
    ? passed(`${amount} ${currency}`)
    : failed(`${sanitizeText(record.amount)} in place of ${amount} ${currency}`);
};

/** Not booked, whatever else. */
export const notBooked: RecordCheck = (_, record) =>
  record.bookings === 0 && record.status !== "paid"
    ? passed(formatRecord(record))
    : { ...failed(formatRecord(record)), final: true };

/** Ended without being booked. */
export const endedUnpaid: RecordCheck = (payment, record) => {
  const booked = notBooked(payment, record);
  if (booked.verdict === "failed" || record.status === "failed") return booked;
  return unlessUnknown(payment, record, failed(formatRecord(record)));
};

/** Money that came unexpectedly: booked once, or a person was told. */
export const bookedOrFlagged: RecordCheck = (payment, record) => {
  const booked = bookedOnce(payment, record);
  return record.flagged && record.bookings <= 1 ? passed(formatRecord(record)) : booked;
};
