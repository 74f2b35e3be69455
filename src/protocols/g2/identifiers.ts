/**
 * The core's identifiers of a request. All but CheckoutRequestID and the receipt hold the platform's id in encrypted form,
 * so they decode without an index, and stay the same whenever they are computed.
 *
 * | Identifier                                              | Shape                                                          |
 * | ------------------------------------------------------- | -------------------------------------------------------------- |
 * | MerchantRequestID, OriginatorConversationID, requestId  | `8423-4a3b-87d8-1d918a78741e243712`: 4-4-4 hex, 12 hex, 6 digits |
 * | ConversationID                                          | `AG_yyyyMMdd_` and 20 lower-case letters and digits            |
 * | CheckoutRequestID                                       | `ws_CO_` and the time in Nairobi to the millisecond, and the last nine digits of the number |
 * | receipt                                                 | ten characters, from the payment                               |
 */
import { idTimestamp, minIdAt, type Id, type PublicIds } from "../../core/ids.ts";

export interface G2Identifiers {
  /** MerchantRequestID, OriginatorConversationID, or the requestId of an error. */
  requestId(id: Id): string;
  conversationId(id: Id): string;
  checkoutRequestId(id: Id, msisdn: string): string;
  /** The id of a `requestId` or a `conversationId`, or null if the text is neither. */
  parse(text: string): Id | null;
}

const letters = /^[0-9a-z]{20}$/;
const requestIdExpression = /^([0-9a-f]{4})-4([0-9a-f]{3})-([89ab])([0-9a-f]{3})-([0-9a-f]{12})\d{6}$/;

/** Twelve letters and digits hold an id; the rest detects invented identifiers. */
const idLength = 12;
const checkLength = 8;
const checkSpace = 36n ** BigInt(checkLength);
/** Ninety free bits: 62 of the id, 28 of the check. */
const checkBits = 28n;

export function createG2Identifiers({ receipt, requestId, decode }: PublicIds): G2Identifiers {
  /** The check digits of an id, 64 bits. */
  const getCheck = (id: Id): bigint => BigInt(`0x${requestId(id).slice(16)}`);

  function toRequestId(id: Id): string {
    const check = getCheck(id);
    const bits = (parseBase36(receipt(id)) << checkBits) | (check & ((1n << checkBits) - 1n));
    const hex = (bits & ((1n << 88n) - 1n)).toString(16).padStart(22, "0");
    const variant = "89ab"[Number(bits >> 88n)] ?? "8";
    const counter = ((check >> checkBits) % 1_000_000n).toString().padStart(6, "0");
    return `${hex.slice(0, 4)}-4${hex.slice(4, 7)}-${variant}${hex.slice(7, 10)}-${hex.slice(10)}${counter}`;
  }

  function parseRequestId(text: string): Id | null {
    const match = requestIdExpression.exec(text);
    if (match === null) return null;
    const [, first = "", second = "", variant = "", third = "", rest = ""] = match;
    const high = BigInt("89ab".indexOf(variant)) << 88n;
    const bits = high | BigInt(`0x${first}${second}${third}${rest}`);
    const id = decode((bits >> checkBits).toString(36).padStart(idLength, "0"));
    return id !== null && toRequestId(id) === text ? id : null;
  }

  function toConversationId(id: Id): string {
    const check = (getCheck(id) % checkSpace).toString(36).padStart(checkLength, "0");
    return `AG_${formatNairobiTime(idTimestamp(id)).slice(0, 8)}_${receipt(id)}${check}`;
  }

  function parseConversationId(text: string): Id | null {
    if (!text.startsWith("AG_") || text[11] !== "_") return null;
    const code = text.slice(12);
    const id = letters.test(code) ? decode(code.slice(0, idLength)) : null;
    return id !== null && toConversationId(id) === text ? id : null;
  }

  return {
    requestId: toRequestId,
    conversationId: toConversationId,
    checkoutRequestId(id, msisdn) {
      const at = idTimestamp(id);
      const time = formatNairobiTime(at);
      const date = time.slice(6, 8) + time.slice(4, 6) + time.slice(0, 4);
      const ms = String(at % 1000).padStart(3, "0");
      return `ws_CO_${date}${time.slice(8)}${ms}${msisdn.slice(-9)}`;
    },
    parse: (text) => parseRequestId(text) ?? parseConversationId(text),
  };
}

function parseBase36(text: string): bigint {
  let value = 0n;
  for (const digit of text) value = value * 36n + BigInt(parseInt(digit, 36));
  return value;
}

/** Nairobi has had no other offset since 1960. */
const nairobiOffsetMs = 3 * 60 * 60 * 1000;

/** A time as `yyyyMMddHHmmss` in Nairobi. */
export const formatNairobiTime = (at: number): string =>
  new Date(at + nairobiOffsetMs).toISOString().replaceAll(/[-:T]/g, "").slice(0, 14);

/** The time of `yyyyMMddHHmmss` in Nairobi, or null if there is no such time. */
export function parseNairobiTime(text: string): number | null {
  const match = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/.exec(text);
  if (match === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  const at = Date.UTC(year, month - 1, day, hour, minute, second) - nairobiOffsetMs;
  return formatNairobiTime(at) === text ? at : null;
}

/** Only years of this century: later times are no ids. */
const checkoutExpression = /^ws_CO_(\d{2})(\d{2})(20\d{2})(\d{6})(\d{3})(\d{9})$/;

/** What a CheckoutRequestID says: the ids of one millisecond, and the end of the customer's number. */
export interface CheckoutClue {
  readonly fromId: Id;
  /** Exclusive. */
  readonly untilId: Id;
  readonly msisdnEnd: string;
}

export function parseCheckoutRequestId(text: string): CheckoutClue | null {
  const [, day = "", month = "", year = "", time = "", ms = "", msisdnEnd = ""] =
    checkoutExpression.exec(text) ?? [];
  const [hour, minute, second] = [time.slice(0, 2), time.slice(2, 4), time.slice(4)].map(Number);
  const at =
    Date.UTC(Number(year), Number(month) - 1, Number(day), hour, minute, second, Number(ms)) -
    nairobiOffsetMs;
  // A day that is not in the calendar would be read as another.
  if (msisdnEnd === "" || formatNairobiTime(at) !== year + month + day + time) return null;
  return { fromId: minIdAt(at), untilId: minIdAt(at + 1), msisdnEnd };
}
