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
import { about, sleep } from "./waiting.ts";
import { timedOut, type Answer } from "./transport.ts";

export interface Session {
  /** What stands behind `Bearer `. It is encrypted once. */
  readonly bearer: string;
  /** What getSession answered. */
  readonly answer: Answer;
}

/** getSession said no. */
export interface NoSession {
  readonly noSession: Answer;
}

export interface SessionsOptions {
  readonly lifetimeMs: number | null;
  readonly activationPatienceMs: number;
  /** Asks for a session, once. */
  open(): Promise<Session | NoSession>;
}

export type Sent = Answer | typeof timedOut;

/** A session with what is known of it. */
interface Held extends Session {
  /** By the machine's clock, which goes on while a laptop sleeps, as the platform's does. */
  readonly openedAt: number;
  /** Until when it is waited for, by a clock that nobody sets. */
  readonly patienceEndsAt: number;
  /** Whether it ever let a request in. */
  proven: boolean;
  /** How often it was tried while it was not live. */
  tries: number;
  /** What all but one wait for while that one tries: true when it is worth another try. */
  waking: Promise<boolean> | null;
}

const firstGapMs = 100;
const longestGapMs = 2_000;

/** A refusal by authentication comes at once. Who hears nothing for so long was let in, and the others may follow. */
const letInAfterMs = 1_000;

/** Shorter lifetimes than any application can have are not believed: such a session was ended by hand. */
const lifetimeMsMin = 60_000;

const renewalsMax = 2;

/** An early purchase that failed is tried again no sooner: calls may come by the hundred, and there is time. */
const earlyGapMs = 1_000;

export class Sessions {
  readonly #options: SessionsOptions;
  #current: Held | null = null;
  /** The one that will take over; it may not be live yet. */
  #next: Held | null = null;
  #opening: Promise<Held | NoSession> | null = null;
  #lifetimeMs: number | null;
  /** When the next session may be bought early, by a clock that nobody sets. */
  #earlyAt = 0;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#lifetimeMs = options.lifetimeMs;
  }

  /** The session that calls share now. */
  async shared(): Promise<Session | NoSession> {
    return this.#session();
  }

  /** Sends with the shared session, again and again only while authentication refuses it. */
  async send(attempt: (bearer: string) => Promise<Sent>): Promise<Sent | NoSession> {
    for (let renewals = 0; ;) {
      const session = await this.#session();
      if ("noSession" in session) return session;
      const sent = await attempt(session.bearer);
      if (!refusedByAuthentication(sent)) return letIn(session, sent);
      if (session === this.#current && (saysItEnded(sent) || this.#mustHaveEnded(session)))
        this.#end(session, sent);
      if (session !== this.#current) {
        renewals += 1;
        if (renewals > renewalsMax) return sent;
        continue;
      }
      const woken = await this.#wake(session, attempt);
      if (woken === "late") return sent;
      if (woken !== "try") return woken;
      if (session !== this.#current) renewals += 1;
      if (renewals > renewalsMax) return sent;
    }
  }

  /** Whoever let somebody in, or lay about for longer than any session sleeps, is not about to become live. */
  #mustHaveEnded({ proven, tries, openedAt }: Held): boolean {
    return proven || (tries === 0 && Date.now() - openedAt > this.#options.activationPatienceMs);
  }

  /** Waits until a new session may be live. Whoever comes first tries it with its own request, the others wait. */
  async #wake(session: Held, attempt: (bearer: string) => Promise<Sent>): Promise<Sent | "try" | "late"> {
    if (session.waking !== null) return (await session.waking) ? "try" : "late";
    let tell: (tryAgain: boolean) => void = () => {};
    session.waking = new Promise((resolve) => (tell = resolve));
    const done = (tryAgain: boolean): void => {
      session.waking = null;
      tell(tryAgain);
    };
    try {
      while (session === this.#current) {
        const gap = about(Math.min(firstGapMs * 2 ** session.tries, longestGapMs));
        if (performance.now() + gap > session.patienceEndsAt) {
          // The next call begins anew: with this one's patience over, another session may be luckier.
          this.#current = null;
          done(false);
          return "late";
        }
        session.tries += 1;
        await sleep(gap);
        const timer = setTimeout(() => done(true), letInAfterMs);
        const sent = await attempt(session.bearer).finally(() => clearTimeout(timer));
        if (!refusedByAuthentication(sent)) return letIn(session, sent);
        if (saysItEnded(sent)) this.#end(session, sent);
        // It took its time to be refused, and others have followed: one of them tries now.
        if (session.waking === null) return "try";
      }
      return "try";
    } finally {
      done(true);
    }
  }

  async #session(): Promise<Held | NoSession> {
    this.#takeTurns();
    return this.#current ?? (await this.#open());
  }

  /** One getSession at a time, whoever asks for it. */
  #open(): Promise<Held | NoSession> {
    this.#opening ??= this.#options
      .open()
      .then((session) => {
        if ("noSession" in session) return session;
        const patienceEndsAt = performance.now() + this.#options.activationPatienceMs;
        const known = { openedAt: Date.now(), patienceEndsAt, proven: false, tries: 0, waking: null };
        const held = { ...session, ...known };
        if (this.#current === null) this.#current = held;
        else this.#next = held;
        return held;
      })
      .finally(() => (this.#opening = null));
    return this.#opening;
  }

  /**
   * Sees to it that a session is there before the old one ends: the next is bought early, so that it has
   * time to become live, and used late.
   */
  #takeTurns(): void {
    const lifetime = this.#lifetimeMs;
    if (lifetime === null) return;
    const left = (session: Held): number => session.openedAt + lifetime - Date.now();
    // Whoever was idle for long may find both of them ended.
    for (let session = this.#current; session !== null; session = this.#current) {
      const late = this.#next !== null && left(session) <= Math.min(5_000, lifetime / 10);
      if (left(session) > 0 && !late) break;
      this.#current = this.#next;
      this.#next = null;
    }
    const session = this.#current;
    if (session === null || this.#next !== null || performance.now() < this.#earlyAt) return;
    if (left(session) <= Math.min(this.#options.activationPatienceMs, lifetime / 2)) this.#openEarly();
  }

  /** If this fails, the old session is still there; a later call tries again. */
  #openEarly(): void {
    const later = (): void => void (this.#earlyAt = performance.now() + earlyGapMs);
    this.#open().then((opened) => ("noSession" in opened ? later() : undefined), later);
  }

  /** The session lets nobody in any more. Unless it was ended by hand, its age says how long they live. */
  #end(session: Held, sent: Sent): void {
    const age = Date.now() - session.openedAt;
    const byHand = age < lifetimeMsMin || /\bended\b|\brevoked\b/i.test(wordsOf(sent));
    if (this.#options.lifetimeMs === null && session.proven && !byHand) {
      this.#lifetimeMs = Math.min(this.#lifetimeMs ?? age, age);
    }
    this.#current = this.#next;
    this.#next = null;
  }
}

/** An answer proves the session. Silence does not, nor does it refute it. */
function letIn(session: Held, sent: Sent): Sent {
  if (sent !== timedOut) session.proven = true;
  return sent;
}

/**
 * Whether the request was refused because of who sent it, before anybody looked at what it asks.
 *
 * Nobody documents how the real platform says so: `401 INS-989`, or `output_error` without a code, or the older
 * protocol's `INS-2`. Anything else with 401 may be about the payment or the customer.
 */
export function refusedByAuthentication(sent: Sent): boolean {
  if (sent === timedOut || sent.status !== 401) return false;
  const { output_ResponseCode: code = "", output_error: because = "" } = sent.fields;
  return code === "INS-989" || code === "INS-2" || (code === "" && because !== "");
}

const wordsOf = (sent: Sent): string =>
  sent === timedOut ? "" : (sent.fields["output_error"] ?? sent.fields["output_ResponseDesc"] ?? "");

/** Where the platform says it in words, nobody has to wait to find out. */
const saysItEnded = (sent: Sent): boolean => /\bexpired\b|\bended\b|\brevoked\b/i.test(wordsOf(sent));
