/** Tables: they fit the terminal, do not depend on colour, and never truncate numbers. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { formatThousands, renderTable, formatLocalTime, formatMoney, wrapText } from "./table.ts";

const columns = [
  { head: "number", right: true },
  { head: "name", minWidth: 6 },
  { head: "what happened", minWidth: 10, wraps: true },
] as const;
const rows = [
  ["7", "Amina Juma", "She paid, and was thanked for it."],
  ["1200", "Baraka", "-"],
];

test("a table uses its natural width if there is room", () => {
  assert.equal(
    renderTable(columns, rows, Infinity),
    [
      "number  name        what happened",
      "     7  Amina Juma  She paid, and was thanked for it.",
      "  1200  Baraka      -",
    ].join("\n"),
  );
});

test("a narrow table truncates and wraps the columns that allow it", () => {
  const narrow = renderTable(columns, rows, 36);
  assert.equal(
    narrow,
    [
      "number  name        what happened",
      "     7  Amina Juma  She paid, and",
      "                    was thanked for",
      "                    it.",
      "  1200  Baraka      -",
    ].join("\n"),
  );
  assert(narrow.split("\n").every((line) => line.length <= 36));
  assert.match(renderTable(columns, rows, 24), /^ {5}7 {2}Amina… {2}She paid,$/m);
  assert.match(renderTable([{ head: "id" }], [["abcdefgh"]], 4), /abcdefgh/);
});

test("a word longer than its column is not broken", () => {
  assert.deepEqual(wrapText("see http://127.0.0.1:3000/callback there", 10), [
    "see",
    "http://127.0.0.1:3000/callback",
    "there",
  ]);
});

test("wide characters and accents count as the columns that a terminal gives them", () => {
  const wide = [
    ["木村 さくら", "1"],
    ["Zoë", "2"],
  ];
  assert.equal(
    renderTable([{ head: "name" }, { head: "n" }], wide, Infinity),
    ["name         n", "木村 さくら  1", "Zoë          2"].join("\n"),
  );
  const truncated = renderTable([{ head: "name", minWidth: 6 }, { head: "n" }], wide, 9);
  assert.match(truncated, /^木村 …  1$/m);
  assert.deepEqual(wrapText("木村 さくら", 6), ["木村", "さくら"]);
  assert.deepEqual(wrapText("e\u0301e\u0301 e\u0301", 4), ["e\u0301e\u0301 e\u0301"]);
});

test("amounts get thousands separators and keep every digit", () => {
  const formatted = ["0.00", "999.99", "1000", "1000000.00", "-1234567.8901", "123456789012345678901.00"].map(
    formatThousands,
  );
  assert.deepEqual(formatted, [
    "0.00",
    "999.99",
    "1,000",
    "1,000,000.00",
    "-1,234,567.8901",
    "123,456,789,012,345,678,901.00",
  ]);
  assert.equal(formatMoney("1000.50", "TZS"), "1,000.50 TZS");
});

test("a timestamp is formatted in local time, to the second", () => {
  const timestamp = new Date(2026, 10, 21, 8, 5, 9, 900);
  assert.equal(formatLocalTime(timestamp.toISOString()), "2026-11-21 08:05:09");
});
