/**
 * Our own PostgreSQL: made when it is missing, started, watched, stopped.
 */
import { existsSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterError } from "./cluster-error.ts";
import { checkVersion, clusterPassword, createCluster, superuser } from "./create-cluster.ts";
import { lockDataDir } from "./data-dir-lock.ts";
import { supervise } from "./supervisor.ts";
import { stopStalePostgres } from "./stale-process.ts";
import { rotateLog } from "./log-rotation.ts";
import {
  chooseLocation,
  clearLocation,
  type ClusterLocation,
  recordLocation,
  type OnProgress,
} from "./location.ts";
import { startPostmaster } from "./postmaster.ts";
import { createPrivateDir, prepareSocketDir, socketDir, socketPort } from "./socket-dir.ts";

/** How to reach one database of the cluster; spread it into the options of `postgres()`. */
export interface DatabaseAddress {
  /** The folder of the Unix socket; the driver adds the socket's name. */
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  readonly database: string;
}

export interface Cluster {
  /** The address of a database, whether it exists or not. `postgres` always does. */
  address(database: string): DatabaseAddress;
  /** Ends PostgreSQL, as the last thing: sessions that are still open are cut off. */
  stop(): Promise<void>;
  /** Fulfilled when PostgreSQL has ended for good: null after `stop`, an error if it kept failing. */
  readonly exited: Promise<ClusterError | null>;
}

export interface ClusterOptions {
  /** The data folder, claimed by this process. Absolute. */
  readonly dataDir: string;
  /** Hears, in words for people, whatever takes time or is out of the ordinary. */
  readonly onProgress: OnProgress;
  /** Gives up a start that is under way. */
  readonly signal?: AbortSignal;
}

/**
 * Starts the cluster of this data folder; makes it first if there is none. Throws `ClusterError`.
 *
 * Whatever the last run left, by a crash or by `kill -9`, is dealt with: a PostgreSQL still running is
 * stopped, an unfinished cluster is made again.
 */
export async function startCluster({ dataDir, onProgress, signal }: ClusterOptions): Promise<Cluster> {
  const folder = realpathSync(dataDir);
  const location = chooseLocation(folder, onProgress);
  createPrivateDir(location.baseDir, location.user);
  // Two data folders can name the same place when one is a copy of the other.
  const lock = location.outsideDataDir ? await lockDataDir(location.baseDir) : null;
  const log = join(folder, "postgres.log");
  const logTimer = rotateLog(log);
  const release = () => {
    clearInterval(logTimer);
    lock?.release();
  };

  const shutdown = new AbortController();
  const abort = () => shutdown.abort();
  signal?.addEventListener("abort", abort);
  if (signal?.aborted) abort();
  try {
    const password = await prepareCluster(folder, location, onProgress);
    const host = socketDir(location.baseDir, location.user);
    const start = async () => {
      await stopStalePostgres(location.cluster, onProgress);
      prepareSocketDir(host, location.user);
      return retryWhileMemoryInUse(() => startPostmaster(location, host, log, onProgress, shutdown.signal));
    };
    const exited = supervise(await start(), start, onProgress, shutdown.signal).finally(release);
    return {
      address: (database) => ({ host, port: socketPort, username: superuser, password, database }),
      async stop() {
        shutdown.abort();
        await exited;
      },
      exited,
    };
  } catch (error) {
    release();
    throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

/**
 * Where we cannot see the children of a killed PostgreSQL, PostgreSQL refuses to start beside them. They
 * end by themselves within moments, so for ten seconds we try again.
 */
async function retryWhileMemoryInUse<Result>(start: () => Promise<Result>): Promise<Result> {
  for (let triesLeft = 50; ; triesLeft -= 1) {
    try {
      return await start();
    } catch (error) {
      const occupied = error instanceof Error && error.message.includes("pre-existing shared memory block");
      if (!occupied || triesLeft === 0) throw error;
    }
    await sleep(200);
  }
}

/** Sees to it that the cluster exists and is one we can run; returns its password. */
async function prepareCluster(
  dataDir: string,
  location: ClusterLocation,
  onProgress: OnProgress,
): Promise<string> {
  await stopStalePostgres(location.cluster, onProgress);
  clearLocation(dataDir, location, onProgress);
  const password = clusterPassword(dataDir, location);
  if (!existsSync(location.cluster)) {
    onProgress("Creating the database cluster …");
    await createCluster(location, password);
  }
  recordLocation(dataDir, location);
  checkVersion(location);
  return password;
}
