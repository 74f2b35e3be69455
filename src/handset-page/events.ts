/**
 * Live pictures of handsets, by server-sent events: each event is the whole state, so a page that was away
 * needs nothing but the next one.
 *
 * A page that reads slowly is not written to until it has read: it then gets what is true at that moment, and
 * never what it missed. The business clock may be moved or stand still; the page counts seconds by itself,
 * so it is told whenever its count would be wrong.
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import { second, type Clock } from "../clock.ts";
import type { PhoneState } from "../handset/phone.ts";
import { safeHeaders } from "./answers.ts";
import { PageError } from "./guard.ts";
import { sourceOf } from "./source.ts";

/** What a page gets: the state, and whether its clock stands still. */
export type Picture = PhoneState & { readonly frozen: boolean };

/**
 * Pages that watch, on one server, and those of one source among them. Each costs a socket and a look at the
 * database now and then.
 */
const streamsMax: StreamsMax = { all: 300, ofOne: 30 };

export interface StreamsMax {
  readonly all: number;
  readonly ofOne: number;
}

const beatMs = 15 * second;
/** A page that has read nothing for so long is gone, whatever its socket says. */
const stuckMs = 60 * second;
/** How far a page's own count of business time may be off. */
const driftMs = 700;

interface Stream {
  /** Sends the state again, unless it says what was sent before. */
  changed(): void;
  /** Once a second. */
  tick(): void;
  end(): void;
}

export interface Streams {
  /** Answers a request with the pictures of a handset, until one side hangs up. Throws where there are too many. */
  open(request: FastifyRequest, reply: FastifyReply, handset: Watched): void;
  /** Hangs up on everybody. */
  close(): void;
}

/** A handset as a stream sees it. */
export interface Watched {
  readonly clock: Clock;
  /** Null when there is nothing to see any more. */
  state(): Promise<PhoneState | null>;
  /** Calls back when the state may have changed. Returns what stops it. */
  watch(changed: () => void): () => void;
}

export function openStreams(onError: (error: unknown) => void, most = streamsMax): Streams {
  /** Each with the source that it counts for. */
  const streams = new Map<Stream, string>();
  const timer = setInterval(() => {
    for (const stream of streams.keys()) stream.tick();
  }, second).unref();

  function refuseTooMany(source: string): void {
    if (streams.size >= most.all) {
      throw new PageError(503, "Too many handsets are being watched on this server.");
    }
    if (streams.values().reduce((sum, each) => (each === source ? sum + 1 : sum), 0) >= most.ofOne) {
      throw new PageError(429, "Too many handsets are being watched from your address.");
    }
  }

  return {
    open(request, reply, handset) {
      const source = sourceOf(request.ip);
      refuseTooMany(source);
      reply.hijack();
      const { raw } = reply;
      raw.writeHead(200, {
        ...safeHeaders,
        "content-type": "text/event-stream; charset=utf-8",
        // The socket serves nothing else afterwards, so a server that stops need not wait for it.
        connection: "close",
        // A proxy in front must hand each event on at once.
        "x-accel-buffering": "no",
      });
      raw.write("retry: 1000\n\n");
      const stream = startStream(raw, handset, onError);
      streams.set(stream, source);
      const over = (): void => {
        stream.end();
        streams.delete(stream);
      };
      raw.once("close", over);
      raw.once("error", over);
      stream.changed();
    },
    close() {
      clearInterval(timer);
      for (const stream of streams.keys()) stream.end();
      streams.clear();
    },
  };
}

function startStream(
  out: FastifyReply["raw"],
  { clock, state: readState, watch }: Watched,
  onError: (error: unknown) => void,
): Stream {
  let over = false;
  let reading = false;
  let dirty = false;
  /** Since when the page has not read what it was sent. */
  let stuckSince: number | null = null;
  let sent = "";
  let writtenAt = Date.now();
  /** What the page takes the business time to be. */
  let told = { now: clock.now(), at: Date.now(), frozen: false };
  let lastTick = { now: told.now, at: told.at };

  const write = (event: string, data: string): void => {
    writtenAt = Date.now();
    if (out.write(`event: ${event}\ndata: ${data}\n\n`)) return;
    stuckSince = writtenAt;
    out.once("drain", () => {
      stuckSince = null;
      if (dirty) changed();
    });
  };

  function changed(): void {
    dirty = true;
    if (reading || over || stuckSince !== null) return;
    reading = true;
    dirty = false;
    readState()
      .then(send, (error: unknown) => {
        onError(error);
        // A page that hangs on to an old picture must not look as if it were the present one.
        out.destroy();
      })
      .finally(() => {
        reading = false;
        if (dirty) changed();
      });
  }

  function send(state: PhoneState | null): void {
    if (over) return;
    if (state === null) {
      write("gone", "{}");
      end();
      return;
    }
    const now = clock.now();
    const wall = Date.now();
    // In fewer milliseconds than these, a clock that runs may show the same time twice.
    const frozen = wall - lastTick.at > 5 ? now === lastTick.now : told.frozen;
    const { now: _, prompts, ...rest } = state;
    const essence = JSON.stringify([rest, prompts.map(({ secondsLeft: __, ...prompt }) => prompt), frozen]);
    if (essence === sent && !isOff(now)) return;
    sent = essence;
    told = { now, at: wall, frozen };
    write("state", JSON.stringify({ ...state, now, frozen } satisfies Picture));
  }

  const isOff = (now: number): boolean => {
    const counted = told.frozen ? told.now : told.now + (Date.now() - told.at);
    return Math.abs(now - counted) > driftMs;
  };

  const stop = watch(changed);

  function end(): void {
    if (over) return;
    over = true;
    stop();
    out.end();
  }

  return {
    changed,
    tick() {
      const wall = Date.now();
      if (stuckSince !== null && wall - stuckSince > stuckMs) out.destroy();
      const now = clock.now();
      if (isOff(now)) changed();
      lastTick = { now, at: wall };
      if (stuckSince === null && wall - writtenAt >= beatMs) write("beat", "{}");
    },
    end,
  };
}
