/** Options of `MpesaOpenApi`. */
import type { BaseOptions } from "../http/base-options.ts";
import type { Environment, Market } from "./requests.ts";

export interface MpesaOpenApiOptions extends BaseOptions {
  /** `sandbox`, or `live` for real money (the real M-Pesa calls it `openapi`). */
  readonly environment: Environment;
  /** The country's operator. A client works in one market, since money never crosses markets. */
  readonly market: Market;
  /** The application's API key, copied from the portal. */
  readonly apiKey: string;
  /** The environment's public key, copied from the portal: base64, or PEM. Sandbox and live have different keys. */
  readonly publicKey: string;
  /** Your organisation's shortcode, used for requests that do not set one. */
  readonly serviceProviderCode?: string | undefined;
  /**
   * The callback URL for requests that do not set one. Queries (`query…`, `waitForOutcome`) ignore it: their results
   * are in the response.
   */
  readonly responseUrl?: string | undefined;
  /** The Origin header. It must be one of the application's trusted origins. Default `*`. */
  readonly origin?: string | undefined;
  /**
   * The application's session lifetime, in milliseconds, as set in the portal. With it, the client renews sessions
   * before they expire. Without it, the client learns the lifetime when the platform refuses a session.
   */
  readonly sessionLifetimeMs?: number | undefined;
  /** How long a new session may take to become active, in milliseconds; default 60,000. M-Pesa documents 30 s. */
  readonly activationTimeoutMs?: number | undefined;
}
