/** Applications that a test registers, with their own key, limits and listener. */
import type { Daraja } from "../daraja/client.ts";
import type { DarajaOptions } from "../daraja/options.ts";
import type { IpgV1 } from "../ipg-v1/client.ts";
import type { IpgV1Options } from "../ipg-v1/options.ts";
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

/** Options of an IPG v1 client that override the sandbox's defaults. */
export type IpgV1Overrides = Partial<Omit<IpgV1Options, "environment">>;

/** The secrets of an application in IPG v1. */
export interface IpgV1Credentials {
  readonly apiKey: string;
}

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
  /** The callback URL of IPG v1. With one, its calls are acknowledged, and their results go to it. */
  readonly ipgV1ResponseUrl?: string | undefined;
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
  /** Null if none of its products belongs to IPG v1. */
  readonly ipgV1: IpgV1Credentials | null;
  /** The secret that signs its callbacks: `whsec_…`, for `createListener`. */
  readonly callbackSecret: string;
  /** Creates a client of this application. */
  createClient(market?: Market, overrides?: ClientOverrides): MpesaOpenApi;
  /** Creates a Daraja client of this application. Throws `SandboxError` if it has no product of Daraja. */
  createDarajaClient(overrides?: DarajaOverrides): Daraja;
  /** Creates an IPG v1 client of this application. Throws `SandboxError` if it has no product of IPG v1. */
  createIpgV1Client(overrides?: IpgV1Overrides): IpgV1;
  /** Revokes it permanently, and ends its sessions. */
  revoke(): Promise<void>;
}

export type CreateClient = (market: Market | undefined, overrides: ClientOverrides) => MpesaOpenApi;

export type CreateDarajaClient = (overrides: DarajaOverrides) => Daraja;

export type CreateIpgV1Client = (overrides: IpgV1Overrides) => IpgV1;

/** Functions that create clients of this sandbox. */
export interface ClientFactories {
  readonly createClient: CreateClient;
  readonly createDarajaClient: CreateDarajaClient;
  readonly createIpgV1Client: CreateIpgV1Client;
}

export async function createApplication(
  control: CallControl,
  { createClient, createDarajaClient, createIpgV1Client }: ClientFactories,
  { name = "Test", ...options }: ApplicationOptions,
): Promise<Application> {
  const { id, apiKey, daraja, ipgV1 } = await control<
    Pick<Application, "id" | "apiKey" | "daraja" | "ipgV1">
  >("POST", "/applications", { name, ...options });
  const path = `/applications/${encodeURIComponent(id)}`;
  const { secret } = await control<{ secret: string }>("GET", `${path}/callback-secret`);
  return {
    id,
    name,
    apiKey,
    daraja,
    ipgV1,
    callbackSecret: secret,
    createClient: (market, overrides = {}) => createClient(market, { apiKey, ...overrides }),
    createDarajaClient(overrides = {}) {
      if (daraja === null) throw new SandboxError(`Application ${id} has no product of Daraja.`);
      return createDarajaClient({ ...daraja, ...overrides });
    },
    createIpgV1Client(overrides = {}) {
      if (ipgV1 === null) throw new SandboxError(`Application ${id} has no product of IPG v1.`);
      return createIpgV1Client({ ...ipgV1, ...overrides });
    },
    revoke: () => control("DELETE", path),
  };
}
