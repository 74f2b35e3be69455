/**
 * Builds the workspace of the portal with Vite, unless its sources are those of the last build.
 *
 * A stamp in the output has a hash of the sources. Each file gets compressed copies beside it, which the server sends to
 * browsers that accept them.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { runNode26 } from "../bin/run-node.mjs";

const output = "portal/dist";
const stamp = join(output, ".sources");

/** What the build reads: the portal, the texts, the style sheets, and the packages. */
const sources = ["portal", "src/words", "src/web/look", "package-lock.json"];

/** Throws an `Error` with a one-line message for the user. */
export async function ensurePortalBuilt() {
  const wanted = fingerprint();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  console.error("Building the workspace …");
  const startedAt = performance.now();
  const vite = ["node_modules/vite/bin/vite.js", "build", "portal", "--logLevel", "warn"];
  const code = await runNode26(vite);
  if (code !== 0) throw new Error("The workspace does not build. See the errors above.");
  for (const name of readdirSync(join(output, "assets"))) compress(join(output, "assets", name));
  writeFileSync(stamp, wanted);
  console.error(`Built in ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`);
}

/** A hash of the names and contents of all sources. */
function fingerprint() {
  const hash = createHash("sha256");
  for (const file of sources.flatMap(listFiles))
    hash.update(file).update("\0").update(readFileSync(file)).update("\0");
  return hash.digest("hex");
}

/** The files of a folder and its folders, in the order of their names. This file also runs on Node 20, without `globSync`. */
function listFiles(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .filter((name) => name !== "node_modules" && name !== "dist")
    .sort()
    .flatMap((name) => listFiles(join(path, name)));
}

function compress(file) {
  const content = readFileSync(file);
  writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
  const quality = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  writeFileSync(`${file}.br`, brotliCompressSync(content, { params: quality }));
}
