/**
 * Creates a new, empty cluster.
 */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chownSync, existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { runAs } from "./os-user.ts";
import { binaryPath } from "./binaries.ts";
import { ClusterError, readTextFile } from "./cluster-error.ts";
import type { ClusterLocation } from "./location.ts";
import { writeFileAtomic } from "../core/atomic-write.ts";

/** The only role of a new cluster, and its owner. */
export const superuser = "pesarail";

/**
 * The options of initdb that the files of a cluster depend on. The locale is PostgreSQL's built-in C.UTF-8, whose sort
 * order never changes, so that system upgrades cannot corrupt indexes.
 */
// prettier-ignore
export const initdbOptions: readonly string[] = [
  "--username", superuser, "--auth", "scram-sha-256",
  // The password has 192 random bits, so repeated hashing adds nothing, and each connection would take 1.5 ms for it.
  "--set", "scram_iterations=1",
  "--encoding", "UTF8", "--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8",
];

/**
 * Creates the cluster with this password for its owner. It takes about a second.
 *
 * It gets its final name only when it is complete; the remains of an interrupted attempt are removed first.
 */
export async function createCluster(
  { cluster, baseDir, user, binaries }: ClusterLocation,
  password: string,
  { durable }: { readonly durable: boolean },
): Promise<void> {
  const draft = `${cluster}.new`;
  const passwordFile = join(baseDir, "password.new");
  rmSync(draft, { recursive: true, force: true });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user !== null) chownSync(passwordFile, user.uid, user.gid);

  const initdb = spawn(
    binaryPath(binaries, "initdb"),
    ["--pgdata", draft, "--pwfile", passwordFile, ...initdbOptions, ...(durable ? [] : ["--no-sync"])],
    // Its own process group, as for the server, so that Ctrl-C does not reach it.
    { ...runAs(user), detached: true, stdio: ["ignore", "ignore", "pipe"] },
  );
  const ended = new Promise<number | null>((resolve, reject) => {
    initdb.once("error", reject);
    initdb.once("close", resolve);
  });
  const [status, errorOutput] = await Promise.all([ended, text(initdb.stderr)]);
  rmSync(passwordFile);
  if (status !== 0) {
    rmSync(draft, { recursive: true, force: true });
    throw new ClusterError(
      `The database cluster could not be created: ${errorOutput.trim().replace(/\s+/g, " ")}`,
    );
  }
  renameSync(draft, cluster);
}

/**
 * The password of the cluster, generated if there is none. It is written before the cluster is created, so that no crash
 * can leave a cluster without a password.
 */
export function clusterPassword(dataDir: string, { cluster }: ClusterLocation): string {
  const file = getPasswordFile(dataDir);
  if (existsSync(file)) return readPassword(file, cluster);
  if (existsSync(cluster)) {
    throw new ClusterError(
      `${file} is missing. It contains the password of the database in ${cluster}: restore it from a backup.`,
    );
  }
  const password = randomBytes(24).toString("base64url");
  writeFileAtomic(file, `${password}\n`, 0o600);
  return password;
}

export const getPasswordFile = (dataDir: string): string => join(dataDir, "postgres.password");

function readPassword(file: string, cluster: string): string {
  const password = readTextFile(file).trim();
  if (password !== "") return password;
  throw new ClusterError(
    `${file} is empty. It should contain the password of the database in ${cluster}: restore it from a backup.`,
  );
}

/** Throws `ClusterError` if the cluster was created by another major version of PostgreSQL. */
export function checkVersion({ cluster, binaries }: ClusterLocation): void {
  const actual = readTextFile(join(cluster, "PG_VERSION")).trim();
  const expected = binaries.version.split(".", 1)[0];
  if (actual === expected) return;
  throw new ClusterError(
    `The database in ${cluster} was created by PostgreSQL ${actual}, and this release has ${expected}. Back it up with the Pesarail that created it, and restore it into a new data folder.`,
  );
}
