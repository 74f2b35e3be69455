/**
 * The settings of an application: one schema for the control API, the commands and everything else that changes them.
 *
 * `applications.ts` converts stored settings into the checks that a request needs.
 */
import { Type } from "typebox";
import Format from "typebox/format";
import { sessionLifetimeRange, timeOfDayFormat } from "../core/field-formats.ts";
import { plainText, shortcode } from "../core/fields.ts";
import { markets } from "../core/markets.ts";
import { nullable, object, record, stringEnum, type Value } from "../core/schema.ts";
import { findProblem } from "../core/schema-errors.ts";
import { addressRangeDescription, isAddressRange, maxAddressRangeLength } from "./address-ranges.ts";

Format.Set("ip-range", isAddressRange);

export const trustedSource = Type.String({
  format: "ip-range",
  maxLength: maxAddressRangeLength,
  description: addressRangeDescription,
  examples: ["192.0.2.0/24"],
});

export const timeOfDay = Type.String({ ...timeOfDayFormat, examples: [...timeOfDayFormat.examples] });

const decimalAmount = Type.String({
  pattern: "^(?![0.]*$)([0-9]{1,13}|[0-9]{0,13}[.][0-9]{1,2})$",
  description: 'A decimal amount in quotes, such as "5000.00".',
  examples: ["5000.00"],
});

export const paymentCount = Type.Integer({
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  description: "A whole number of payments.",
  examples: [100],
});

const currencies = [...new Set(Object.values(markets).map(({ currency }) => currency))];

export const productLimits = object(
  {},
  {
    currency: stringEnum(currencies, {
      description: "The currency of the values. Default: the currency of the payment's market.",
      examples: ["TZS"],
    }),
    singleValue: decimalAmount,
    sessionDailyValue: decimalAmount,
    sessionDailyCount: paymentCount,
    customerDailyValue: decimalAmount,
    customerDailyCount: paymentCount,
  },
);

/**
 * A product's settings as they are stored. Times are in the market's time zone. Values are decimal amounts of
 * `currency`, by default of each market's own currency.
 */
const productSettings = object(
  {},
  { from: timeOfDay, to: timeOfDay, limits: productLimits },
  { dependentRequired: { from: ["to"], to: ["from"] } },
);

export type ProductSettings = Value<typeof productSettings>;
export type ProductLimits = Value<typeof productLimits>;
export type Products = Readonly<Record<string, ProductSettings>>;

export const sessionLifetimeSeconds = Type.Integer({
  minimum: sessionLifetimeRange.minimumSeconds,
  maximum: sessionLifetimeRange.maximumSeconds,
  description: "The lifetime of a session, in seconds.",
});

/** The settings that may be changed. `productNames` are the products that exist. */
export const createSettingFields = (productNames: readonly string[]) => ({
  name: plainText("The application's name, up to 100 characters.", 100),
  trustedSources: Type.Array(trustedSource, {
    maxItems: 100,
    description:
      "The IP addresses and CIDR ranges from which requests are accepted. An empty list accepts all addresses.",
  }),
  trustedOrigins: Type.Array(plainText("A value of the Origin header, up to 200 characters.", 200), {
    maxItems: 100,
    description: "The accepted values of the Origin header. An empty list accepts all values.",
  }),
  shortcodes: nullable(
    Type.Array(shortcode, {
      maxItems: 1000,
      description: "The organisations whose money it may move; null for all of them.",
    }),
  ),
  sessionLifetimeSeconds,
  responseUrl: nullable(
    Type.String({ maxLength: 2000, description: "The URL to which results are posted: http or https." }),
  ),
  ipgV1ResponseUrl: nullable(
    Type.String({
      maxLength: 2000,
      description:
        "The asynchronous response URL of IPG v1: http or https. With it, every call of IPG v1 is asynchronous; null makes them synchronous again.",
    }),
  ),
  products: record(nullable(productSettings), {
    propertyNames: { enum: productNames },
    description: `Settings by product; null disables a product. The products: ${productNames.join(", ")}.`,
  }),
});

/** Limits by product, to change them alone. */
export const createLimitsField = (productNames: readonly string[]) =>
  record(nullable(productLimits), {
    propertyNames: { enum: productNames },
    description:
      "Limits by product, without changing the other settings of the product; null removes its limits.",
  });

/** What is wrong with the settings of some products, as a sentence, or null. */
export function findProductProblem(products: unknown, productNames: readonly string[]): string | null {
  const schema = object({ products: createSettingFields(productNames).products });
  return findProblem(schema, { products }, "The settings")?.message ?? null;
}
