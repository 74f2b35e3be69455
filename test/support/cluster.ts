/**
 * The PostgreSQL of the tests: the product's own, in memory (`memory-folder.ts`), started once for all files, or the one
 * of `PESARAIL_TEST_DATABASE_URL` (docs/operations.md).
 *
 * `npm test` starts it before the first file (`--test-global-setup`), also for a single file (`npm test -- <file>`),
 * and puts its address into the environment. A test that needs a database gets its own, cloned from a template that
 * is migrated once.
 */
import { chmodSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCluster } from "../../src/embedded-postgres/cluster.ts";
import { lockDataDir } from "../../src/embedded-postgres/data-dir-lock.ts";
import { pino, type Logger } from "pino";
import { msPerDay, msPerMinute, msPerSecond } from "../../src/core/clock.ts";
import { createSandboxClock, type SandboxClock } from "../../src/sandbox/clock.ts";
import { readConfig } from "../../src/config/settings.ts";
import { embeddedDatabaseName } from "../../src/config/database-locations.ts";
import { createApp, type App } from "../../src/app/app.ts";
import { createSandboxCache } from "../../src/app/sandbox-cache.ts";
import type { AppConfig, AppOptions } from "../../src/app/options.ts";
import { connect, type DatabaseAddress } from "../../src/store/driver/connect.ts";
import {
  createDatabase,
  createStores,
  prepareStores,
  type DatabaseLocations,
  type Stores,
} from "../../src/store/databases.ts";
import { createClusterFolder } from "./memory-folder.ts";

export type SocketAddress = Exclude<DatabaseAddress, string>;

/** What new servers of tests share, the same folder as that of `startSandbox()`. */
export const testCacheDir = join(realpathSync(tmpdir()), `pesarail-cache-${process.getuid?.() ?? ""}`);

const addressVariable = "PESARAIL_TEST_CLUSTER";
/** A stock PostgreSQL of 15 or newer: the URL of a database from which this role may create others. */
const stockUrl = process.env["PESARAIL_TEST_DATABASE_URL"] ?? "";
/** In the cached cluster, a database that it has already and that needs no migrations. */
const templateName = stockUrl === "" ? embeddedDatabaseName : "pesarail_test_template";

/** Starts a cluster with the migrated template. Returns its address and a function that stops it. */
export async function startTestCluster(): Promise<{ address: SocketAddress; stop(): Promise<void> }> {
  const dataDir = await createClusterFolder();
  // As root, PostgreSQL runs as another user, who must be able to traverse the folder.
  chmodSync(dataDir, 0o711);
  const dataDirLock = await lockDataDir(dataDir);
  const { template } = createSandboxCache(testCacheDir);
  const cluster = await startCluster({ dataDir, onProgress: () => {}, template });
  await createDatabase(cluster.address("postgres"), templateName);
  await fillTemplate(cluster.address(templateName));
  return {
    address: cluster.address("postgres"),
    async stop() {
      await cluster.stop();
      dataDirLock.release();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** The stock PostgreSQL with the migrated template. */
async function useStockServer(): Promise<{ address: SocketAddress; stop(): Promise<void> }> {
  const address = parseAddress(stockUrl);
  const dropTemplate = () =>
    asAdmin(address, (sql) => sql`drop database if exists ${sql(templateName)} with (force)`);
  await dropTemplate();
  await createDatabase(address, templateName);
  await fillTemplate({ ...address, database: templateName });
  return { address, stop: dropTemplate };
}

function parseAddress(url: string): SocketAddress {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  return {
    host: searchParams.get("host") ?? hostname,
    port: Number(port || 5432),
    username: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: pathname.slice(1),
  };
}

/** Migrations, keys and seed data are made once, which saves every test half a second. */
async function fillTemplate(address: SocketAddress): Promise<void> {
  const locations = onOneDatabase(address);
  await prepareStores(locations, Date.now());
  const stores = createStores(locations);
  const clock = await createSandboxClock(stores.main);
  await (await createTestApp(stores, clock, pino({ level: "silent" }))).close();
  await clock.close();
  await stores.close();
}

/** Every schema in one database. */
export function onOneDatabase(address: DatabaseAddress): DatabaseLocations {
  const location = { address, setting: "DATABASE_URL" };
  return { main: location, rail: () => location };
}

/** The key that seals every test's secrets. */
export const testSecretKey = Buffer.alloc(32, 7);

const {
  consentLimits: { sandbox: consentLimits },
  daraja,
  ipgV1,
  soap,
} = readConfig({ PROMPTS_PER_CUSTOMER: "50", PROMPTS_PER_CUSTOMER_AND_APPLICATION: "50" });

export function createTestApp(
  stores: Stores,
  clock: SandboxClock,
  log: Logger,
  config: Partial<AppConfig> = {},
  rails: Pick<AppOptions, "awayRails" | "prepareRail"> = {},
): Promise<App> {
  return createApp({
    config: {
      activationDelayMs: { sandbox: 0, live: 0 },
      // Many tests open several prompts for one customer.
      consentLimits: { sandbox: consentLimits, live: consentLimits },
      daraja,
      ipgV1,
      soap,
      handsetGatewaySecret: null,
      handsetGatewayUrl: null,
      liveOperatorPasswordLifeMs: null,
      liveHandsets: "off",
      localTools: true,
      mailFrom: null,
      smtpUrl: null,
      maxConnections: 5000,
      maxConnectionsPerSource: 1000,
      maxFailuresPerSource: 1_000_000,
      pinLockMs: 30 * msPerMinute,
      metricsToken: null,
      promptLifeMs: 90 * msPerSecond,
      synchronousWaitMs: 60 * msPerSecond,
      tariffs: { sandbox: "default", live: "none" },
      publicUrl: null,
      requestLogMaxBytes: 64 * 1024 * 1024,
      requestLogRetentionMs: msPerDay,
      callbackLogRetentionMs: msPerDay,
      sandboxPrivateListeners: true,
      trustedProxies: [],
      twoStepHoldMs: msPerDay,
      validationTimeoutMs: 8 * msPerSecond,
      ...config,
    },
    stores,
    secretKey: testSecretKey,
    clocks: { sandbox: clock, live: clock },
    log,
    controlHosts: ["127.0.0.1"],
    ...rails,
  });
}

function clusterAddress(): SocketAddress {
  const shared = process.env[addressVariable];
  if (shared === undefined) throw new Error("no PostgreSQL for tests: run this file by `npm test -- <file>`");
  return JSON.parse(shared) as SocketAddress;
}

/** A new, migrated database; it is dropped when it goes out of scope. */
export async function createTestDatabase(): Promise<
  AsyncDisposable & { address: SocketAddress; url: string }
> {
  const admin = clusterAddress();
  const name = `test_${process.pid}_${(databaseCount += 1)}`;
  await asAdmin(
    admin,
    (sql) => sql`create database ${sql(name)} template ${sql(templateName)} strategy file_copy`,
  );
  const address = { ...admin, database: name };
  return {
    address,
    url: toUrl(address),
    async [Symbol.asyncDispose]() {
      await asAdmin(admin, (sql) => sql`drop database if exists ${sql(name)} with (force)`);
    },
  };
}

/** As PostgreSQL's own tools write the address. */
function toUrl({ host, port, username, password, database }: SocketAddress): string {
  const credentials = `${encodeURIComponent(username)}:${encodeURIComponent(password)}`;
  return host.startsWith("/")
    ? `postgres://${credentials}@localhost:${port}/${database}?host=${host}`
    : `postgres://${credentials}@${host}:${port}/${database}`;
}

let databaseCount = 0;

async function asAdmin(
  address: SocketAddress,
  run: (sql: ReturnType<typeof connect>) => PromiseLike<unknown>,
) {
  const sql = connect(address, { schema: "public", maxConnections: 1, name: "test" });
  try {
    await run(sql);
  } finally {
    await sql.end();
  }
}

let sharedCluster: Awaited<ReturnType<typeof startTestCluster>> | null = null;

export async function globalSetup(): Promise<void> {
  sharedCluster = await (stockUrl === "" ? startTestCluster() : useStockServer());
  process.env[addressVariable] = JSON.stringify(sharedCluster.address);
}

export async function globalTeardown(): Promise<void> {
  await sharedCluster?.stop();
}
