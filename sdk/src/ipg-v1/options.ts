/** Options of `IpgV1`. */
import type { BaseOptions } from "../http/base-options.ts";
import type { Environment } from "./requests.ts";

export interface IpgV1Options extends BaseOptions {
  /** `sandbox`, or `live` for real money. */
  readonly environment: Environment;
  /** The account's API key, copied from the portal. */
  readonly apiKey: string;
  /** The account's public key, copied from the portal: base64, or PEM. */
  readonly publicKey: string;
  /**
   * The platform's address. Default: the real M-Pesa's, with a port for each call. All calls go to a `baseUrl`, unless you
   * also set `ports`. For Pesarail, use `ipgV1.url` of `sandbox.json`.
   */
  readonly baseUrl?: string | undefined;
  /** The port of each call at `baseUrl`, such as `ipgV1.ports` of `sandbox.json`. A call without a port goes to `baseUrl`. */
  readonly ports?: IpgV1Ports | undefined;
  /** Your organisation's shortcode, used for requests that do not set one. */
  readonly serviceProviderCode?: string | undefined;
  /** Your organisation's API operator. `reverse` needs it. */
  readonly initiator?: IpgV1Initiator | undefined;
  /** The Origin header. M-Pesa documents the default, `developer.mpesa.vm.co.mz`, for every call. */
  readonly origin?: string | undefined;
  /**
   * How long to wait for a response, in milliseconds; default 120,000. The platform answers when the customer has answered,
   * after more than a minute if they do not.
   */
  readonly timeoutMs?: number | undefined;
}

/** A port for each call. */
export interface IpgV1Ports {
  readonly c2b?: number | null | undefined;
  readonly b2c?: number | null | undefined;
  readonly b2b?: number | null | undefined;
  readonly reversal?: number | null | undefined;
  readonly queryTransactionStatus?: number | null | undefined;
  readonly queryCustomerName?: number | null | undefined;
}

export interface IpgV1Initiator {
  /** Its name, input_InitiatorIdentifier. */
  readonly identifier: string;
  /** Its password, input_SecurityCredential. */
  readonly securityCredential: string;
}
