/**
 * News for the pages of the workspace, by server-sent events: an application of the developer has new requests.
 *
 * While pages watch, the server asks each log once a second, however many pages there are. An event has no content: the
 * page reads what it shows, so a page that was disconnected has missed nothing.
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import { msPerMinute, msPerSecond } from "../../core/clock.ts";
import { marketNames, type Market } from "../../core/markets.ts";
import { createPoller } from "../../core/poller.ts";
import type { SearchedLog } from "../../developers/request-log/reader.ts";
import { toClientKey } from "../../http/client-address.ts";
import { securityHeaders } from "../../http/security-headers.ts";
import type { Sql } from "../../store/driver/connect.ts";
import { readDeveloperApplications } from "../../store/main/applications.ts";
import { readActivity } from "../../store/request-log/activity.ts";
import { ApiError } from "../api-error.ts";

/** Each stream costs a socket. */
const defaultLimits = { total: 300, perClient: 30 };

const heartbeatMs = 15 * msPerSecond;
/** How long a stream works with the applications that it knows. */
const applicationsAgeMs = 10 * msPerSecond;
/** A page that reads nothing for this long is treated as disconnected. */
const stalledMs = 60 * msPerSecond;

export interface PortalEvents {
  /** Responds with events until one side disconnects. Throws 429 or 503 if there are too many streams. */
  start(developerId: bigint, request: FastifyRequest, reply: FastifyReply): Promise<void>;
  /** Disconnects every page. */
  close(): Promise<void>;
}

export interface PortalEventDeps {
  readonly main: Sql;
  readonly findRequestLog: (market: Market | null) => SearchedLog;
  readonly flushRequestLog: () => Promise<void>;
  readonly onError: (error: unknown) => void;
}

interface Stream {
  readonly client: string;
  readonly developerId: bigint;
  readonly response: FastifyReply["raw"];
  applicationIds: ReadonlySet<bigint>;
  applicationsReadAt: number;
  writtenAt: number;
  /** Before its first event: what happened since the page was loaded is not known. */
  isNew: boolean;
  /** Since when the page has not read what was written. */
  stalledSince: number | null;
}

export function createPortalEvents(deps: PortalEventDeps, limits = defaultLimits): PortalEvents {
  const streams = new Set<Stream>();
  const news = createNews(deps);
  const poller = createPoller({
    async work() {
      if (streams.size === 0) return news.forget();
      const active = await news.read();
      await Promise.all([...streams].map((stream) => update(deps, stream, active)));
    },
    intervalMs: msPerSecond,
    onError: deps.onError,
  });

  function refuseTooMany(client: string): void {
    if (streams.size >= limits.total) throw new ApiError(503, "Too many pages are open. Close some of them.");
    const ofClient = [...streams].filter((stream) => stream.client === client).length;
    if (ofClient >= limits.perClient)
      throw new ApiError(429, "Too many pages of this client are open. Close some of them.");
  }

  return {
    async start(developerId, request, reply) {
      const client = toClientKey(request.ip);
      const applicationIds = await readApplicationIds(deps, developerId);
      refuseTooMany(client);
      const response = startResponse(reply);
      const now = Date.now();
      const stream: Stream = {
        client,
        developerId,
        response,
        applicationIds,
        applicationsReadAt: now,
        writtenAt: now,
        isNew: true,
        stalledSince: null,
      };
      streams.add(stream);
      const end = (): void => void streams.delete(stream);
      response.once("close", end);
      response.once("error", end);
    },
    async close() {
      for (const { response } of streams) response.end();
      streams.clear();
      await poller.stop();
    },
  };
}

function startResponse(reply: FastifyReply): FastifyReply["raw"] {
  reply.hijack();
  const response = reply.raw;
  response.writeHead(200, {
    ...securityHeaders,
    "content-type": "text/event-stream; charset=utf-8",
    // The socket is not reused, so a server that stops does not wait for it.
    connection: "close",
    // Makes a proxy forward each event at once.
    "x-accel-buffering": "no",
  });
  response.write("retry: 1000\n\n");
  return response;
}

/** Knows which requests were there before. */
function createNews({ findRequestLog, flushRequestLog }: PortalEventDeps) {
  /** How many requests an application had in a minute, by market. Null before the first reading. */
  let known: ReadonlyMap<string, bigint> | null = null;
  return {
    forget(): void {
      known = null;
    },
    /** The applications with requests that were not known yet. */
    async read(): Promise<ReadonlySet<bigint>> {
      await flushRequestLog();
      // The newest minute and the one before it, whose last requests may just have been written.
      const since = Math.floor(Date.now() / msPerMinute) - 1;
      const logs = [null, ...marketNames];
      const minutes = await Promise.all(
        logs.map(async (market) =>
          (await readActivity(findRequestLog(market).sql, since)).map((row) => ({ ...row, market })),
        ),
      );
      const active = new Set<bigint>();
      const current = new Map<string, bigint>();
      for (const { market, applicationId, startsAt, requests } of minutes.flat()) {
        const key = `${market} ${applicationId} ${startsAt}`;
        current.set(key, requests);
        if (known !== null && known.get(key) !== requests) active.add(applicationId);
      }
      known = current;
      return active;
    },
  };
}

async function update(deps: PortalEventDeps, stream: Stream, active: ReadonlySet<bigint>): Promise<void> {
  const now = Date.now();
  if (stream.stalledSince !== null) {
    if (now - stream.stalledSince > stalledMs) stream.response.destroy();
    return;
  }
  if (now - stream.applicationsReadAt > applicationsAgeMs) {
    stream.applicationIds = await readApplicationIds(deps, stream.developerId);
    stream.applicationsReadAt = now;
  }
  if (stream.isNew || !active.isDisjointFrom(stream.applicationIds)) write(stream, "requests");
  else if (now - stream.writtenAt >= heartbeatMs) write(stream, "beat");
}

function write(stream: Stream, event: string): void {
  stream.writtenAt = Date.now();
  stream.isNew = false;
  if (stream.response.write(`event: ${event}\ndata: {}\n\n`)) return;
  stream.stalledSince = stream.writtenAt;
  stream.response.once("drain", () => (stream.stalledSince = null));
}

const readApplicationIds = async (
  { main }: Pick<PortalEventDeps, "main">,
  developerId: bigint,
): Promise<ReadonlySet<bigint>> =>
  new Set((await readDeveloperApplications(main, "sandbox", developerId)).map(({ id }) => id));
