/**
 * Builds everything between the database pools and the HTTP server, in order.
 *
 * `main.ts` opens the databases and handles signals; a test can build an app on its own database, with another clock.
 */
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { createCallbackService } from "../callbacks/callback-service.ts";
import type { CallbackDispatcher } from "../callbacks/dispatcher.ts";
import { registerCallbackMetrics } from "../callbacks/metrics.ts";
import {
  getOrCreateCallbackSecrets as secretsOfCallbacks,
  rotateCallbackSecret,
} from "../callbacks/signing.ts";
import { type Clock, type ClockDrivenJob } from "../core/clock.ts";
import type { Config } from "../config/settings.ts";
import { registerControlApi, type ControlDeps } from "../api/control/control.ts";
import { controlApiSpec } from "../api/control/api-spec.ts";
import {
  authenticationFailures,
  createAuthenticator,
  type SessionCheckResult,
} from "../developers/authenticate.ts";
import type { Application } from "../developers/applications.ts";
import { createApplicationCache } from "../developers/application-cache.ts";
import { createRequestLogWriter } from "../developers/request-log-writer.ts";
import { getOrCreateSandboxApiKey } from "../developers/sandbox-application.ts";
import { registerFrontPage } from "../web/entrance/routes.ts";
import type { FrontPageData } from "../web/entrance/page.ts";
import { registerGatewayWebhooks } from "../handset/ussd-gateway-webhooks.ts";
import { createRailHandsets, type TransportConfig, type RailHandsets } from "../handset/handset-service.ts";
import type { HandsetService } from "../handset/handset-api.ts";
import { handsetApiSpec } from "../web/handset/api-spec.ts";
import { registerHandsetPages } from "../web/handset/routes.ts";
import { registerHealth } from "../http/health.ts";
import { createMetrics } from "../http/metrics.ts";
import { buildApiSpec, serveApiSpec } from "../http/api-spec-document.ts";
import { serverApiSpec } from "../http/api-spec.ts";
import { buildServer } from "../http/server.ts";
import { createIdGenerator, createPublicIds, type Id } from "../core/ids.ts";
import { startBackgroundJobs } from "./background-jobs.ts";
import {
  marketNames,
  markets,
  railFor,
  rails,
  type Environment,
  type Rail,
  type RailName,
} from "../core/money.ts";
import { createExpiryWork } from "../payments/expire-holds.ts";
import { createPayments, type Payments } from "../payments/payments.ts";
import { queueQueryResult } from "../payments/query-results.ts";
import { createCallbackRenderer } from "../protocols/openapi-v2/callback-payload.ts";
import { registerOpenapiV2 } from "../protocols/openapi-v2/routes.ts";
import { getSession } from "../protocols/openapi-v2/operations/get-session.ts";
import { openapiV2ApiSpec } from "../protocols/openapi-v2/api-spec.ts";
import { operations } from "../protocols/openapi-v2/operations.ts";
import type { ProtocolDeps } from "../protocols/protocol.ts";
import { createNetwork } from "../sandbox/network.ts";
import { registerTestCustomerFromPage } from "../sandbox/register-test-customer.ts";
import type { SandboxClock } from "../sandbox/clock.ts";
import type { ClockAdvanceDeps } from "../sandbox/advance-clock.ts";
import { seedSandbox } from "../sandbox/seed.ts";
import { handsetCustomers, organisations, seedCustomers } from "../sandbox/seed-data.ts";
import { allocateServerNumber } from "../store/main/applications.ts";
import { makePartitions } from "../store/schema/partitions.ts";
import type { Stores } from "../store/databases.ts";
import { createBearerDecryptor } from "../vault/bearers.ts";
import { newControlToken } from "../api/control/token.ts";
import { createMsisdnTokens } from "../vault/msisdn-tokens.ts";
import { loadSecrets, getOrCreateSecret, type EnvironmentSecrets } from "../vault/secrets.ts";
import { version } from "../core/version.ts";

export interface PlatformOptions {
  readonly config: Pick<
    Config,
    | "activationDelayMs"
    | "callbackLogRetentionMs"
    | "handsetGatewaySecret"
    | "handsetGatewayUrl"
    | "liveHandsets"
    | "metricsToken"
    | "pinLockMs"
    | "promptLifeMs"
    | "publicUrl"
    | "requestLogRetentionMs"
    | "sandboxPrivateListeners"
    | "synchronousWaitMs"
    | "trustedProxies"
    | "twoStepHoldMs"
  >;
  readonly stores: Stores;
  readonly secretKey: Buffer;
  readonly clocks: { readonly sandbox: SandboxClock; readonly live: Clock };
  readonly log: Logger;
  /** Hosts that `/control/v1` accepts, besides the names of this machine. */
  readonly controlHosts: readonly string[];
}

export interface Platform {
  readonly app: FastifyInstance;
  /** The content of `sandbox.json`, without the addresses. */
  readonly sandbox: { readonly controlToken: string; readonly openapi: object };
  payments(rail: Rail): Payments;
  phones(rail: Rail): HandsetService;
  callbacks(rail: Rail): CallbackDispatcher;
  readonly newId: () => Id;
  /** Completes running work, writes what is queued, and closes everything except the pools. */
  close(): Promise<void>;
}

export async function createApp(options: PlatformOptions): Promise<Platform> {
  const { config, stores, secretKey, clocks, log } = options;
  const [sandboxSecrets, liveSecrets, server] = await Promise.all([
    loadSecrets(stores.main, secretKey, "sandbox"),
    loadSecrets(stores.main, secretKey, "live"),
    allocateServerNumber(stores.main),
  ]);
  const secrets = { sandbox: sandboxSecrets, live: liveSecrets };
  const newId = createIdGenerator(server);
  const publicIds = {
    sandbox: createPublicIds(secrets.sandbox.publicIdKey),
    live: createPublicIds(secrets.live.publicIdKey),
  };

  const payments = new Map<RailName, Payments>();
  for (const { rail, sql } of stores.rails.values()) {
    const context = {
      rail,
      sql,
      clock: clocks[rail.environment],
      publicIds: publicIds[rail.environment],
      twoStepHoldMs: config.twoStepHoldMs,
      promptLifeMs: config.promptLifeMs,
    };
    payments.set(rail.name, createPayments(context));
  }
  const paymentsFor = (rail: Rail): Payments => payments.get(rail.name) as Payments;
  // A sandbox clock may be far from wall time, so the partitions of its current day may be missing.
  await Promise.all(
    marketNames.map((market) => {
      const { sql, clock } = paymentsFor(railFor("sandbox", market)).context;
      return makePartitions(sql, "rail", Date.now(), clock.now());
    }),
  );
  const { pinKey } = secrets.sandbox;
  await Promise.all(
    marketNames.map((market) => seedSandbox(paymentsFor(railFor("sandbox", market)), { newId, pinKey })),
  );

  const handsets = new Map<RailName, RailHandsets>();
  for (const railPayments of payments.values()) {
    const { environment, name } = railPayments.context.rail;
    const context = {
      ...railPayments.context,
      payments: railPayments,
      newId,
      pinKey: secrets[environment].pinKey,
      pinLockMs: config.pinLockMs,
    };
    const onError = (message: string, error?: unknown): void =>
      log.warn({ rail: name, ...(error === undefined ? {} : { err: error }) }, message);
    handsets.set(name, createRailHandsets(context, handsetTransportConfig(environment, options), onError));
  }
  const handsetsFor = (rail: Rail): RailHandsets => handsets.get(rail.name) as RailHandsets;

  const applicationCache = createApplicationCache(stores.main);
  const bearers = createBearerDecryptor(secrets);
  const { activationDelayMs } = config;
  const authenticator = createAuthenticator({
    sql: stores.main,
    cache: applicationCache,
    bearers,
    clocks,
    activationDelayMs,
  });
  const requestLog = createRequestLogWriter(
    (name) => (name === null ? stores.mainLog : (stores.rails.get(name)?.log ?? stores.mainLog)),
    (error, lost) => log.warn({ err: error, lost }, "request log lines were lost"),
  );
  const metrics = createMetrics();
  metrics.gauge(
    "pesarail_request_log_dropped",
    "Request log lines that could not be stored.",
    () => requestLog.dropped,
  );

  const tokens = {
    sandbox: createMsisdnTokens(secrets.sandbox.tokenKey),
    live: createMsisdnTokens(secrets.live.tokenKey),
  };
  const callbackSecrets = { sql: stores.main, secretKey };
  const callbacks = createCallbackService({
    rails: [...stores.rails.values()],
    secrets: callbackSecrets,
    clocks,
    publicIds,
    newId,
    renderers: {
      "openapi-v2": createCallbackRenderer({
        sandbox: { publicIds: publicIds.sandbox, tokens: tokens.sandbox },
        live: { publicIds: publicIds.live, tokens: tokens.live },
      }),
    },
    sandboxPrivateListeners: config.sandboxPrivateListeners,
    version,
    onAttempt: registerCallbackMetrics(metrics, rails, (rail) => callbacks.forRail(rail).state()),
    onError: (rail, what, error) =>
      log.warn({ err: error, rail: rail.name }, `${what} failed; it will be retried`),
  });
  applicationCache.onInvalidate(() => callbacks.signer.clearCache());
  for (const { context, commitEvents } of payments.values()) {
    commitEvents.subscribe(({ deliveriesQueued }) => {
      if (deliveriesQueued) callbacks.forRail(context.rail).notify();
    });
  }

  const protocolDeps: ProtocolDeps = {
    newId,
    publicIds,
    payments: paymentsFor,
    synchronousWaitMs: config.synchronousWaitMs,
    validateCallbackUrl: (environment, protocol, url) =>
      callbacks.validateCallbackUrl(environment, protocol, url),
    queueQueryResult: (rail, result) => queueQueryResult(paymentsFor(rail), result),
    tokens,
    authenticate(environment, credentials) {
      const result = authenticator.authenticate(environment, credentials);
      return result instanceof Promise ? result.then(describeDenial) : describeDenial(result);
    },
    createSession: async (environment, credentials) =>
      describeDenial(await authenticator.createSession(environment, credentials)),
    record(entry) {
      const { environment, market, fault } = entry;
      const name = market === null ? null : railFor(environment, market).name;
      requestLog.record(name, entry);
      metrics.request(environment, market ?? "none", entry.call, entry.code, entry.latencyUs / 1e6);
      if (fault !== undefined) {
        const requestId = publicIds[environment].conversationId(entry.id);
        log.error(
          { err: fault, requestId, call: entry.call, rail: name },
          "a gateway call failed with an internal error",
        );
      }
    },
  };

  const controlToken = await getOrCreateSecret(
    stores.main,
    secretKey,
    "sandbox",
    "control-token",
    newControlToken,
  );
  const sandboxInfo = sandboxClientInfo(
    await getOrCreateSandboxApiKey(stores.main, secretKey),
    secrets.sandbox,
  );
  const app = buildServer({ trustedProxies: config.trustedProxies, log });
  // Requests that wait for a customer must end first, because closing the listener waits for all requests.
  app.addHook("preClose", (done) => {
    for (const { pendingPrompts } of payments.values()) pendingPrompts.close();
    done();
  });
  registerHealth(app, {
    metrics,
    metricsToken: config.metricsToken,
    ready: () => allReachable(stores),
  });
  registerOpenapiV2(app, protocolDeps);
  /** The clock-driven jobs of a sandbox rail. Jobs due at the same time run in this order. */
  const listClockDrivenJobs = (rail: Rail): ClockDrivenJob[] => [
    createExpiryWork(paymentsFor(rail), newId),
    handsetsFor(rail).clockWork,
    callbacks.forRail(rail).clockWork,
  ];
  const stopping = new AbortController();
  app.addHook("preClose", (done) => {
    stopping.abort();
    done();
  });
  const clockDeps: ClockAdvanceDeps = {
    main: stores.main,
    clock: clocks.sandbox,
    rails: marketNames.map((market) => {
      const rail = railFor("sandbox", market);
      return { market, sql: paymentsFor(rail).context.sql, work: listClockDrivenJobs(rail) };
    }),
    stopping: stopping.signal,
  };
  const controlDeps: ControlDeps = {
    token: controlToken,
    allowedHosts: options.controlHosts,
    version,
    sandboxInfo,
    main: stores.main,
    clock: clocks.sandbox,
    clockDeps,
    payments: (market) => paymentsFor(railFor("sandbox", market)),
    handsets: (market) => handsetsFor(railFor("sandbox", market)).service,
    callbacks: (market) => callbacks.forRail(railFor("sandbox", market)),
    callbackSecrets: {
      get: (id) => secretsOfCallbacks(callbackSecrets, id),
      rotate: (id, overlapMs) => rotateCallbackSecret(callbackSecrets, id, overlapMs),
    },
    validateCallbackUrl: (url) => callbacks.validateCallbackUrl("sandbox", "openapi-v2", url),
    publicIds: publicIds.sandbox,
    newId,
    flushRequestLog: () => requestLog.flush(),
    refreshApplicationCache: () => applicationCache.refresh(),
  };
  registerControlApi(app, controlDeps);
  if (config.liveHandsets === "gateway" && config.handsetGatewaySecret !== null) {
    registerGatewayWebhooks(app, {
      secret: config.handsetGatewaySecret,
      handsets: (market) => handsetsFor(railFor("live", market)).context,
    });
  }
  registerHandsetPages(app, {
    hosts: options.controlHosts,
    clocks,
    handsets: (rail) => handsetsFor(rail).service,
    register: (market, customer) => {
      const rail = railFor("sandbox", market);
      return registerTestCustomerFromPage(
        { payments: paymentsFor(rail), phones: handsetsFor(rail).service, newId },
        customer,
      );
    },
    startPins: (market) => handsetCustomers(market),
    live: config.liveHandsets === "built-in",
    onError: (error) => log.warn({ err: error }, "the state of a handset could not be read"),
  });
  registerFrontPage(app, { publicUrl: config.publicUrl, data: frontPageData() });
  const apiSpecParts = [
    openapiV2ApiSpec(Object.values(authenticationFailures)),
    controlApiSpec,
    handsetApiSpec,
    serverApiSpec,
  ];
  serveApiSpec(app, buildApiSpec(version, apiSpecParts));

  const stopBackgroundJobs = startBackgroundJobs(options, [...payments.values()], newId);
  return {
    app,
    sandbox: { controlToken, openapi: sandboxInfo },
    payments: paymentsFor,
    phones: (rail) => handsetsFor(rail).service,
    callbacks: (rail) => callbacks.forRail(rail),
    newId,
    async close() {
      await stopBackgroundJobs();
      await Promise.all([...handsets.values()].map((handset) => handset.close()));
      await Promise.all([...payments.values()].map(({ batcher: lanes }) => lanes.drain()));
      await callbacks.close();
      applicationCache.close();
      await Promise.all([requestLog.close(), bearers.close()]);
    },
  };
}

/** How prompts and messages reach an environment's handsets. The sandbox always has the handset page, behind its simulated network. */
function handsetTransportConfig(
  environment: Environment,
  { config, stores }: PlatformOptions,
): TransportConfig {
  const { liveHandsets, handsetGatewayUrl: url, handsetGatewaySecret: secret } = config;
  if (environment === "sandbox") return { type: "built-in", network: createNetwork(stores.main) };
  if (liveHandsets === "built-in") return { type: "built-in", network: null };
  return liveHandsets === "gateway" && url !== null && secret !== null
    ? { type: "gateway", url, secret }
    : { type: "none" };
}

/** Adds the denial reason to a failed authentication; returns other results unchanged. */
function describeDenial<T extends object>(
  result: SessionCheckResult<T>,
): T | { denialReason: string; application?: Application } {
  if (!("failure" in result)) return result;
  const denialReason = authenticationFailures[result.failure];
  return result.application === undefined
    ? { denialReason }
    : { denialReason, application: result.application };
}

function sandboxClientInfo(apiKey: string, secrets: EnvironmentSecrets): object {
  const [provider, receiver] = organisations;
  return {
    apiKey,
    publicKey: secrets.publicKey,
    serviceProviderCode: provider.shortcode,
    receiverPartyCode: receiver.shortcode,
    markets: Object.fromEntries(
      marketNames.map((market) => {
        const { country, currency } = markets[market];
        const customers = seedCustomers(market).map(({ msisdn }) => msisdn);
        const handsets = handsetCustomers(market).map(({ msisdn, pin }) => ({ msisdn, pin }));
        return [market, { country, currency, customers, handsets }];
      }),
    ),
  };
}

function frontPageData(): Omit<FrontPageData, "url"> {
  const seeded = marketNames.map((market) => ({
    market,
    ...markets[market],
    customers: seedCustomers(market),
    handsetCustomers: handsetCustomers(market),
  }));
  return { version, organisations, calls: [getSession, ...operations], markets: seeded };
}

async function allReachable(stores: Stores): Promise<boolean> {
  await Promise.all([stores.main`select 1`, ...[...stores.rails.values()].map(({ sql }) => sql`select 1`)]);
  return true;
}
