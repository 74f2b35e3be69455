/**
 * Parsers for settings.
 *
 * Each parser returns the value, or throws a `SettingError` that says what is valid. Parsers of secrets never repeat
 * the value, because the message is printed and logged.
 */
import { createSecretKey, type KeyObject } from "node:crypto";
import { resolve } from "node:path";
import ipaddr from "ipaddr.js";
import { msPerDay, msPerHour, msPerMinute, msPerSecond } from "../core/clock.ts";

/** A setting is invalid. The message is one line and names the setting. */
export class SettingError extends Error {
  override readonly name = "SettingError";
}

/** Parses the text of one setting; `name` is only for the message. Throws `SettingError`. */
export type Parser<Value> = (text: string, name: string) => Value;

/** A TCP port. 0 selects a free one. */
export const port: Parser<number> = (text, name) => {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (value <= 65_535) return value;
  throw new SettingError(`${name} is "${text}", but must be a port from 0 to 65535 (0 selects a free one).`);
};

/** A TCP port, or null for `off`. */
export const portOrOff: Parser<number | null> = (text, name) => {
  if (text === "off") return null;
  if (/^\d/.test(text)) return port(text, name);
  throw new SettingError(`${name} is "${text}", but must be a port from 0 to 65535, or off.`);
};

/** A name or address to listen on. Whether it belongs to this machine is checked when listening. */
export const hostName: Parser<string> = (text, name) => {
  if (/^[\w.:-]+$/.test(text)) return text;
  throw new SettingError(`${name} is "${text}", but must be a host name or an IP address.`);
};

/** A file or folder, made absolute, so that it does not depend on the working directory. */
export const path: Parser<string> = (text) => resolve(text);

/** Where the charges of organisations come from. The file's path is absolute. */
export type TariffSource = "default" | "none" | { readonly file: string };

/** `none`, `default`, or the path of a file. */
export const tariff: Parser<TariffSource> = (text) =>
  text === "none" || text === "default" ? text : { file: resolve(text) };

/** `none`, or the path of a file. */
export const liveTariff: Parser<TariffSource> = (text, name) => {
  if (text !== "default") return tariff(text, name);
  throw new SettingError(`${name} is "default", but live charges by its operator's own file, or none.`);
};

/**
 * The URL of a PostgreSQL database, unchanged. Several hosts, separated by commas, are allowed, as in the driver; only
 * the first is checked as a URL. It may contain a password.
 */
export const databaseUrl: Parser<string> = (text, name) => {
  const oneHost = text.replace(/,[^/?]*/, "");
  if (/^postgres(ql)?:\/\/[^/]/.test(text) && URL.canParse(oneHost)) return text;
  throw new SettingError(`${name} must be like postgres://user:password@host:5432/database.`);
};

/** A public URL, without a trailing slash. */
export const webUrl: Parser<string> = (text, name) => {
  const url = URL.parse(text);
  const web = url?.protocol === "http:" || url?.protocol === "https:";
  if (url === null || !web || url.username !== "" || url.search !== "" || url.hash !== "") {
    throw new SettingError(
      `${name} must be an http or https URL without user, query and fragment, like https://pay.example.com.`,
    );
  }
  return url.href.replace(/\/+$/, "");
};

/** The URL of a mail server. It may contain a password. */
export const smtpUrl: Parser<string> = (text, name) => {
  const url = URL.parse(text);
  if ((url?.protocol === "smtp:" || url?.protocol === "smtps:") && url.hostname !== "") return text;
  throw new SettingError(`${name} must be like smtp://user:password@mail.example.com:587.`);
};

/** An address, with or without a name before it. */
export const mailSender: Parser<string> = (text, name) => {
  if (/^[^\r\n<>"]*<[^\s<>@]+@[^\s<>@]+>$|^[^\s<>@]+@[^\s<>@]+$/.test(text)) return text;
  throw new SettingError(`${name} is "${text}", but must be like Pesarail <portal@example.com>.`);
};

/** IP addresses and ranges, separated by commas. */
export const addressRanges: Parser<readonly string[]> = (text, name) => {
  const ranges = text
    .split(",")
    .map((range) => range.trim())
    .filter((range) => range !== "");
  for (const range of ranges) {
    if (isAddressRange(range)) continue;
    throw new SettingError(
      `${name} contains "${range}", which is not an IP address or a range like 10.0.0.0/8.`,
    );
  }
  return Object.freeze(ranges);
};

/** Numbers, separated by commas. */
export const digitLists: Parser<ReadonlySet<string>> = (text, name) => {
  const entries = text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
  const wrong = entries.find((entry) => !/^\d{1,20}$/.test(entry));
  if (wrong !== undefined) throw new SettingError(`${name} contains "${wrong}", which is not a number.`);
  return new Set(entries);
};

const dnsLabel = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;

/** Host names, separated by commas, in lower case. Neither addresses nor wildcards. */
export const dnsNames: Parser<readonly string[]> = (text, name) => {
  const names = text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
  for (const entry of names) {
    if (isDnsName(entry.toLowerCase())) continue;
    throw new SettingError(
      `${name} contains "${entry}", which is not a host name like sandbox.safaricom.co.ke.`,
    );
  }
  return Object.freeze([...new Set(names.map((entry) => entry.toLowerCase()))]);
};

// A last label of digits would be read as an IP address.
function isDnsName(text: string): boolean {
  const labels = text.split(".");
  return (
    text.length <= 253 && labels.every((label) => dnsLabel.test(label)) && !/^\d+$/.test(labels.at(-1) ?? "")
  );
}

// Only four-part forms: ipaddr.js also accepts 10.1 and 012.0.0.1, which are ambiguous.
function isAddressRange(text: string): boolean {
  const { IPv4, IPv6 } = ipaddr;
  return (
    IPv4.isValidFourPartDecimal(text) ||
    IPv4.isValidCIDRFourPartDecimal(text) ||
    IPv6.isValid(text) ||
    IPv6.isValidCIDR(text)
  );
}

/** 32 bytes in hex or base64. A `KeyObject`, because logging one does not print the key. */
export const secretKey: Parser<KeyObject> = (text, name) => {
  const encoding = /^[0-9a-f]{64}$/i.test(text) ? "hex" : "base64";
  const bytes = Buffer.from(text, encoding);
  if (bytes.length === 32 && (encoding === "hex" || /^[\w+/-]{43}=?$/.test(text)))
    return createSecretKey(bytes);
  throw new SettingError(`${name} must be 32 bytes, as 64 hexadecimal digits or in base64.`);
};

/** A token for a header: too long to guess, and without characters that need quoting. */
export const token: Parser<string> = (text, name) => {
  if (/^[\x21-\x7e]{16,}$/.test(text)) return text;
  throw new SettingError(`${name} must be at least 16 characters, without spaces.`);
};

/** The signing secret of a webhook, in the format of Standard Webhooks: `whsec_` and 24 to 64 bytes in base64. */
export const webhookSecret: Parser<string> = (text, name) => {
  const [, base64 = ""] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  const { length } = Buffer.from(base64, "base64");
  if (length >= 24 && length <= 64) return text;
  throw new SettingError(`${name} must be whsec_ and 24 to 64 random bytes in base64.`);
};

/** A whole number from `min` to `max`. */
export function count(min: number, max: number): Parser<number> {
  return (text, name) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    throw new SettingError(`${name} is "${text}", but must be a whole number from ${min} to ${max}.`);
  };
}

const units: Readonly<Record<string, number>> = { s: msPerSecond, m: msPerMinute, h: msPerHour, d: msPerDay };

/** A duration like `90s`, `15m`, `24h` or `7d`, in milliseconds; at least `minMs`, at most a year or `maxMs`. */
export function duration(minMs = 0, maxMs = 365 * msPerDay): Parser<number> {
  return (text, name) => {
    const [, count = "", unit = ""] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
    const ms = Number(count) * (units[unit] ?? NaN);
    if (ms >= minMs && ms <= maxMs) return ms;
    const minNote = minMs === 0 ? "" : `, at least ${minMs / msPerSecond}s`;
    const maxNote = maxMs % msPerDay === 0 ? `${maxMs / msPerDay}d` : `${maxMs / msPerSecond}s`;
    throw new SettingError(
      `${name} is "${text}", but must be a duration like 90s, 15m, 24h or 7d${minNote}, at most ${maxNote}.`,
    );
  };
}

/** A whole number from `min` to `max`. */
export function integer(min: number, max: number): Parser<number> {
  return (text, name) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    throw new SettingError(`${name} is "${text}", but must be a whole number from ${min} to ${max}.`);
  };
}

/** A number of bytes: zero, or at least `min` and at most a tebibyte. */
export function byteCount(min: number): Parser<number> {
  return (text, name) => {
    const bytes = /^\d{1,13}$/.test(text) ? Number(text) : Number.NaN;
    if (bytes === 0 || (bytes >= min && bytes <= 2 ** 40)) return bytes;
    throw new SettingError(
      `${name} is "${text}", but must be a number of bytes: 0, or from ${min} to ${2 ** 40}.`,
    );
  };
}

/** One value of a list. */
export function choice<Word extends string>(...values: readonly Word[]): Parser<Word> {
  return (text, name) => {
    const match = values.find((value) => value === text);
    if (match !== undefined) return match;
    throw new SettingError(`${name} is "${text}", but must be one of ${values.join(", ")}.`);
  };
}
