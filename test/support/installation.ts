/** A whole installation in a folder of its own: the real server and the real commands, each a process. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { testCacheDir } from "./cluster.ts";
import { commandProgram, serverProgram } from "./programs.ts";
import { encryptTo, readPublicKey, type SandboxClientInfo } from "./sandbox.ts";
import { ipgV1Off } from "./server.ts";

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface SandboxJson {
  readonly gateway: string;
  readonly openapi: SandboxClientInfo;
}

/** No settings of this machine reach the processes, especially no database address. */
const cleanEnvironment = (): NodeJS.ProcessEnv => {
  const { PATH, HOME, TMPDIR, NODE_COMPILE_CACHE } = process.env;
  return { PATH, HOME, TMPDIR, NODE_COMPILE_CACHE };
};

export class Installation implements AsyncDisposable {
  readonly folder: string;
  readonly dataDir: string;
  readonly #env: NodeJS.ProcessEnv;
  #server: ChildProcess | null = null;

  constructor(env: NodeJS.ProcessEnv = {}) {
    this.folder = mkdtempSync(join(tmpdir(), "installation-"));
    chmodSync(this.folder, 0o711); // PostgreSQL may live in it as another user.
    this.dataDir = join(this.folder, "data");
    this.#env = {
      ...cleanEnvironment(),
      DATA_DIR: this.dataDir,
      SANDBOX_CACHE_DIR: testCacheDir,
      PORT: "0",
      HTTPS_PORT: "off",
      ...ipgV1Off,
      LOG_LEVEL: "warn",
      STOP_DELAY: "0s",
      ...env,
    };
  }

  /** Starts the server and waits until it is ready. */
  async start(): Promise<SandboxJson> {
    const sandboxFile = join(this.dataDir, "sandbox.json");
    rmSync(sandboxFile, { force: true });
    const server = spawn(process.execPath, [serverProgram], {
      env: this.#env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#server = server;
    const output = Promise.all([text(server.stdout), text(server.stderr)]);
    while (!existsSync(sandboxFile)) {
      if (server.exitCode !== null) throw new Error(`the server did not start: ${(await output).join("")}`);
      await sleep(20);
    }
    return JSON.parse(readFileSync(sandboxFile, "utf8")) as SandboxJson;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null || server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, "exit");
    server.kill("SIGTERM");
    await exited;
  }

  /** Runs the server to its end, for starts that must fail. */
  runServer = (env: NodeJS.ProcessEnv = {}): Promise<CommandResult> =>
    runToEnd([serverProgram], { ...this.#env, ...env });

  /** Runs a command like `npm run pesarail -- …`. */
  runCommand = (...args: string[]): Promise<CommandResult> => runToEnd([commandProgram, ...args], this.#env);

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A program that should have ended, such as a server that should not have started, must not stop the test run. */
const maxRunMs = 120_000;

async function runToEnd(args: string[], env: NodeJS.ProcessEnv): Promise<CommandResult> {
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe"], timeout: maxRunMs });
  const exited = once(child, "close");
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await exited) as [number | null];
  return { code, stdout, stderr };
}

/** Calls a running server, with a session or an API key. */
export async function callServer(
  sandboxJson: SandboxJson,
  method: string,
  path: string,
  options: {
    key: string;
    fields?: Record<string, string>;
    environment?: "sandbox" | "openapi";
    publicKey?: string;
  },
): Promise<{ status: number; body: Record<string, string> }> {
  const { key, fields = {}, environment = "sandbox", publicKey = sandboxJson.openapi.publicKey } = options;
  const bearer = encryptTo(readPublicKey(publicKey), key);
  const query = method === "GET" ? `?${new URLSearchParams(fields).toString()}` : "";
  const response = await fetch(`${sandboxJson.gateway}/${environment}/ipg/v2/vodacomTZN/${path}${query}`, {
    method,
    headers: { origin: "*", authorization: `Bearer ${bearer}`, "content-type": "application/json" },
    ...(method === "GET" ? {} : { body: JSON.stringify(fields) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

export async function createSession(
  sandboxJson: SandboxJson,
  apiKey = sandboxJson.openapi.apiKey,
): Promise<string> {
  const reply = await callServer(sandboxJson, "GET", "getSession/", { key: apiKey });
  if (reply.status !== 200) throw new Error(`getSession answered ${JSON.stringify(reply.body)}`);
  return reply.body["output_SessionID"] ?? "";
}
