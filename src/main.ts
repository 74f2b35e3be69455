/**
 * Start reading here. `npm start` runs this file: settings, data folder, databases, platform, listeners,
 * in that order; and the same backwards when it is told to stop.
 */
import { pino } from "pino";
import { startCluster, type Cluster } from "./cluster/cluster.ts";
import { ClusterError } from "./cluster/cluster-error.ts";
import { claimDataDir } from "./cluster/data-dir.ts";
import { day, second, wallClock } from "./clock.ts";
import { readConfig, SettingError, type Config } from "./config.ts";
import { loadCertificate } from "./http/certificate.ts";
import { listen, ListenError } from "./http/server.ts";
import { openPlatform } from "./platform.ts";
import { openSandboxClock } from "./sandbox/clock.ts";
import { publishSandbox, removeSandboxFile } from "./sandbox-file.ts";
import { surviveLostConnections } from "./store/lost-connections.ts";
import { createDatabase, openStores, prepareStores, StoreError, type Places } from "./store/stores.ts";
import { ownDatabase, placesOf, needsOwnCluster } from "./places.ts";
import { loadSecretKey } from "./vault/secret-key.ts";
import { SealBroken } from "./vault/seal.ts";
import { say } from "./say.ts";

/** Failures that somebody can mend: one line for them, no stack. */
const mendable = [SettingError, ClusterError, StoreError, ListenError, SealBroken];

const stopping = new AbortController();
let lastSignalAt = 0;

/** Ctrl-C reaches us twice, from the terminal and from npm; a second one, later, means "at once". */
function onSignal(): void {
  const now = performance.now();
  if (stopping.signal.aborted && now - lastSignalAt > 1000) process.exit(130);
  lastSignalAt = now;
  stopping.abort();
}
process.on("SIGINT", onSignal);
process.on("SIGTERM", onSignal);
process.on("disconnect", onSignal);
// Whoever started us may be gone, and the other end of our output with them. We are told to stop then, and have
// to do that in order: an error here would leave PostgreSQL running.
for (const output of [process.stdout, process.stderr]) output.on("error", () => {});

try {
  const ended = await takeArguments(process.argv.slice(2));
  if (ended === null) await run(readConfig(process.env));
  else process.exitCode = ended;
} catch (error) {
  if (mendable.some((kind) => error instanceof kind)) {
    process.stderr.write(`pesarail: ${(error as Error).message}\n`);
  } else if (!stopping.signal.aborted) {
    process.stderr.write(`pesarail: it could not start, for a reason that nobody foresaw:\n`);
    console.error(error);
  }
  process.exitCode = 1;
}
// Our own farewell is no signal: one that came after a slow stop would count as a second Ctrl-C.
process.off("disconnect", onSignal);
if (process.connected) process.disconnect?.();
// All is undone. A connection to the database that was still being made when it was closed would keep us for ever.
setTimeout(() => process.exit(), second).unref();

/** Options, which are settings by another name: most starts have none, and need not load what reads them. */
async function takeArguments(args: readonly string[]): Promise<number | null> {
  return args.length === 0 ? null : (await import("./cli/start.ts")).takeArguments(args);
}

async function run(config: Config): Promise<void> {
  const startedAt = performance.now();
  const undo: (() => Promise<void> | void)[] = [];
  try {
    const claim = await claimDataDir(config.dataDir);
    undo.push(() => claim.release());
    // Whoever waits for the file waits for us, not for what a killed server left.
    removeSandboxFile(config);
    const secretKey = loadSecretKey(config.secretKey?.export() ?? null, config.dataDir);

    const cluster = await startOwnCluster(config);
    if (cluster !== null) undo.push(() => cluster.stop());
    const places: Places = placesOf(config, cluster);
    const applied = await prepareStores(places, Date.now());
    if (applied > 0) say(`Database ready (${applied} migrations).`);
    const stores = openStores(places);
    undo.push(() => stores.close());

    const log = pino({ level: config.logLevel });
    surviveLostConnections((error) =>
      log.warn({ err: error }, "a connection to the database was lost while it was made"),
    );
    const sandboxClock = await openSandboxClock(stores.main);
    undo.push(() => sandboxClock.close());
    const clocks = { sandbox: sandboxClock, live: wallClock };
    const controlHosts = [
      config.host,
      ...(config.publicUrl === null ? [] : [new URL(config.publicUrl).hostname]),
    ];
    const platform = await openPlatform({ config, stores, secretKey, clocks, log, controlHosts });
    undo.push(() => platform.close());

    const certificate = config.httpsPort === null ? null : await loadCertificate(config, new Date());
    const { host, port } = config;
    const https = certificate === null ? null : { port: config.httpsPort ?? 0, ...certificate };
    const listening = await listen(platform.app, { host, port, https });
    undo.push(() => listening.close());
    const renewal = setInterval(() => {
      loadCertificate(config, new Date()).then(listening.renewCertificate, (error: unknown) =>
        log.warn({ err: error }, "the certificate could not be renewed"),
      );
    }, day).unref();
    undo.push(() => clearInterval(renewal));

    undo.push(() => removeSandboxFile(config));
    publishSandbox({ config, listening, platform, caPath: certificate?.caPath ?? null, startedAt });
    if (!stopping.signal.aborted) await stopRequested(cluster);
    say("Stopping …");
  } finally {
    await runAll(undo.toReversed());
  }
  say("Stopped.");
}

/** Runs every step even if one fails: a pool that cannot be closed must not leave PostgreSQL running. */
async function runAll(steps: readonly (() => Promise<void> | void)[]): Promise<void> {
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      console.error("pesarail: a step of stopping failed:", error);
    }
  }
}

async function startOwnCluster(config: Config): Promise<Cluster | null> {
  if (!needsOwnCluster(config)) return null;
  say("Starting PostgreSQL …");
  const cluster = await startCluster({ dataDir: config.dataDir, report: say, signal: stopping.signal });
  await createDatabase(cluster.address("postgres"), ownDatabase);
  return cluster;
}

/** Waits for a signal, or for our own PostgreSQL to give up. */
async function stopRequested(cluster: Cluster | null): Promise<void> {
  const signal = new Promise<null>((resolve) =>
    stopping.signal.addEventListener("abort", () => resolve(null)),
  );
  const failed = await (cluster === null ? signal : Promise.race([signal, cluster.exited]));
  if (failed !== null) throw failed;
}
