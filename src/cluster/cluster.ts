/**
 * Our own PostgreSQL: made when it is missing, started, watched, stopped.
 */
import { existsSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterError } from "./cluster-error.ts";
import { checkVersion, clusterPassword, createCluster, superuser } from "./create-cluster.ts";
import { claimDataDir } from "./data-dir.ts";
import { keepRunning } from "./keep-running.ts";
import { stopLeftBehind } from "./left-behind.ts";
import { boundLog } from "./log-file.ts";
import { choosePlace, clearPlace, type Place, recordPlace, type Report } from "./place.ts";
import { startPostmaster } from "./postmaster.ts";
import { makePrivate, prepareSocketDir, socketDir, socketPort } from "./socket-dir.ts";

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
  readonly report: Report;
  /** Gives up a start that is under way. */
  readonly signal?: AbortSignal;
}

/**
 * Starts the cluster of this data folder; makes it first if there is none. Throws `ClusterError`.
 *
 * Whatever the last run left, by a crash or by `kill -9`, is dealt with: a PostgreSQL still running is
 * stopped, an unfinished cluster is made again.
 */
export async function startCluster({ dataDir, report, signal }: ClusterOptions): Promise<Cluster> {
  const folder = realpathSync(dataDir);
  const place = choosePlace(folder, report);
  makePrivate(place.home, place.account);
  // Two data folders can name the same place when one is a copy of the other.
  const claim = place.away ? await claimDataDir(place.home) : null;
  const log = join(folder, "postgres.log");
  const logTimer = boundLog(log);
  const release = () => {
    clearInterval(logTimer);
    claim?.release();
  };

  const ending = new AbortController();
  const giveUp = () => ending.abort();
  signal?.addEventListener("abort", giveUp);
  if (signal?.aborted) giveUp();
  try {
    const password = await prepareCluster(folder, place, report);
    const host = socketDir(place.home, place.account);
    const start = async () => {
      await stopLeftBehind(place.cluster, report);
      prepareSocketDir(host, place.account);
      return whenMemoryIsFree(() => startPostmaster(place, host, log, report, ending.signal));
    };
    const exited = keepRunning(await start(), start, report, ending.signal).finally(release);
    return {
      address: (database) => ({ host, port: socketPort, username: superuser, password, database }),
      async stop() {
        ending.abort();
        await exited;
      },
      exited,
    };
  } catch (error) {
    release();
    throw error;
  } finally {
    signal?.removeEventListener("abort", giveUp);
  }
}

/**
 * Where we cannot see the children of a killed PostgreSQL, PostgreSQL refuses to start beside them. They
 * end by themselves within moments, so for ten seconds we try again.
 */
async function whenMemoryIsFree<Result>(start: () => Promise<Result>): Promise<Result> {
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
async function prepareCluster(dataDir: string, place: Place, report: Report): Promise<string> {
  await stopLeftBehind(place.cluster, report);
  clearPlace(dataDir, place, report);
  const password = clusterPassword(dataDir, place);
  if (!existsSync(place.cluster)) {
    report("Creating the database cluster …");
    await createCluster(place, password);
  }
  recordPlace(dataDir, place);
  checkVersion(place);
  return password;
}
