/** Values that have broken programs: texts, numbers, dates, JSON. */
import type { Random } from "../simulation/random.ts";

/** Unpaired surrogates and NUL cannot be stored; the others are invisible, reordered, long or special elsewhere. */
const texts = [
  "",
  " ",
  "\0",
  "a\0b",
  "\ud800",
  "\udfff\ud800",
  "\u202e12",
  "\ufeff10",
  "\u0661\u0662",
  "\uff11\uff10",
  "é".repeat(40),
  "👩‍👩‍👧".repeat(20),
  "'; drop table payments; --",
  "${7*7}{{7*7}}",
  "../../etc/passwd",
  "\r\nX-Injected: 1",
  "\u001b[2J",
  "null",
  "undefined",
  "NaN",
  "true",
  "__proto__",
  "constructor",
  "%00%ff",
  "http://127.0.0.1:1/\0",
  "http://[::1]:99999/",
  "https://user:secret@example.com/",
  "javascript:alert(1)",
] as const;

const numbers = [
  "0",
  "-1",
  "-0",
  "0.001",
  ".5",
  "1e9",
  "1E+400",
  "0x10",
  "00010",
  "9".repeat(18),
  "9".repeat(19),
  "9".repeat(400),
  "1.".padEnd(80, "9"),
  "2147483648",
  "9223372036854775808",
  "1,000",
  "+10",
] as const;

const dates = [
  "00000000",
  "20260231",
  "20261301",
  "99999999",
  "2026-11-27",
  "00010101",
  "29000229",
  "20240229",
] as const;

export function pickText(random: Random): string {
  const kind = random.weighted({ text: 4, number: 4, date: 1, long: 1, random: 2 });
  if (kind === "text") return random.pick(texts);
  if (kind === "number") return random.pick(numbers);
  if (kind === "date") return random.pick(dates);
  if (kind === "long") return random.pick(["A", "1", "é", "\0"]).repeat(random.pick([41, 301, 2001, 20_000]));
  return String.fromCharCode(
    ...Array.from({ length: random.integer(0, 40) }, () => random.integer(0, 0xffff)),
  );
}

/** A value in JSON where a text belongs. */
export function pickJson(random: Random, depth = 0): unknown {
  const kind = random.weighted({ text: 6, number: 2, literal: 1, list: 1, object: 1, deep: 0.1 });
  if (kind === "text") return pickText(random);
  if (kind === "number") return random.pick([0, -0, 1e308, 2 ** 53, 0.1, -1, 10]);
  if (kind === "literal") return random.pick([null, true, false]);
  if (kind === "deep") return JSON.parse(`${"[".repeat(500)}${"]".repeat(500)}`);
  if (depth > 3) return [];
  const items = Array.from({ length: random.integer(0, 4) }, () => pickJson(random, depth + 1));
  return kind === "list"
    ? items
    : Object.fromEntries(items.map((item) => [pickText(random).slice(0, 50), item]));
}

/** Changes a text a little: a character more, less or different, or the text twice. */
export function mutateText(random: Random, text: string): string {
  const at = random.integer(0, text.length);
  const other = String.fromCharCode(random.pick([random.integer(0, 127), random.integer(0, 0xffff)]));
  const kind = random.weighted({ insert: 1, remove: 1, replace: 1, repeat: 1, swapCase: 1 });
  if (kind === "insert") return text.slice(0, at) + other + text.slice(at);
  if (kind === "remove") return text.slice(0, at) + text.slice(at + 1);
  if (kind === "replace") return text.slice(0, at) + other + text.slice(at + 1);
  if (kind === "repeat") return text + text;
  return text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase();
}
