/** Applications that a test registers, with their own key, limits and listener. */
import type { Daraja } from "../daraja/client.ts";
import type { DarajaOptions } from "../daraja/options.ts";
import { MpesaOpenApi } from "../openapi-v2/client.ts";
import type { MpesaOpenApiOptions } from "../openapi-v2/options.ts";
import type { Market } from "../openapi-v2/requests.ts";
import type { CallControl } from "./control.ts";
import type { ProductSettings } from "./generated.ts";
import { SandboxError } from "./sandbox-error.ts";

/** Client options that override the sandbox's defaults. */
export type ClientOverrides = Partial<Omit<MpesaOpenApiOptions, "market" | "environment">>;

/** Options of a Daraja client that override the sandbox's defaults. */
export type DarajaOverrides = Partial<Omit<DarajaOptions, "environment">>;

/** The secrets of an application in Daraja. */
export interface DarajaCredentials {
  readonly consumerKey: string;
  readonly consumerSecret: string;
}

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
  /** Null if none of its products belongs to Daraja. */
  readonly daraja: DarajaCredentials | null;
  /** The secret that signs its callbacks: `whsec_…`, for `createListener`. */
  readonly callbackSecret: string;
  /** Creates a client of this application. */
  createClient(market?: Market, overrides?: ClientOverrides): MpesaOpenApi;
  /** Creates a Daraja client of this application. Throws `SandboxError` if it has no product of Daraja. */
  createDarajaClient(overrides?: DarajaOverrides): Daraja;
  /** Revokes it permanently, and ends its sessions. */
  revoke(): Promise<void>;
}

export type CreateClient = (market: Market | undefined, overrides: ClientOverrides) => MpesaOpenApi;

export type CreateDarajaClient = (overrides: DarajaOverrides) => Daraja;

/** Functions that create clients of this sandbox. */
export interface ClientFactories {
  readonly createClient: CreateClient;
  readonly createDarajaClient: CreateDarajaClient;
}

export async function createApplication(
  control: CallControl,
  { createClient, createDarajaClient }: ClientFactories,
  { name = "Test", ...options }: ApplicationOptions,
): Promise<Application> {
  const { id, apiKey, daraja } = await control<Pick<Application, "id" | "apiKey" | "daraja">>(
    "POST",
    "/applications",
    { name, ...options },
  );
  const path = `/applications/${encodeURIComponent(id)}`;
  const { secret } = await control<{ secret: string }>("GET", `${path}/callback-secret`);
  return {
    id,
    name,
    apiKey,
    daraja,
    callbackSecret: secret,
    createClient: (market, overrides = {}) => createClient(market, { apiKey, ...overrides }),
    createDarajaClient(overrides = {}) {
      if (daraja === null) throw new SandboxError(`Application ${id} has no product of Daraja.`);
      return createDarajaClient({ ...daraja, ...overrides });
    },
    revoke: () => control("DELETE", path),
  };
}
