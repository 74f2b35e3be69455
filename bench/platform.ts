import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { open, readFile, rm } from "node:fs/promises";
import { extname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { SoapClientKeys } from "../src/protocols/soap/build-request.ts";
import type { LnmoClientKeys } from "../src/protocols/soap/lnmo/build-request.ts";
import { stopStalePostgres } from "../src/embedded-postgres/stale-process.ts";
import { ipgV1Settings } from "../src/config/ipg-v1-settings.ts";
import { serverFlags } from "../bin/server-flags.cjs";
import { killOnExit } from "./child-process.ts";
import type { DarajaKeys } from "./daraja-requests.ts";
import type { TempFolder } from "./temp-folder.ts";

/** A server under test, started as users start it, with its own data folder. */
export interface BenchServer extends AsyncDisposable {
  readonly tempFolder: TempFolder;
  readonly pid: number;
  /** The time from the start of the process until it was ready. */
  readonly readyAfterSeconds: number;
  readonly sandboxJson: SandboxJson;
}

/** The used fields of `sandbox.json`. */
export interface SandboxJson {
  readonly gateway: string;
  readonly control: { readonly url: string; readonly token: string };
  readonly daraja: DarajaKeys;
  readonly ipgV1: { readonly url: string; readonly apiKey: string; readonly publicKey: string };
  readonly soap: SoapClientKeys & { readonly url: string; readonly lnmo: LnmoClientKeys };
  readonly openapi: {
    readonly apiKey: string;
    readonly publicKey: string;
    readonly markets: Readonly<
      Record<
        string,
        { readonly customers: readonly string[]; readonly handsets: readonly { readonly msisdn: string }[] }
      >
    >;
  };
}

const readyTimeoutMs = 120_000;
const stopTimeoutMs = 60_000;

/** Starts a server and waits until it is ready. Its output goes to the log file. */
export async function startServer(
  tempFolder: TempFolder,
  signal: AbortSignal,
  settings: Readonly<Record<string, string>> = {},
): Promise<BenchServer> {
  const readyFile = join(tempFolder.dataDir, "sandbox.json");
  await rm(readyFile, { force: true });
  const log = await open(tempFolder.logFile, "a");
  const startedAt = performance.now();
  const child = spawn(process.execPath, [...serverFlags, programPath("main")], {
    stdio: ["ignore", log.fd, log.fd],
    env: { ...buildEnvironment(tempFolder), ...settings },
    // A separate process group: Ctrl-C in a terminal reaches only this process, which then stops the server.
    detached: true,
  });
  killOnExit(child);
  await log.close();

  const stop = () => stopServer(child, tempFolder);
  try {
    const sandbox = await waitForFile(readyFile, child, startedAt, signal);
    const readyAfterSeconds = (performance.now() - startedAt) / 1000;
    return {
      tempFolder,
      pid: child.pid ?? 0,
      readyAfterSeconds,
      sandboxJson: sandbox,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    if (signal.aborted) throw error;
    throw new Error(`The server did not start:\n${await lastLines(tempFolder.logFile)}`, { cause: error });
  }
}

/**
 * The environment of the server and of commands: only the variables that locate programs and temporary files. It must
 * not contain a database URL, so that a benchmark never uses an existing database.
 */
export function buildEnvironment({ dataDir }: TempFolder): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  return { PATH, HOME, TMPDIR, DATA_DIR: dataDir, PORT: "0", HTTPS_PORT: "off", ...ipgV1Off };
}

/** Settings that disable the own listeners of IPG v1: their default ports may belong to another server of the machine. */
const ipgV1Off = Object.fromEntries(
  Object.keys(ipgV1Settings)
    .filter((name) => name.startsWith("IPG_V1_PORT_"))
    .map((name) => [name, "off"]),
);

/** The path of a program: TypeScript in the repository, JavaScript in the published package. */
export const programPath = (name: string): string =>
  fileURLToPath(new URL(`../src/${name}${extname(import.meta.filename)}`, import.meta.url));

/** Waits for the file. The server writes it atomically, so it is complete if it exists. */
async function waitForFile(
  file: string,
  child: ChildProcess,
  startedAt: number,
  signal: AbortSignal,
): Promise<SandboxJson> {
  for (;;) {
    try {
      return JSON.parse(await readFile(file, "utf8"));
    } catch {
      if (hasEnded(child)) throw new Error("The server exited.");
      if (performance.now() - startedAt > readyTimeoutMs)
        throw new Error("The server was not ready in time.");
      await sleep(10, undefined, { signal });
    }
  }
}

async function stopServer(child: ChildProcess, tempFolder: TempFolder): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, "exit");
  const killTimer = setTimeout(() => child.kill("SIGKILL"), stopTimeoutMs);
  child.kill("SIGTERM");
  await ended;
  clearTimeout(killTimer);
  // After SIGKILL, PostgreSQL still runs. Stop it here.
  await stopStalePostgres(join(tempFolder.dataDir, "postgres", "cluster"), () => {});
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

async function lastLines(file: string): Promise<string> {
  return (await readFile(file, "utf8")).trimEnd().split("\n").slice(-8).join("\n");
}
