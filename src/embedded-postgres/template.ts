/**
 * Templates: clusters that are made once, with their databases, and copied into the data folders of test sandboxes.
 *
 * A copy costs a fraction of initdb and the migrations. It is not written through to the disk, so it is only for data
 * that may be lost (docs/decisions/0011-fast-start.md).
 */
import { createHash } from "node:crypto";
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { ClusterError } from "./cluster-error.ts";
import { copyTree, measureTree, type TreeSize } from "./copy-tree.ts";
import { initdbOptions } from "./create-cluster.ts";
import type { ClusterLocation } from "./location.ts";
import { setPassword } from "./set-password.ts";

export interface TemplateOptions {
  /** The cache folder. It belongs to this user, and no other user can write to it. */
  readonly folder: string;
  /** Changes whenever the databases of a new template would differ. */
  readonly contentsKey: string;
  /**
   * Makes a cluster with its databases in this new data folder, stops it, and returns its path. It must create nothing
   * that each installation has of its own, such as keys.
   */
  build(dataDir: string): Promise<string>;
}

/** Describes a complete template, so that one that was changed is not used. */
interface Manifest extends TreeSize {
  readonly key: string;
  /** Of `pg_control`, which PostgreSQL changes at every start. */
  readonly controlHash: string;
}

/** The cache keeps no more: a template has about 100 MB, and those of other releases are rarely used again. */
const maxTemplates = 2;

/** A build takes seconds. After this time its process was killed. */
const draftLifeMs = 10 * 60_000;

/** Partitions of logs are made three days ahead. An older template would lack some. */
const maxAgeMs = 2 * 86_400_000;

/**
 * Creates the cluster as a copy of the template, which is built first if there is none. The copy gets its final name
 * only when it is complete and has its own password. Throws if that fails, and leaves no cluster.
 */
export async function copyTemplate(
  { cluster, user, binaries }: ClusterLocation,
  password: string,
  options: TemplateOptions,
): Promise<void> {
  const key = hash(
    [binaries.version, process.platform, process.arch, ...initdbOptions, options.contentsKey].join("\n"),
  );
  const template = join(options.folder, `template-${key.slice(0, 16)}`);
  const manifest = readManifest(template, key) ?? (await buildTemplate(template, key, options));
  const draft = `${cluster}.new`;
  rmSync(draft, { recursive: true, force: true });
  try {
    const { files, bytes } = copyTree(join(template, "cluster"), draft, user);
    if (files !== manifest.files || bytes !== manifest.bytes) {
      rmSync(template, { recursive: true, force: true });
      throw new ClusterError(`The template ${template} is damaged and was removed.`);
    }
    await setPassword({ cluster: draft, user, binaries }, password);
    renameSync(draft, cluster);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw error;
  }
}

/** The manifest of a usable template; null if there is none, or it is too old or damaged. */
function readManifest(template: string, key: string): Manifest | null {
  try {
    const file = join(template, "manifest.json");
    const manifest: Manifest = JSON.parse(readFileSync(file, "utf8"));
    const { uid, mtimeMs } = statSync(file);
    const usable =
      uid === process.getuid?.() &&
      Date.now() - mtimeMs < maxAgeMs &&
      manifest.key === key &&
      manifest.controlHash === hashControlFile(template);
    return usable ? manifest : null;
  } catch {
    return null;
  }
}

/**
 * Builds it in a folder of its own and renames it when complete: two processes can do this at the same time, and an
 * interrupted build is never used.
 */
async function buildTemplate(template: string, key: string, options: TemplateOptions): Promise<Manifest> {
  const draft = mkdtempSync(`${template}.draft-`);
  chmodSync(draft, 0o711); // As root, PostgreSQL runs as another user, who must be able to enter it.
  try {
    const built = await options.build(join(draft, "data"));
    renameSync(built, join(draft, "cluster"));
    rmSync(join(draft, "data"), { recursive: true });
    const size = measureTree(join(draft, "cluster"));
    const manifest: Manifest = { key, controlHash: hashControlFile(draft), ...size };
    writeFileSync(join(draft, "manifest.json"), JSON.stringify(manifest));
    chmodSync(draft, 0o700);
    // Another process may have made the same template since, and may be copying it.
    const other = readManifest(template, key);
    if (other !== null) return other;
    removeUnused(options.folder, template);
    renameSync(draft, template);
    return manifest;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Removes an unusable template of this name, the oldest of the others, and what interrupted builds have left. */
function removeUnused(folder: string, template: string): void {
  const entries = readdirSync(folder)
    .filter((name) => name.startsWith("template-"))
    .map((name) => ({ path: join(folder, name), isDraft: name.includes(".draft-") }))
    .map((entry) => ({ ...entry, modifiedAt: statSync(entry.path, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .toSorted((a, b) => b.modifiedAt - a.modifiedAt);
  const others = entries.filter(({ path, isDraft }) => !isDraft && path !== template);
  const abandoned = entries.filter(
    ({ isDraft, modifiedAt }) => isDraft && Date.now() - modifiedAt > draftLifeMs,
  );
  for (const { path } of [...others.slice(maxTemplates - 1), ...abandoned])
    rmSync(path, { recursive: true, force: true });
  rmSync(template, { recursive: true, force: true });
}

const hashControlFile = (template: string): string =>
  hash(readFileSync(join(template, "cluster", "global", "pg_control")));

const hash = (content: string | Buffer): string => createHash("sha256").update(content).digest("hex");
