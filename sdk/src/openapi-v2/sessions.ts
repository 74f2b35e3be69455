/**
 * Sessions: requested once, shared by all calls of a client, renewed before they expire.
 *
 * A request that fails authentication is not processed, so it is the only request that the client sends again by
 * itself, with the same reference. Authentication fails for one of three reasons, and the response rarely shows which:
 *
 * - The session is not active yet. The real platform needs about 30 s after getSession. The client retries with
 *   growing delays: one call tries, and all others wait for it.
 * - The session has ended. It was accepted before and is refused now: the client requests a new one.
 * - The key is wrong. getSession fails, and the caller gets a refusal.
 *
 * `401 INS-6` is none of these: it is a failed payment, and is never sent again.
 */
import { withJitter, sleep } from "../http/sleep.ts";
import { timedOut } from "../http/send.ts";
import type { WireResponse } from "./wire-response.ts";

export interface Session {
  /** The value after `Bearer `. It is encrypted once. */
  readonly bearer: string;
  /** The response to getSession. */
  readonly response: WireResponse;
}

/** getSession was refused. */
export interface SessionDenied {
  readonly denial: WireResponse;
}

export interface SessionsOptions {
  readonly lifetimeMs: number | null;
  readonly activationTimeoutMs: number;
  /** Requests a session from the platform. */
  requestSession(): Promise<Session | SessionDenied>;
}

export type SessionResult = WireResponse | typeof timedOut;

/** A session and its state. */
interface CachedSession extends Session {
  /** Wall-clock time, because it continues while a laptop sleeps, as the platform's clock does. */
  readonly createdAt: number;
  /** Until when to wait for activation, by the monotonic clock. */
  readonly activationDeadline: number;
  /** Whether the platform ever accepted a request with it. */
  everAccepted: boolean;
  /** The number of attempts while it was not active. */
  attempts: number;
  /** All calls but one wait for this while that one tries. It resolves to whether another attempt makes sense. */
  activation: Promise<boolean> | null;
}

const initialDelayMs = 100;
const maxDelayMs = 2_000;

/** Authentication refuses at once. A request without a response for this long has passed, so the others may follow. */
const assumeAcceptedAfterMs = 1_000;

/** No application can have a shorter lifetime. A session that ended earlier was revoked, so its age is not used. */
const minLifetimeMs = 60_000;

const maxRenewals = 2;

/** The minimum delay between attempts to renew early. Hundreds of calls may arrive, and the old session still works. */
const earlyRetryMs = 1_000;

export class Sessions {
  readonly #options: SessionsOptions;
  #current: CachedSession | null = null;
  /** The next session; it may not be active yet. */
  #next: CachedSession | null = null;
  #pendingSession: Promise<CachedSession | SessionDenied> | null = null;
  #lifetimeMs: number | null;
  /** The earliest time for the next early renewal, by the monotonic clock. */
  #earlyRenewalAt = 0;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#lifetimeMs = options.lifetimeMs;
  }

  /** The session that calls currently share. */
  async shared(): Promise<Session | SessionDenied> {
    return this.#getSession();
  }

  /** Sends with the shared session, and repeats only while authentication fails. */
  async send(attempt: (bearer: string) => Promise<SessionResult>): Promise<SessionResult | SessionDenied> {
    for (let renewals = 0; ;) {
      const session = await this.#getSession();
      if ("denial" in session) return session;
      const result = await attempt(session.bearer);
      if (!isRefusedByAuthentication(result)) return markAccepted(session, result);
      if (session === this.#current && (reportsSessionEnded(result) || this.#hasProbablyEnded(session)))
        this.#discard(session, result);
      if (session !== this.#current) {
        renewals += 1;
        if (renewals > maxRenewals) return result;
        continue;
      }
      const activated = await this.#waitUntilActive(session, attempt);
      if (activated === "timed_out") return result;
      if (activated !== "retry") return activated;
      if (session !== this.#current) renewals += 1;
      if (renewals > maxRenewals) return result;
    }
  }

  /** A session that was accepted before, or that is older than any activation takes, will not become active. */
  #hasProbablyEnded({ everAccepted, attempts, createdAt }: CachedSession): boolean {
    return everAccepted || (attempts === 0 && Date.now() - createdAt > this.#options.activationTimeoutMs);
  }

  /** Waits until a new session may be active. The first caller tries it with its own request, the others wait. */
  async #waitUntilActive(
    session: CachedSession,
    attempt: (bearer: string) => Promise<SessionResult>,
  ): Promise<SessionResult | "retry" | "timed_out"> {
    if (session.activation !== null) return (await session.activation) ? "retry" : "timed_out";
    let resolveActivation: (tryAgain: boolean) => void = () => {};
    session.activation = new Promise((resolve) => (resolveActivation = resolve));
    const finish = (tryAgain: boolean): void => {
      session.activation = null;
      resolveActivation(tryAgain);
    };
    try {
      while (session === this.#current) {
        const delayMs = withJitter(Math.min(initialDelayMs * 2 ** session.attempts, maxDelayMs));
        if (performance.now() + delayMs > session.activationDeadline) {
          // The activation timeout has passed. The next call requests a new session.
          this.#current = null;
          finish(false);
          return "timed_out";
        }
        session.attempts += 1;
        await sleep(delayMs);
        const timer = setTimeout(() => finish(true), assumeAcceptedAfterMs);
        const result = await attempt(session.bearer).finally(() => clearTimeout(timer));
        if (!isRefusedByAuthentication(result)) return markAccepted(session, result);
        if (reportsSessionEnded(result)) this.#discard(session, result);
        // The refusal was slow, so the other calls have continued: one of them tries now.
        if (session.activation === null) return "retry";
      }
      return "retry";
    } finally {
      finish(true);
    }
  }

  async #getSession(): Promise<CachedSession | SessionDenied> {
    this.#rotate();
    return this.#current ?? (await this.#openSession());
  }

  /** Sends one getSession at a time. Concurrent callers share it. */
  #openSession(): Promise<CachedSession | SessionDenied> {
    this.#pendingSession ??= this.#options
      .requestSession()
      .then((session) => {
        if ("denial" in session) return session;
        const activationDeadline = performance.now() + this.#options.activationTimeoutMs;
        const state = {
          createdAt: Date.now(),
          activationDeadline,
          everAccepted: false,
          attempts: 0,
          activation: null,
        };
        const cached = { ...session, ...state };
        if (this.#current === null) this.#current = cached;
        else this.#next = cached;
        return cached;
      })
      .finally(() => (this.#pendingSession = null));
    return this.#pendingSession;
  }

  /**
   * Renews the session before it expires. The client requests the next one early, so that it has time to become
   * active, and switches to it late.
   */
  #rotate(): void {
    const lifetime = this.#lifetimeMs;
    if (lifetime === null) return;
    const remainingMs = (session: CachedSession): number => session.createdAt + lifetime - Date.now();
    // After a long idle time, both sessions may have expired.
    for (let session = this.#current; session !== null; session = this.#current) {
      const expiringSoon = this.#next !== null && remainingMs(session) <= Math.min(5_000, lifetime / 10);
      if (remainingMs(session) > 0 && !expiringSoon) break;
      this.#current = this.#next;
      this.#next = null;
    }
    const session = this.#current;
    if (session === null || this.#next !== null || performance.now() < this.#earlyRenewalAt) return;
    if (remainingMs(session) <= Math.min(this.#options.activationTimeoutMs, lifetime / 2)) this.#renewEarly();
  }

  /** If this fails, the old session still works, and a later call tries again. */
  #renewEarly(): void {
    const postponeRenewal = (): void => void (this.#earlyRenewalAt = performance.now() + earlyRetryMs);
    this.#openSession().then(
      (result) => ("denial" in result ? postponeRenewal() : undefined),
      postponeRenewal,
    );
  }

  /** The session has ended. Unless it was revoked, its age is the lifetime of sessions. */
  #discard(session: CachedSession, result: SessionResult): void {
    const age = Date.now() - session.createdAt;
    const endedManually = age < minLifetimeMs || /\bended\b|\brevoked\b/i.test(errorText(result));
    if (this.#options.lifetimeMs === null && session.everAccepted && !endedManually) {
      this.#lifetimeMs = Math.min(this.#lifetimeMs ?? age, age);
    }
    this.#current = this.#next;
    this.#next = null;
  }
}

/** A response shows that the session was accepted. A timeout shows nothing. */
function markAccepted(session: CachedSession, result: SessionResult): SessionResult {
  if (result !== timedOut) session.everAccepted = true;
  return result;
}

/**
 * Whether authentication failed, so that the platform did not process the request.
 *
 * The real platform's response is undocumented: `401 INS-989`, or `output_error` without a code, or the older
 * protocol's `INS-2`. Any other 401 may concern the payment or the customer.
 */
export function isRefusedByAuthentication(result: SessionResult): boolean {
  if (result === timedOut || result.status !== 401) return false;
  const { output_ResponseCode: code = "", output_error: error = "" } = result.fields;
  return code === "INS-989" || code === "INS-2" || (code === "" && error !== "");
}

const errorText = (result: SessionResult): string =>
  result === timedOut ? "" : (result.fields["output_error"] ?? result.fields["output_ResponseDesc"] ?? "");

/** If the error text says that the session ended, the client need not wait for activation. */
const reportsSessionEnded = (result: SessionResult): boolean =>
  /\bexpired\b|\bended\b|\brevoked\b/i.test(errorText(result));
