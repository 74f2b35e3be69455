/** Options of `Daraja`. */
import type { BaseOptions } from "../http/base-options.ts";
import type { Environment } from "./requests.ts";

export interface DarajaOptions extends BaseOptions {
  /**
   * `sandbox`, or `live` for real money. It chooses the default `baseUrl`: `https://sandbox.safaricom.co.ke` or
   * `https://api.safaricom.co.ke`.
   */
  readonly environment: Environment;
  /** The application's consumer key, copied from the portal. */
  readonly consumerKey: string;
  /** The application's consumer secret, copied from the portal. */
  readonly consumerSecret: string;
  /** Your organisation's shortcode, used for requests that do not set one. */
  readonly shortcode?: string | undefined;
  /** The passkey of `shortcode`. `collect` and `queryCollection` need it. */
  readonly passkey?: string | undefined;
  /** The API operator that pays, reverses and queries in your organisation's name. */
  readonly initiator?: Initiator | undefined;
  /** The URL for the results of `collect`, `collectFromTill` and `createRatibaOrder`, if a request does not set one. */
  readonly callbackUrl?: string | undefined;
  /** The URL for the results of all other calls, for requests that do not set one. */
  readonly resultUrl?: string | undefined;
  /** The URL for notices that a call was not executed in time; default: `resultUrl`. */
  readonly timeoutUrl?: string | undefined;
  /** The version of `payOut` that the application's product has; default `v3`, which has your own reference. */
  readonly payOutVersion?: "v1" | "v3" | undefined;
  /** The version of `registerUrls` and `simulate` that the application's product has; default `v2`. */
  readonly collectionVersion?: "v1" | "v2" | undefined;
}

/** An API operator: its name, and its credential or what the credential is made from. */
export type Initiator =
  | {
      readonly name: string;
      readonly password: string;
      /** The environment's certificate, copied from the portal: PEM. Its dates are not checked, as M-Pesa does not. */
      readonly certificate: string;
    }
  | {
      readonly name: string;
      /** The encrypted password, as the portal makes it: base64 of 256 bytes. */
      readonly securityCredential: string;
    };
