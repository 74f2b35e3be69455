/**
 * The location of the cluster, the user that runs it, and the copy of the programs that it uses.
 *
 * Normally: the data folder, the current user, and the programs from npm. As root, another user runs PostgreSQL. That
 * user may have no access to a clone in root's home or in a private temporary folder. In that case the cluster or the
 * programs are placed under `/var/lib/pesarail`, and a file in the data folder records the location.
 */
import { createHash } from "node:crypto";
import { chmodSync, existsSync, lstatSync, mkdirSync, renameSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type OsUser, canReach, canRun, isRoot, findPostgresUser } from "./os-user.ts";
import { type Binaries, packagedBinaries, binaryPath } from "./binaries.ts";
import { ClusterError, readTextFile } from "./cluster-error.ts";
import { copyBinaries } from "./copy-binaries.ts";
import { writeFileAtomic } from "../core/atomic-write.ts";

export type OnProgress = (line: string) => void;

export interface ClusterLocation {
  /** The folder that contains the cluster; it belongs to `user`. */
  readonly baseDir: string;
  /** The cluster itself: PostgreSQL's data directory. */
  readonly cluster: string;
  /** Null means the current user. */
  readonly user: OsUser | null;
  readonly binaries: Binaries;
  /** Whether `baseDir` is outside the data folder, where another data folder might use it too. */
  readonly outsideDataDir: boolean;
}

/** Chooses the location; creates nothing but copies of the programs. Throws `ClusterError` if there is none. */
export function chooseLocation(dataDir: string, onProgress: OnProgress): ClusterLocation {
  const recorded = readRecord(dataDir);
  if (recorded !== null && !existsSync(recorded)) throw createMissingError(dataDir, recorded);
  return isRoot()
    ? chooseForRoot(dataDir, recorded, onProgress)
    : chooseForCurrentUser(recorded ?? defaultBaseDir(dataDir));
}

function chooseForCurrentUser(baseDir: string): ClusterLocation {
  const owner = readOwner(baseDir);
  if (owner === null || owner.uid === process.getuid?.())
    return createLocation(baseDir, null, packagedBinaries(), false);
  throw new ClusterError(
    `The database in ${baseDir} belongs to user ${owner.uid}. Start Pesarail as that user or as root.`,
  );
}

function chooseForRoot(dataDir: string, recorded: string | null, onProgress: OnProgress): ClusterLocation {
  const defaultDir = defaultBaseDir(dataDir);
  const owner = readOwner(join(recorded ?? defaultDir, "cluster"));
  if (recorded !== null && owner === null) throw createMissingError(dataDir, recorded);

  const user = owner ?? findPostgresUser();
  const binaries = reachableBinaries(packagedBinaries(), user, onProgress);
  if (recorded !== null) return createLocation(recorded, user, binaries, true);
  if (canReach(user, dataDir)) return createLocation(defaultDir, user, binaries, false);
  if (owner !== null) {
    throw new ClusterError(
      `User ${owner.uid} owns the database in ${defaultDir} but cannot enter that folder. Allow that user to enter it.`,
    );
  }
  const alternativeDir = join(sharedDir(user), shortHash(dataDir));
  onProgress(
    `The user that runs PostgreSQL cannot enter ${dataDir}; the database is created in ${alternativeDir}.`,
  );
  return createLocation(alternativeDir, user, binaries, true);
}

/** An error, because creating an empty cluster in place of a missing one would look as if all money were lost. */
const createMissingError = (dataDir: string, baseDir: string): ClusterError =>
  new ClusterError(
    `The database should be in ${baseDir} but is missing. Restore it, or remove ${recordFile(dataDir)} to start with an empty one.`,
  );

const defaultBaseDir = (dataDir: string): string => join(dataDir, "postgres");

const createLocation = (
  baseDir: string,
  user: OsUser | null,
  binaries: Binaries,
  outsideDataDir: boolean,
): ClusterLocation => ({
  baseDir,
  cluster: join(baseDir, "cluster"),
  user,
  binaries,
  outsideDataDir,
});

/** The owner of a cluster's folder, which is never root; null if it does not exist. */
function readOwner(folder: string): OsUser | null {
  const stats = statSync(folder, { throwIfNoEntry: false });
  return stats === undefined ? null : { uid: stats.uid, gid: stats.gid };
}

const recordFile = (dataDir: string): string => join(dataDir, "postgres.location");

function readRecord(dataDir: string): string | null {
  return existsSync(recordFile(dataDir)) ? readTextFile(recordFile(dataDir)).trim() : null;
}

/** Whether the data folder has a database, or had one. */
export const hasCluster = (dataDir: string): boolean =>
  existsSync(recordFile(dataDir)) || existsSync(join(defaultBaseDir(dataDir), "cluster"));

/** Call it once the cluster exists: a record without a cluster would look like a missing one. */
export function recordLocation(dataDir: string, { baseDir, outsideDataDir }: ClusterLocation): void {
  if (outsideDataDir) writeFileAtomic(recordFile(dataDir), `${baseDir}\n`, 0o644);
}

/**
 * Renames a cluster at the chosen location that no record refers to: an earlier data folder at this path was deleted. It
 * may be the only copy of a ledger, so it is not removed.
 */
export function clearLocation(
  dataDir: string,
  { cluster, outsideDataDir }: ClusterLocation,
  onProgress: OnProgress,
): void {
  if (!outsideDataDir || !existsSync(cluster) || readRecord(dataDir) !== null) return;
  const aside = `${cluster}.${Date.now()}`;
  renameSync(cluster, aside);
  onProgress(`${cluster} was the database of a deleted data folder; it was renamed to ${aside}.`);
}

function reachableBinaries(packaged: Binaries, user: OsUser, onProgress: OnProgress): Binaries {
  if (canRun(user, binaryPath(packaged, "postgres"))) return packaged;
  const copy = copyBinaries(packaged, sharedDir(user), onProgress);
  if (canRun(user, binaryPath(copy, "postgres"))) return copy;
  throw new ClusterError(
    `User ${user.uid} has to run PostgreSQL but cannot, neither from npm's folder nor from ${copy.root}.`,
  );
}

/** A folder that belongs to root, that every user can enter and only root can change. */
function sharedDir(user: OsUser): string {
  for (const folder of ["/var/lib/pesarail", join(tmpdir(), "pesarail")]) {
    try {
      if (mkdirSync(folder, { recursive: true }) !== undefined) chmodSync(folder, 0o755); // whatever the umask
    } catch {
      continue;
    }
    // In a temporary folder, another user may have created it.
    const { uid, mode } = lstatSync(folder);
    if (uid === 0 && (mode & 0o022) === 0 && canReach(user, folder)) return folder;
  }
  throw new ClusterError(
    "The user that runs PostgreSQL cannot enter /var/lib/pesarail or the temporary folder. Allow that user to enter one of them.",
  );
}

export const shortHash = (text: string): string =>
  createHash("sha256").update(text).digest("hex").slice(0, 12);
