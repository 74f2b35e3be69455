/**
 * Installs the dependencies if they are missing or outdated.
 *
 * A stamp file in `node_modules` records the last installation. It is removed before an installation and written
 * after it, so an interrupted installation leaves no stamp.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { node26, run } from "../bin/run-node.mjs";

const stamp = "node_modules/.pesarail-installed";
const platforms = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"];

/** `dev`: whether to install development dependencies, too. Throws an `Error` with a one-line message for the user. */
export async function ensureInstalled({ dev }) {
  const platform = `${process.platform}-${process.arch}`;
  if (!platforms.includes(platform)) {
    throw new Error(`${platform} is not supported; Pesarail runs on ${platforms.join(", ")}.`);
  }
  const wanted = fingerprint(platform);
  const installed = readStamp();
  if (installed.fingerprint === wanted && (installed.dev || !dev) && existsSync(node26)) return;

  // Keep installed development dependencies, also when only a start needs a new installation.
  const withDev = [dev, installed.dev].includes(true);
  console.error(`Installing dependencies${withDev ? ", including those for tests" : ""} …`);
  const startedAt = Date.now();
  rmSync(stamp, { force: true });
  const code = await runNpm(installArgs(withDev));
  if (code !== 0) throw new Error(`npm install failed (code ${code}). See its output above.`);
  if (!existsSync(node26))
    throw new Error(
      `npm install did not install Node 26 for ${platform}. Check npm's settings for optional packages.`,
    );
  writeFileSync(stamp, JSON.stringify({ fingerprint: wanted, dev: withDev }));
  console.error(`Installed in ${Math.round((Date.now() - startedAt) / 1000)} s.`);
}

/**
 * Not `npm ci`: the lock file has platform packages that a registry may not have, and `ci` then fails. The
 * `--include` options override NODE_ENV=production and user settings that omit required packages.
 */
function installArgs(withDev) {
  const flags = [
    "--no-save",
    "--no-audit",
    "--no-fund",
    "--prefer-offline",
    "--loglevel=error",
    "--include=optional",
  ];
  return ["install", ...flags, withDev ? "--include=dev" : "--omit=dev"];
}

/** Uses the npm that runs this script, if any, so that npm need not be in the PATH. Its output goes to stderr. */
function runNpm(args) {
  const cli = process.env.npm_execpath ?? "";
  const stdio = ["ignore", process.stderr, process.stderr];
  return basename(cli) === "npm-cli.js"
    ? run(process.execPath, [cli, ...args], { stdio })
    : run("npm", args, { stdio });
}

/** Depends on the lock file, and on the platform, because several machines may share the folder. */
function fingerprint(platform) {
  return createHash("sha256").update(readFileSync("package-lock.json")).update(platform).digest("hex");
}

function readStamp() {
  try {
    return JSON.parse(readFileSync(stamp, "utf8"));
  } catch {
    return {};
  }
}
