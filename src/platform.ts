/**
 * The platform on its databases: everything between the pools and the HTTP server, built in order.
 *
 * `main.ts` decides where the databases are and when to stop; a test may build a platform on a database
 * of its own, with another clock.
 */
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { openAllCallbacks } from "./callbacks/all-rails.ts";
import type { Callbacks } from "./callbacks/callbacks.ts";
import { countCallbacks } from "./callbacks/metrics.ts";
import { callbackSecrets as secretsOfCallbacks, rotateCallbackSecret } from "./callbacks/signing.ts";
import { type Clock, type TimedWork } from "./clock.ts";
import type { Config } from "./config.ts";
import { control, type ControlDeps } from "./control/control.ts";
import { controlPart } from "./control/openapi.ts";
import { authenticationFailures, openAuthenticator, type Verdict } from "./developers/authenticate.ts";
import type { Application } from "./developers/applications.ts";
import { openDirectory } from "./developers/directory.ts";
import { openRecorder } from "./developers/request-log.ts";
import { sandboxApiKey } from "./developers/sandbox-application.ts";
import { frontPage } from "./front-page/front-page.ts";
import type { PageFacts } from "./front-page/page.ts";
import { gatewayRoutes } from "./handset/gateway-routes.ts";
import { openHandsets, type Carriage, type Handsets } from "./handset/handsets.ts";
import type { Phones } from "./handset/phone.ts";
import { handsetPart } from "./handset-page/openapi.ts";
import { handsetPages } from "./handset-page/routes.ts";
import { health } from "./http/health.ts";
import { openMetrics } from "./http/metrics.ts";
import { openapiDocument, serveOpenapiDocument } from "./http/openapi-document.ts";
import { serverPart } from "./http/openapi.ts";
import { buildServer } from "./http/server.ts";
import { idMaker, wireNames, type Id } from "./ids.ts";
import { maintain } from "./maintenance.ts";
import { marketNames, markets, rail, rails, type Environment, type Rail, type RailName } from "./money.ts";
import { expiryWork } from "./payments/expiry.ts";
import { openPayments, type Payments } from "./payments/payments.ts";
import { tellLater } from "./payments/tell-later.ts";
import { openapiCallbacks } from "./protocols/openapi-v2/callback.ts";
import { openapiV2 } from "./protocols/openapi-v2/gateway.ts";
import { getSession } from "./protocols/openapi-v2/get-session.ts";
import { openapiV2Part } from "./protocols/openapi-v2/openapi.ts";
import { operations } from "./protocols/openapi-v2/operations.ts";
import type { ProtocolDeps } from "./protocols/route.ts";
import { openNetwork } from "./sandbox/network.ts";
import { settleOnPage } from "./sandbox/newcomer.ts";
import type { SandboxClock } from "./sandbox/clock.ts";
import type { MoveDeps } from "./sandbox/move-clock.ts";
import { seedTown } from "./sandbox/seed.ts";
import { handsetOwners, organisations, residents } from "./sandbox/town.ts";
import { takeServerNumber } from "./store/directory.ts";
import { makePartitions } from "./store/partitions.ts";
import type { Stores } from "./store/stores.ts";
import { openBearers } from "./vault/bearers.ts";
import { newControlToken } from "./control/token.ts";
import { msisdnTokens } from "./vault/msisdn-tokens.ts";
import { loadSecrets, sharedSecret, type EnvironmentSecrets } from "./vault/secrets.ts";
import { version } from "./version.ts";

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
  /** Hosts that `/control/v1` answers to, beside this machine's own names. */
  readonly controlHosts: readonly string[];
}

export interface Platform {
  readonly app: FastifyInstance;
  /** What `sandbox.json` says, but for the addresses. */
  readonly sandbox: { readonly controlToken: string; readonly openapi: object };
  payments(rail: Rail): Payments;
  phones(rail: Rail): Phones;
  callbacks(rail: Rail): Callbacks;
  readonly newId: () => Id;
  /** Finishes what was begun, writes what is waiting, and lets go of everything but the pools. */
  close(): Promise<void>;
}

export async function openPlatform(options: PlatformOptions): Promise<Platform> {
  const { config, stores, secretKey, clocks, log } = options;
  const [sandboxSecrets, liveSecrets, server] = await Promise.all([
    loadSecrets(stores.main, secretKey, "sandbox"),
    loadSecrets(stores.main, secretKey, "live"),
    takeServerNumber(stores.main),
  ]);
  const secrets = { sandbox: sandboxSecrets, live: liveSecrets };
  const newId = idMaker(server);
  const wire = { sandbox: wireNames(secrets.sandbox.wireKey), live: wireNames(secrets.live.wireKey) };

  const payments = new Map<RailName, Payments>();
  for (const { rail: on, sql } of stores.rails.values()) {
    const context = {
      rail: on,
      sql,
      clock: clocks[on.environment],
      wire: wire[on.environment],
      twoStepHoldMs: config.twoStepHoldMs,
      promptLifeMs: config.promptLifeMs,
    };
    payments.set(on.name, openPayments(context));
  }
  const paymentsOn = (on: Rail): Payments => payments.get(on.name) as Payments;
  // A sandbox may be far from wall time, and may have been down for long: what it counts needs its place first.
  await Promise.all(
    marketNames.map((market) => {
      const { sql, clock } = paymentsOn(rail("sandbox", market)).context;
      return makePartitions(sql, "rail", Date.now(), clock.now());
    }),
  );
  const { pinKey } = secrets.sandbox;
  await Promise.all(
    marketNames.map((market) => seedTown(paymentsOn(rail("sandbox", market)), { newId, pinKey })),
  );

  const handsets = new Map<RailName, Handsets>();
  for (const on of payments.values()) {
    const { environment, name } = on.context.rail;
    const context = {
      ...on.context,
      payments: on,
      newId,
      pinKey: secrets[environment].pinKey,
      pinLockMs: config.pinLockMs,
    };
    const onTrouble = (trouble: string, error?: unknown): void =>
      log.warn({ rail: name, ...(error === undefined ? {} : { err: error }) }, trouble);
    handsets.set(name, openHandsets(context, carriageOf(environment, options), onTrouble));
  }
  const handsetsOn = (on: Rail): Handsets => handsets.get(on.name) as Handsets;

  const directory = openDirectory(stores.main);
  const bearers = openBearers(secrets);
  const { activationDelayMs } = config;
  const authenticator = openAuthenticator({
    sql: stores.main,
    directory,
    bearers,
    clocks,
    activationDelayMs,
  });
  const recorder = openRecorder(
    (name) => (name === null ? stores.mainLog : (stores.rails.get(name)?.log ?? stores.mainLog)),
    (error, lost) => log.warn({ err: error, lost }, "request log lines were lost"),
  );
  const metrics = openMetrics();
  metrics.gauge(
    "pesarail_request_log_dropped",
    "Request log lines that could not be kept.",
    () => recorder.dropped,
  );

  const tokens = {
    sandbox: msisdnTokens(secrets.sandbox.tokenKey),
    live: msisdnTokens(secrets.live.tokenKey),
  };
  const callbackSecrets = { sql: stores.main, secretKey };
  const callbacks = openAllCallbacks({
    rails: [...stores.rails.values()],
    secrets: callbackSecrets,
    clocks,
    wire,
    newId,
    renderers: {
      "openapi-v2": openapiCallbacks({
        sandbox: { wire: wire.sandbox, tokens: tokens.sandbox },
        live: { wire: wire.live, tokens: tokens.live },
      }),
    },
    sandboxPrivateListeners: config.sandboxPrivateListeners,
    version,
    onAttempt: countCallbacks(metrics, rails, (on) => callbacks.on(on).state()),
    onTrouble: (on, what, error) =>
      log.warn({ err: error, rail: on.name }, `${what} failed; it is tried again`),
  });
  directory.onForget(() => callbacks.signer.forget());
  for (const { context, news } of payments.values()) {
    news.onNews(({ toTell }) => {
      if (toTell) callbacks.on(context.rail).wake();
    });
  }

  const protocols: ProtocolDeps = {
    newId,
    wire,
    payments: paymentsOn,
    synchronousWaitMs: config.synchronousWaitMs,
    responseUrlRefusal: (environment, protocol, url) => callbacks.refusal(environment, protocol, url),
    tellLater: (on, later) => tellLater(paymentsOn(on), later),
    tokens,
    admit(environment, credentials) {
      const verdict = authenticator.authenticate(environment, credentials);
      return verdict instanceof Promise ? verdict.then(inWords) : inWords(verdict);
    },
    createSession: async (environment, credentials) =>
      inWords(await authenticator.createSession(environment, credentials)),
    record(exchange) {
      const { environment, market, fault } = exchange;
      const name = market === null ? null : rail(environment, market).name;
      recorder.record(name, exchange);
      metrics.request(environment, market ?? "none", exchange.call, exchange.code, exchange.latencyUs / 1e6);
      if (fault !== undefined) {
        const requestId = wire[environment].conversationId(exchange.id);
        log.error(
          { err: fault, requestId, call: exchange.call, rail: name },
          "a gateway call failed on our side",
        );
      }
    },
  };

  const controlToken = await sharedSecret(
    stores.main,
    secretKey,
    "sandbox",
    "control-token",
    newControlToken,
  );
  const facts = sandboxFacts(await sandboxApiKey(stores.main, secretKey), secrets.sandbox);
  const app = buildServer({ trustedProxies: config.trustedProxies, log });
  // Whoever waits for a customer is let go before the listener waits for whoever is still being answered.
  app.addHook("preClose", (done) => {
    for (const { waitingRoom } of payments.values()) waitingRoom.close();
    done();
  });
  health(app, {
    metrics,
    metricsToken: config.metricsToken,
    ready: () => allReachable(stores),
  });
  openapiV2(app, protocols);
  /** What business time brings to a sandbox rail, in the order in which things of one moment are done. */
  const timedWork = (on: Rail): TimedWork[] => [
    expiryWork(paymentsOn(on), newId),
    handsetsOn(on).times,
    callbacks.on(on).work,
  ];
  const stopping = new AbortController();
  app.addHook("preClose", (done) => {
    stopping.abort();
    done();
  });
  const town: MoveDeps = {
    main: stores.main,
    clock: clocks.sandbox,
    rails: marketNames.map((market) => {
      const on = rail("sandbox", market);
      return { market, sql: paymentsOn(on).context.sql, work: timedWork(on) };
    }),
    stopping: stopping.signal,
  };
  const controlDeps: ControlDeps = {
    token: controlToken,
    hosts: options.controlHosts,
    version,
    facts,
    main: stores.main,
    clock: clocks.sandbox,
    town,
    payments: (market) => paymentsOn(rail("sandbox", market)),
    phones: (market) => handsetsOn(rail("sandbox", market)).phones,
    callbacks: (market) => callbacks.on(rail("sandbox", market)),
    callbackSecrets: {
      of: (id) => secretsOfCallbacks(callbackSecrets, id),
      rotate: (id, overlapMs) => rotateCallbackSecret(callbackSecrets, id, overlapMs),
    },
    responseUrlRefusal: (url) => callbacks.refusal("sandbox", "openapi-v2", url),
    wire: wire.sandbox,
    newId,
    flushRequestLog: () => recorder.flush(),
    refreshDirectory: () => directory.refresh(),
  };
  control(app, controlDeps);
  if (config.liveHandsets === "gateway" && config.handsetGatewaySecret !== null) {
    gatewayRoutes(app, {
      secret: config.handsetGatewaySecret,
      handsets: (market) => handsetsOn(rail("live", market)).context,
    });
  }
  handsetPages(app, {
    hosts: options.controlHosts,
    clocks,
    phones: (on) => handsetsOn(on).phones,
    register: (market, newcomer) => {
      const on = rail("sandbox", market);
      return settleOnPage({ payments: paymentsOn(on), phones: handsetsOn(on).phones, newId }, newcomer);
    },
    startPins: (market) => handsetOwners(market),
    live: config.liveHandsets === "built-in",
    onError: (error) => log.warn({ err: error }, "the picture of a handset could not be read"),
  });
  frontPage(app, { publicUrl: config.publicUrl, facts: pageFacts() });
  const described = [
    openapiV2Part(Object.values(authenticationFailures)),
    controlPart,
    handsetPart,
    serverPart,
  ];
  serveOpenapiDocument(app, openapiDocument(version, described));

  const stopMaintenance = maintain(options, [...payments.values()], newId);
  return {
    app,
    sandbox: { controlToken, openapi: facts },
    payments: paymentsOn,
    phones: (on) => handsetsOn(on).phones,
    callbacks: (on) => callbacks.on(on),
    newId,
    async close() {
      await stopMaintenance();
      await Promise.all([...handsets.values()].map((each) => each.close()));
      await Promise.all([...payments.values()].map(({ lanes }) => lanes.drain()));
      await callbacks.close();
      directory.close();
      await Promise.all([recorder.close(), bearers.close()]);
    },
  };
}

/** Who carries to an environment's handsets: the sandbox's are always our own page's, with its network in between. */
function carriageOf(environment: Environment, { config, stores }: PlatformOptions): Carriage {
  const { liveHandsets, handsetGatewayUrl: url, handsetGatewaySecret: secret } = config;
  if (environment === "sandbox") return { by: "built-in", network: openNetwork(stores.main) };
  if (liveHandsets === "built-in") return { by: "built-in", network: null };
  return liveHandsets === "gateway" && url !== null && secret !== null
    ? { by: "gateway", url, secret }
    : { by: "nobody" };
}

/** An authentication failure in words; everything else as it is. */
function inWords<T extends object>(
  verdict: Verdict<T>,
): T | { refusedBecause: string; application?: Application } {
  if (!("failure" in verdict)) return verdict;
  const refusedBecause = authenticationFailures[verdict.failure];
  return verdict.application === undefined
    ? { refusedBecause }
    : { refusedBecause, application: verdict.application };
}

function sandboxFacts(apiKey: string, secrets: EnvironmentSecrets): object {
  const [provider, receiver] = organisations;
  return {
    apiKey,
    publicKey: secrets.publicKey,
    serviceProviderCode: provider.shortcode,
    receiverPartyCode: receiver.shortcode,
    markets: Object.fromEntries(
      marketNames.map((market) => {
        const { country, currency } = markets[market];
        const customers = residents(market).map(({ msisdn }) => msisdn);
        const phones = handsetOwners(market).map(({ msisdn, pin }) => ({ msisdn, pin }));
        return [market, { country, currency, customers, handsets: phones }];
      }),
    ),
  };
}

function pageFacts(): Omit<PageFacts, "url"> {
  const seeded = marketNames.map((market) => ({
    market,
    ...markets[market],
    people: residents(market),
    owners: handsetOwners(market),
  }));
  return { version, organisations, calls: [getSession, ...operations], markets: seeded };
}

async function allReachable(stores: Stores): Promise<boolean> {
  await Promise.all([stores.main`select 1`, ...[...stores.rails.values()].map(({ sql }) => sql`select 1`)]);
  return true;
}
