/**
 * Sessions: bought once, shared by all calls of a client, renewed before they end.
 *
 * A request that is refused by authentication was not looked at, so it is the one thing that may be sent again
 * by itself, with the same reference. It is refused for one of three reasons, and the wire hardly says which:
 *
 * - The session is not live yet. The real platform wants about 30 s after getSession. We try again, with
 *   growing gaps, until it is: one call tries, and all others wait for that one.
 * - The session has ended. Somebody whom it had let in is not let in any more: we buy another one.
 * - The key is wrong. getSession says so; a caller hears it as a refusal.
 *
 * `401 INS-6` is none of them: it is a payment that failed, and is never sent again.
 */
import { withJitter, sleep } from "./waiting.ts";
import { timedOut, type HttpResponse } from "./transport.ts";

export interface Session {
  /** What stands behind `Bearer `. It is encrypted once. */
  readonly bearer: string;
  /** What getSession answered. */
  readonly response: HttpResponse;
}

/** getSession said no. */
export interface SessionDenied {
  readonly denial: HttpResponse;
}

export interface SessionsOptions {
  readonly lifetimeMs: number | null;
  readonly activationTimeoutMs: number;
  /** Asks for a session, once. */
  requestSession(): Promise<Session | SessionDenied>;
}

export type SessionResult = HttpResponse | typeof timedOut;

/** A session with what is known of it. */
interface CachedSession extends Session {
  /** By the machine's clock, which goes on while a laptop sleeps, as the platform's does. */
  readonly createdAt: number;
  /** Until when it is waited for, by a clock that nobody sets. */
  readonly activationDeadline: number;
  /** Whether it ever let a request in. */
  everAccepted: boolean;
  /** How often it was tried while it was not live. */
  attempts: number;
  /** What all but one wait for while that one tries: true when it is worth another try. */
  activation: Promise<boolean> | null;
}

const initialDelayMs = 100;
const maxDelayMs = 2_000;

/** A refusal by authentication comes at once. Who hears nothing for so long was let in, and the others may follow. */
const assumeAcceptedAfterMs = 1_000;

/** Shorter lifetimes than any application can have are not believed: such a session was ended by hand. */
const minLifetimeMs = 60_000;

const maxRenewals = 2;

/** An early purchase that failed is tried again no sooner: calls may come by the hundred, and there is time. */
const earlyRetryMs = 1_000;

export class Sessions {
  readonly #options: SessionsOptions;
  #current: CachedSession | null = null;
  /** The one that will take over; it may not be live yet. */
  #next: CachedSession | null = null;
  #pendingSession: Promise<CachedSession | SessionDenied> | null = null;
  #lifetimeMs: number | null;
  /** When the next session may be bought early, by a clock that nobody sets. */
  #earlyRenewalAt = 0;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#lifetimeMs = options.lifetimeMs;
  }

  /** The session that calls share now. */
  async shared(): Promise<Session | SessionDenied> {
    return this.#getSession();
  }

  /** Sends with the shared session, again and again only while authentication refuses it. */
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

  /** Whoever let somebody in, or lay about for longer than any session sleeps, is not about to become live. */
  #hasProbablyEnded({ everAccepted, attempts, createdAt }: CachedSession): boolean {
    return everAccepted || (attempts === 0 && Date.now() - createdAt > this.#options.activationTimeoutMs);
  }

  /** Waits until a new session may be live. Whoever comes first tries it with its own request, the others wait. */
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
          // The next call begins anew: with this one's patience over, another session may be luckier.
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
        // It took its time to be refused, and others have followed: one of them tries now.
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

  /** One getSession at a time, whoever asks for it. */
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
   * Sees to it that a session is there before the old one ends: the next is bought early, so that it has
   * time to become live, and used late.
   */
  #rotate(): void {
    const lifetime = this.#lifetimeMs;
    if (lifetime === null) return;
    const remainingMs = (session: CachedSession): number => session.createdAt + lifetime - Date.now();
    // Whoever was idle for long may find both of them ended.
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

  /** If this fails, the old session is still there; a later call tries again. */
  #renewEarly(): void {
    const postponeRenewal = (): void => void (this.#earlyRenewalAt = performance.now() + earlyRetryMs);
    this.#openSession().then(
      (result) => ("denial" in result ? postponeRenewal() : undefined),
      postponeRenewal,
    );
  }

  /** The session lets nobody in any more. Unless it was ended by hand, its age says how long they live. */
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

/** An answer proves the session. Silence does not, nor does it refute it. */
function markAccepted(session: CachedSession, result: SessionResult): SessionResult {
  if (result !== timedOut) session.everAccepted = true;
  return result;
}

/**
 * Whether the request was refused because of who sent it, before anybody looked at what it asks.
 *
 * Nobody documents how the real platform says so: `401 INS-989`, or `output_error` without a code, or the older
 * protocol's `INS-2`. Anything else with 401 may be about the payment or the customer.
 */
export function isRefusedByAuthentication(result: SessionResult): boolean {
  if (result === timedOut || result.status !== 401) return false;
  const { output_ResponseCode: code = "", output_error: error = "" } = result.fields;
  return code === "INS-989" || code === "INS-2" || (code === "" && error !== "");
}

const errorText = (result: SessionResult): string =>
  result === timedOut ? "" : (result.fields["output_error"] ?? result.fields["output_ResponseDesc"] ?? "");

/** Where the platform says it in words, nobody has to wait to find out. */
const reportsSessionEnded = (result: SessionResult): boolean =>
  /\bexpired\b|\bended\b|\brevoked\b/i.test(errorText(result));
