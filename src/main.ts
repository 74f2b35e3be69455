/**
 * The entry point of the server; start reading here. Starts, in this order: settings, data folder, databases, app and
 * listeners, and stops them in reverse order.
 */
import { pino } from "pino";
import { startCluster, type Cluster } from "./embedded-postgres/cluster.ts";
import { ClusterError } from "./embedded-postgres/cluster-error.ts";
import { lockDataDir } from "./embedded-postgres/data-dir-lock.ts";
import { msPerDay, msPerSecond } from "./core/clock.ts";
import { readConfig, SettingError, type Config } from "./config/settings.ts";
import { loadCertificate } from "./http/certificate.ts";
import { listen, ListenError } from "./http/server.ts";
import { createApp } from "./app/app.ts";
import { findSandboxCache, type SandboxCache } from "./app/sandbox-cache.ts";
import { rails } from "./core/rails.ts";
import { createSharedTime } from "./core/shared-time.ts";
import { createSandboxClock } from "./sandbox/clock.ts";
import { writeSandboxJson, removeSandboxJson } from "./app/sandbox-json.ts";
import { ignoreDriverRejection } from "./store/driver/ignore-driver-rejection.ts";
import {
  createDatabase,
  createStores,
  prepareRail,
  prepareStores,
  StoreError,
  type DatabaseLocations,
  type Preparation,
} from "./store/databases.ts";
import {
  embeddedDatabaseName,
  databaseLocations,
  usesEmbeddedPostgres,
} from "./config/database-locations.ts";
import { loadSecretKey } from "./vault/secret-key.ts";
import { DecryptionError } from "./vault/seal.ts";
import { printStatus } from "./app/startup-output.ts";
import { createStopDeadline } from "./app/stop-deadline.ts";

/** The state of a spare data folder's databases. */
const prepared: Preparation = { applied: 0, away: [] };

/** Errors that the user can fix: printed as one line, without a stack trace. */
const userFacingErrors = [SettingError, ClusterError, StoreError, ListenError, DecryptionError];

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
  if (userFacingErrors.some((kind) => error instanceof kind)) {
    process.stderr.write(`pesarail: ${(error as Error).message}\n`);
  } else if (!stopping.signal.aborted) {
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
    const secretKey = loadSecretKey(config.secretKey?.export() ?? null, config.dataDir);

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

    const certificate = config.httpsPort === null ? null : await loadCertificate(config, new Date());
    const { host, port } = config;
    const https = certificate === null ? null : { port: config.httpsPort ?? 0, ...certificate };
    const server = await listen(app.server, { host, port, https });
    shutdownSteps.push(() =>
      server.close({ delayMs: config.stopDelayMs, drainTimeoutMs: config.stopTimeoutMs / 2 }),
    );
    const renewal = setInterval(() => {
      loadCertificate(config, new Date()).then(server.renewCertificate, (error: unknown) =>
        log.warn({ err: error }, "the certificate could not be renewed"),
      );
    }, msPerDay).unref();
    shutdownSteps.push(() => clearInterval(renewal));

    shutdownSteps.push(() => removeSandboxJson(config));
    writeSandboxJson({ config, server, app, caPath: certificate?.caPath ?? null, startedAt });
    if (origin !== "existing") cache?.refill();
    if (!stopping.signal.aborted) await waitForStop(cluster);
    printStatus("Stopping …");
  } finally {
    await runAll(shutdownSteps.toReversed());
  }
  printStatus("Stopped.");
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

async function startEmbeddedPostgres(config: Config, cache: SandboxCache | null): Promise<Cluster | null> {
  if (!usesEmbeddedPostgres(config)) return null;
  printStatus("Starting PostgreSQL …");
  const cluster = await startCluster({
    dataDir: config.dataDir,
    onProgress: printStatus,
    signal: stopping.signal,
    template: cache?.template,
  });
  await createDatabase(cluster.address("postgres"), embeddedDatabaseName);
  return cluster;
}

/** Waits for a signal, or for the embedded PostgreSQL to fail. */
async function waitForStop(cluster: Cluster | null): Promise<void> {
  const signal = new Promise<null>((resolve) =>
    stopping.signal.addEventListener("abort", () => resolve(null)),
  );
  const failed = await (cluster === null ? signal : Promise.race([signal, cluster.exited]));
  if (failed !== null) throw failed;
}
