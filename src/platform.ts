/**
 * The platform on its databases: everything between the pools and the HTTP server, built in order.
 *
 * `main.ts` decides where the databases are and when to stop; a test may build a platform on a database
 * of its own, with another clock.
 */
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { hour, second, type Clock } from "./clock.ts";
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
import { health } from "./http/health.ts";
import { openMetrics } from "./http/metrics.ts";
import { openapiDocument, serveOpenapiDocument } from "./http/openapi-document.ts";
import { serverPart } from "./http/openapi.ts";
import { buildServer } from "./http/server.ts";
import { idMaker, wireNames, type Id } from "./ids.ts";
import {
  environments,
  marketNames,
  markets,
  rail,
  type Environment,
  type Rail,
  type RailName,
} from "./money.ts";
import { expireHolds } from "./payments/expiry.ts";
import { openPayments, type Payments } from "./payments/payments.ts";
import { tellLater } from "./payments/tell-later.ts";
import { openapiV2 } from "./protocols/openapi-v2/gateway.ts";
import { getSession } from "./protocols/openapi-v2/get-session.ts";
import { openapiV2Part } from "./protocols/openapi-v2/openapi.ts";
import { operations } from "./protocols/openapi-v2/operations.ts";
import type { ProtocolDeps } from "./protocols/route.ts";
import { seedTown } from "./sandbox/seed.ts";
import { organisations, residents } from "./sandbox/town.ts";
import { deleteSessionsEndedBefore, takeServerNumber } from "./store/directory.ts";
import { dropOldPartitions, makePartitions } from "./store/partitions.ts";
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
    | "metricsToken"
    | "promptLifeMs"
    | "publicUrl"
    | "requestLogRetentionMs"
    | "synchronousWaitMs"
    | "trustedProxies"
    | "twoStepHoldMs"
  >;
  readonly stores: Stores;
  readonly secretKey: Buffer;
  readonly clocks: Readonly<Record<Environment, Clock>>;
  readonly log: Logger;
  /** Hosts that `/control/v1` answers to, beside this machine's own names. */
  readonly controlHosts: readonly string[];
}

export interface Platform {
  readonly app: FastifyInstance;
  /** What `sandbox.json` says, but for the addresses. */
  readonly sandbox: { readonly controlToken: string; readonly openapi: object };
  payments(rail: Rail): Payments;
  readonly newId: () => Id;
  /** Finishes what was begun, writes what is waiting, and lets go of everything but the pools. */
  close(): Promise<void>;
}

const expiryPollMs = second;

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
  await Promise.all(marketNames.map((market) => seedTown(paymentsOn(rail("sandbox", market)), newId)));

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

  const protocols: ProtocolDeps = {
    newId,
    wire,
    payments: paymentsOn,
    synchronousWaitMs: config.synchronousWaitMs,
    responseUrlRefusal: () => null,
    tellLater: (on, later) => tellLater(paymentsOn(on), later),
    tokens: { sandbox: msisdnTokens(secrets.sandbox.tokenKey), live: msisdnTokens(secrets.live.tokenKey) },
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
  const apiKey = await sandboxApiKey(stores.main, secretKey);
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
  const controlDeps: ControlDeps = {
    token: controlToken,
    hosts: options.controlHosts,
    version,
    main: stores.main,
    clock: clocks.sandbox,
    payments: (market) => paymentsOn(rail("sandbox", market)),
    wire: wire.sandbox,
    newId,
    flushRequestLog: () => recorder.flush(),
    refreshDirectory: () => directory.refresh(),
  };
  control(app, controlDeps);
  frontPage(app, { publicUrl: config.publicUrl, facts: pageFacts() });
  const described = [openapiV2Part(Object.values(authenticationFailures)), controlPart, serverPart];
  serveOpenapiDocument(app, openapiDocument(version, described));

  const stopMaintenance = maintain(options, [...payments.values()], newId);
  return {
    app,
    sandbox: { controlToken, openapi: sandboxFacts(apiKey, secrets.sandbox) },
    payments: paymentsOn,
    newId,
    async close() {
      await stopMaintenance();
      await Promise.all([...payments.values()].map(({ lanes }) => lanes.drain()));
      directory.close();
      await Promise.all([recorder.close(), bearers.close()]);
    },
  };
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
        return [market, { country, currency, customers: residents(market).map(({ msisdn }) => msisdn) }];
      }),
    ),
  };
}

function pageFacts(): Omit<PageFacts, "url"> {
  const seeded = marketNames.map((market) => ({ market, ...markets[market], people: residents(market) }));
  return { version, organisations, calls: [getSession, ...operations], markets: seeded };
}

async function allReachable(stores: Stores): Promise<boolean> {
  await Promise.all([stores.main`select 1`, ...[...stores.rails.values()].map(({ sql }) => sql`select 1`)]);
  return true;
}

/** What has to happen from time to time: holds end, partitions are made and dropped, old sessions go. */
function maintain(options: PlatformOptions, all: readonly Payments[], newId: () => Id): () => Promise<void> {
  const { stores, clocks, config, log } = options;
  const warn = (what: string) => (error: unknown) =>
    log.warn({ err: error }, `${what} failed; it is tried again`);

  async function hourly(): Promise<void> {
    const now = Date.now();
    const keepFrom = now - config.requestLogRetentionMs;
    await makePartitions(stores.main, "main", now, now);
    await dropOldPartitions(stores.main, keepFrom);
    for (const { rail: on, sql } of stores.rails.values()) {
      await makePartitions(sql, "rail", now, clocks[on.environment].now());
      await dropOldPartitions(sql, keepFrom);
    }
    for (const environment of environments) {
      await deleteSessionsEndedBefore(stores.main, environment, clocks[environment].now() - 24 * hour);
    }
  }

  const loops = [
    every(
      expiryPollMs,
      () => Promise.all(all.map((payments) => expireHolds(payments, newId))),
      warn("ending holds"),
    ),
    every(hour, hourly, warn("housekeeping")),
  ];
  return async () => {
    await Promise.all(loops.map((stop) => stop()));
  };
}

/** Runs `work` again and again, `ms` after its last end. Returns what stops it and waits for it. */
function every(
  ms: number,
  work: () => Promise<unknown>,
  onError: (error: unknown) => void,
): () => Promise<void> {
  let stopped = false;
  let running: Promise<unknown> = Promise.resolve();
  let timer: NodeJS.Timeout;
  const again = (): void => {
    timer = setTimeout(() => {
      running = work()
        .catch(onError)
        .finally(() => {
          if (!stopped) again();
        });
    }, ms).unref();
  };
  again();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await running;
  };
}
