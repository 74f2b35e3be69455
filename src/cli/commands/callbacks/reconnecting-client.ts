/**
 * A control API client for long-running commands. It retries until the server responds, and reports once when
 * the server becomes unavailable and once when it is back.
 */
import { setTimeout as pause } from "node:timers/promises";
import { msPerSecond } from "../../../core/clock.ts";
import { CommandFailed } from "../../terminal/exit-codes.ts";
import { controlEndpoint, type ControlOptions } from "../../control-client.ts";

export interface ReconnectingClient {
  /** Whether the last request failed to reach the server. */
  readonly unavailable: boolean;
  /**
   * Sends a request. `body` is called for each attempt. Throws `CommandFailed` for errors that a retry cannot
   * solve, and `RequestAborted`.
   */
  post<T>(path: string, body: () => object, options: RequestOptions): Promise<T>;
  close(): void;
}

export interface RequestOptions {
  /** Maximum duration of one request. */
  readonly timeoutMs: number;
  /** Stops the retries. */
  readonly signal: AbortSignal;
  /**
   * If the machine slept longer than this during a request, the response is stale and the request is repeated.
   */
  readonly maxSleepMs?: number;
}

/** The signal was aborted before the server responded. */
export class RequestAborted extends Error {}

/** HTTP 409: the request contradicts the current state. The message is the server's. */
export class ConflictError extends CommandFailed {}

/** The server cannot be reached at present. */
class ServerUnavailable extends Error {}

/** The machine slept during the request, so a failure says nothing about the server. */
class MachineSlept extends Error {}

/** The first retry is immediate, because the server may just have closed a kept-alive connection. */
const retryDelaysMs = [0, 250, 500, msPerSecond, 2 * msPerSecond] as const;
const pollIntervalMs = msPerSecond;
/** The wall clock must jump at least this far to count as sleep. */
const minSleepMs = 5 * msPerSecond;
const graceMs = msPerSecond;

export function createReconnectingClient(
  options: ControlOptions,
  onChange: (unavailable: string | null) => void,
): ReconnectingClient {
  const sleepDetector = createSleepDetector();
  let unavailable = false;

  function setUnavailable(reason: string | null): void {
    if (unavailable === (reason !== null)) return;
    unavailable = reason !== null;
    onChange(reason);
  }

  async function postOnce(
    path: string,
    body: object,
    { timeoutMs, signal: stopSignal, maxSleepMs = Infinity }: RequestOptions,
  ) {
    const sleptBefore = sleepDetector.sleptMs();
    const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), sleepDetector.waking(), stopSignal]);
    const response = await send(options, path, body, signal).catch((error: unknown) => {
      throw sleepDetector.sleptMs() > sleptBefore ? new MachineSlept() : error;
    });
    if (sleepDetector.sleptMs() - sleptBefore > maxSleepMs) throw new MachineSlept();
    return response;
  }

  return {
    get unavailable() {
      return unavailable;
    },
    async post<T>(path: string, body: () => object, requestOptions: RequestOptions): Promise<T> {
      let failures = 0;
      for (;;) {
        try {
          const response = await postOnce(path, body(), requestOptions);
          setUnavailable(null);
          return response as T;
        } catch (error) {
          if (requestOptions.signal.aborted) throw new RequestAborted();
          if (error instanceof MachineSlept) {
            failures = 0;
            continue;
          }
          if (!(error instanceof ServerUnavailable)) throw error;
          if (failures > 0) setUnavailable(error.message);
          await waitAfter(failures, requestOptions.signal);
          failures += 1;
        }
      }
    },
    close: () => sleepDetector.close(),
  };
}

async function waitAfter(failures: number, signal: AbortSignal): Promise<void> {
  const waitMs = retryDelaysMs[Math.min(failures, retryDelaysMs.length - 1)];
  try {
    await pause(waitMs, undefined, { signal });
  } catch {
    throw new RequestAborted();
  }
}

/**
 * Detects that the machine slept, by a jump of the wall clock. After sleep, a dead connection still looks
 * open, and waiting for it would take long.
 */
function createSleepDetector() {
  let sleepController = new AbortController();
  let polledAt = Date.now();
  let sleptMs = 0;

  function poll(): void {
    const now = Date.now();
    const jumped = now - polledAt - pollIntervalMs;
    polledAt = now;
    if (jumped < minSleepMs) return;
    sleptMs += jumped;
    // Data that arrived before the sleep can still be read, so abort after a short grace period.
    const previous = sleepController;
    sleepController = new AbortController();
    setTimeout(() => previous.abort(), graceMs).unref();
  }

  const timer = setInterval(poll, pollIntervalMs).unref();
  return {
    /** Aborted soon after the machine has slept. */
    waking: () => sleepController.signal,
    sleptMs() {
      poll();
      return sleptMs;
    },
    close: () => clearInterval(timer),
  };
}

async function send(
  options: ControlOptions,
  path: string,
  body: object,
  signal: AbortSignal,
): Promise<unknown> {
  // Read for each attempt: a restarted server may use another port.
  const { url, token } = resolveEndpoint(options);
  const { status, responseText } = await postJson(url + path, token, body, signal);
  const content = parseJson(responseText);
  if (status >= 200 && status < 300 && content !== null) return content;
  if (status < 400 || status === 408 || status === 429 || status >= 500)
    throw new ServerUnavailable(`${url} responded with HTTP ${status}`);
  const message = (content as { message?: unknown } | null)?.message;
  const reason = typeof message === "string" ? message : `${url} responded with HTTP ${status}.`;
  throw status === 409 ? new ConflictError(reason) : new CommandFailed(reason);
}

function resolveEndpoint(options: ControlOptions): ReturnType<typeof controlEndpoint> {
  try {
    return controlEndpoint(options);
  } catch (error) {
    // sandbox.json exists only while the server is ready.
    if (error instanceof CommandFailed) throw new ServerUnavailable("it is not running");
    throw error;
  }
}

async function postJson(
  url: string,
  token: string,
  body: object,
  signal: AbortSignal,
): Promise<{ status: number; responseText: string }> {
  const headers = { authorization: `Bearer ${token}` };
  try {
    const response = await fetch(url, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
      redirect: "error",
      signal,
    });
    return { status: response.status, responseText: await response.text() };
  } catch (error) {
    throw new ServerUnavailable(describeError(error), { cause: error });
  }
}

function describeError(error: unknown): string {
  const cause = (error as { cause?: { code?: unknown; message?: unknown } }).cause;
  if (typeof cause?.code === "string") return cause.code;
  if (typeof cause?.message === "string" && cause.message !== "") return cause.message;
  return error instanceof Error ? error.message : String(error);
}

function parseJson(responseText: string): unknown {
  try {
    return JSON.parse(responseText) as unknown;
  } catch {
    return null;
  }
}
