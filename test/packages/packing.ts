/** Packs both packages from a copy of the repository. */
import { cpSync, globSync, mkdtempSync, realpathSync, rmSync, symlinkSync, chmodSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { runNpm } from "./runtimes.ts";

export interface PackedPackage {
  readonly tarball: string;
  readonly files: readonly string[];
  readonly sizeBytes: number;
}

export interface PackResult {
  /** The folder is traversable by all users: when the tests run as root, PostgreSQL runs as another user. */
  readonly path: string;
  readonly server: PackedPackage;
  readonly sdk: PackedPackage;
  /** Files that packing left in the clone, in both folders. */
  readonly leftoverFiles: readonly string[];
  remove(): void;
}

/** The tracked files that packing reads. They are copied because another test may be packing in this folder. */
const clonedPaths = [
  "bench",
  "bin",
  "docs",
  "migrations",
  "portal",
  "sdk",
  "src",
  "tools",
  "CHANGELOG.md",
  "LICENSE",
  "README.md",
  "package-lock.json",
  "package.json",
  "tsconfig.dist.json",
  "tsconfig.json",
];

export function packPackages(): PackResult {
  const path = mkdtempSync(join(realpathSync(tmpdir()), "pesarail-packages-"));
  chmodSync(path, 0o711);
  const clone = join(path, "clone");
  for (const name of clonedPaths) {
    cpSync(name, join(clone, name), {
      recursive: true,
      filter: (file) => !/(^|\/)(node_modules|dist)$/.test(file),
    });
  }
  symlinkSync(resolve("node_modules"), join(clone, "node_modules"));
  const before = listFiles(clone);
  const server = pack(clone, path);
  const sdk = pack(join(clone, "sdk"), path);
  // The built workspace stays, as after `npm start`.
  const leftoverFiles = listFiles(clone).filter(
    (file) => !before.includes(file) && !file.includes("/portal/dist/"),
  );
  return { path, server, sdk, leftoverFiles, remove: () => rmSync(path, { recursive: true, force: true }) };
}

function pack(folder: string, destination: string): PackedPackage {
  const output = runNpm(["pack", "--json", "--pack-destination", destination], folder, process.execPath);
  // The output of prepack comes first.
  const [packed] = parsePacked(output.slice(output.search(/^[[{]/m)));
  if (packed === undefined) throw new Error(`npm pack printed no package:\n${output}`);
  return {
    tarball: join(destination, packed.filename),
    files: packed.files.map(({ path }) => path).sort(),
    sizeBytes: packed.size,
  };
}

interface NpmPackOutput {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

/** A list; npm 12 prints an object by package name. */
function parsePacked(json: string): NpmPackOutput[] {
  const parsed = JSON.parse(json) as NpmPackOutput[] | Record<string, NpmPackOutput>;
  return Array.isArray(parsed) ? parsed : Object.values(parsed);
}

/** Does not follow the link to the installed packages. */
const listFiles = (folder: string): string[] =>
  globSync("**", { cwd: folder, exclude: ["node_modules"], withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
