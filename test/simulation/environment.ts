/** The processes of a simulation: two servers on one PostgreSQL, each of which can be killed at any time. */
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createSandboxCache } from "../../src/app/sandbox-cache.ts";
import { embeddedDatabaseName } from "../../src/config/database-locations.ts";
import { startCluster } from "../../src/embedded-postgres/cluster.ts";
import { lockDataDir } from "../../src/embedded-postgres/data-dir-lock.ts";
import { createDatabase } from "../../src/store/databases.ts";
import { testCacheDir, type SocketAddress } from "../support/cluster.ts";
import { waitFor } from "../support/prompts.ts";
import { createDataFolder, startServer, type Server } from "../support/server.ts";

export interface SimulationEnvironment extends AsyncDisposable {
  readonly address: SocketAddress;
  /** A server that is up; waits if none is. */
  server(): Promise<Server>;
  /** Kills a server and starts another in its place. */
  killServer(index: number): Promise<void>;
  /** Kills PostgreSQL. If it is just restarting, waits for that first. */
  killDatabase(): Promise<void>;
}

/** Short waits, because no person is involved. */
const shortWaits = { SYNCHRONOUS_WAIT: "1s", C2B_VALIDATION_TIMEOUT: "1s", LOG_LEVEL: "error" };

const maxStarts = 25;
const startTimeoutMs = 60_000;

/** `settings` are the servers' own. */
export async function createSimulationEnvironment(
  settings: Readonly<Record<string, string>>,
): Promise<SimulationEnvironment> {
  const folder = mkdtempSync(join(tmpdir(), "pesarail-simulation-"));
  chmodSync(folder, 0o711);
  const dataDirLock = await lockDataDir(folder);
  // The template has the tables. With it, nothing is written through to the disk: processes are killed, but no machine.
  const { template } = createSandboxCache(testCacheDir);
  const cluster = await startCluster({ dataDir: folder, onProgress: () => {}, template });
  await createDatabase(cluster.address("postgres"), embeddedDatabaseName);
  const address = cluster.address(embeddedDatabaseName);
  const { username, password, host, port, database } = address;
  const url = `postgres://${username}:${password}@localhost:${port}/${database}?host=${host}`;

  const folders = [createDataFolder(), createDataFolder()];
  /** Like a process supervisor: a server that could not start because the database was down is started again. */
  async function start(index: number): Promise<Server> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await startServer(folders[index]?.path ?? "", url, { ...shortWaits, ...settings });
      } catch (error) {
        if (attempt === maxStarts) throw error;
        await sleep(200);
      }
    }
  }
  // The first time one after the other: the first creates the keys and the seed data.
  const servers: Promise<Server>[] = [start(0)];
  await servers[0];
  servers.push(start(1));
  await servers[1];
  let turn = 0;

  return {
    address,
    server: () =>
      Promise.any([servers[(turn += 1) % 2] as Promise<Server>, servers[(turn + 1) % 2] as Promise<Server>]),
    async killServer(index) {
      const oldServer = await (servers[index] as Promise<Server>);
      const newServer = oldServer
        .kill()
        .then(() => oldServer[Symbol.asyncDispose]().then(() => start(index)));
      servers[index] = newServer;
      await newServer;
    },
    async killDatabase() {
      process.kill(
        await waitFor("PostgreSQL up", async () => postmasterPid(folder), startTimeoutMs),
        "SIGKILL",
      );
    },
    async [Symbol.asyncDispose]() {
      const remaining = await Promise.allSettled(servers);
      for (const each of remaining) if (each.status === "fulfilled") await each.value[Symbol.asyncDispose]();
      await cluster.stop();
      dataDirLock.release();
      for (const each of folders) each[Symbol.dispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL's process id from its own file, if the process is alive. */
function postmasterPid(folder: string): number | undefined {
  const pidFile = readdirSync(folder, { recursive: true, encoding: "utf8" }).find((name) =>
    name.endsWith("postmaster.pid"),
  );
  if (pidFile === undefined) return undefined;
  try {
    const pid = Number.parseInt(readFileSync(join(folder, pidFile), "utf8"), 10);
    return pid > 0 && process.kill(pid, 0) ? pid : undefined;
  } catch {
    // Ended between the two reads, or the file is from a killed process.
    return undefined;
  }
}
