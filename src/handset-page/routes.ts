/**
 * `/handset`: phones as web pages. In the sandbox anybody who reaches the server may press their buttons; in
 * live only an enrolled device, and only where LIVE_HANDSETS says so.
 *
 * The policy of these pages has quotes in it, which the gateway's routes must not have, so it is set here alone.
 */
import rateLimit from "@fastify/rate-limit";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { minute, type Clock } from "../clock.ts";
import type { Phones } from "../handset/phone.ts";
import { rail, type Environment, type Market, type Rail } from "../money.ts";
import { answerError, safeHeaders } from "./answers.ts";
import { serveAssets } from "./assets.ts";
import { openStreams } from "./events.ts";
import { guard, PageError } from "./guard.ts";
import { livePages } from "./live-routes.ts";
import { sandboxPages, type Newcomer, type StartPins } from "./sandbox-routes.ts";
import { openUssd } from "./ussd.ts";
import type { Tools } from "./phone-routes.ts";

export interface HandsetPageDeps {
  /** Hosts that are answered beside this machine's own names. */
  readonly hosts: readonly string[];
  readonly clocks: Readonly<Record<Environment, Clock>>;
  readonly phones: (rail: Rail) => Phones;
  /** Registers a number with money and a handset. False when somebody has the number already. */
  readonly register: (market: Market, newcomer: Newcomer) => Promise<boolean>;
  /** What the sandbox's own handsets began with. Anybody may know: it is practice money. */
  readonly startPins: StartPins;
  /** Whether there are pages of live handsets. */
  readonly live: boolean;
  readonly onError: (error: unknown) => void;
}

/** How many tries one source has in a minute: at PINs and secrets in live, at anything in the sandbox. */
const triesMax = { live: 10, sandbox: 600 } as const;

export function handsetPages(app: FastifyInstance, deps: HandsetPageDeps): void {
  // Each has its own: the sandbox is open to anybody, and must not shut out a live customer.
  const streams = { live: openStreams(deps.onError), sandbox: openStreams(deps.onError) };
  // A stream never ends by itself: hung up on before the listener waits for whoever is being answered.
  app.addHook("preClose", async () => Object.values(streams).forEach((each) => each.close()));

  void app.register(async (scope) => {
    await scope.register(rateLimit, { global: false });
    // A form of another server's page can post a text, and no JSON.
    scope.removeContentTypeParser("text/plain");
    scope.addHook("onRequest", async (request, reply) => {
      void reply.headers(safeHeaders);
      guard(request, deps.hosts);
    });
    scope.setErrorHandler((error, request, reply) => answerError(error, request, reply));
    serveAssets(scope);

    const ussd = openUssd();
    const toolsOf = (environment: Environment): Tools => ({
      streams: streams[environment],
      ussd,
      clock: deps.clocks[environment],
      phones: (market) => deps.phones(rail(environment, market)),
      limit: limiter(scope, triesMax[environment]),
    });
    sandboxPages(scope, toolsOf("sandbox"), deps);
    if (deps.live) void scope.register(async (live) => livePages(live, toolsOf("live")));
  });
}

/** Throws 429 for a source that has had its tries of this minute, on this server. */
function limiter(scope: FastifyInstance, max: number): (request: FastifyRequest) => Promise<void> {
  // Whoever has one address of version 6 has a whole network of them.
  const count = scope.createRateLimit({ max, timeWindow: minute, ipv6Subnet: 64 });
  return async (request) => {
    const verdict = await count(request);
    if (verdict.isAllowed || !verdict.isExceeded) return;
    throw new PageError(429, `Too many tries. Try again in ${verdict.ttlInSeconds} seconds.`);
  };
}
