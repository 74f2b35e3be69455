/**
 * How the text of a setting becomes a value.
 *
 * Every reader takes what the person wrote and returns the value, or throws a `SettingError` that
 * says what would have been right. Readers of secrets never repeat what they were given: the message
 * ends up on a terminal and in a log.
 */
import { createSecretKey, type KeyObject } from "node:crypto";
import { resolve } from "node:path";
import ipaddr from "ipaddr.js";
import { msPerDay, msPerHour, msPerMinute, msPerSecond } from "../core/clock.ts";

/** A setting that is wrong. The message is one line and names the setting. */
export class SettingError extends Error {
  override readonly name = "SettingError";
}

/** Reads the text of one setting; `name` is only for the message. Throws `SettingError`. */
export type Parser<Value> = (text: string, name: string) => Value;

/** A TCP port. 0 asks the system for a free one. */
export const port: Parser<number> = (text, name) => {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (value <= 65_535) return value;
  throw new SettingError(`${name} is "${text}", and must be a port from 0 to 65535 (0 picks a free one).`);
};

/** A TCP port, or null for `off`. */
export const portOrOff: Parser<number | null> = (text, name) => {
  if (text === "off") return null;
  if (/^\d/.test(text)) return port(text, name);
  throw new SettingError(`${name} is "${text}", and must be a port from 0 to 65535, or off.`);
};

/** A name or address to listen on. Whether it is one of this machine's, only listening can tell. */
export const hostName: Parser<string> = (text, name) => {
  if (/^[\w.:-]+$/.test(text)) return text;
  throw new SettingError(`${name} is "${text}", and must be a host name or an IP address.`);
};

/** A file or folder; made absolute, so that it means the same after somebody changes directory. */
export const path: Parser<string> = (text) => resolve(text);

/**
 * The URL of a PostgreSQL database, unchanged. Several hosts with commas between them are allowed, as
 * the driver allows them; only the first can be checked as a URL. It may hold a password.
 */
export const databaseUrl: Parser<string> = (text, name) => {
  const oneHost = text.replace(/,[^/?]*/, "");
  if (/^postgres(ql)?:\/\/[^/]/.test(text) && URL.canParse(oneHost)) return text;
  throw new SettingError(`${name} must look like postgres://user:password@host:5432/database.`);
};

/** An address for people and programs to reach us by, without a slash at its end. */
export const webUrl: Parser<string> = (text, name) => {
  const url = URL.parse(text);
  const web = url?.protocol === "http:" || url?.protocol === "https:";
  if (url === null || !web || url.username !== "" || url.search !== "" || url.hash !== "") {
    throw new SettingError(
      `${name} must be an http or https address and no more, like https://pay.example.com.`,
    );
  }
  return url.href.replace(/\/+$/, "");
};

/** IP addresses and ranges with commas between them. */
export const addressRanges: Parser<readonly string[]> = (text, name) => {
  const ranges = text
    .split(",")
    .map((range) => range.trim())
    .filter((range) => range !== "");
  for (const range of ranges) {
    if (isAddressRange(range)) continue;
    throw new SettingError(`${name} has "${range}", which is no IP address or range like 10.0.0.0/8.`);
  }
  return Object.freeze(ranges);
};

// The four-part forms alone: ipaddr.js also takes 10.1 and 012.0.0.1, which people read differently.
function isAddressRange(text: string): boolean {
  const { IPv4, IPv6 } = ipaddr;
  return (
    IPv4.isValidFourPartDecimal(text) ||
    IPv4.isValidCIDRFourPartDecimal(text) ||
    IPv6.isValid(text) ||
    IPv6.isValidCIDR(text)
  );
}

/** 32 bytes in hex or base64. A `KeyObject`, because that prints nothing of itself when it is logged. */
export const secretKey: Parser<KeyObject> = (text, name) => {
  const encoding = /^[0-9a-f]{64}$/i.test(text) ? "hex" : "base64";
  const bytes = Buffer.from(text, encoding);
  if (bytes.length === 32 && (encoding === "hex" || /^[\w+/-]{43}=?$/.test(text)))
    return createSecretKey(bytes);
  throw new SettingError(`${name} must be 32 bytes, as 64 hexadecimal digits or in base64.`);
};

/** A password that a program sends in a header: long enough not to be guessed, nothing that needs quoting. */
export const token: Parser<string> = (text, name) => {
  if (/^[\x21-\x7e]{16,}$/.test(text)) return text;
  throw new SettingError(`${name} must be at least 16 characters, without spaces.`);
};

/** What both ends of a webhook sign with, in the form of Standard Webhooks: `whsec_` and 24 to 64 bytes in base64. */
export const webhookSecret: Parser<string> = (text, name) => {
  const [, base64 = ""] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  const { length } = Buffer.from(base64, "base64");
  if (length >= 24 && length <= 64) return text;
  throw new SettingError(`${name} must be whsec_ and 24 to 64 random bytes in base64.`);
};

const units: Readonly<Record<string, number>> = { s: msPerSecond, m: msPerMinute, h: msPerHour, d: msPerDay };

/** A length of time in milliseconds, written like `90s`, `15m`, `24h` or `7d`; at least `leastMs`, at most a year. */
export function duration(minMs = 0): Parser<number> {
  return (text, name) => {
    const [, count = "", unit = ""] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
    const ms = Number(count) * (units[unit] ?? NaN);
    if (ms >= minMs && ms <= 365 * msPerDay) return ms;
    const minNote = minMs === 0 ? "" : `, no shorter than ${minMs / msPerSecond}s`;
    throw new SettingError(
      `${name} is "${text}", and must be a time like 90s, 15m, 24h or 7d${minNote}, up to 365d.`,
    );
  };
}

/** One word of a list. */
export function choice<Word extends string>(...values: readonly Word[]): Parser<Word> {
  return (text, name) => {
    const match = values.find((value) => value === text);
    if (match !== undefined) return match;
    throw new SettingError(`${name} is "${text}", and must be one of ${values.join(", ")}.`);
  };
}
