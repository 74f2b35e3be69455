/**
 * The merchant's records of a payment, and the checks on them.
 *
 * The contract is small, so that a simple system can implement it: JSON with a `status`, the number of
 * `bookings`, and optionally the `amount` and whether the payment is `flagged` for manual review.
 */
import { sanitizeText } from "../core/sanitize-text.ts";
import { parseAmount } from "../core/money.ts";
import { markets } from "../core/markets.ts";
import type { CheckedPayment } from "../protocols/listener-checks.ts";
import { failed, notObservable, passed, type Finding } from "./finding.ts";
import { callUrl, insertReference, runCommand, HookFailed, type Hook } from "./merchant-hooks.ts";

export const statuses = ["paid", "failed", "pending", "unknown"] as const;

export interface MerchantRecord {
  readonly status: (typeof statuses)[number];
  /** How often the payment was booked: ledger rows, shipped goods, or credited accounts. */
  readonly bookings: number;
  /** The booked amount, decimal; null if the records do not contain it. */
  readonly amount: string | null;
  /** Whether the payment is flagged for manual review. */
  readonly flagged: boolean;
}

const unknown: MerchantRecord = { status: "unknown", bookings: 0, amount: null, flagged: false };

/** Reads the records of one payment. Throws `HookFailed` if they cannot be read. */
export async function readRecord(
  hook: Hook,
  payment: CheckedPayment,
  signal: AbortSignal,
): Promise<MerchantRecord> {
  const { reference } = payment;
  const filled = insertReference(hook, reference);
  if (hook.kind === "command")
    return parseRecord(hook, await runCommand(hook, filled, { reference }, signal));
  const { status, text } = await callUrl(hook, "GET", filled, {}, signal);
  if (status === 404) return unknown;
  if (status !== 200) throw new HookFailed(`${hook.option} responded with HTTP ${status} for ${reference}.`);
  return parseRecord(hook, text);
}

/** Empty output means an unknown payment, as for a query without rows. */
function parseRecord(hook: Hook, text: string): MerchantRecord {
  if (text.trim() === "" || text.trim() === "null") return unknown;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalidRecord(hook, text, "is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw invalidRecord(hook, text, "is not a JSON object");
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
    throw invalidRecord(hook, text, "has no whole number in bookings");
  if (amount !== null && typeof amount !== "string")
    throw invalidRecord(hook, text, 'has an amount that is not a decimal string such as "10.00"');
  if (typeof flagged !== "boolean")
    throw invalidRecord(hook, text, "has a value in flagged that is neither true nor false");
  return { status: knownStatus, bookings, amount, flagged };
}

function invalidRecord({ option }: Hook, text: string, problem: string): HookFailed {
  const excerpt = sanitizeText(text).trim().replaceAll(/\s+/g, " ").slice(0, 120);
  return new HookFailed(`The output of ${option} ${problem}: ${excerpt}`);
}

/** `paid, booked once, flagged`. */
export const formatRecord = ({ status, bookings, flagged }: MerchantRecord): string =>
  `${status}, ${formatBookings(bookings)}${flagged ? ", flagged" : ""}`;

const formatBookings = (bookings: number): string =>
  bookings === 0 ? "not booked" : bookings === 1 ? "booked once" : `booked ${bookings} times`;

/** Checks the records of a payment. `final` findings cannot change by waiting, such as booked money. */
export type RecordCheck = (
  payment: CheckedPayment,
  record: MerchantRecord,
) => Finding & { readonly final?: true };

/**
 * A payment that the merchant's system did not request may be unknown to it; only requested ones must be
 * booked.
 */
const unlessUnknown = (payment: CheckedPayment, record: MerchantRecord, finding: Finding): Finding =>
  !payment.requested && record.status === "unknown" && record.bookings === 0
    ? notObservable(
        "The merchant's system does not know the reference, because it did not request the payment.",
        "--begin-url or --begin-command",
      )
    : finding;

/** Booked once. */
export const bookedOnce: RecordCheck = (payment, record) => {
  const text = formatRecord(record);
  if (record.bookings > 1) return { ...failed(text), final: true };
  if (record.bookings === 1 && record.status === "paid") return passed(text);
  return unlessUnknown(payment, record, failed(text));
};

/** Booked with the requested amount; the callback itself contains none. */
export const bookedAmount: RecordCheck = ({ requested, market, amount, currency }, record) => {
  if (!requested)
    return notObservable(
      "The merchant's system did not request the payment, so it cannot know its amount.",
      "--begin-url or --begin-command",
    );
  if (record.bookings === 0) return notObservable("Nothing was booked.");
  if (record.amount === null)
    return notObservable("The records contain no amount.", "--state-… with an amount");
  const { decimals } = markets[market];
  return parseAmount(record.amount, decimals) === parseAmount(amount, decimals)
    ? passed(`${amount} ${currency}`)
    : failed(`${sanitizeText(record.amount)} instead of ${amount} ${currency}`);
};

/** Not booked, in any state. */
export const notBooked: RecordCheck = (_, record) =>
  record.bookings === 0 && record.status !== "paid"
    ? passed(formatRecord(record))
    : { ...failed(formatRecord(record)), final: true };

/** Ended without a booking. */
export const endedUnpaid: RecordCheck = (payment, record) => {
  const booked = notBooked(payment, record);
  if (booked.verdict === "failed" || record.status === "failed") return booked;
  return unlessUnknown(payment, record, failed(formatRecord(record)));
};

/** Unexpected money: booked once, or flagged for manual review. */
export const bookedOrFlagged: RecordCheck = (payment, record) => {
  const booked = bookedOnce(payment, record);
  return record.flagged && record.bookings <= 1 ? passed(formatRecord(record)) : booked;
};
