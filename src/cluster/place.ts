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
import { type Account, canReach, canRun, isRoot, postgresAccount } from "./account.ts";
import { type Binaries, packagedBinaries, program } from "./binaries.ts";
import { ClusterError } from "./cluster-error.ts";
import { copyBinaries } from "./copy-binaries.ts";
import { writeFileWhole } from "../write-file.ts";

export type Report = (line: string) => void;

export interface Place {
  /** The folder around the cluster; it belongs to the account. */
  readonly home: string;
  /** The cluster itself, in PostgreSQL's words its data directory. */
  readonly cluster: string;
  /** Null means our own user. */
  readonly account: Account | null;
  readonly binaries: Binaries;
  /** Whether the home is outside the data folder, where another data folder might claim it too. */
  readonly away: boolean;
}

/** Decides the place; makes nothing but copies of the programs. Throws `ClusterError` if there is none. */
export function choosePlace(dataDir: string, report: Report): Place {
  const recorded = readRecord(dataDir);
  if (recorded !== null && !existsSync(recorded)) throw lost(dataDir, recorded);
  return isRoot() ? placeForRoot(dataDir, recorded, report) : placeForUs(recorded ?? nearHome(dataDir));
}

function placeForUs(home: string): Place {
  const owner = ownerOf(home);
  if (owner === null || owner.uid === process.getuid?.()) return place(home, null, packagedBinaries(), false);
  throw new ClusterError(
    `The database in ${home} belongs to user ${owner.uid}: start as that user, or as root.`,
  );
}

function placeForRoot(dataDir: string, recorded: string | null, report: Report): Place {
  const near = nearHome(dataDir);
  const owner = ownerOf(join(recorded ?? near, "cluster"));
  if (recorded !== null && owner === null) throw lost(dataDir, recorded);

  const account = owner ?? postgresAccount();
  const binaries = reachableBinaries(packagedBinaries(), account, report);
  if (recorded !== null) return place(recorded, account, binaries, true);
  if (canReach(account, dataDir)) return place(near, account, binaries, false);
  if (owner !== null) {
    throw new ClusterError(
      `User ${owner.uid}, who owns the database in ${near}, cannot reach that folder any more.`,
    );
  }
  const away = join(awayFolder(account), shortHash(dataDir));
  report(`The user that runs PostgreSQL cannot reach ${dataDir}; the database goes to ${away}.`);
  return place(away, account, binaries, true);
}

/** An empty cluster in the place of a lost one would look as if all money were gone. */
const lost = (dataDir: string, home: string): ClusterError =>
  new ClusterError(
    `The database belongs in ${home} and is gone; put it back, or remove ${record(dataDir)} to begin anew.`,
  );

const nearHome = (dataDir: string): string => join(dataDir, "postgres");

const place = (home: string, account: Account | null, binaries: Binaries, away: boolean): Place => ({
  home,
  cluster: join(home, "cluster"),
  account,
  binaries,
  away,
});

/** A cluster belongs to somebody from its first moment, and never to root. */
function ownerOf(folder: string): Account | null {
  const found = statSync(folder, { throwIfNoEntry: false });
  return found === undefined ? null : { uid: found.uid, gid: found.gid };
}

const record = (dataDir: string): string => join(dataDir, "postgres.location");

function readRecord(dataDir: string): string | null {
  return existsSync(record(dataDir)) ? readFileSync(record(dataDir), "utf8").trim() : null;
}

/** Called once the cluster exists: a record without a cluster would look like a lost one. */
export function recordPlace(dataDir: string, { home, away }: Place): void {
  if (away) writeFileWhole(record(dataDir), `${home}\n`, 0o644);
}

/**
 * Sets aside a cluster that lies where ours is to go and that no record of ours names: an earlier data
 * folder at this path was deleted. It may be the only copy of somebody's books, so it is not removed.
 */
export function clearPlace(dataDir: string, { cluster, away }: Place, report: Report): void {
  if (!away || !existsSync(cluster) || readRecord(dataDir) !== null) return;
  const aside = `${cluster}.${Date.now()}`;
  renameSync(cluster, aside);
  report(`${cluster} was the database of a data folder that is gone; it is now ${aside}.`);
}

function reachableBinaries(packaged: Binaries, account: Account, report: Report): Binaries {
  if (canRun(account, program(packaged, "postgres"))) return packaged;
  const copy = copyBinaries(packaged, awayFolder(account), report);
  if (canRun(account, program(copy, "postgres"))) return copy;
  throw new ClusterError(
    `User ${account.uid}, who runs PostgreSQL, can run it neither here nor from ${copy.root}.`,
  );
}

/** A folder of root's that everybody can pass through and only root can change. */
function awayFolder(account: Account): string {
  for (const folder of ["/var/lib/pesarail", join(tmpdir(), "pesarail")]) {
    try {
      if (mkdirSync(folder, { recursive: true }) !== undefined) chmodSync(folder, 0o755); // whatever the umask
    } catch {
      continue;
    }
    // In a temporary folder, somebody else may have been there first.
    const { uid, mode } = lstatSync(folder);
    if (uid === 0 && (mode & 0o022) === 0 && canReach(account, folder)) return folder;
  }
  throw new ClusterError("There is no folder for the database that the user of PostgreSQL can reach.");
}

export const shortHash = (text: string): string =>
  createHash("sha256").update(text).digest("hex").slice(0, 12);
