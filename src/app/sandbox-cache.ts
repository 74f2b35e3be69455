/**
 * The cache that makes a test's sandbox ready in less than a second: a template of the database, and spare data folders,
 * each of which had its first start in the background and is used once (docs/decisions/0011-fast-start.md).
 *
 * It is an option of `DATA_DIR`s that may be lost. Without the setting SANDBOX_CACHE_DIR nothing here runs.
 */
import { spawn } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { extname, join } from "node:path";
import type { Config } from "../config/settings.ts";
import { embeddedDatabaseName } from "../config/database-locations.ts";
import { msPerDay, msPerMinute } from "../core/clock.ts";
import { version } from "../core/version.ts";
import { startCluster, type TemplateOptions } from "../embedded-postgres/cluster.ts";
import { ClusterError, errorCode } from "../embedded-postgres/cluster-error.ts";
import { isRoot } from "../embedded-postgres/os-user.ts";
import { createDatabase, prepareStores } from "../store/databases.ts";

export interface SandboxCache {
  readonly folder: string;
  readonly template: TemplateOptions;
  /**
   * Replaces a data folder that does not exist, or is empty, by a spare one. Returns `spare` if it did, `new` if there
   * was no spare one, and `existing` for any other data folder.
   */
  claimSpare(dataDir: string): "spare" | "new" | "existing";
  /** Starts a process that makes spare data folders until there are enough. It outlives this one by seconds. */
  refill(): void;
  /** Makes a finished data folder a spare one. */
  addSpare(dataDir: string): void;
  countMissing(): number;
  /** Removes spare folders of other releases, old ones, and what killed processes have left. */
  removeStale(): void;
}

/** Enough for the test files that usually start at the same time. Each has about 100 MB. */
const maxSpares = 3;
/** Of all releases together. */
const maxSparesInCache = 6;
/** Partitions of logs are made three days ahead; an older folder would lack some. */
const spareLifeMs = 2 * msPerDay;
const draftLifeMs = 10 * msPerMinute;

const programRoot = join(import.meta.dirname, "..", "..");
const ownSuffix = extname(import.meta.filename);

/** Opens the cache and creates its folder if needed. Throws `ClusterError` if another user could change it. */
export function createSandboxCache(folder: string): SandboxCache {
  createCacheFolder(folder);
  const prefix = `spare-${hashFiles([join(programRoot, "src"), join(programRoot, "migrations")])}-`;
  const spares = (): string[] => readdirSync(folder).filter((name) => name.startsWith(prefix));

  return {
    folder,
    template: {
      folder,
      contentsKey: `${version} ${hashFiles([join(programRoot, "migrations"), join(programRoot, "src", "store")])}`,
      build: buildTemplate,
    },
    claimSpare(dataDir) {
      if (existsSync(dataDir) && readdirSync(dataDir).length > 0) return "existing";
      for (const name of spares()) {
        if (ageMs(join(folder, name)) > spareLifeMs) continue;
        // A rename moves it to one process only. On another file system it fails.
        if (tryRename(join(folder, name), dataDir)) return "spare";
      }
      return "new";
    },
    refill() {
      if (this.countMissing() <= 0) return;
      const { PATH, HOME, TMPDIR, NODE_COMPILE_CACHE } = process.env;
      const program = join(import.meta.dirname, `fill-sandbox-cache${ownSuffix}`);
      spawn(process.execPath, [program, folder], {
        cwd: "/",
        env: { PATH, HOME, TMPDIR, NODE_COMPILE_CACHE },
        detached: true,
        stdio: "ignore",
      })
        .on("error", () => {})
        .unref();
    },
    addSpare(dataDir) {
      // PostgreSQL's user could not enter the cache, so the database is elsewhere and cannot be moved.
      if (existsSync(join(dataDir, "postgres.location"))) throw new ClusterError(`${folder} cannot be used.`);
      renameSync(dataDir, join(folder, prefix + randomUUID()));
    },
    countMissing: () => maxSpares - spares().length,
    removeStale() {
      const entries = readdirSync(folder).map((name) => ({ name, age: ageMs(join(folder, name)) }));
      const all = entries.filter(({ name }) => name.startsWith("spare-")).toSorted((a, b) => a.age - b.age);
      const stale = [
        ...all.filter(({ age }, index) => age > spareLifeMs || index >= maxSparesInCache),
        ...entries.filter(({ name, age }) => name.startsWith("new-") && age > draftLifeMs),
      ];
      for (const { name } of stale) {
        // Renamed first, so that no process claims it while it is being removed.
        const grave = join(folder, `new-${randomUUID()}`);
        if (tryRename(join(folder, name), grave)) rmSync(grave, { recursive: true, force: true });
      }
    },
  };
}

/** The cache for this start, or null: a failure of the cache must not prevent a start. */
export function findSandboxCache(
  { sandboxCacheDir }: Pick<Config, "sandboxCacheDir">,
  onProgress: (line: string) => void,
): SandboxCache | null {
  if (sandboxCacheDir === null) return null;
  try {
    return createSandboxCache(sandboxCacheDir);
  } catch (error) {
    onProgress(`SANDBOX_CACHE_DIR is not used: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}

/** As root, PostgreSQL runs as another user, who must be able to enter the folder. Its secrets are in files of mode 600. */
function createCacheFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const stats = lstatSync(folder);
  if (!stats.isDirectory() || stats.uid !== process.getuid?.() || (stats.mode & 0o022) !== 0)
    throw new ClusterError(
      `${folder} must be a folder that belongs to this user and that no other user can write to.`,
    );
  chmodSync(folder, isRoot() ? 0o711 : 0o700);
}

/** A migrated database, without keys and seed data: those are every installation's own. */
async function buildTemplate(dataDir: string): Promise<string> {
  mkdirSync(dataDir, { mode: 0o711 });
  const cluster = await startCluster({ dataDir, onProgress: () => {} });
  try {
    await createDatabase(cluster.address("postgres"), embeddedDatabaseName);
    const address = cluster.address(embeddedDatabaseName);
    const location = { address, setting: "SANDBOX_CACHE_DIR" };
    await prepareStores({ main: location, rail: () => location }, Date.now());
  } finally {
    await cluster.stop();
  }
  const built = join(dataDir, "postgres", "cluster");
  if (!existsSync(built)) throw new ClusterError(`PostgreSQL's user cannot enter ${dataDir}.`);
  return built;
}

/** Changes with every file: a developer's change to the seed data must not meet a folder from before it. */
function hashFiles(folders: readonly string[]): string {
  const hash = createHash("sha256").update(`${process.version} ${version}`);
  for (const folder of folders) {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const file = join(entry.parentPath, entry.name);
      const { size, mtimeMs } = statSync(file);
      hash.update(`${file} ${size} ${mtimeMs}\n`);
    }
  }
  return hash.digest("hex").slice(0, 16);
}

function tryRename(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    // Another process has taken it, `to` is on another file system, or another server has just created `to`.
    if (["ENOENT", "EXDEV", "ENOTEMPTY", "EEXIST"].includes(errorCode(error))) return false;
    throw error;
  }
}

const ageMs = (path: string): number =>
  Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
