/** Applications in the control API: their fields, and merging changes into the current settings. */
import {
  createLimitsField,
  createSettingFields,
  type ProductLimits,
  type ProductSettings,
  type Products,
} from "../../developers/application-settings.ts";
import { msPerSecond } from "../../core/clock.ts";
import { object, stringEnum, type Value } from "../../core/schema.ts";
import type { ApplicationChange, CallbackUrlChange } from "../../developers/application-service.ts";
import type { ProtocolName } from "../../protocols/protocol.ts";
import { defaultProtocol, productNames } from "../../protocols/registry.ts";
import { ApiError } from "../api-error.ts";
import type { ControlDeps } from "./route.ts";

export const settingFields = createSettingFields(productNames);
export const limitsField = createLimitsField(productNames);

export const environment = stringEnum(["sandbox"]);

const changedSettings = object({}, settingFields);

type Settings = Omit<Value<typeof changedSettings>, "products">;

/** The notification kind that the response URLs are for. */
export const responseUrlKind = "result";

/** The protocol of `ipgV1ResponseUrl`. */
export const ipgV1Name: ProtocolName = "ipg-v1";

export interface SettingsChange {
  readonly change: ApplicationChange;
  readonly callbackUrls: readonly CallbackUrlChange[];
}

/** Converts settings to changes. Throws 400 for a URL that callbacks may not go to. */
export function toChange(
  { sessionLifetimeSeconds, responseUrl, ipgV1ResponseUrl, ...settings }: Settings,
  { validateCallbackUrl }: ControlDeps,
): SettingsChange {
  const urls = [
    { field: "responseUrl", protocol: defaultProtocol.name, url: responseUrl },
    { field: "ipgV1ResponseUrl", protocol: ipgV1Name, url: ipgV1ResponseUrl },
  ];
  const callbackUrls = urls.flatMap(({ field, protocol, url }): CallbackUrlChange[] => {
    if (url === undefined) return [];
    const urlProblem = url === null ? null : validateCallbackUrl(protocol, url);
    if (urlProblem !== null) throw new ApiError(400, `${field}: ${urlProblem}`);
    return [{ protocol, kind: responseUrlKind, url }];
  });
  return {
    change: {
      ...settings,
      ...(sessionLifetimeSeconds === undefined
        ? {}
        : { sessionLifetimeMs: sessionLifetimeSeconds * msPerSecond }),
    },
    callbackUrls,
  };
}

/**
 * Merges changes into the products: each named product is replaced or removed, and the others stay. Then it
 * sets the limits of products that are enabled after that. Throws 400.
 */
export function mergeProducts(
  before: Products,
  changed: Readonly<Record<string, ProductSettings | null>>,
  limitsChanged: Readonly<Record<string, ProductLimits | null>>,
): Products {
  const after = new Map<string, ProductSettings>(Object.entries(before));
  for (const [name, settings] of Object.entries(changed)) {
    if (settings === null) after.delete(name);
    else after.set(name, settings);
  }
  for (const [name, newLimits] of Object.entries(limitsChanged)) {
    const settings = after.get(name);
    if (settings === undefined) throw new ApiError(400, `limits.${name}: the product is not enabled.`);
    const { limits: _before, ...rest } = settings;
    after.set(name, newLimits === null ? rest : { ...rest, limits: newLimits });
  }
  return Object.fromEntries(after);
}
