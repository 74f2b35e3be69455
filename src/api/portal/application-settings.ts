/** An application's settings in the portal: their fields, and what a request changes. */
import { Type } from "typebox";
import { msPerSecond } from "../../core/clock.ts";
import { plainText } from "../../core/fields.ts";
import { nullable, object, record, type Value } from "../../core/schema.ts";
import { productLimits, timeOfDay, type Products } from "../../developers/application-settings.ts";
import type { VersionSettings } from "../../developers/application-history.ts";
import type {
  ApplicationChange,
  ApplicationRow,
  CallbackUrlChange,
} from "../../developers/application-service.ts";
import { callbackUrlKey } from "../../store/main/applications.ts";
import { ApiError } from "../api-error.ts";
import { responseUrlKind, ipgV1Name, settingFields } from "../control/application-settings.ts";
import { defaultProtocol } from "../../protocols/registry.ts";
import type { PortalDeps } from "./route.ts";

const { name, trustedSources, trustedOrigins, shortcodes, sessionLifetimeSeconds, products } = settingFields;

/** The URLs that an application has of its own; the other protocols have theirs in requests and at shortcodes. */
export const ownCallbackUrls = [
  { protocol: defaultProtocol.name, kind: responseUrlKind },
  { protocol: ipgV1Name, kind: responseUrlKind },
] as const;

const ownUrlKeys = ownCallbackUrls.map(({ protocol, kind }) => callbackUrlKey(protocol, kind));

export const applicationFields = {
  name,
  version: plainText("The version of your program, up to 20 characters.", 20, ["1.0"]),
  description: Type.String({
    pattern: "^[^\\u0000\\ud800-\\udfff]*$",
    maxLength: 1000,
    description: "What the application is for, up to 1000 characters.",
  }),
  sessionLifetimeSeconds,
  trustedSources,
  trustedOrigins,
  shortcodes,
  products,
  callbackUrls: record(nullable(Type.String({ maxLength: 2000, description: "An http or https URL." })), {
    propertyNames: { enum: ownUrlKeys },
    description: "URLs by protocol and kind; null removes one.",
  }),
};

export const changedFields = object({}, applicationFields);
export type ChangedFields = Value<typeof changedFields>;

/** The settings in responses. A response is not validated, so that stored values are returned as they are. */
export const settingsResponse = object({
  name: Type.String(),
  version: Type.String(),
  description: Type.String(),
  sessionLifetimeSeconds: Type.Number(),
  trustedSources: Type.Array(Type.String()),
  trustedOrigins: Type.Array(Type.String()),
  shortcodes: nullable(Type.Array(Type.String())),
  products: record(object({}, { from: timeOfDay, to: timeOfDay, limits: productLimits })),
  callbackUrls: record(Type.String()),
});

interface RequestedChange {
  readonly change: Omit<ApplicationChange, "products">;
  readonly callbackUrls: readonly CallbackUrlChange[];
}

/** Converts the fields of a request, without its products. Throws 400 for a URL that callbacks may not go to. */
export function toSettingsChange(
  { sessionLifetimeSeconds: lifetime, callbackUrls = {}, products: _products, ...fields }: ChangedFields,
  { sandbox }: PortalDeps,
): RequestedChange {
  return {
    change: { ...fields, ...(lifetime === undefined ? {} : { sessionLifetimeMs: lifetime * msPerSecond }) },
    callbackUrls: ownCallbackUrls.flatMap(({ protocol, kind }): CallbackUrlChange[] => {
      const key = callbackUrlKey(protocol, kind);
      const url = callbackUrls[key];
      if (url === undefined) return [];
      const problem = url === null ? null : sandbox.validateCallbackUrl(protocol, url);
      if (problem !== null) throw new ApiError(400, problem, `callbackUrls.${key}`);
      return [{ protocol, kind, url }];
    }),
  };
}

/** The fields that set an application to the settings of a version. Products that no longer exist are left out. */
export function toRestoringFields(
  settings: VersionSettings,
  current: ApplicationRow,
  productNames: readonly string[],
): ChangedFields {
  const products = settings.products;
  const currentProducts = Object.keys(current.products as Products);
  return {
    ...settings,
    products: Object.fromEntries([
      ...currentProducts.map((product): [string, null] => [product, null]),
      ...Object.entries(products).filter(([product]) => productNames.includes(product)),
    ]),
    callbackUrls: Object.fromEntries(ownUrlKeys.map((key) => [key, settings.callbackUrls[key] ?? null])),
  };
}
