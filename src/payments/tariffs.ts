/**
 * Tariffs: what an organisation is charged for a payment, by the kind of payment and its amount.
 *
 * Each market has a table. A charge is a posting of its own to the operator's fees (`rules/charges.ts`). Customers are
 * not charged.
 */
import { markets, type Market } from "../core/markets.ts";
import { maxAmountMinor, parseAmount } from "../core/money.ts";

/**
 * What may be charged: collections by the account that they credit (`collection` is the working account), payouts, and
 * transfers to another organisation.
 */
export const chargedUses = ["pay_bill", "buy_goods", "collection", "payout", "transfer"] as const;

export type ChargedUse = (typeof chargedUses)[number];

/** The charge for amounts from the previous band's limit up to and including this one's. */
export interface ChargeBand {
  /** Null is without a limit: the last band. */
  readonly untilMinor: bigint | null;
  readonly chargeMinor: bigint;
}

/** A use without bands is free. */
export type Tariff = Readonly<Partial<Record<ChargedUse, readonly ChargeBand[]>>>;

/** A market without a tariff is free. */
export type Tariffs = Readonly<Partial<Record<Market, Tariff>>>;

export const emptyTariff: Tariff = {};

/** The charge of a payment, or zero. An amount above the last band's limit is charged as that band. */
export function findCharge(tariff: Tariff, use: ChargedUse, amountMinor: bigint): bigint {
  const bands = tariff[use];
  if (bands === undefined) return 0n;
  const band =
    bands.find(({ untilMinor }) => untilMinor === null || amountMinor <= untilMinor) ?? bands.at(-1);
  return band?.chargeMinor ?? 0n;
}

/** Bands as pairs of decimal texts: the largest amount, or null, and the charge. */
type BandTexts = readonly (readonly [until: string | null, charge: string])[];

// prettier-ignore
const defaultBands = {
  safaricomKEN: {
    pay_bill: [
      ["100.00", "0.00"], ["500.00", "3.00"], ["1000.00", "6.00"], ["2500.00", "12.00"], ["5000.00", "25.00"],
      ["10000.00", "40.00"], ["20000.00", "55.00"], ["50000.00", "85.00"], [null, "100.00"],
    ],
    buy_goods: [
      ["200.00", "0.00"], ["500.00", "2.00"], ["1000.00", "5.00"], ["2500.00", "12.00"], ["5000.00", "25.00"],
      ["10000.00", "50.00"], ["20000.00", "100.00"], [null, "150.00"],
    ],
    payout: [["1000.00", "5.00"], ["5000.00", "9.00"], [null, "13.00"]],
    transfer: [["10000.00", "20.00"], ["100000.00", "50.00"], [null, "100.00"]],
  },
} as const satisfies Partial<Record<Market, Partial<Record<ChargedUse, BandTexts>>>>;

/** The sandbox's tariffs unless the operator loads others. The figures are ours. */
export const defaultTariffs: Tariffs = Object.fromEntries(
  Object.entries(defaultBands).map(([market, bandsByUse]) => [
    market,
    Object.fromEntries(
      Object.entries(bandsByUse).map(([use, bands]) => [use, toBands(bands, market as Market)]),
    ),
  ]),
);

function toBands(texts: BandTexts, market: Market): ChargeBand[] {
  const { decimals } = markets[market];
  return texts.map(([until, charge]) => ({
    untilMinor: until === null ? null : (parseAmount(until, decimals) ?? maxAmountMinor),
    chargeMinor: parseCharge(charge, decimals) ?? 0n,
  }));
}

/** A decimal amount that may be zero, or null. */
function parseCharge(text: string, decimals: number): bigint | null {
  return /^0+(\.0+)?$/.test(text) ? 0n : parseAmount(text, decimals);
}

/** A file of tariffs is invalid. The message is one sentence, without the name of the file. */
export class InvalidTariff extends Error {}

/**
 * Reads tariffs from JSON:
 * `{ "safaricomKEN": { "payout": [{ "upTo": "1000.00", "charge": "5.00" }, { "upTo": null, "charge": "9.00" }] } }`.
 * Throws `InvalidTariff`.
 */
export function parseTariffs(json: unknown): Tariffs {
  return mapObject(json, "the file", Object.keys(markets), (market, table) =>
    mapObject(table, market, chargedUses, (use, bands) =>
      parseBands(bands, `${market}.${use}`, market as Market),
    ),
  );
}

function mapObject<T>(
  value: unknown,
  path: string,
  names: readonly string[],
  map: (name: string, value: unknown) => T,
): Readonly<Record<string, T>> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new InvalidTariff(`${path} must be a JSON object.`);
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => {
      if (!names.includes(name))
        throw new InvalidTariff(`${path} has "${name}", but its names are: ${names.join(", ")}.`);
      return [name, map(name, part)];
    }),
  );
}

function parseBands(value: unknown, path: string, market: Market): ChargeBand[] {
  if (!Array.isArray(value) || value.length === 0)
    throw new InvalidTariff(`${path} must be a list of bands, such as [{ "upTo": null, "charge": "5.00" }].`);
  const { decimals } = markets[market];
  let below = 0n;
  return value.map((band: { upTo?: unknown; charge?: unknown } | null, index) => {
    const where = `${path}[${index}]`;
    const chargeMinor = typeof band?.charge === "string" ? parseCharge(band.charge, decimals) : null;
    if (chargeMinor === null)
      throw new InvalidTariff(`${where}.charge must be a decimal text such as "5.00".`);
    if (band?.upTo === null) {
      if (index < value.length - 1)
        throw new InvalidTariff(`${where}.upTo is null, but only the last band has no limit.`);
      return { untilMinor: null, chargeMinor };
    }
    const untilMinor = typeof band?.upTo === "string" ? parseAmount(band.upTo, decimals) : null;
    if (untilMinor === null || untilMinor <= below)
      throw new InvalidTariff(
        `${where}.upTo must be a decimal text above that of the band before, or null in the last band.`,
      );
    below = untilMinor;
    return { untilMinor, chargeMinor };
  });
}
