/**
 * Installs what running or testing needs, when it is not there.
 *
 * A stamp in `node_modules` says what was installed last. It is removed before an installation and written
 * after it, so an interrupted one leaves none; and a start that finds a good one costs a small file's reading.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { node26, run } from "./run-node.mjs";

const stamp = "node_modules/.pesarail-installed";
const platforms = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"];

/** `dev` says whether test tools are needed as well. Throws an `Error` with one line for a person. */
export async function ensureInstalled({ dev }) {
  const platform = `${process.platform}-${process.arch}`;
  if (!platforms.includes(platform)) {
    throw new Error(`${platform} is not supported; Pesarail runs on ${platforms.join(", ")}.`);
  }
  const wanted = fingerprint(platform);
  const installed = readStamp();
  if (installed.fingerprint === wanted && (installed.dev || !dev) && existsSync(node26)) return;

  // Whoever has run the tests keeps the tools for it, also when the lock file changes before a start.
  const withDev = [dev, installed.dev].includes(true);
  console.error(`Installing what Pesarail needs${withDev ? ", and the tools for its tests" : ""} …`);
  const startedAt = Date.now();
  rmSync(stamp, { force: true });
  const code = await runNpm(installArgs(withDev));
  if (code !== 0) throw new Error(`npm install failed (code ${code}); its reasons are above.`);
  if (!existsSync(node26)) throw new Error(`npm install brought no Node 26 for ${platform}.`);
  writeFileSync(stamp, JSON.stringify({ fingerprint: wanted, dev: withDev }));
  console.error(`Installed in ${Math.round((Date.now() - startedAt) / 1000)} s.`);
}

/**
 * Not `npm ci`: our lock file names platform packages that a registry may not carry, which `ci` refuses.
 * The `--include`s outweigh NODE_ENV=production and personal settings that leave out what we cannot do without.
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

/** npm says which npm it is when it runs us; that one needs no PATH. Its output is no part of ours. */
function runNpm(args) {
  const cli = process.env.npm_execpath ?? "";
  const stdio = ["ignore", process.stderr, process.stderr];
  return basename(cli) === "npm-cli.js"
    ? run(process.execPath, [cli, ...args], { stdio })
    : run("npm", args, { stdio });
}

/** Changes with the lock file, and with the platform where machines share one folder. */
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
