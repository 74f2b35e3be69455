/**
 * A control API client for long-running commands. It retries until the server responds, and reports once when
 * the server becomes unavailable and once when it is back.
 */
import { setTimeout as pause } from "node:timers/promises";
import { msPerSecond } from "../../../core/clock.ts";
import {
  buildRequest,
  parseResponse,
  readMessage,
  sendRequest,
  type ControlParameters,
  type ControlCall,
  type ControlEndpoint,
  type ControlRequest,
  type ControlResult,
} from "../../../api/control/client.ts";
import { CommandFailed } from "../../terminal/exit-codes.ts";
import { controlEndpoint, type ControlOptions } from "../../control-client.ts";

export interface ReconnectingClient {
  /** Whether the last request failed to reach the server. */
  readonly unavailable: boolean;
  /**
   * Makes a call. `args` is called for each attempt. Throws `CommandFailed` for errors that a retry cannot solve, and
   * `RequestAborted`.
   */
  call<Call extends ControlCall>(
    call: Call,
    args: () => ControlParameters<Call>,
    options: RequestOptions,
  ): Promise<ControlResult<Call>>;
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
    request: ControlRequest,
    { timeoutMs, signal: stopSignal, maxSleepMs = Infinity }: RequestOptions,
  ) {
    const sleptBefore = sleepDetector.sleptMs();
    const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), sleepDetector.waking(), stopSignal]);
    const response = await send(options, request, signal).catch((error: unknown) => {
      throw sleepDetector.sleptMs() > sleptBefore ? new MachineSlept() : error;
    });
    if (sleepDetector.sleptMs() - sleptBefore > maxSleepMs) throw new MachineSlept();
    return response;
  }

  return {
    get unavailable() {
      return unavailable;
    },
    async call<Call extends ControlCall>(
      call: Call,
      args: () => ControlParameters<Call>,
      requestOptions: RequestOptions,
    ): Promise<ControlResult<Call>> {
      let failures = 0;
      for (;;) {
        try {
          const response = await postOnce(buildRequest(call, ...args()), requestOptions);
          setUnavailable(null);
          return response as ControlResult<Call>;
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

async function send(options: ControlOptions, request: ControlRequest, signal: AbortSignal): Promise<unknown> {
  // Read for each attempt: a restarted server may use another port.
  const endpoint = resolveEndpoint(options);
  const { url } = endpoint;
  const response = await sendRequest(endpoint, request, { signal }).catch((error: unknown) => {
    throw new ServerUnavailable(describeError(error), { cause: error });
  });
  const { status } = response;
  const content = parseResponse(response);
  if (status >= 200 && status < 300 && content !== null) return content;
  if (status < 400 || status === 408 || status === 429 || status >= 500)
    throw new ServerUnavailable(`${url} responded with HTTP ${status}`);
  const reason = readMessage(content) ?? `${url} responded with HTTP ${status}.`;
  throw status === 409 ? new ConflictError(reason) : new CommandFailed(reason);
}

function resolveEndpoint(options: ControlOptions): ControlEndpoint {
  try {
    return controlEndpoint(options);
  } catch (error) {
    // sandbox.json exists only while the server is ready.
    if (error instanceof CommandFailed) throw new ServerUnavailable("it is not running");
    throw error;
  }
}

function describeError(error: unknown): string {
  const { name, code, cause } = error as {
    readonly name?: string;
    readonly code?: string;
    readonly cause?: unknown;
  };
  // An aborted request has the reason as its cause.
  if (name === "AbortError" && cause instanceof Error) return cause.message;
  if (code !== undefined) return code;
  return error instanceof Error && error.message !== "" ? error.message : String(error);
}
