/**
 * The listener's own records of a payment, and what they should say.
 *
 * The contract is small, so that an afternoon's system can keep it: JSON with a `status`, how many `bookings` there are
 * of the payment, and if they like its `amount` and whether somebody was asked to look at it.
 */
import { readable } from "../../callbacks/call.ts";
import { parseAmount, markets } from "../../money.ts";
import { failed, notObservable, passed, type Finding } from "./case.ts";
import type { Payment } from "./payments.ts";
import { ask, filledIn, run, ToolFailed, type Tool } from "./tools.ts";

export const statuses = ["paid", "failed", "pending", "unknown"] as const;

export interface BookRecord {
  readonly status: (typeof statuses)[number];
  /** How often the payment was booked: rows in the ledger, goods sent, accounts credited. */
  readonly bookings: number;
  /** What was booked, decimal; null if they do not say. */
  readonly amount: string | null;
  /** Whether a person was told to look at the payment. */
  readonly flagged: boolean;
}

const unknown: BookRecord = { status: "unknown", bookings: 0, amount: null, flagged: false };

/** Reads the records of one payment. Throws `ToolFailed` if they cannot be read. */
export async function readRecord(tool: Tool, payment: Payment, signal: AbortSignal): Promise<BookRecord> {
  const { reference } = payment;
  const line = filledIn(tool, reference);
  if (tool.kind === "command") return parsed(tool, await run(tool, line, { reference }, signal));
  const { status, text } = await ask(tool, "GET", line, {}, signal);
  if (status === 404) return unknown;
  if (status !== 200) throw new ToolFailed(`${tool.option} answered ${status} for ${reference}.`);
  return parsed(tool, text);
}

/** A command that finds nothing prints nothing, as a query without rows does. */
function parsed(tool: Tool, text: string): BookRecord {
  if (text.trim() === "" || text.trim() === "null") return unknown;
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    throw wrong(tool, text, "is no JSON");
  }
  if (typeof said !== "object" || said === null || Array.isArray(said))
    throw wrong(tool, text, "is no JSON object");
  const {
    status,
    bookings = status === "unknown" ? 0 : undefined,
    amount = null,
    flagged = false,
  } = said as Partial<Record<keyof BookRecord, unknown>>;
  const known = statuses.find((each) => each === status);
  if (known === undefined) throw wrong(tool, text, `has no status out of ${statuses.join(", ")}`);
  if (typeof bookings !== "number" || !Number.isInteger(bookings) || bookings < 0)
    throw wrong(tool, text, "does not say in bookings, a whole number, how often it was booked");
  if (amount !== null && typeof amount !== "string")
    throw wrong(tool, text, 'has an amount that is no decimal text such as "10.00"');
  if (typeof flagged !== "boolean")
    throw wrong(tool, text, "has something in flagged that is neither true nor false");
  return { status: known, bookings, amount, flagged };
}

function wrong({ option }: Tool, text: string, what: string): ToolFailed {
  const said = readable(text).trim().replaceAll(/\s+/g, " ").slice(0, 120);
  return new ToolFailed(`What ${option} answered ${what}: ${said}`);
}

/** `paid, booked once, flagged`. */
export const recordInWords = ({ status, bookings, flagged }: BookRecord): string =>
  `${status}, ${times(bookings)}${flagged ? ", flagged" : ""}`;

const times = (bookings: number): string =>
  bookings === 0 ? "not booked" : bookings === 1 ? "booked once" : `booked ${bookings} times`;

/** What the records of a payment should say. What is `final` no waiting can mend: money that was booked. */
export type Judge = (payment: Payment, record: BookRecord) => Finding & { readonly final?: true };

/** What nobody asked for may be unknown for good reasons: only a payment that was asked for must be booked. */
const orNeverHeardOf = (payment: Payment, record: BookRecord, finding: Finding): Finding =>
  !payment.asked && record.status === "unknown" && record.bookings === 0
    ? notObservable(
        "The listener does not know the reference, since nobody in its own system asked for the payment.",
        "--begin-url or --begin-command",
      )
    : finding;

/** Booked, once. */
export const bookedOnce: Judge = (payment, record) => {
  const says = recordInWords(record);
  if (record.bookings > 1) return { ...failed(says), final: true };
  if (record.bookings === 1 && record.status === "paid") return passed(says);
  return orNeverHeardOf(payment, record, failed(says));
};

/** Booked with the amount that was asked for: the callback itself carries none. */
export const bookedRight: Judge = ({ asked, market, amount, currency }, record) => {
  if (!asked)
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
    : failed(`${readable(record.amount)} in place of ${amount} ${currency}`);
};

/** Not booked, whatever else. */
export const notBooked: Judge = (_, record) =>
  record.bookings === 0 && record.status !== "paid"
    ? passed(recordInWords(record))
    : { ...failed(recordInWords(record)), final: true };

/** Ended without being booked. */
export const endedUnpaid: Judge = (payment, record) => {
  const booked = notBooked(payment, record);
  if (booked.verdict === "failed" || record.status === "failed") return booked;
  return orNeverHeardOf(payment, record, failed(recordInWords(record)));
};

/** Money that came unexpectedly: booked once, or a person was told. */
export const noticed: Judge = (payment, record) => {
  const booked = bookedOnce(payment, record);
  return record.flagged && record.bookings <= 1 ? passed(recordInWords(record)) : booked;
};
