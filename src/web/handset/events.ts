/**
 * Live pictures of handsets, by server-sent events: each event is the whole state, so a page that was away
 * needs nothing but the next one.
 *
 * A page that reads slowly is not written to until it has read: it then gets what is true at that moment, and
 * never what it missed. The business clock may be moved or stand still; the page counts seconds by itself,
 * so it is told whenever its count would be wrong.
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import { msPerSecond, type Clock } from "../../core/clock.ts";
import type { HandsetState } from "../../handset/handset-api.ts";
import { securityHeaders } from "./responses.ts";
import { PageError } from "./access-control.ts";
import { toClientKey } from "./client-address.ts";

/** What a page gets: the state, and whether its clock stands still. */
export type HandsetSnapshot = HandsetState & { readonly frozen: boolean };

/**
 * Pages that watch, on one server, and those of one source among them. Each costs a socket and a look at the
 * database now and then.
 */
const defaultStreamLimits: StreamLimits = { total: 300, perClient: 30 };

export interface StreamLimits {
  readonly total: number;
  readonly perClient: number;
}

const heartbeatMs = 15 * msPerSecond;
/** A page that has read nothing for so long is gone, whatever its socket says. */
const stalledMs = 60 * msPerSecond;
/** How far a page's own count of business time may be off. */
const maxDriftMs = 700;

interface Stream {
  /** Sends the state again, unless it says what was sent before. */
  refresh(): void;
  /** Once a second. */
  tick(): void;
  end(): void;
}

export interface EventStreams {
  /** Answers a request with the pictures of a handset, until one side hangs up. Throws where there are too many. */
  open(request: FastifyRequest, reply: FastifyReply, handset: StreamSource): void;
  /** Hangs up on everybody. */
  close(): void;
}

/** A handset as a stream sees it. */
export interface StreamSource {
  readonly clock: Clock;
  /** Null when there is nothing to see any more. */
  state(): Promise<HandsetState | null>;
  /** Calls back when the state may have changed. Returns what stops it. */
  watch(onChange: () => void): () => void;
}

export function createEventStreams(
  onError: (error: unknown) => void,
  limits = defaultStreamLimits,
): EventStreams {
  /** Each with the source that it counts for. */
  const streams = new Map<Stream, string>();
  const timer = setInterval(() => {
    for (const stream of streams.keys()) stream.tick();
  }, msPerSecond).unref();

  function refuseTooMany(client: string): void {
    if (streams.size >= limits.total) {
      throw new PageError(503, "Too many handsets are being watched on this server.");
    }
    if (streams.values().reduce((sum, other) => (other === client ? sum + 1 : sum), 0) >= limits.perClient) {
      throw new PageError(429, "Too many handsets are being watched from your address.");
    }
  }

  return {
    open(request, reply, handset) {
      const client = toClientKey(request.ip);
      refuseTooMany(client);
      reply.hijack();
      const { raw } = reply;
      raw.writeHead(200, {
        ...securityHeaders,
        "content-type": "text/event-stream; charset=utf-8",
        // The socket serves nothing else afterwards, so a server that stops need not wait for it.
        connection: "close",
        // A proxy in front must hand each event on at once.
        "x-accel-buffering": "no",
      });
      raw.write("retry: 1000\n\n");
      const stream = startStream(raw, handset, onError);
      streams.set(stream, client);
      const endStream = (): void => {
        stream.end();
        streams.delete(stream);
      };
      raw.once("close", endStream);
      raw.once("error", endStream);
      stream.refresh();
    },
    close() {
      clearInterval(timer);
      for (const stream of streams.keys()) stream.end();
      streams.clear();
    },
  };
}

function startStream(
  response: FastifyReply["raw"],
  { clock, state: readState, watch }: StreamSource,
  onError: (error: unknown) => void,
): Stream {
  let ended = false;
  let isReading = false;
  let needsRefresh = false;
  /** Since when the page has not read what it was sent. */
  let stalledSince: number | null = null;
  let lastSent = "";
  let writtenAt = Date.now();
  /** What the page takes the business time to be. */
  let pageClock = { now: clock.now(), at: Date.now(), frozen: false };
  let lastTick = { now: pageClock.now, at: pageClock.at };

  const write = (event: string, data: string): void => {
    writtenAt = Date.now();
    if (response.write(`event: ${event}\ndata: ${data}\n\n`)) return;
    stalledSince = writtenAt;
    response.once("drain", () => {
      stalledSince = null;
      if (needsRefresh) refresh();
    });
  };

  function refresh(): void {
    needsRefresh = true;
    if (isReading || ended || stalledSince !== null) return;
    isReading = true;
    needsRefresh = false;
    readState()
      .then(sendState, (error: unknown) => {
        onError(error);
        // A page that hangs on to an old picture must not look as if it were the present one.
        response.destroy();
      })
      .finally(() => {
        isReading = false;
        if (needsRefresh) refresh();
      });
  }

  function sendState(state: HandsetState | null): void {
    if (ended) return;
    if (state === null) {
      write("gone", "{}");
      end();
      return;
    }
    const now = clock.now();
    const wallTime = Date.now();
    // In fewer milliseconds than these, a clock that runs may show the same time twice.
    const frozen = wallTime - lastTick.at > 5 ? now === lastTick.now : pageClock.frozen;
    const { now: _, prompts, ...rest } = state;
    const comparable = JSON.stringify([
      rest,
      prompts.map(({ secondsLeft: __, ...prompt }) => prompt),
      frozen,
    ]);
    if (comparable === lastSent && !hasDrifted(now)) return;
    lastSent = comparable;
    pageClock = { now, at: wallTime, frozen };
    write("state", JSON.stringify({ ...state, now, frozen } satisfies HandsetSnapshot));
  }

  const hasDrifted = (now: number): boolean => {
    const pageTime = pageClock.frozen ? pageClock.now : pageClock.now + (Date.now() - pageClock.at);
    return Math.abs(now - pageTime) > maxDriftMs;
  };

  const stopWatching = watch(refresh);

  function end(): void {
    if (ended) return;
    ended = true;
    stopWatching();
    response.end();
  }

  return {
    refresh,
    tick() {
      const wallTime = Date.now();
      if (stalledSince !== null && wallTime - stalledSince > stalledMs) response.destroy();
      const now = clock.now();
      if (hasDrifted(now)) refresh();
      lastTick = { now, at: wallTime };
      if (stalledSince === null && wallTime - writtenAt >= heartbeatMs) write("beat", "{}");
    },
    end,
  };
}
