/**
 * Live snapshots of handsets by server-sent events. Each event has the whole state, so a page that reconnects needs only
 * the next event.
 *
 * While a page has not read the last event, no further event is written: afterwards it gets the current state, and no
 * backlog. The page counts business time itself between events. If the business clock is advanced or stopped, the server
 * sends a new event to correct the page.
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import { msPerSecond, type Clock } from "../../core/clock.ts";
import { createPoller } from "../../core/poller.ts";
import type { HandsetState } from "../../handset/handset-api.ts";
import { handsetHeaders } from "./responses.ts";
import { PageError } from "./access-control.ts";
import { toClientKey } from "../../http/client-address.ts";

/** `frozen`: the business clock is stopped. */
export type HandsetSnapshot = HandsetState & { readonly frozen: boolean };

/** Per server. Each stream costs a socket and regular database queries. */
const defaultStreamLimits: StreamLimits = { total: 300, perClient: 30 };

export interface StreamLimits {
  readonly total: number;
  readonly perClient: number;
}

const heartbeatMs = 15 * msPerSecond;
/** A page that reads nothing for this long is treated as disconnected. */
const stalledMs = 60 * msPerSecond;
/** How far a page's count of business time may differ from the server's. */
const maxDriftMs = 700;

interface Stream {
  /** Sends the state if it differs from the last one sent. */
  refresh(): void;
  /** Called once a second. */
  tick(): void;
  end(): void;
}

export interface EventStreams {
  /** Responds with snapshots of a handset until one side disconnects. Throws if there are too many streams. */
  open(request: FastifyRequest, reply: FastifyReply, handset: StreamSource): void;
  /** Disconnects every page. */
  close(): Promise<void>;
}

export interface StreamSource {
  readonly clock: Clock;
  /** Null if the handset does not exist any more, or the page may not read it any more. */
  state(): Promise<HandsetState | null>;
  /** Calls `onChange` when the state may have changed. Returns a function that stops watching. */
  watch(onChange: () => void): () => void;
}

export function createEventStreams(
  onError: (error: unknown) => void,
  limits = defaultStreamLimits,
): EventStreams {
  /** Each stream with its client's key. */
  const streams = new Map<Stream, string>();
  const ticker = createPoller({
    async work() {
      for (const stream of streams.keys()) stream.tick();
    },
    intervalMs: msPerSecond,
    onError,
  });

  function refuseTooMany(client: string): void {
    if (streams.size >= limits.total) {
      throw new PageError(503, (notices) => notices.tooManyHandsets);
    }
    if (streams.values().reduce((sum, other) => (other === client ? sum + 1 : sum), 0) >= limits.perClient) {
      throw new PageError(429, (notices) => notices.tooManyHandsetsOfClient);
    }
  }

  return {
    open(request, reply, handset) {
      const client = toClientKey(request.ip);
      refuseTooMany(client);
      reply.hijack();
      const { raw } = reply;
      raw.writeHead(200, {
        ...handsetHeaders,
        "content-type": "text/event-stream; charset=utf-8",
        // The socket is not reused, so a server that stops does not wait for it.
        connection: "close",
        // Makes a proxy forward each event at once.
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
    async close() {
      for (const stream of streams.keys()) stream.end();
      streams.clear();
      await ticker.stop();
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
  /** Since when the page has not read the last event. */
  let stalledSince: number | null = null;
  let lastSent = "";
  let writtenAt = Date.now();
  /** The business time from which the page counts. */
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
        // Disconnecting shows the page that its snapshot is outdated.
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
    // Within a few milliseconds, a running clock may return the same time twice.
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
