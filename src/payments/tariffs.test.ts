/** Tariffs: the charge of an amount, the published table, and what a file of an operator may contain. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { renderTariffs } from "../../tools/docs/tariffs.ts";
import { defaultTariffs, findCharge, InvalidTariff, parseTariffs, type Tariff } from "./tariffs.ts";

const tariff: Tariff = {
  payout: [
    { untilMinor: 100_00n, chargeMinor: 0n },
    { untilMinor: 1000_00n, chargeMinor: 5_00n },
    { untilMinor: null, chargeMinor: 9_00n },
  ],
  transfer: [{ untilMinor: 50_00n, chargeMinor: 2_00n }],
};

test("a band includes its limit, and the last one has none", () => {
  const charges = [1n, 100_00n, 100_01n, 1000_00n, 1000_01n, 10n ** 15n].map((amountMinor) =>
    findCharge(tariff, "payout", amountMinor),
  );
  assert.deepEqual(charges, [0n, 0n, 5_00n, 5_00n, 9_00n, 9_00n]);
});

test("an amount above every limit is charged as the last band, and a use without bands is free", () => {
  assert.equal(findCharge(tariff, "transfer", 50_01n), 2_00n);
  assert.equal(findCharge(tariff, "pay_bill", 50_00n), 0n);
  assert.equal(findCharge({}, "payout", 50_00n), 0n);
});

test("the published tariff charges organisations of Kenya alone, and small payments are free", () => {
  assert.deepEqual(Object.keys(defaultTariffs), ["safaricomKEN"]);
  const kenya = defaultTariffs.safaricomKEN ?? {};
  assert.deepEqual(Object.keys(kenya), ["pay_bill", "buy_goods", "payout", "transfer"]);
  assert.equal(findCharge(kenya, "pay_bill", 10_00n), 0n);
  assert.equal(findCharge(kenya, "pay_bill", 250_000_00n), 100_00n);
  assert.equal(findCharge(kenya, "payout", 10_00n), 5_00n);
  for (const bands of Object.values(kenya)) {
    const limits = bands.map(({ untilMinor }) => untilMinor);
    assert.equal(limits.at(-1), null);
    const increasing = limits
      .slice(0, -1)
      .every((limit, index) => index === 0 || limit! > limits[index - 1]!);
    assert(increasing, limits.join());
  }
});

test("a file of tariffs is read exactly", () => {
  const parsed = parseTariffs({
    safaricomKEN: {
      payout: [
        { upTo: "0.50", charge: "0" },
        { upTo: null, charge: "12.5" },
      ],
    },
    vodacomTZN: { collection: [{ upTo: "10", charge: "0.01" }] },
  });
  assert.deepEqual(parsed, {
    safaricomKEN: {
      payout: [
        { untilMinor: 50n, chargeMinor: 0n },
        { untilMinor: null, chargeMinor: 12_50n },
      ],
    },
    vodacomTZN: { collection: [{ untilMinor: 10_00n, chargeMinor: 1n }] },
  });
  assert.deepEqual(parseTariffs({}), {});
});

test("an invalid file is refused with the place of the mistake", () => {
  const bands = (...list: unknown[]) => ({ safaricomKEN: { payout: list } });
  const table: [unknown, RegExp][] = [
    [[], /^the file must be a JSON object/],
    [null, /^the file must be a JSON object/],
    [{ kenya: {} }, /^the file has "kenya", but its names are: vodafoneGHA/],
    [{ safaricomKEN: { stk: [] } }, /^safaricomKEN has "stk", but its names are: pay_bill, buy_goods/],
    [{ safaricomKEN: { payout: {} } }, /^safaricomKEN\.payout must be a list of bands/],
    [bands(), /^safaricomKEN\.payout must be a list of bands/],
    [bands(null), /^safaricomKEN\.payout\[0\]\.charge must be/],
    [bands({ upTo: null, charge: 5 }), /^safaricomKEN\.payout\[0\]\.charge must be/],
    [bands({ upTo: null, charge: "-5.00" }), /\[0\]\.charge must be/],
    [bands({ upTo: null, charge: "5.001" }), /\[0\]\.charge must be/],
    [bands({ upTo: 10, charge: "5.00" }), /\[0\]\.upTo must be/],
    [bands({ charge: "5.00" }), /\[0\]\.upTo must be/],
    [bands({ upTo: "10", charge: "5" }, { upTo: "10", charge: "6" }), /\[1\]\.upTo must be/],
    [
      bands({ upTo: null, charge: "5" }, { upTo: "10", charge: "6" }),
      /\[0\]\.upTo is null, but only the last/,
    ],
  ];
  for (const [json, expected] of table)
    assert.throws(
      () => parseTariffs(json),
      (error) => error instanceof InvalidTariff && expected.test(error.message),
      JSON.stringify(json),
    );
});

test("docs/tariffs.md has the published tariff", () => {
  const page = readFileSync("docs/tariffs.md", "utf8");
  assert.equal(page, renderTariffs(), "run: node tools/docs/tariffs.ts > docs/tariffs.md");
});
