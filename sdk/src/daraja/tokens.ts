/**
 * Access tokens: fetched once, shared by all calls of a client, and replaced before they expire.
 *
 * A request whose token is not accepted is not processed, so it is the only request that the client sends again by
 * itself: once, with a new token. The platform reports it by 404 or 401, by the family of the call.
 */
import type { WireResponse } from "./wire-response.ts";

export interface Token {
  readonly value: string;
  readonly lifetimeMs: number;
}

/** The platform issued no token. */
export interface TokenDenied {
  readonly denial: WireResponse;
}

interface CachedToken {
  readonly value: string;
  /** Wall-clock time, because it continues while a laptop sleeps, as the platform's clock does. */
  readonly renewAt: number;
}

/** How long before its end a token is replaced, so that none expires on its way. */
const marginMs = 60_000;

export class Tokens {
  readonly #requestToken: () => Promise<Token | TokenDenied>;
  #current: CachedToken | null = null;
  #pending: Promise<CachedToken | TokenDenied> | null = null;

  /** `requestToken` gets a token from the platform. */
  constructor(requestToken: () => Promise<Token | TokenDenied>) {
    this.#requestToken = requestToken;
  }

  /** Sends with the shared token, and once more with a new one if it was not accepted. */
  async send<R>(
    attempt: (token: string) => Promise<R>,
    isRefused: (result: R) => boolean,
  ): Promise<R | TokenDenied> {
    const token = await this.get();
    if ("denial" in token) return token;
    const result = await attempt(token.value);
    if (!isRefused(result)) return result;
    // Another call may have replaced it already.
    if (this.#current?.value === token.value) this.#current = null;
    const renewed = await this.get();
    return "denial" in renewed ? renewed : attempt(renewed.value);
  }

  /** The token that all calls currently share. Concurrent callers share one request. */
  async get(): Promise<{ readonly value: string } | TokenDenied> {
    const current = this.#current;
    if (current !== null && Date.now() < current.renewAt) return current;
    this.#pending ??= this.#fetch().finally(() => (this.#pending = null));
    return this.#pending;
  }

  async #fetch(): Promise<CachedToken | TokenDenied> {
    const requestedAt = Date.now();
    const token = await this.#requestToken();
    if ("denial" in token) return token;
    const { value, lifetimeMs } = token;
    const renewAt = requestedAt + lifetimeMs - Math.min(marginMs, lifetimeMs / 2);
    return (this.#current = { value, renewAt });
  }
}
