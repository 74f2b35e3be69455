/**
 * `/handset`: phones as web pages. In the sandbox anybody who reaches the server may press their buttons; in
 * live only an enrolled device, and only where LIVE_HANDSETS says so.
 *
 * The policy of these pages has quotes in it, which the gateway's routes must not have, so it is set here alone.
 */
import rateLimit from "@fastify/rate-limit";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { msPerMinute, type Clock } from "../../core/clock.ts";
import type { HandsetService } from "../../handset/handset-api.ts";
import { railFor, type Environment, type Market, type Rail } from "../../core/money.ts";
import { sendError, securityHeaders } from "./responses.ts";
import { registerAssets } from "./assets.ts";
import { createEventStreams } from "./events.ts";
import { assertAllowedOrigin, PageError } from "./access-control.ts";
import { registerLiveRoutes } from "./live-routes.ts";
import { registerSandboxRoutes, type TestCustomerForm, type StartPins } from "./sandbox-routes.ts";
import { createUssdSessions } from "./ussd-sessions.ts";
import type { RouteDeps } from "./handset-routes.ts";

export interface HandsetPagesDeps {
  /** Hosts that are answered beside this machine's own names. */
  readonly hosts: readonly string[];
  readonly clocks: Readonly<Record<Environment, Clock>>;
  readonly handsets: (rail: Rail) => HandsetService;
  /** Registers a number with money and a handset. False when somebody has the number already. */
  readonly register: (market: Market, customer: TestCustomerForm) => Promise<boolean>;
  /** What the sandbox's own handsets began with. Anybody may know: it is practice money. */
  readonly startPins: StartPins;
  /** Whether there are pages of live handsets. */
  readonly live: boolean;
  readonly onError: (error: unknown) => void;
}

/** How many tries one source has in a minute: at PINs and secrets in live, at anything in the sandbox. */
const maxRequestsPerMinute = { live: 10, sandbox: 600 } as const;

export function registerHandsetPages(app: FastifyInstance, deps: HandsetPagesDeps): void {
  // Each has its own: the sandbox is open to anybody, and must not shut out a live customer.
  const streams = { live: createEventStreams(deps.onError), sandbox: createEventStreams(deps.onError) };
  // A stream never ends by itself: hung up on before the listener waits for whoever is being answered.
  app.addHook("preClose", async () => Object.values(streams).forEach((group) => group.close()));

  void app.register(async (scope) => {
    await scope.register(rateLimit, { global: false });
    // A form of another server's page can post a text, and no JSON.
    scope.removeContentTypeParser("text/plain");
    scope.addHook("onRequest", async (request, reply) => {
      void reply.headers(securityHeaders);
      assertAllowedOrigin(request, deps.hosts);
    });
    scope.setErrorHandler((error, request, reply) => sendError(error, request, reply));
    registerAssets(scope);

    const ussd = createUssdSessions();
    const createRouteDeps = (environment: Environment): RouteDeps => ({
      streams: streams[environment],
      ussd,
      clock: deps.clocks[environment],
      handsets: (market) => deps.handsets(railFor(environment, market)),
      checkRateLimit: createRateLimiter(scope, maxRequestsPerMinute[environment]),
    });
    registerSandboxRoutes(scope, createRouteDeps("sandbox"), deps);
    if (deps.live) void scope.register(async (live) => registerLiveRoutes(live, createRouteDeps("live")));
  });
}

/** Throws 429 for a source that has had its tries of this minute, on this server. */
function createRateLimiter(scope: FastifyInstance, max: number): (request: FastifyRequest) => Promise<void> {
  // Whoever has one address of version 6 has a whole network of them.
  const countRequest = scope.createRateLimit({ max, timeWindow: msPerMinute, ipv6Subnet: 64 });
  return async (request) => {
    const result = await countRequest(request);
    if (result.isAllowed || !result.isExceeded) return;
    throw new PageError(429, `Too many tries. Try again in ${result.ttlInSeconds} seconds.`);
  };
}
