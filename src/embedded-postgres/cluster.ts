/**
 * The embedded PostgreSQL: created if it does not exist, started, supervised, stopped.
 */
import { existsSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterError } from "./cluster-error.ts";
import {
  checkVersion,
  clusterPassword,
  createCluster,
  getPasswordFile,
  superuser,
} from "./create-cluster.ts";
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
import { startPostmaster, type Postmaster } from "./postmaster.ts";
import { copyTemplate, type TemplateOptions } from "./template.ts";
import { createPrivateDir, prepareSocketDir, socketDir, socketPort } from "./socket-dir.ts";

export type { TemplateOptions } from "./template.ts";

/** The address of a database of the cluster; spread it into the options of `postgres()`. */
export interface ClusterAddress {
  /** The folder of the Unix socket; the driver adds the socket's name. */
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  readonly database: string;
}

export interface Cluster {
  /** The address of a database, whether it exists or not. `postgres` always exists. */
  address(database: string): ClusterAddress;
  /** The file with the password of the addresses. */
  readonly passwordFile: string;
  /** The version of PostgreSQL's programs, such as `18.4`. */
  readonly version: string;
  /** Stops PostgreSQL. Open sessions are terminated, so call it last. */
  stop(): Promise<void>;
  /** Makes PostgreSQL exit at once, without waiting: for a process that is about to end. Nothing committed is lost. */
  quit(): void;
  /** Fulfilled when PostgreSQL has stopped and is not restarted: null after `stop`, an error if its files are gone. */
  readonly exited: Promise<ClusterError | null>;
}

export interface ClusterOptions {
  /** The data folder, locked by this process. Absolute. */
  readonly dataDir: string;
  /** Called with a message for anything that takes time or is unusual. */
  readonly onProgress: OnProgress;
  /** Aborts a start in progress. */
  readonly signal?: AbortSignal;
  /**
   * For data that may be lost when the machine fails: a new cluster is a copy of a template, and it is not durable.
   */
  readonly template?: TemplateOptions | undefined;
  /**
   * Whether everything is written through to the disk; the default is true without a template. If not, a crash of
   * PostgreSQL or of the server loses nothing, but a failure of the machine may.
   */
  readonly durable?: boolean;
}

/**
 * Starts the cluster of this data folder; creates it first if there is none. Throws `ClusterError`.
 *
 * It cleans up after a crash or `kill -9`: a PostgreSQL that is still running is stopped, an incomplete cluster is
 * created again.
 */
export async function startCluster({
  dataDir,
  onProgress,
  signal,
  template,
  durable = template === undefined,
}: ClusterOptions): Promise<Cluster> {
  const folder = realpathSync(dataDir);
  const location = chooseLocation(folder, onProgress);
  createPrivateDir(location.baseDir, location.user);
  // Two data folders can refer to the same location if one is a copy of the other.
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
    const password = await prepareCluster(folder, location, onProgress, { template, durable });
    const host = socketDir(location.baseDir, location.user);
    const start = async () => {
      await stopStalePostgres(location.cluster, onProgress);
      prepareSocketDir(host, location.user);
      // Only tests have a template. Many servers of a test run may share the cluster.
      const settings = {
        // Whole pages in the WAL are for a failure of the machine.
        ...(durable ? {} : { fsync: "off", full_page_writes: "off" }),
        ...(template === undefined ? {} : { max_connections: "400" }),
      };
      return retryWhileMemoryInUse(() =>
        startPostmaster({ location, socketDir: host, log, settings }, onProgress, shutdown.signal),
      );
    };
    let current: Postmaster | null = null;
    const startAndRemember = async () => (current = await start());
    const exited = supervise(
      await startAndRemember(),
      { start: startAndRemember, isGone: () => !existsSync(join(location.cluster, "PG_VERSION")) },
      onProgress,
      shutdown.signal,
    ).finally(release);
    return {
      address: (database) => ({ host, port: socketPort, username: superuser, password, database }),
      passwordFile: getPasswordFile(folder),
      version: location.binaries.version.split(".", 2).join("."),
      async stop() {
        shutdown.abort();
        await exited;
      },
      quit() {
        shutdown.abort();
        current?.quit();
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
 * Outside Linux, Pesarail cannot find the child processes of a killed PostgreSQL, and PostgreSQL refuses to start while
 * they run. They exit quickly, so the start is retried for ten seconds.
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

/** Creates the cluster if needed and checks its version; returns its password. */
async function prepareCluster(
  dataDir: string,
  location: ClusterLocation,
  onProgress: OnProgress,
  { template, durable }: Pick<ClusterOptions, "template"> & { readonly durable: boolean },
): Promise<string> {
  await stopStalePostgres(location.cluster, onProgress);
  clearLocation(dataDir, location, onProgress);
  const password = clusterPassword(dataDir, location);
  if (!existsSync(location.cluster) && !(await tryTemplate(location, password, onProgress, template))) {
    onProgress("Creating the database cluster …");
    await createCluster(location, password, { durable });
  }
  recordLocation(dataDir, location);
  checkVersion(location);
  return password;
}

/** Copies the template, if there is one. A template only saves time, so a failure is no reason not to start. */
async function tryTemplate(
  location: ClusterLocation,
  password: string,
  onProgress: OnProgress,
  template: TemplateOptions | undefined,
): Promise<boolean> {
  if (template === undefined) return false;
  try {
    await copyTemplate(location, password, template);
    return true;
  } catch (error) {
    onProgress(
      `The cached database cannot be used (${error instanceof Error ? error.message : String(error)}).`,
    );
    return false;
  }
}
