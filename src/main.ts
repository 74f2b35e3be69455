/**
 * The entry point of the server; start reading here. Starts, in this order: settings, data folder, databases, app and
 * listeners, and stops them in reverse order.
 */
import { pino, type Logger } from "pino";
import { startCluster, type Cluster } from "./embedded-postgres/cluster.ts";
import { ClusterError } from "./embedded-postgres/cluster-error.ts";
import { lockDataDir } from "./embedded-postgres/data-dir-lock.ts";
import { msPerDay, msPerSecond } from "./core/clock.ts";
import { readConfig, type Config } from "./config/settings.ts";
import { loadCertificate, type Certificate } from "./http/certificate.ts";
import type { ProtocolName } from "./protocols/protocol.ts";
import { listenByFirstByte, type FirstByteListener } from "./http/first-byte-listener.ts";
import { listen } from "./http/server.ts";
import { createApp, type App } from "./app/app.ts";
import { startOwnListeners, type RunningOwnListeners } from "./app/own-listeners.ts";
import { findSandboxCache, type SandboxCache } from "./app/sandbox-cache.ts";
import { rails } from "./core/rails.ts";
import { createSharedTime } from "./core/shared-time.ts";
import { getOrCreateLocalPassword } from "./accounts/local-password.ts";
import { createSandboxClock } from "./sandbox/clock.ts";
import { writeSandboxJson, removeSandboxJson } from "./app/sandbox-json.ts";
import { ignoreDriverRejection } from "./store/driver/ignore-driver-rejection.ts";
import {
  createDatabase,
  createStores,
  prepareRail,
  prepareStores,
  type DatabaseLocations,
  type Preparation,
  type Stores,
} from "./store/databases.ts";
import {
  embeddedDatabaseName,
  databaseLocations,
  usesEmbeddedPostgres,
} from "./config/database-locations.ts";
import { createMissingKeyError, createSecretKey, findSecretKey } from "./vault/secret-key.ts";
import { printStatus } from "./app/startup-output.ts";
import { createStopDeadline } from "./app/stop-deadline.ts";
import { describeStartError } from "./app/start-errors.ts";
import { hasCluster } from "./embedded-postgres/location.ts";
import { hasLiveApplications } from "./store/main/applications.ts";
import { hasSecrets } from "./store/main/secrets.ts";
import { errorCode } from "./store/driver/connect.ts";

const invalidPassword = "28P01";
const embeddedLiveWarning =
  "live applications use the embedded PostgreSQL, which is for sandboxes: set DATABASE_URL (docs/operations.md)";

/** The state of a spare data folder's databases. */
const prepared: Preparation = { applied: 0, away: [] };

const stopping = new AbortController();
const stopDeadline = createStopDeadline();

/** A second signal ends the process at once. One Ctrl-C arrives twice: from the terminal and, within milliseconds, from npm. */
const duplicateSignalMs = 200;
let firstSignalAt = 0;

function onSignal(): void {
  if (!stopping.signal.aborted) {
    firstSignalAt = performance.now();
    stopDeadline.start();
    stopping.abort();
  } else if (performance.now() - firstSignalAt > duplicateSignalMs) {
    stopDeadline.exitNow(130);
  }
}
process.on("SIGINT", onSignal);
process.on("SIGTERM", onSignal);
process.on("disconnect", onSignal);
// If the parent process has died, the output is closed. The server must still shut down in order: an unhandled error
// here would leave PostgreSQL running.
for (const output of [process.stdout, process.stderr]) output.on("error", () => {});

try {
  const exitCode = await parseArguments(process.argv.slice(2));
  if (exitCode === null) {
    const config = readConfig(process.env);
    stopDeadline.timeoutMs = config.stopTimeoutMs;
    await run(config);
  } else process.exitCode = exitCode;
} catch (error) {
  const line = describeStartError(error, process.env["DATA_DIR"] ?? "data");
  if (line !== null) process.stderr.write(`pesarail: ${line}\n`);
  else if (!stopping.signal.aborted) {
    process.stderr.write(`pesarail: could not start, because of an unexpected error:\n`);
    console.error(error);
  }
  process.exitCode = 1;
}
// `disconnect` below must not call onSignal: after a slow shutdown it would count as a second Ctrl-C.
process.off("disconnect", onSignal);
if (process.connected) process.disconnect?.();
// Shutdown is complete. A database connection that was still being opened would keep the process alive.
setTimeout(() => process.exit(), msPerSecond).unref();

/** Parses command-line options. Most starts have none, and need not load the parser. */
async function parseArguments(args: readonly string[]): Promise<number | null> {
  return args.length === 0 ? null : (await import("./cli/commands/sandbox/start.ts")).parseArguments(args);
}

async function run(config: Config): Promise<void> {
  const startedAt = performance.now();
  const shutdownSteps: (() => Promise<void> | void)[] = [];
  try {
    const cache = findSandboxCache(config, printStatus);
    const origin = cache !== null && ownsAllData(config) ? cache.claimSpare(config.dataDir) : "existing";
    const dataDirLock = await lockDataDir(config.dataDir);
    shutdownSteps.push(() => dataDirLock.release());
    // Delete the file of a killed server: programs wait for the file to appear.
    removeSandboxJson(config);
    const ownKey = prepareSecretKey(config);

    const cluster = await startEmbeddedPostgres(config, cache);
    if (cluster !== null) {
      stopDeadline.beforeExit = () => cluster.quit();
      shutdownSteps.push(() => cluster.stop());
    }
    const locations: DatabaseLocations = databaseLocations(config, cluster);
    // The same release has just made a spare folder.
    const { applied, away } = origin === "spare" ? prepared : await prepareStores(locations, Date.now());
    if (applied > 0) printStatus(`Database ready (${applied} migrations).`);
    for (const rail of away)
      printStatus(`The database of ${rail.name} is away. Its payments are refused until it is back.`);
    const stores = createStores(locations);
    shutdownSteps.push(() => stores.close());

    const secretKey = ownKey ?? (await createFirstSecretKey(stores, config.dataDir));

    const log = pino({ level: config.logLevel });
    ignoreDriverRejection((error) =>
      log.warn({ err: error }, "a database connection was lost while it was being opened"),
    );
    const time = createSharedTime();
    const sandboxClock = await createSandboxClock(stores.main, time);
    shutdownSteps.push(() => sandboxClock.close());
    const clocks = { sandbox: sandboxClock, live: time };
    const controlHosts = [
      config.host,
      ...(config.publicUrl === null ? [] : [new URL(config.publicUrl).hostname]),
    ];
    const app = await createApp({
      config,
      stores,
      secretKey,
      clocks,
      wallTime: time,
      log,
      controlHosts,
      awayRails: away,
      prepareRail: async (rail) => void (await prepareRail(locations, rail, Date.now())),
    });
    shutdownSteps.push(() => app.close());
    if (cluster !== null && (await hasLiveApplications(stores.main))) log.warn(embeddedLiveWarning);

    const certificate = config.httpsPort === null ? null : await loadCertificate(config, new Date());
    const { host, port } = config;
    const https = certificate === null ? null : { port: config.httpsPort ?? 0, ...certificate };
    const server = await listen(app.server, { host, port, https });
    const listening: ClosableServer[] = [server];
    // All at once: each may take its time, and together they must not take longer.
    shutdownSteps.push(() => closeAll(listening, config));
    const liveListeners = await listenLive(config, app, certificate, (listener) => listening.push(listener));
    const ownListeners = await startAllOwnListeners(config, app, certificate, log);
    listening.push(...ownListeners);
    const renewal = setInterval(() => {
      loadCertificate(config, new Date()).then(
        (renewed) => {
          for (const each of listening) each.renewCertificate(renewed);
        },
        (error: unknown) => log.warn({ err: error }, "the certificate could not be renewed"),
      );
    }, msPerDay).unref();
    shutdownSteps.push(() => clearInterval(renewal));

    shutdownSteps.push(() => removeSandboxJson(config));
    const getLivePort = (name: ProtocolName): number | null =>
      liveListeners.find(({ protocol }) => protocol === name)?.listener.address.port ?? null;
    const portalPassword = config.localTools ? await getOrCreateLocalPassword(stores.main, secretKey) : null;
    writeSandboxJson({
      config,
      server,
      livePorts: { daraja: getLivePort("daraja"), soap: getLivePort("soap") },
      ownListeners,
      app,
      caPath: certificate?.caPath ?? null,
      portalPassword,
      startedAt,
    });
    if (origin !== "existing") cache?.refill();
    if (!stopping.signal.aborted) await waitForStop(cluster);
    printStatus("Stopping …");
  } finally {
    await runAll(shutdownSteps.toReversed());
  }
  printStatus("Stopped.");
}

interface LiveListener {
  readonly protocol: ProtocolName;
  readonly listener: FirstByteListener;
}

/** The listeners of protocols whose paths do not name the environment; none for those that are off. They have the certificate of HTTPS. */
async function listenLive(
  config: Config,
  app: Pick<App, "createLiveServer">,
  certificate: Certificate | null,
  onListening: (listener: FirstByteListener) => void,
): Promise<readonly LiveListener[]> {
  const { host } = config;
  const wanted = [
    { protocol: "daraja", port: config.darajaLivePort, setting: "DARAJA_LIVE_PORT" },
    { protocol: "soap", port: config.soapLivePort, setting: "SOAP_LIVE_PORT" },
  ] as const;
  const listeners: LiveListener[] = [];
  for (const { protocol, port, setting } of wanted) {
    if (port === null) continue;
    const { cert, key } = certificate ?? (await loadCertificate(config, new Date()));
    const server = app.createLiveServer(protocol);
    const listener = await listenByFirstByte(server, { host, port, cert, key, setting });
    onListening(listener);
    listeners.push({ protocol, listener });
  }
  return listeners;
}

/** The listeners that serve one protocol alone. They have the certificate of HTTPS, too. */
async function startAllOwnListeners(
  config: Config,
  app: Pick<App, "listOwnServers">,
  certificate: Certificate | null,
  log: Logger,
): Promise<RunningOwnListeners[]> {
  const loadCurrent = async (): Promise<Certificate> =>
    certificate ?? (await loadCertificate(config, new Date()));
  const started = await Promise.all(
    app
      .listOwnServers()
      .map((server) => startOwnListeners(server, { host: config.host, loadCertificate: loadCurrent, log })),
  );
  return started.filter((each) => each !== null);
}

type ClosableServer = Pick<FirstByteListener, "close" | "renewCertificate">;

async function closeAll(
  servers: readonly ClosableServer[],
  { stopDelayMs: delayMs, stopTimeoutMs }: Config,
): Promise<void> {
  await Promise.all(servers.map((server) => server.close({ delayMs, drainTimeoutMs: stopTimeoutMs / 2 })));
}

/** Runs every step even if one fails, so that a pool that cannot be closed does not leave PostgreSQL running. */
async function runAll(steps: readonly (() => Promise<void> | void)[]): Promise<void> {
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      console.error("pesarail: a shutdown step failed:", error);
    }
  }
}

/** Whether all data and its key are in the data folder, so that a spare folder can take its place. */
function ownsAllData(config: Config): boolean {
  const urls = rails.map(({ environment, market }) => config.databaseUrl(environment, market));
  return config.secretKey === null && [config.databaseUrlMain, ...urls].every((url) => url === null);
}

/**
 * The key, before the embedded PostgreSQL exists. Null if the main database is elsewhere and there is no key: whether
 * one may be created depends on that database.
 */
function prepareSecretKey(config: Config): Buffer | null {
  const key = findSecretKey(config.secretKey?.export() ?? null, config.dataDir);
  if (key !== null || config.databaseUrlMain !== null) return key;
  if (hasCluster(config.dataDir)) throw createMissingKeyError(config.dataDir);
  return createSecretKey(config.dataDir);
}

async function createFirstSecretKey({ main }: Stores, dataDir: string): Promise<Buffer> {
  if (await hasSecrets(main)) throw createMissingKeyError(dataDir);
  return createSecretKey(dataDir);
}

async function startEmbeddedPostgres(config: Config, cache: SandboxCache | null): Promise<Cluster | null> {
  if (!usesEmbeddedPostgres(config)) return null;
  printStatus("Starting PostgreSQL …");
  const cluster = await startCluster({
    dataDir: config.dataDir,
    onProgress: printStatus,
    signal: stopping.signal,
    template: cache?.template,
  });
  try {
    const version = await createDatabase(cluster.address("postgres"), embeddedDatabaseName);
    if (version === cluster.version) return cluster;
    throw new ClusterError(
      `PostgreSQL has version ${version}, and its package ${cluster.version}: install Pesarail again.`,
    );
  } catch (error) {
    await cluster.stop();
    throw errorCode(error) === invalidPassword
      ? new ClusterError(
          `The password in ${cluster.passwordFile} is not that of the database: restore the file from a backup.`,
          { cause: error },
        )
      : error;
  }
}

/** Waits for a signal, or for the embedded PostgreSQL to fail. */
async function waitForStop(cluster: Cluster | null): Promise<void> {
  const signal = new Promise<null>((resolve) =>
    stopping.signal.addEventListener("abort", () => resolve(null)),
  );
  const failed = await (cluster === null ? signal : Promise.race([signal, cluster.exited]));
  if (failed !== null) throw failed;
}
