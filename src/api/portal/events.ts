/**
 * News for the pages of the workspace, by server-sent events: an application of the developer has new requests.
 *
 * While pages watch, the server asks each log once a second, however many pages there are. An event has no content: the
 * page reads what it shows, so a page that was disconnected has missed nothing.
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import { msPerMinute, msPerSecond } from "../../core/clock.ts";
import { marketNames } from "../../core/markets.ts";
import { createPoller } from "../../core/poller.ts";
import { toClientKey } from "../../http/client-address.ts";
import { securityHeaders } from "../../http/security-headers.ts";
import { readApplicationsOf } from "../../store/main/applications.ts";
import { readActivity } from "../../store/request-log/activity.ts";
import { ApiError } from "../api-error.ts";
import { defineRoute, type DeveloperContext, type PortalDeps } from "./route.ts";

/** Each stream costs a socket. */
const defaultLimits = { total: 300, perClient: 30 };

const heartbeatMs = 15 * msPerSecond;
/** How long a stream works with the applications that it knows. */
const applicationsAgeMs = 10 * msPerSecond;
/** A page that reads nothing for this long is treated as disconnected. */
const stalledMs = 60 * msPerSecond;

interface Stream {
  readonly client: string;
  readonly developerId: bigint;
  readonly response: FastifyReply["raw"];
  applicationIds: ReadonlySet<bigint>;
  applicationsReadAt: number;
  writtenAt: number;
  /** Since when the page has not read what was written. */
  stalledSince: number | null;
}

export interface PortalEvents {
  /** Responds with events until one side disconnects. Throws 429 or 503 if there are too many streams. */
  start(context: DeveloperContext, request: FastifyRequest, reply: FastifyReply): Promise<void>;
  /** Disconnects every page. */
  close(): Promise<void>;
}

type EventDeps = Pick<PortalDeps, "main" | "findRequestLog" | "sandbox">;

export function createPortalEvents(
  deps: EventDeps,
  onError: (error: unknown) => void,
  limits = defaultLimits,
): PortalEvents {
  const streams = new Set<Stream>();
  /** How many requests were known of an application and a minute, by market. */
  const known = new Map<string, bigint>();
  let hasBaseline = false;

  const poller = createPoller({
    async work() {
      if (streams.size === 0) {
        hasBaseline = false;
        known.clear();
        return;
      }
      const active = await readNews();
      await Promise.all([...streams].map((stream) => update(stream, active)));
    },
    intervalMs: msPerSecond,
    onError,
  });

  /** The applications with requests that were not known yet. */
  async function readNews(): Promise<ReadonlySet<bigint>> {
    await deps.sandbox.flushRequestLog();
    // The newest minute and the one before it, whose last requests may just have been written.
    const since = Math.floor(Date.now() / msPerMinute) - 1;
    const logs = [null, ...marketNames];
    const minutes = await Promise.all(
      logs.map(async (market) =>
        (await readActivity(deps.findRequestLog(market).sql, since)).map((row) => ({ ...row, market })),
      ),
    );
    const active = new Set<bigint>();
    const current = new Map<string, bigint>();
    for (const { market, applicationId, startsAt, requests } of minutes.flat()) {
      const key = `${market} ${applicationId} ${startsAt}`;
      current.set(key, requests);
      if (hasBaseline && known.get(key) !== requests) active.add(applicationId);
    }
    known.clear();
    for (const [key, requests] of current) known.set(key, requests);
    hasBaseline = true;
    return active;
  }

  async function update(stream: Stream, active: ReadonlySet<bigint>): Promise<void> {
    const now = Date.now();
    if (stream.stalledSince !== null) {
      if (now - stream.stalledSince > stalledMs) stream.response.destroy();
      return;
    }
    if (now - stream.applicationsReadAt > applicationsAgeMs) {
      stream.applicationIds = await readApplicationIds(stream.developerId);
      stream.applicationsReadAt = now;
    }
    if (!active.isDisjointFrom(stream.applicationIds)) write(stream, "requests");
    else if (now - stream.writtenAt >= heartbeatMs) write(stream, "beat");
  }

  function write(stream: Stream, event: string): void {
    stream.writtenAt = Date.now();
    if (stream.response.write(`event: ${event}\ndata: {}\n\n`)) return;
    stream.stalledSince = stream.writtenAt;
    stream.response.once("drain", () => (stream.stalledSince = null));
  }

  const readApplicationIds = async (developerId: bigint): Promise<ReadonlySet<bigint>> =>
    new Set((await readApplicationsOf(deps.main, "sandbox", developerId)).map(({ id }) => id));

  function refuseTooMany(client: string): void {
    if (streams.size >= limits.total) throw new ApiError(503, "Too many pages are open. Close some of them.");
    const ofClient = [...streams].filter((stream) => stream.client === client).length;
    if (ofClient >= limits.perClient)
      throw new ApiError(429, "Too many pages of this client are open. Close some of them.");
  }

  return {
    async start({ developer }, request, reply) {
      const client = toClientKey(request.ip);
      const applicationIds = await readApplicationIds(developer.id);
      refuseTooMany(client);
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
      const now = Date.now();
      const stream: Stream = {
        client,
        developerId: developer.id,
        response,
        applicationIds,
        applicationsReadAt: now,
        writtenAt: now,
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

export const eventRoutes = [
  defineRoute({
    method: "GET",
    path: "/events",
    summary: "Streams an event, without content, whenever your applications have made requests.",
    waits: true,
    status: 200,
    contentType: "text/event-stream",
    errors: { 429: "Too many streams of this client.", 503: "Too many streams." },
    handle: (_request, context, reply) => context.deps.events.start(context, context.request, reply),
  }),
] as const;
