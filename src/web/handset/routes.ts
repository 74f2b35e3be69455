/**
 * `/handset`: handsets as web pages. In the sandbox every client that reaches the server may use them. In live only an
 * enrolled device may, and only if LIVE_HANDSETS is `built-in`.
 *
 * The Content-Security-Policy is set for these routes only: the M-Pesa routes must not have its quotes in a header.
 */
import rateLimit from "@fastify/rate-limit";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { msPerMinute, type Clock } from "../../core/clock.ts";
import type { HandsetService } from "../../handset/handset-api.ts";
import { railFor, type Rail } from "../../core/rails.ts";
import type { Environment, Market } from "../../core/markets.ts";
import { compileValidator } from "../../http/validation.ts";
import { limitWork } from "../../http/work-limit.ts";
import { sendError, handsetHeaders } from "./responses.ts";
import { registerAssets } from "./assets.ts";
import { createEventStreams } from "./events.ts";
import { assertAllowedOrigin, PageError } from "./access-control.ts";
import { registerLiveRoutes } from "./live-routes.ts";
import { registerSandboxRoutes, type TestCustomerForm, type StartPins } from "./sandbox-routes.ts";
import { createUssdSessions } from "./ussd-sessions.ts";
import type { RouteDeps } from "./handset-routes.ts";

export interface HandsetPagesDeps {
  /** Host names that are allowed in addition to this machine's own. */
  readonly hosts: readonly string[];
  readonly clocks: Readonly<Record<Environment, Clock>>;
  readonly handsets: (rail: Rail) => HandsetService;
  /** Registers a number with money and a handset. False if the number already has a handset. */
  readonly register: (market: Market, customer: TestCustomerForm) => Promise<boolean>;
  /** PINs of the seed customers. They are public, because the money is test money. */
  readonly startPins: StartPins;
  /** Whether to serve pages of live handsets. */
  readonly live: boolean;
  readonly onError: (error: unknown) => void;
}

/** Per client. Counts answers, blocks, PINs and secrets, in the sandbox also behaviour changes and registrations. */
const maxRequestsPerMinute = { live: 10, sandbox: 600 } as const;
/** Per client. Several customers may share one address, and each dials a few times. */
const maxDialsPerMinute = { live: 60, sandbox: 600 } as const;

export function registerHandsetPages(app: FastifyInstance, deps: HandsetPagesDeps): void {
  // Separate limits: many open sandbox pages must not block a live customer.
  const streams = { live: createEventStreams(deps.onError), sandbox: createEventStreams(deps.onError) };
  // Streams stay open, so they must be closed before the server waits for open requests.
  app.addHook("preClose", async () => {
    await Promise.all(Object.values(streams).map((group) => group.close()));
  });

  void app.register(async (scope) => {
    await scope.register(rateLimit, { global: false });
    // A form on another site can post text/plain but not JSON, so only JSON is accepted.
    scope.removeContentTypeParser("text/plain");
    scope.addHook("onRequest", async (request, reply) => {
      void reply.headers(handsetHeaders);
      assertAllowedOrigin(request, deps.hosts);
    });
    scope.setValidatorCompiler(compileValidator);
    scope.setErrorHandler((error, request, reply) => sendError(error, request, reply));
    limitWork(scope, (reason) => {
      throw new PageError(reason === "source" ? 429 : 503, (notices) => notices.tooManyRequests(5));
    });
    registerAssets(scope);

    const createRouteDeps = (environment: Environment): RouteDeps => ({
      streams: streams[environment],
      // Separate memory: dials in the sandbox must not end the menus of live customers.
      ussd: createUssdSessions(),
      clock: deps.clocks[environment],
      handsets: (market) => deps.handsets(railFor(environment, market)),
      checkRateLimit: createRateLimiter(scope, maxRequestsPerMinute[environment]),
      checkDialLimit: createRateLimiter(scope, maxDialsPerMinute[environment]),
    });
    registerSandboxRoutes(scope, createRouteDeps("sandbox"), deps);
    if (deps.live) void scope.register(async (live) => registerLiveRoutes(live, createRouteDeps("live")));
  });
}

/** Counts per server. */
function createRateLimiter(scope: FastifyInstance, max: number): (request: FastifyRequest) => Promise<void> {
  // A client with one IPv6 address usually has a whole /64 network.
  const countRequest = scope.createRateLimit({ max, timeWindow: msPerMinute, ipv6Subnet: 64 });
  return async (request) => {
    const result = await countRequest(request);
    if (result.isAllowed || !result.isExceeded) return;
    throw new PageError(429, (notices) => notices.tooManyRequests(result.ttlInSeconds));
  };
}
