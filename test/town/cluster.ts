/**
 * The PostgreSQL that tests run on: the product's own, in a temporary folder, started once for all files.
 *
 * `npm test` starts it before the first file (`--test-global-setup`), also for a file that is run alone
 * (`npm test -- <file>`), and leaves its address in the environment. Whoever needs a database gets one of
 * their own, cloned from a template that is migrated once.
 */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCluster } from "../../src/cluster/cluster.ts";
import { claimDataDir } from "../../src/cluster/data-dir.ts";
import { pino, type Logger } from "pino";
import { day, minute, second } from "../../src/clock.ts";
import { openSandboxClock, type SandboxClock } from "../../src/sandbox/clock.ts";
import { openPlatform, type Platform, type PlatformOptions } from "../../src/platform.ts";
import { connect, type DatabaseAddress } from "../../src/store/connect.ts";
import {
  createDatabase,
  openStores,
  prepareStores,
  type Places,
  type Stores,
} from "../../src/store/stores.ts";

export type SocketAddress = Exclude<DatabaseAddress, string>;

const variable = "PESARAIL_TEST_CLUSTER";
const template = "town_template";

/** Starts a cluster with the migrated template, and returns how to reach it and how to end it. */
export async function startTestCluster(): Promise<{ address: SocketAddress; stop(): Promise<void> }> {
  const dataDir = mkdtempSync(join(tmpdir(), "pesarail-test-"));
  // As root, PostgreSQL runs as another user, who must be able to pass.
  chmodSync(dataDir, 0o711);
  const claim = await claimDataDir(dataDir);
  const cluster = await startCluster({ dataDir, report: () => {} });
  await createDatabase(cluster.address("postgres"), template);
  const places = onOneDatabase(cluster.address(template));
  await prepareStores(places, Date.now());
  // Keys and people are made once too: half a second that no test has to wait for.
  const stores = openStores(places);
  const clock = await openSandboxClock(stores.main);
  await (await openTestPlatform(stores, clock, pino({ level: "silent" }))).close();
  clock.close();
  await stores.close();
  return {
    address: cluster.address("postgres"),
    async stop() {
      await cluster.stop();
      claim.release();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Every schema in one database. */
export function onOneDatabase(address: DatabaseAddress): Places {
  const place = { address, setting: "DATABASE_URL" };
  return { main: place, rail: () => place };
}

/** The key that every test's secrets are sealed with. */
export const testSecretKey = Buffer.alloc(32, 7);

export function openTestPlatform(
  stores: Stores,
  clock: SandboxClock,
  log: Logger,
  config: Partial<PlatformOptions["config"]> = {},
): Promise<Platform> {
  return openPlatform({
    config: {
      activationDelayMs: { sandbox: 0, live: 0 },
      handsetGatewaySecret: null,
      handsetGatewayUrl: null,
      liveHandsets: "off",
      pinLockMs: 30 * minute,
      metricsToken: null,
      promptLifeMs: 90 * second,
      synchronousWaitMs: 60 * second,
      publicUrl: null,
      requestLogRetentionMs: day,
      callbackLogRetentionMs: day,
      sandboxPrivateListeners: true,
      trustedProxies: [],
      twoStepHoldMs: day,
      ...config,
    },
    stores,
    secretKey: testSecretKey,
    clocks: { sandbox: clock, live: clock },
    log,
    controlHosts: ["127.0.0.1"],
  });
}

function clusterAddress(): SocketAddress {
  const shared = process.env[variable];
  if (shared === undefined) throw new Error("no PostgreSQL for tests: run this file by `npm test -- <file>`");
  return JSON.parse(shared) as SocketAddress;
}

/** A fresh, migrated database; it is dropped when it goes out of scope. */
export async function testDatabase(): Promise<AsyncDisposable & { address: SocketAddress; url: string }> {
  const admin = clusterAddress();
  const name = `town_${process.pid}_${(made += 1)}`;
  await asAdmin(admin, (sql) => sql`create database ${sql(name)} template ${sql(template)}`);
  const address = { ...admin, database: name };
  return {
    address,
    url: `postgres://${address.username}:${address.password}@localhost:${address.port}/${name}?host=${address.host}`,
    async [Symbol.asyncDispose]() {
      await asAdmin(admin, (sql) => sql`drop database if exists ${sql(name)} with (force)`);
    },
  };
}

let made = 0;

async function asAdmin(
  address: SocketAddress,
  work: (sql: ReturnType<typeof connect>) => PromiseLike<unknown>,
) {
  const sql = connect(address, { schema: "public", connectionsMax: 1, name: "test" });
  try {
    await work(sql);
  } finally {
    await sql.end();
  }
}

let shared: Awaited<ReturnType<typeof startTestCluster>> | null = null;

export async function globalSetup(): Promise<void> {
  shared = await startTestCluster();
  process.env[variable] = JSON.stringify(shared.address);
}

export async function globalTeardown(): Promise<void> {
  await shared?.stop();
}
