/**
 * Where the cluster lives, who runs it, and with which copy of the programs.
 *
 * Nearly always: in the data folder, as ourselves, as npm installed them. Root is the exception. Then
 * another user runs PostgreSQL, and that user may be unable to reach a clone in root's home or in a
 * private temporary folder. What is out of reach goes under `/var/lib/pesarail`, and a record of it stays
 * in the data folder.
 */
import { createHash } from "node:crypto";
import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, renameSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type OsUser, canReach, canRun, isRoot, findPostgresUser } from "./os-user.ts";
import { type Binaries, packagedBinaries, binaryPath } from "./binaries.ts";
import { ClusterError } from "./cluster-error.ts";
import { copyBinaries } from "./copy-binaries.ts";
import { writeFileAtomic } from "../core/atomic-write.ts";

export type OnProgress = (line: string) => void;

export interface ClusterLocation {
  /** The folder around the cluster; it belongs to the account. */
  readonly baseDir: string;
  /** The cluster itself, in PostgreSQL's words its data directory. */
  readonly cluster: string;
  /** Null means our own user. */
  readonly user: OsUser | null;
  readonly binaries: Binaries;
  /** Whether the home is outside the data folder, where another data folder might claim it too. */
  readonly outsideDataDir: boolean;
}

/** Decides the place; makes nothing but copies of the programs. Throws `ClusterError` if there is none. */
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
    `The database in ${baseDir} belongs to user ${owner.uid}: start as that user, or as root.`,
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
      `User ${owner.uid}, who owns the database in ${defaultDir}, cannot reach that folder any more.`,
    );
  }
  const alternativeDir = join(sharedDir(user), shortHash(dataDir));
  onProgress(
    `The user that runs PostgreSQL cannot reach ${dataDir}; the database goes to ${alternativeDir}.`,
  );
  return createLocation(alternativeDir, user, binaries, true);
}

/** An empty cluster in the place of a lost one would look as if all money were gone. */
const createMissingError = (dataDir: string, baseDir: string): ClusterError =>
  new ClusterError(
    `The database belongs in ${baseDir} and is gone; put it back, or remove ${recordFile(dataDir)} to begin anew.`,
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

/** A cluster belongs to somebody from its first moment, and never to root. */
function readOwner(folder: string): OsUser | null {
  const stats = statSync(folder, { throwIfNoEntry: false });
  return stats === undefined ? null : { uid: stats.uid, gid: stats.gid };
}

const recordFile = (dataDir: string): string => join(dataDir, "postgres.location");

function readRecord(dataDir: string): string | null {
  return existsSync(recordFile(dataDir)) ? readFileSync(recordFile(dataDir), "utf8").trim() : null;
}

/** Called once the cluster exists: a record without a cluster would look like a lost one. */
export function recordLocation(dataDir: string, { baseDir, outsideDataDir }: ClusterLocation): void {
  if (outsideDataDir) writeFileAtomic(recordFile(dataDir), `${baseDir}\n`, 0o644);
}

/**
 * Sets aside a cluster that lies where ours is to go and that no record of ours names: an earlier data
 * folder at this path was deleted. It may be the only copy of somebody's books, so it is not removed.
 */
export function clearLocation(
  dataDir: string,
  { cluster, outsideDataDir }: ClusterLocation,
  onProgress: OnProgress,
): void {
  if (!outsideDataDir || !existsSync(cluster) || readRecord(dataDir) !== null) return;
  const aside = `${cluster}.${Date.now()}`;
  renameSync(cluster, aside);
  onProgress(`${cluster} was the database of a data folder that is gone; it is now ${aside}.`);
}

function reachableBinaries(packaged: Binaries, user: OsUser, onProgress: OnProgress): Binaries {
  if (canRun(user, binaryPath(packaged, "postgres"))) return packaged;
  const copy = copyBinaries(packaged, sharedDir(user), onProgress);
  if (canRun(user, binaryPath(copy, "postgres"))) return copy;
  throw new ClusterError(
    `User ${user.uid}, who runs PostgreSQL, can run it neither here nor from ${copy.root}.`,
  );
}

/** A folder of root's that everybody can pass through and only root can change. */
function sharedDir(user: OsUser): string {
  for (const folder of ["/var/lib/pesarail", join(tmpdir(), "pesarail")]) {
    try {
      if (mkdirSync(folder, { recursive: true }) !== undefined) chmodSync(folder, 0o755); // whatever the umask
    } catch {
      continue;
    }
    // In a temporary folder, somebody else may have been there first.
    const { uid, mode } = lstatSync(folder);
    if (uid === 0 && (mode & 0o022) === 0 && canReach(user, folder)) return folder;
  }
  throw new ClusterError("There is no folder for the database that the user of PostgreSQL can reach.");
}

export const shortHash = (text: string): string =>
  createHash("sha256").update(text).digest("hex").slice(0, 12);
