import { connect } from "node:net";
import { findResponseEnd, InvalidResponseError, parseStatus } from "./response.ts";

/** What a connection tells the run that it belongs to. */
export interface LoadRun {
  /** Whether no more requests are to be sent at this time, a `performance.now()` as all times here. */
  isOver(now: number): boolean;
  /** Fills in the next request. */
  fillNextRequest(): void;
  /** One answer: its status, its bytes up to `end`, and when its request was sent. */
  onResponse(status: number, bytes: Buffer, end: number, sentAt: number, now: number): void;
  /** Something broke; `lost` says that a request was under way and its fate is unknown. */
  onError(reason: string, lost: boolean): void;
  /** This connection has nothing under way and will not send again. */
  onFinished(): void;
}

/** Wait before connecting again: long enough not to spin on a server that is gone. */
const reconnectMs = 50;

const none = Buffer.alloc(0);

/**
 * Keeps one connection busy with one request at a time until the run has no more to send.
 *
 * `bytes` is the request; `run.next()` rewrites it in place, which is safe because the answer to the
 * former one has come by then. Reading goes through `onread` into one buffer of ours: no stream and
 * no allocation per answer, which is most of what a Node client costs otherwise.
 *
 * Returns a function that closes the connection at once, answered or not.
 */
export function driveConnection(
  address: { host: string; port: number },
  bytes: Buffer,
  run: LoadRun,
): () => void {
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

  /** One clock reading per answer serves twice: as its end and as the start of the next request. */
  function send(now: number) {
    if (run.isOver(now)) return finish();
    run.fillNextRequest();
    waiting = true;
    sentAt = now;
    socket.write(bytes);
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

  /** Takes the answer if all of it has arrived, and otherwise keeps what there is for the next chunk. */
  function take(arrived: Buffer, length: number) {
    const end = findResponseEnd(arrived, length);
    if (end === 0) {
      partial = Buffer.from(arrived.subarray(0, length));
      return;
    }
    // Only one request was under way, so whatever follows its answer is a server gone wrong.
    if (!waiting || end < length) throw new InvalidResponseError("an answer to no request");
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
    if (waiting) run.onError("closed before the answer", true);
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
