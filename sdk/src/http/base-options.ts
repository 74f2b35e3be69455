/** The options that the clients of all protocols have. */
import { InvalidArgumentError } from "../errors.ts";
import { validateTimeout } from "./timeouts.ts";

export interface BaseOptions {
  /** The platform's base URL; default: the real M-Pesa's. For Pesarail, use `gateway` of `sandbox.json`. */
  readonly baseUrl?: string | undefined;
  /**
   * How long to wait for a response, in milliseconds; default 90,000. A customer needs time to find their phone
   * and type a PIN, and the platform itself waits up to a minute for them.
   */
  readonly timeoutMs?: number | undefined;
  /** Replaces the global `fetch`, for example to use a proxy. */
  readonly fetch?: typeof fetch | undefined;
}

/** The validated options, with defaults. */
export interface BaseSettings {
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly timeoutMs: number;
  readonly fetch: typeof fetch;
}

export interface BaseDefaults {
  /** The base URL of the real M-Pesa. */
  readonly baseUrl: string;
  /** Whether requests move real money. Then http:// works only with this machine. */
  readonly live: boolean;
}

/** Throws `InvalidArgumentError`. */
export function parseBaseOptions(options: BaseOptions, defaults: BaseDefaults): BaseSettings {
  if (options.fetch !== undefined && typeof options.fetch !== "function")
    throw new InvalidArgumentError("fetch", "fetch must be a function.");
  return {
    baseUrl: parseBaseUrl(options.baseUrl ?? defaults.baseUrl, defaults),
    timeoutMs: validateTimeout("timeoutMs", options.timeoutMs) ?? 90_000,
    fetch: options.fetch ?? ((...args) => fetch(...args)),
  };
}

/** The error for a base URL. */
export const invalidBaseUrl = (problem: string): InvalidArgumentError =>
  new InvalidArgumentError("baseUrl", `baseUrl ${problem}.`);

function parseBaseUrl(text: string, { baseUrl, live }: BaseDefaults): string {
  if (!URL.canParse(text)) throw invalidBaseUrl(`must be a URL, such as ${baseUrl}`);
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol)) throw invalidBaseUrl("must begin with https:// or http://");
  if (url.username !== "" || url.password !== "")
    throw invalidBaseUrl("must not contain a user name or a password");
  if (url.search !== "" || url.hash !== "") throw invalidBaseUrl("must not have a query or a fragment");
  if (live && url.protocol === "http:" && !isLoopback(url.hostname)) {
    // A man in the middle could replay the credentials.
    throw invalidBaseUrl("must begin with https:// for live: an intercepted bearer can be used to pay");
  }
  return url.origin + url.pathname.replace(/\/+$/, "");
}

const isLoopback = (host: string): boolean =>
  host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || /^127(?:\.\d+){3}$/.test(host);
