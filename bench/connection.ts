import { connect } from "node:net";
import { findResponseEnd, InvalidResponseError, parseStatus } from "./response.ts";

/** The callbacks of a connection to its run. */
export interface LoadRun {
  /** Whether the run has ended at this time. All times here are from `performance.now()`. */
  isOver(now: number): boolean;
  /** The next request, in a buffer that nothing changes before its response. */
  fillNextRequest(): Buffer;
  /** A response: its status, its bytes up to `end`, and when its request was sent. */
  onResponse(status: number, bytes: Buffer, end: number, sentAt: number, now: number): void;
  /** The connection failed; `lost` means that a request was in progress and its outcome is unknown. */
  onError(reason: string, lost: boolean): void;
  /** The connection has no request in progress and will not send again. */
  onFinished(): void;
}

/** The delay before reconnecting, so that a stopped server does not cause a busy loop. */
const reconnectMs = 50;

const none = Buffer.alloc(0);

/**
 * Sends one request at a time on one connection until the run has ended.
 *
 * `run.fillNextRequest()` overwrites one buffer in place, which is safe because the response to the previous request has
 * arrived by then. `onread` reads into one buffer: without a stream and without an allocation per
 * response, which are most of a Node client's cost.
 *
 * Returns a function that closes the connection at once, even if a response is missing.
 */
export function driveConnection(address: { host: string; port: number }, run: LoadRun): () => void {
  let socket = open();
  let sentAt = 0;
  let waiting = false;
  let partial: Buffer = none;
  let ended = false;

  function open() {
    const buffer = Buffer.allocUnsafe(4096);
    return connect({
      ...address,
      noDelay: true,
      onread: { buffer, callback: (length) => read(buffer, length) },
    })
      .on("connect", () => send(performance.now()))
      .on("error", (error: NodeJS.ErrnoException) => run.onError(error.code ?? error.message, false))
      .on("close", closed);
  }

  /** One clock reading per response is used twice: as its end and as the start of the next request. */
  function send(now: number) {
    if (run.isOver(now)) return finish();
    waiting = true;
    sentAt = now;
    socket.write(run.fillNextRequest());
  }

  function read(buffer: Buffer, length: number): boolean {
    try {
      if (partial.length === 0) take(buffer, length);
      else take(Buffer.concat([partial, buffer.subarray(0, length)]), partial.length + length);
    } catch (error) {
      if (!(error instanceof InvalidResponseError)) throw error;
      run.onError(error.message, false);
      socket.destroy();
    }
    return true;
  }

  /** Processes the response if it is complete, and otherwise keeps the bytes for the next chunk. */
  function take(arrived: Buffer, length: number) {
    const end = findResponseEnd(arrived, length);
    if (end === 0) {
      partial = Buffer.from(arrived.subarray(0, length));
      return;
    }
    // Only one request was in progress, so more bytes after its response are a server error.
    if (!waiting || end < length) throw new InvalidResponseError("a response without a request");
    const status = parseStatus(arrived);
    const now = performance.now();
    waiting = false;
    partial = none;
    run.onResponse(status, arrived, end, sentAt, now);
    send(now);
  }

  function closed() {
    lose();
    partial = none;
    if (ended) return;
    setTimeout(() => {
      if (ended) return;
      if (run.isOver(performance.now())) finish();
      else socket = open();
    }, reconnectMs);
  }

  function lose() {
    if (waiting) run.onError("closed before the response", true);
    waiting = false;
  }

  function finish() {
    if (ended) return;
    ended = true;
    lose();
    socket.destroy();
    run.onFinished();
  }

  return finish;
}
