/** Applications that a test registers, with their own key, limits and listener. */
import { MpesaOpenApi } from "../openapi-v2/client.ts";
import type { MpesaOpenApiOptions } from "../openapi-v2/options.ts";
import type { Market } from "../openapi-v2/requests.ts";
import type { CallControl } from "./control.ts";
import type { ProductSettings } from "./generated.ts";

/** Client options that override the sandbox's defaults. */
export type ClientOverrides = Partial<Omit<MpesaOpenApiOptions, "market" | "environment">>;

export interface ApplicationOptions {
  /** Default `"Test"`. */
  readonly name?: string | undefined;
  /** The callback URL: the address of your listener. */
  readonly responseUrl?: string | undefined;
  /** The organisations whose money it may move; default: all. */
  readonly shortcodes?: readonly string[] | undefined;
  readonly sessionLifetimeSeconds?: number | undefined;
  /** The IP addresses and ranges that may use it; default: all. */
  readonly trustedSources?: readonly string[] | undefined;
  /** The allowed values of the Origin header; default: all. */
  readonly trustedOrigins?: readonly string[] | undefined;
  /** Settings by product; null disables a product. Default: all products are enabled. */
  readonly products?: Readonly<Record<string, ProductSettings | null>> | undefined;
}

export interface Application {
  readonly id: string;
  readonly name: string;
  readonly apiKey: string;
  /** The secret that signs its callbacks: `whsec_…`, for `createListener`. */
  readonly callbackSecret: string;
  /** Creates a client of this application. */
  createClient(market?: Market, overrides?: ClientOverrides): MpesaOpenApi;
  /** Revokes it permanently, and ends its sessions. */
  revoke(): Promise<void>;
}

export type CreateClient = (market: Market | undefined, overrides: ClientOverrides) => MpesaOpenApi;

/** `createClient` creates a client of this sandbox. */
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
