/** What a client is made with. */
import type { Environment, Market } from "./requests.ts";

export interface MpesaOpenApiOptions {
  /** `sandbox`, or `live` for real money (the real M-Pesa calls it `openapi`). */
  readonly environment: Environment;
  /** The country's operator. Money never crosses markets; a client is for one. */
  readonly market: Market;
  /** The application's API key, as the portal shows it. */
  readonly apiKey: string;
  /** The environment's public key, as the portal shows it: base64, or PEM. Sandbox and live have different ones. */
  readonly publicKey: string;
  /** Where the platform is; `https://openapi.m-pesa.com` if absent. Pesarail: `gateway` of its `sandbox.json`. */
  readonly baseUrl?: string | undefined;
  /** The shortcode of your organisation, for requests that name none. */
  readonly serviceProviderCode?: string | undefined;
  /**
   * Where results are told, for requests that name no address. Questions (`query…`, `settle`) are answered at once
   * all the same.
   */
  readonly responseUrl?: string | undefined;
  /** The Origin header, which must be one of the application's trusted sources; `*` if absent. */
  readonly origin?: string | undefined;
  /**
   * How long to wait for an answer, in milliseconds; 90,000 if absent. A customer needs time to find their phone
   * and type a PIN, and the platform itself waits up to a minute for them.
   */
  readonly timeoutMs?: number | undefined;
  /**
   * The application's session lifetime, in milliseconds, as it is set in the portal. With it, sessions are renewed
   * before they end; without it, the client learns it when a session is refused.
   */
  readonly sessionLifetimeMs?: number | undefined;
  /** How long a new session may take to become live, in milliseconds; 60,000 if absent. The real M-Pesa says 30 s. */
  readonly activationTimeoutMs?: number | undefined;
  /** Used instead of the global `fetch`: for proxies and the like. */
  readonly fetch?: typeof fetch | undefined;
}
