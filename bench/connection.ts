import { connect } from "node:net";
import { endOfAnswer, NotAnAnswer, statusOf } from "./response.ts";

/** What a connection tells the run that it belongs to. */
export interface Run {
  /** Whether no more requests are to be sent at this time, a `performance.now()` as all times here. */
  over(now: number): boolean;
  /** Fills in the next request. */
  next(): void;
  /** One answer: its status, its bytes up to `end`, and when its request was sent. */
  answered(status: number, bytes: Buffer, end: number, sentAt: number, now: number): void;
  /** Something broke; `lost` says that a request was under way and its fate is unknown. */
  failed(reason: string, lost: boolean): void;
  /** This connection has nothing under way and will not send again. */
  finished(): void;
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
export function drive(address: { host: string; port: number }, bytes: Buffer, run: Run): () => void {
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
      .on("error", (error: NodeJS.ErrnoException) => run.failed(error.code ?? error.message, false))
      .on("close", closed);
  }

  /** One clock reading per answer serves twice: as its end and as the start of the next request. */
  function send(now: number) {
    if (run.over(now)) return finish();
    run.next();
    waiting = true;
    sentAt = now;
    socket.write(bytes);
  }

  function read(buffer: Buffer, length: number): boolean {
    try {
      if (partial.length === 0) take(buffer, length);
      else take(Buffer.concat([partial, buffer.subarray(0, length)]), partial.length + length);
    } catch (error) {
      if (!(error instanceof NotAnAnswer)) throw error;
      run.failed(error.message, false);
      socket.destroy();
    }
    return true;
  }

  /** Takes the answer if all of it has arrived, and otherwise keeps what there is for the next chunk. */
  function take(arrived: Buffer, length: number) {
    const end = endOfAnswer(arrived, length);
    if (end === 0) {
      partial = Buffer.from(arrived.subarray(0, length));
      return;
    }
    // Only one request was under way, so whatever follows its answer is a server gone wrong.
    if (!waiting || end < length) throw new NotAnAnswer("an answer to no request");
    const status = statusOf(arrived);
    const now = performance.now();
    waiting = false;
    partial = none;
    run.answered(status, arrived, end, sentAt, now);
    send(now);
  }

  function closed() {
    lose();
    partial = none;
    if (ended) return;
    setTimeout(() => {
      if (ended) return;
      if (run.over(performance.now())) finish();
      else socket = open();
    }, reconnectMs);
  }

  function lose() {
    if (waiting) run.failed("closed before the answer", true);
    waiting = false;
  }

  function finish() {
    if (ended) return;
    ended = true;
    lose();
    socket.destroy();
    run.finished();
  }

  return finish;
}
