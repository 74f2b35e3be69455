/**
 * The way to the server for a command that stays: it asks again until the server answers, for as long as
 * it takes, and says once when the server is gone and once when it is back.
 */
import { setTimeout as pause } from "node:timers/promises";
import { second } from "../clock.ts";
import { Refused } from "./command-error.ts";
import { doorOf, type ControlOptions } from "./control-client.ts";

export interface ListenServer {
  /** Whether the server was gone when it was asked last. */
  readonly gone: boolean;
  /** Asks the control API. `body` is made anew each time that it asks. Throws `Refused` for what asking again would not mend, and `GivenUp`. */
  ask<T>(path: string, body: () => object, options: AskOptions): Promise<T>;
  close(): void;
}

export interface AskOptions {
  /** How long one answer may take. */
  readonly withinMs: number;
  /** Ends the asking. */
  readonly until: AbortSignal;
  /** An answer that the machine slept over for longer than this is worth nothing any more, and is asked for again. */
  readonly freshMs?: number;
}

/** Nobody answered until the asking was ended. */
export class GivenUp extends Error {}

/** What is there now contradicts what was asked for. The message is the server's sentence. */
export class Conflict extends Refused {}

/** The server, or the way to it, is gone at the moment. */
class Away extends Error {}

/** The machine slept meanwhile: that says nothing of the server. */
class Slept extends Error {}

/** The first time at once, since a connection that was kept may just have been closed. */
const waitsMs = [0, 250, 500, second, 2 * second] as const;
const lookEveryMs = second;
/** The wall's clock went at least so much further than it should have. */
const sleptLeastMs = 5 * second;
const graceMs = second;

export function openListenServer(
  options: ControlOptions,
  onChange: (gone: string | null) => void,
): ListenServer {
  const sleep = watchSleep();
  let gone = false;

  function note(why: string | null): void {
    if (gone === (why !== null)) return;
    gone = why !== null;
    onChange(why);
  }

  async function once(path: string, body: object, { withinMs, until, freshMs = Infinity }: AskOptions) {
    const sleptBefore = sleep.sleptMs();
    const signal = AbortSignal.any([AbortSignal.timeout(withinMs), sleep.waking(), until]);
    const answer = await send(options, path, body, signal).catch((error: unknown) => {
      throw sleep.sleptMs() > sleptBefore ? new Slept() : error;
    });
    if (sleep.sleptMs() - sleptBefore > freshMs) throw new Slept();
    return answer;
  }

  return {
    get gone() {
      return gone;
    },
    async ask<T>(path: string, body: () => object, asking: AskOptions): Promise<T> {
      let failures = 0;
      for (;;) {
        try {
          const answer = await once(path, body(), asking);
          note(null);
          return answer as T;
        } catch (error) {
          if (asking.until.aborted) throw new GivenUp();
          if (error instanceof Slept) {
            failures = 0;
            continue;
          }
          if (!(error instanceof Away)) throw error;
          if (failures > 0) note(error.message);
          await waitAfter(failures, asking.until);
          failures += 1;
        }
      }
    },
    close: () => sleep.close(),
  };
}

async function waitAfter(failures: number, until: AbortSignal): Promise<void> {
  const waitMs = waitsMs[Math.min(failures, waitsMs.length - 1)];
  try {
    await pause(waitMs, undefined, { signal: until });
  } catch {
    throw new GivenUp();
  }
}

/**
 * Notices that the machine slept: the wall's clock goes on meanwhile. A connection that was cut then still
 * looks open, and whoever waits for it would wait for long.
 */
function watchSleep() {
  let waking = new AbortController();
  let lookedAt = Date.now();
  let sleptMs = 0;

  function look(): void {
    const now = Date.now();
    const jumped = now - lookedAt - lookEveryMs;
    lookedAt = now;
    if (jumped < sleptLeastMs) return;
    sleptMs += jumped;
    // What arrived before it slept is still there to be read.
    const before = waking;
    waking = new AbortController();
    setTimeout(() => before.abort(), graceMs).unref();
  }

  const watch = setInterval(look, lookEveryMs).unref();
  return {
    /** Aborted soon after the machine has slept. */
    waking: () => waking.signal,
    sleptMs() {
      look();
      return sleptMs;
    },
    close: () => clearInterval(watch),
  };
}

async function send(
  options: ControlOptions,
  path: string,
  body: object,
  signal: AbortSignal,
): Promise<unknown> {
  // Read anew each time: a server that was started again may have another port.
  const { url, token } = whereNow(options);
  const { status, said } = await exchange(url + path, token, body, signal);
  const answer = parsed(said);
  if (status >= 200 && status < 300 && answer !== null) return answer;
  if (status < 400 || status === 408 || status === 429 || status >= 500)
    throw new Away(`${url} answered ${status}`);
  const message = (answer as { message?: unknown } | null)?.message;
  const words = typeof message === "string" ? message : `${url} answered ${status}.`;
  throw status === 409 ? new Conflict(words) : new Refused(words);
}

function whereNow(options: ControlOptions): ReturnType<typeof doorOf> {
  try {
    return doorOf(options);
  } catch (error) {
    // Its file is there while it is ready, and at no other time.
    if (error instanceof Refused) throw new Away("it is not running");
    throw error;
  }
}

async function exchange(
  url: string,
  token: string,
  body: object,
  signal: AbortSignal,
): Promise<{ status: number; said: string }> {
  const headers = { authorization: `Bearer ${token}` };
  try {
    const response = await fetch(url, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
      redirect: "error",
      signal,
    });
    return { status: response.status, said: await response.text() };
  } catch (error) {
    throw new Away(reasonOf(error), { cause: error });
  }
}

function reasonOf(error: unknown): string {
  const cause = (error as { cause?: { code?: unknown; message?: unknown } }).cause;
  if (typeof cause?.code === "string") return cause.code;
  if (typeof cause?.message === "string" && cause.message !== "") return cause.message;
  return error instanceof Error ? error.message : String(error);
}

function parsed(said: string): unknown {
  try {
    return JSON.parse(said) as unknown;
  } catch {
    return null;
  }
}
