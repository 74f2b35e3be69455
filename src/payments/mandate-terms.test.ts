import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createMandateRow } from "../../test/support/fixtures.ts";
import {
  selectMandate,
  isExpired,
  getMandatePeriod,
  findMatchingMandates,
  findMandateRefusal,
  parseDay,
} from "./mandate-terms.ts";
import type { Frequency } from "./mandate-terms.ts";

test("a period is a calendar day, seven days, or calendar months from the first payment day", () => {
  // prettier-ignore
  const table: [frequency: Frequency | null, first: number, today: number, period: number | null][] = [
    [null, 20260101, 20260101, null], ["on_demand", 20260101, 20260101, null],
    ["once", 20260101, 20260101, 0], ["once", 20260101, 20301231, 0],
    ["daily", 20260101, 20260101, 20260101], ["daily", 20260101, 20260102, 20260102],
    ["weekly", 20260101, 20260107, 0], ["weekly", 20260101, 20260108, 1], ["weekly", 20261228, 20270103, 0], ["weekly", 20261228, 20270104, 1],
    ["weekly", 20280223, 20280301, 1], ["weekly", 20280224, 20280301, 0],
    ["monthly", 20260131, 20260131, 0], ["monthly", 20260131, 20260201, 1], ["monthly", 20260131, 20260228, 1], ["monthly", 20261231, 20270101, 1],
    ["quarterly", 20260115, 20260331, 0], ["quarterly", 20260115, 20260401, 1], ["quarterly", 20261115, 20270131, 0], ["quarterly", 20261115, 20270201, 1],
    ["half_yearly", 20260115, 20260630, 0], ["half_yearly", 20260115, 20260701, 1],
    ["yearly", 20260815, 20270731, 0], ["yearly", 20260815, 20270801, 1],
  ];
  for (const [frequency, firstPaymentDay, today, period] of table) {
    const terms = createMandateRow({ frequency, firstPaymentDay });
    assert.equal(getMandatePeriod(terms, today), period, `${frequency} from ${firstPaymentDay} on ${today}`);
  }
});

test("every day has a period, and a later day never has an earlier period", () => {
  const day = fc.date({
    min: new Date("2024-01-01T00:00:00Z"),
    max: new Date("2040-12-31T00:00:00Z"),
    noInvalidDate: true,
  });
  const toLocalDay = (date: Date): number => Number(date.toISOString().slice(0, 10).replaceAll("-", ""));
  fc.assert(
    fc.property(
      day,
      day,
      day,
      fc.constantFrom("daily", "weekly", "monthly", "quarterly", "half_yearly", "yearly"),
      (a, b, c, frequency) => {
        const [first, early, late] = [a, b, c].map(toLocalDay).sort((x, y) => x - y) as [
          number,
          number,
          number,
        ];
        const terms = createMandateRow({ frequency, firstPaymentDay: first });
        assert((getMandatePeriod(terms, early) ?? NaN) <= (getMandatePeriod(terms, late) ?? NaN));
      },
    ),
  );
});

test("reasons why a mandate cannot be paid today have a fixed order", () => {
  const today = 20261121;
  const unusable = {
    cancelledAt: new Date(0),
    expiryDay: 20261120,
    firstPaymentDay: 20261122,
    rangeStart: 22,
  };
  // prettier-ignore
  const table = [
    { terms: unusable,                                                                     expected: "mandate_not_active" },
    { terms: { ...unusable, cancelledAt: null },                                           expected: "mandate_expired" },
    { terms: { ...unusable, cancelledAt: null, expiryDay: today },                         expected: "mandate_not_started" },
    { terms: { ...unusable, cancelledAt: null, expiryDay: today, firstPaymentDay: today }, expected: "mandate_outside_days" },
    { terms: { expiryDay: today, firstPaymentDay: today, rangeStart: 21, rangeEnd: 21 },   expected: null },
  ];
  for (const { terms, expected } of table)
    assert.equal(findMandateRefusal(createMandateRow(terms), today), expected);
});

test("a day range is limited to the length of the month", () => {
  // prettier-ignore
  const table: [from: number | null, until: number | null, today: number, payable: boolean][] = [
    [10, 20, 20261109, false], [10, 20, 20261110, true], [10, 20, 20261120, true], [10, 20, 20261121, false],
    [null, 20, 20261101, true], [10, null, 20261130, true], [null, null, 20261130, true],
    [31, 31, 20261129, false], [31, 31, 20261130, true], [30, 31, 20270227, false], [30, 31, 20270228, true],
    [29, 31, 20280228, false], [29, 31, 20280229, true], [31, 31, 20261230, false], [31, 31, 20261231, true],
  ];
  for (const [rangeStart, rangeEnd, today, payable] of table) {
    const refusal = findMandateRefusal(createMandateRow({ rangeStart, rangeEnd }), today);
    assert.equal(
      refusal,
      payable ? null : "mandate_outside_days",
      `${rangeStart} to ${rangeEnd} on ${today}`,
    );
  }
});

test("a mandate can still be paid on its expiry day", () => {
  assert.equal(isExpired({ expiryDay: 20261121 }, 20261121), false);
  assert.equal(isExpired({ expiryDay: 20261121 }, 20261122), true);
  assert.equal(isExpired({ expiryDay: null }, 99991231), false);
  assert.equal(isExpired({ expiryDay: 20261121, expiredAt: new Date(0) }, 20261121), true, "it was replaced");
});

test("a reference selects the newest mandate of the application, or else of the organisation", () => {
  const name = {
    organisation: "000000",
    reference: "rent",
    msisdn: "255750000001",
    mandateId: null,
    applicationId: 7n,
  };
  const [newest, older] = [createMandateRow({ id: 3n }), createMandateRow({ id: 2n })];
  const cancelled = { cancelledAt: new Date(0) };
  const selectId = (...all: (typeof newest)[]) => {
    const selected = selectMandate(findMatchingMandates(all, name), name);
    return "refusal" in selected ? selected.refusal : selected.mandate.id;
  };
  assert.equal(selectId(newest, older), 3n);
  assert.equal(selectId({ ...newest, ...cancelled }, older), 3n, "cancelled stays cancelled");
  assert.equal(selectId({ ...newest, expiryDay: 20261120 }, older), 3n);
  assert.equal(selectId({ ...newest, applicationId: 8n }, older), 2n, "its own");
  assert.equal(selectId({ ...newest, applicationId: 8n }, { ...older, ...cancelled }), 2n, "its own");
  assert.equal(selectId({ ...newest, applicationId: 8n }, { ...older, applicationId: 9n }), 3n);
  assert.equal(selectId({ ...newest, msisdn: "255750000002" }, older), 2n);
  assert.equal(
    selectId({ ...newest, organisation: "445566" }, { ...older, reference: "car" }),
    "mandate_unknown",
  );
});

test("parseDay accepts only existing days from 1900 on", () => {
  // prettier-ignore
  const table: [text: string, day: number | null][] = [
    ["20261121", 20261121], ["20280229", 20280229], ["20000229", 20000229], ["19000101", 19000101],
    ["20270229", null], ["21000229", null], ["20260431", null], ["20261301", null], ["20260001", null], ["20260100", null],
    ["18991231", null], ["00000000", null], ["2026112", null], ["202611211", null], ["2026-1-1", null], ["", null],
  ];
  for (const [text, day] of table) assert.equal(parseDay(text), day, text);
});
