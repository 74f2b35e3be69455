/** Applications of a test's own: with their own key, limits and listener. */
import { MpesaOpenApi } from "../open-api.ts";
import type { MpesaOpenApiOptions } from "../options.ts";
import type { Market } from "../requests.ts";
import type { CallControl } from "./control.ts";

/** What a client may be given beside what the sandbox knows. */
export type ClientOverrides = Partial<Omit<MpesaOpenApiOptions, "market" | "environment">>;

/** One product of an application: when it may be used, and its limits. docs/control-api.md has the fields. */
export interface ProductSettings {
  /** A time of the market's day, such as `"08:00"`. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly limits?: {
    readonly currency?: string | undefined;
    readonly singleValue?: string | undefined;
    readonly sessionDailyValue?: string | undefined;
    readonly sessionDailyCount?: number | undefined;
    readonly customerDailyValue?: string | undefined;
    readonly customerDailyCount?: number | undefined;
  };
}

export interface ApplicationOptions {
  /** `"Test"` if absent. */
  readonly name?: string | undefined;
  /** Where results are told: the address of your listener. */
  readonly responseUrl?: string | undefined;
  /** The organisations whose money it may move; all of them if absent. */
  readonly shortcodes?: readonly string[] | undefined;
  readonly sessionLifetimeSeconds?: number | undefined;
  /** The IP addresses and ranges that may use it; all of them if absent. */
  readonly trustedSources?: readonly string[] | undefined;
  /** The values that the Origin header may have; all of them if absent. */
  readonly trustedOrigins?: readonly string[] | undefined;
  /** Settings by product, null for one that is not enabled; every product is enabled if absent. */
  readonly products?: Readonly<Record<string, ProductSettings | null>> | undefined;
}

export interface Application {
  readonly id: string;
  readonly name: string;
  readonly apiKey: string;
  /** What its callbacks are signed with: `whsec_…`, for `createListener`. */
  readonly callbackSecret: string;
  /** A client of this application. */
  createClient(market?: Market, overrides?: ClientOverrides): MpesaOpenApi;
  /** Revokes it for ever, and ends its sessions. */
  revoke(): Promise<void>;
}

export type CreateClient = (market: Market | undefined, overrides: ClientOverrides) => MpesaOpenApi;

/** `make` makes a client of this sandbox. */
export async function createApplication(
  control: CallControl,
  createClient: CreateClient,
  { name = "Test", ...options }: ApplicationOptions,
): Promise<Application> {
  const { id, apiKey } = await control<{ id: string; apiKey: string }>("POST", "/applications", {
    name,
    ...options,
  });
  const path = `/applications/${encodeURIComponent(id)}`;
  const { secret } = await control<{ secret: string }>("GET", `${path}/callback-secret`);
  return {
    id,
    name,
    apiKey,
    callbackSecret: secret,
    createClient: (market, overrides = {}) => createClient(market, { apiKey, ...overrides }),
    revoke: () => control("DELETE", path),
  };
}
