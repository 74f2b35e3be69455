/**
 * A program: makes spare data folders until the cache has enough. Its argument is the cache's folder.
 *
 * A server starts it when it is ready. It runs at the lowest priority, and only one at a time runs in a cache.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { extname, join } from "node:path";
import { createInterface } from "node:readline";
import { DataDirInUse, lockDataDir } from "../embedded-postgres/data-dir-lock.ts";
import { createSandboxCache, type SandboxCache } from "./sandbox-cache.ts";

const maxFailures = 2;

setPriority(constants.priority.PRIORITY_LOW);
await fill(createSandboxCache(process.argv[2] ?? ""));

async function fill(cache: SandboxCache): Promise<void> {
  const lock = await lockDataDir(join(cache.folder, "maker"), 0).catch((error: unknown) => {
    if (error instanceof DataDirInUse) return null;
    throw error;
  });
  if (lock === null) return;
  cache.removeStale();
  for (let failures = 0; cache.countMissing() > 0 && failures < maxFailures;) {
    if (!(await makeSpare(cache))) failures += 1;
  }
  lock.release();
}

/** Starts a server on a new data folder, with keys and seed data of its own, and stops it when it is ready. */
async function makeSpare(cache: SandboxCache): Promise<boolean> {
  const dataDir = mkdtempSync(join(cache.folder, "new-"));
  chmodSync(dataDir, 0o711);
  // Because the folder is not empty, its server claims no spare one and starts no process like this one.
  writeFileSync(join(dataDir, ".gitignore"), "*\n");
  const { PATH, HOME, TMPDIR, NODE_COMPILE_CACHE } = process.env;
  const program = join(import.meta.dirname, "..", `main${extname(import.meta.filename)}`);
  // The server stops when the IPC channel closes, even if this process is killed.
  const server = spawn(process.execPath, [program], {
    stdio: ["ignore", "pipe", "ignore", "ipc"],
    env: {
      PATH,
      HOME,
      TMPDIR,
      NODE_COMPILE_CACHE,
      DATA_DIR: dataDir,
      SANDBOX_CACHE_DIR: cache.folder,
      PORT: "0",
      HTTPS_PORT: "off",
      IPG_V1_PORT_C2B: "off",
      IPG_V1_PORT_B2C: "off",
      IPG_V1_PORT_B2B: "off",
      IPG_V1_PORT_REVERSAL: "off",
      IPG_V1_PORT_QUERY_TRANSACTION_STATUS: "off",
      IPG_V1_PORT_QUERY_CUSTOMER_NAME: "off",
      LOG_LEVEL: "silent",
    },
  });
  let ready = false;
  const ended = once(server, "close") as Promise<[number | null]>;
  if (server.stdout !== null) {
    createInterface(server.stdout).on("line", (line) => {
      if (ready || !line.includes("is ready after")) return;
      ready = true;
      server.kill("SIGTERM");
    });
  }
  try {
    const [code] = await ended;
    if (!ready || code !== 0) return false;
    cache.addSpare(dataDir);
    return true;
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}
