/** Registers the routes of the HTTP server: protocols, the control API, pages, health and the API description. */
import type { FastifyInstance } from "fastify";
import { controlApiSpec } from "../api/control/api-spec.ts";
import { registerControlApi } from "../api/control/control.ts";
import type { ControlDeps } from "../api/control/route.ts";
import { portalApiSpec } from "../api/portal/api-spec.ts";
import { registerPortalApi } from "../api/portal/portal.ts";
import { getOrCreateCallbackSecrets, rotateCallbackSecret } from "../callbacks/signing.ts";
import type { ClockDrivenJob } from "../core/clock.ts";

import { marketNames, type Market } from "../core/markets.ts";
import { railFor, type Rail } from "../core/rails.ts";
import { version } from "../core/version.ts";
import { createApplicationService } from "../developers/application-service.ts";
import { registerGatewayWebhooks } from "../handset/ussd-gateway-webhooks.ts";
import { registerApiSpec, serveApiSpec, serverApiSpec } from "../http/api-spec.ts";
import { registerHealth } from "../http/health.ts";
import { createReadiness } from "../http/readiness.ts";
import { readOrganisation } from "../store/rail/organisations.ts";
import { registerConnectionMetrics } from "../http/connection-limits.ts";
import { buildServer, type ServerOptions } from "../http/server.ts";
import { createApiOperatorService } from "../organisations/api-operators.ts";
import { createExpiryWork } from "../payments/expire-holds.ts";

import type { OwnListeners, Protocol, ProtocolName } from "../protocols/protocol.ts";
import { createReminderWork } from "../payments/invoice-reminders.ts";
import { createStandingOrderWork } from "../payments/standing-orders.ts";
import { defaultProtocol, protocols } from "../protocols/registry.ts";
import { sandboxJsonKeys } from "../protocols/sandbox-json-keys.ts";
import { renderUnmatchedRequest } from "../protocols/unmatched-request.ts";
import { registerTestCustomerFromPage } from "../sandbox/register-test-customer.ts";
import { handsetCustomers } from "../sandbox/seed-data.ts";
import { registerHandsetPages } from "../web/handset/routes.ts";
import { handsetApiSpec } from "../web/route-schemas.ts";
import { renderMissingPage } from "../web/entrance/missing-page.ts";
import { registerFrontPage } from "../web/entrance/routes.ts";
import { registerStyles } from "../web/look/serve.ts";
import { registerMailbox } from "../web/mailbox/routes.ts";
import { registerWorkspace } from "../web/workspace/routes.ts";
import { checkDatabases } from "./database-probe.ts";
import { createPortalDeps } from "./portal.ts";
import type { RouteParts } from "./route-parts.ts";
import { locateLog } from "./record-request.ts";
import type { RunningRail } from "./rails.ts";

/** Builds the HTTP server with all its routes. */
export async function createHttpServer(parts: RouteParts): Promise<FastifyInstance> {
  const server = buildEmptyServer(parts, protocols, renderMissingPage);
  registerConnectionMetrics(parts.metrics, parts.connectionLimits);
  // Requests that wait for a customer must end first, because closing the listener waits for all requests.
  server.addHook("preClose", () => parts.rails.endWaits());
  await registerRoutes(server, parts);
  return server;
}

/** Builds the server of a protocol's own listener in live, because its paths do not name the environment. */
export function createLiveServer(
  parts: LimitedServerParts & Pick<RouteParts, "running">,
  name: ProtocolName,
): FastifyInstance {
  const served = parts.running.withLiveListener.filter(({ definition }) => definition.name === name);
  const server = buildEmptyServer(
    parts,
    served.map(({ definition }) => definition),
  );
  for (const { protocol } of served) protocol.registerLive?.(server);
  return server;
}

/** The listeners of a protocol's own, and the server behind them. */
export interface OwnServer {
  readonly protocol: ProtocolName;
  readonly listeners: OwnListeners;
  /** `getPorts` returns the ports that are listened on, by name. */
  create(getPorts: () => Readonly<Record<string, number>>): FastifyInstance;
}

/** Every request to one of them gets a response in its protocol's form. */
export const listOwnServers = (
  parts: LimitedServerParts & Pick<RouteParts, "rails" | "running">,
): readonly OwnServer[] =>
  parts.running.withOwnListeners.map(({ definition, listeners }) => ({
    protocol: definition.name,
    listeners,
    create(getPorts) {
      const server = buildLimitedServer(parts, (request) => definition.renderUnmatchedRequest(request));
      // Requests that wait for a customer must end first, because closing the listeners waits for all requests.
      server.addHook("preClose", () => parts.rails.endWaits());
      listeners.register(server, getPorts);
      return server;
    },
  }));

type LimitedServerParts = Pick<RouteParts, "options" | "connectionLimits">;

/** `served`: the protocols whose paths may have no call. */
const buildEmptyServer = (
  parts: LimitedServerParts,
  served: readonly Protocol[],
  renderPage?: ServerOptions["renderMissingPage"],
): FastifyInstance =>
  buildLimitedServer(parts, (request) => renderUnmatchedRequest(served, request), renderPage);

const buildLimitedServer = (
  { options: { config, log }, connectionLimits }: LimitedServerParts,
  render: NonNullable<ServerOptions["renderUnmatchedRequest"]>,
  renderPage?: ServerOptions["renderMissingPage"],
): FastifyInstance =>
  buildServer({
    trustedProxies: config.trustedProxies,
    connectionLimits,
    log,
    renderUnmatchedRequest: render,
    ...(renderPage === undefined ? {} : { renderMissingPage: renderPage }),
  });

async function registerRoutes(app: FastifyInstance, parts: RouteParts): Promise<void> {
  const { options, rails, running, metrics } = parts;
  const { config } = options;
  const apiSpecs = protocols.map((protocol) => protocol.apiSpec());
  await registerApiSpec(app, version, [
    ...apiSpecs,
    controlApiSpec,
    portalApiSpec,
    handsetApiSpec,
    serverApiSpec,
  ]);
  registerHealth(app, {
    metrics,
    metricsToken: config.metricsToken,
    hosts: options.controlHosts,
    readiness: createReadiness({ probe: () => checkDatabases(options, rails) }),
  });
  for (const protocol of running.all) protocol.register(app);
  const controlDeps = createControlDeps(app, parts);
  registerControlApi(app, controlDeps);
  const portalDeps = createPortalDeps(app, parts, controlDeps);
  registerPortalApi(app, portalDeps);
  registerMailbox(app, { localTools: config.localTools, mailer: portalDeps.accounts.mailer });
  registerStyles(app);
  registerWorkspace(app);
  registerHandsets(app, parts);
  registerFrontPage(app, { publicUrl: config.publicUrl, version });
  serveApiSpec(app);
}

/** What the control API works on; the portal's API uses the same functions of the sandbox. */
function createControlDeps(app: FastifyInstance, parts: RouteParts): ControlDeps {
  const { options, rails, callbacks, applications, requestLog, newId } = parts;
  const { stores, clocks, secretKey } = options;
  const stopping = new AbortController();
  app.addHook("preClose", (done) => {
    stopping.abort();
    done();
  });
  const sandboxRail = (market: Market): RunningRail => rails.get(railFor("sandbox", market));
  const signingSecrets = { sql: stores.main, secretKey };
  const refresh = (): Promise<void> => applications.refresh();
  const { sandboxInfo } = parts.running;
  return {
    token: parts.controlToken,
    allowedHosts: options.controlHosts,
    version,
    sandboxInfo: {
      ...sandboxInfo[defaultProtocol.name],
      ...Object.fromEntries(Object.entries(sandboxJsonKeys).map(([key, name]) => [key, sandboxInfo[name]])),
    },
    main: stores.main,
    clock: clocks.sandbox,
    clockDeps: {
      main: stores.main,
      clock: clocks.sandbox,
      rails: marketNames.map((market) => {
        const { rail, payments } = sandboxRail(market);
        return { market, sql: payments.context.sql, work: listClockDrivenJobs(rail, parts) };
      }),
      stopping: stopping.signal,
    },
    payments: (market) => sandboxRail(market).payments,
    handsets: (market) => sandboxRail(market).handsets.service,
    callbacks: (market) => callbacks.forRail(railFor("sandbox", market)),
    callbackSecrets: {
      get: (id) => getOrCreateCallbackSecrets(signingSecrets, id),
      rotate: (id, overlapMs, record) => rotateCallbackSecret(signingSecrets, id, overlapMs, record),
    },
    applications: createApplicationService({
      sql: stores.main,
      environment: "sandbox",
      actor: "control API",
      refresh,
      readSecretKey: () => secretKey,
    }),
    organisations: (market) => parts.organisations(railFor("sandbox", market)),
    operators: createApiOperatorService({
      sql: stores.main,
      environment: "sandbox",
      actor: "control API",
      passwordKey: parts.keys.sandbox.operatorPasswordKey,
      hasOrganisation: async ({ market, shortcode }) =>
        (await readOrganisation(sandboxRail(market).payments.context.sql, shortcode)) !== undefined,
    }),
    validateCallbackUrl: (protocol, url) => callbacks.validateCallbackUrl("sandbox", protocol, url),
    publicIds: parts.publicIds.sandbox,
    newId,
    flushRequestLog: () => requestLog.flush(),
    findRequestLog: (market) => ({
      sql: market === null ? stores.main : sandboxRail(market).payments.context.sql,
      hashKey: locateLog(stores, parts.keys, market === null ? null : railFor("sandbox", market).name)
        .hashKey,
      hasPayments: market !== null,
    }),
    refreshApplicationCache: refresh,
  };
}

/** The clock-driven jobs of a sandbox rail. Jobs due at the same time run in this order. */
function listClockDrivenJobs(rail: Rail, parts: RouteParts): ClockDrivenJob[] {
  const { rails, callbacks, validations, newId } = parts;
  const { payments, handsets } = rails.get(rail);
  const validationWork = validations.findClockWork(rail);
  return [
    createExpiryWork(payments, newId),
    createStandingOrderWork(payments, newId),
    createReminderWork(payments),
    ...(validationWork === null ? [] : [validationWork]),
    handsets.clockWork,
    callbacks.forRail(rail).clockWork,
  ];
}

function registerHandsets(app: FastifyInstance, { options, rails, newId }: RouteParts): void {
  const { config, clocks, log } = options;
  if (config.liveHandsets === "gateway" && config.handsetGatewaySecret !== null) {
    registerGatewayWebhooks(app, {
      secret: config.handsetGatewaySecret,
      handsets: (market) => rails.get(railFor("live", market)).handsets.context,
    });
  }
  registerHandsetPages(app, {
    hosts: options.controlHosts,
    clocks,
    handsets: (rail) => rails.get(rail).handsets.service,
    register: (market, customer) => {
      const { payments, handsets } = rails.get(railFor("sandbox", market));
      return registerTestCustomerFromPage({ payments, phones: handsets.service, newId }, customer);
    },
    startPins: (market) => handsetCustomers(market),
    live: config.liveHandsets === "built-in",
    onError: (error) => log.warn({ err: error }, "the state of a handset could not be read"),
  });
}
