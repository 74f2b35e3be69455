/** Both packages, packed as somebody packs them from a fresh clone. */
import { cpSync, globSync, mkdtempSync, realpathSync, rmSync, symlinkSync, chmodSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { npm } from "./runtimes.ts";

export interface Packed {
  readonly tarball: string;
  readonly files: readonly string[];
  readonly sizeBytes: number;
}

export interface Workplace {
  /** Passable for everybody: PostgreSQL runs as another user when we are root. */
  readonly path: string;
  readonly server: Packed;
  readonly sdk: Packed;
  /** What lies in the clone after packing that did not lie there before, in both folders. */
  readonly clutter: readonly string[];
  remove(): void;
}

/** What git has and packing reads. Somebody else may be packing in this very folder, so it is a copy. */
const cloned = [
  "bench",
  "bin",
  "docs",
  "migrations",
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

export function packBoth(): Workplace {
  const path = mkdtempSync(join(realpathSync(tmpdir()), "pesarail-packages-"));
  chmodSync(path, 0o711);
  const clone = join(path, "clone");
  for (const name of cloned) {
    cpSync(name, join(clone, name), {
      recursive: true,
      filter: (file) => !/(^|\/)(node_modules|dist)$/.test(file),
    });
  }
  symlinkSync(resolve("node_modules"), join(clone, "node_modules"));
  const before = filesIn(clone);
  const server = pack(clone, path);
  const sdk = pack(join(clone, "sdk"), path);
  const clutter = filesIn(clone).filter((file) => !before.includes(file));
  return { path, server, sdk, clutter, remove: () => rmSync(path, { recursive: true, force: true }) };
}

function pack(folder: string, destination: string): Packed {
  const said = npm(["pack", "--json", "--pack-destination", destination], folder, process.execPath);
  // What prepack prints comes before it.
  const [packed] = parsePacked(said.slice(said.search(/^[[{]/m)));
  if (packed === undefined) throw new Error(`npm pack said nothing of a package:\n${said}`);
  return {
    tarball: join(destination, packed.filename),
    files: packed.files.map(({ path }) => path).sort(),
    sizeBytes: packed.size,
  };
}

interface NpmPacked {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

/** A list; npm 12 gives an object by name. */
function parsePacked(json: string): NpmPacked[] {
  const parsed = JSON.parse(json) as NpmPacked[] | Record<string, NpmPacked>;
  return Array.isArray(parsed) ? parsed : Object.values(parsed);
}

/** Without what lies behind the link to the installed packages. */
const filesIn = (folder: string): string[] =>
  globSync("**", { cwd: folder, exclude: ["node_modules"], withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
