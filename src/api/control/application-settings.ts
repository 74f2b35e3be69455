/** Settings of an application: schemas, checks, and merging changes into the current settings. */
import {
  parseAddressRange,
  validateProductSettings,
  type ProductSettings,
} from "../../developers/applications.ts";
import { msPerSecond } from "../../core/clock.ts";
import type { ApplicationChange, CallbackUrlChange } from "../../developers/application-service.ts";
import { defaultProtocol, productNames } from "../../protocols/registry.ts";
import { plainText, shortcode } from "./fields.ts";
import { ControlError, type ControlDeps } from "./route.ts";
import { array, record, object, stringEnum, nullable, string, integer, type Schema } from "./schema.ts";

const timeOfDay = string({ description: "A time of day in the market, HH:MM.", examples: ["08:00"] });
const decimalAmount = string({ description: "A decimal amount, in quotes.", examples: ["5000.00"] });
const count = integer({ minimum: 0, examples: [100] });

/** `validateProductSettings` checks names and types again, with better messages. */
const limits = object(
  {},
  {
    currency: string({
      description: "The currency of the values. Default: the currency of the payment's market.",
      examples: ["TZS"],
    }),
    singleValue: decimalAmount,
    sessionDailyValue: decimalAmount,
    sessionDailyCount: count,
    customerDailyValue: decimalAmount,
    customerDailyCount: count,
  },
);

const product = object({}, { from: timeOfDay, to: timeOfDay, limits });

export type Products = Readonly<Record<string, ProductSettings>>;

export const productsField: Schema<Readonly<Record<string, ProductSettings | null>>> = record(
  nullable(product),
  {
    description: `Settings by product; null disables a product. The products: ${productNames.join(", ")}.`,
  },
);

export const settingFields = {
  name: plainText("The application's name, up to 100 characters.", 100),
  trustedSources: array(string({ maxLength: 60, examples: ["192.0.2.0/24"] }), {
    maxItems: 100,
    description:
      "The IP addresses and CIDR ranges from which requests are accepted. An empty list accepts all addresses.",
  }),
  trustedOrigins: array(plainText("A value of the Origin header, up to 200 characters.", 200), {
    maxItems: 100,
    description: "The accepted values of the Origin header. An empty list accepts all values.",
  }),
  shortcodes: nullable(
    array(shortcode, {
      maxItems: 1000,
      description: "The organisations whose money it may move; null for all of them.",
    }),
  ),
  sessionLifetimeSeconds: integer({
    minimum: 60,
    maximum: 2_592_000,
    description: "The lifetime of a session, in seconds.",
  }),
  responseUrl: nullable(
    string({ maxLength: 2000, description: "The URL to which results are posted: http or https." }),
  ),
  products: productsField,
};

export const limitsField: Schema<Readonly<Record<string, ProductSettings["limits"] | null>>> = record(
  nullable(limits),
  {
    description:
      "Limits by product, without changing the other settings of the product; null removes its limits.",
  },
);

export const environment = stringEnum(["sandbox"]);

export interface Settings {
  readonly name?: string;
  readonly trustedSources?: readonly string[];
  readonly trustedOrigins?: readonly string[];
  readonly shortcodes?: readonly string[] | null;
  readonly sessionLifetimeSeconds?: number;
  readonly responseUrl?: string | null;
}

/** The notification kind that `responseUrl` is for. */
export const responseUrlKind = "result";

export interface SettingsChange {
  readonly change: ApplicationChange;
  readonly callbackUrls: readonly CallbackUrlChange[];
}

/** Converts settings to changes. Throws 400 for an invalid source, or a URL that callbacks may not go to. */
export function toChange(
  { sessionLifetimeSeconds, responseUrl, ...settings }: Settings,
  { validateCallbackUrl }: ControlDeps,
): SettingsChange {
  for (const [index, source] of (settings.trustedSources ?? []).entries())
    assertIpRange(source, `trustedSources[${index}]`);
  const urlProblem = typeof responseUrl === "string" ? validateCallbackUrl(responseUrl) : null;
  if (urlProblem !== null) throw new ControlError(400, `responseUrl: ${urlProblem}`);
  return {
    change: {
      ...settings,
      ...(sessionLifetimeSeconds === undefined
        ? {}
        : { sessionLifetimeMs: sessionLifetimeSeconds * msPerSecond }),
    },
    callbackUrls:
      responseUrl === undefined
        ? []
        : [{ protocol: defaultProtocol.name, kind: responseUrlKind, url: responseUrl }],
  };
}

/**
 * Merges changes into the products: each named product is replaced or removed, and the others stay. Then it
 * sets the limits of products that are enabled after that. Throws 400.
 */
export function mergeProducts(
  before: Products,
  changed: Readonly<Record<string, ProductSettings | null>>,
  limitsChanged: Readonly<Record<string, ProductSettings["limits"] | null>>,
): Products {
  const after = new Map<string, ProductSettings>(Object.entries(before));
  for (const [name, settings] of Object.entries(changed)) {
    assertProductSettings(name, settings ?? {});
    if (settings === null) after.delete(name);
    else after.set(name, settings);
  }
  for (const [name, newLimits] of Object.entries(limitsChanged)) {
    assertProductSettings(name, newLimits === null ? {} : { limits: newLimits });
    const settings = after.get(name);
    if (settings === undefined) throw new ControlError(400, `limits.${name}: the product is not enabled.`);
    const { limits: _before, ...rest } = settings;
    after.set(name, newLimits === null ? rest : { ...rest, limits: newLimits });
  }
  return Object.fromEntries(after);
}

function assertProductSettings(name: string, settings: ProductSettings): void {
  const problem = validateProductSettings(name, settings, productNames);
  if (problem !== null) throw new ControlError(400, `products: ${problem}.`.slice(0, 500));
}

function assertIpRange(source: string, field: string): void {
  try {
    parseAddressRange(source);
  } catch {
    throw new ControlError(
      400,
      `${field} is not an IP address or CIDR range, such as 192.0.2.7 or 192.0.2.0/24.`,
    );
  }
}
