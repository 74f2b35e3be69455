/** A whole installation in a folder of its own: the real server and the real commands, each a process. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { encryptTo, readPublicKey, type Facts } from "./town.ts";

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Sandbox {
  readonly gateway: string;
  readonly openapi: Facts;
}

/** Nothing of the machine's own settings reaches the processes: above all no database of somebody's. */
const clean = (): NodeJS.ProcessEnv => {
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
      ...clean(),
      DATA_DIR: this.dataDir,
      PORT: "0",
      HTTPS_PORT: "off",
      LOG_LEVEL: "warn",
      ...env,
    };
  }

  /** Starts the server and waits until it is ready. */
  async start(): Promise<Sandbox> {
    const ready = join(this.dataDir, "sandbox.json");
    rmSync(ready, { force: true });
    const server = spawn(process.execPath, ["src/main.ts"], {
      env: this.#env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#server = server;
    const said = Promise.all([text(server.stdout), text(server.stderr)]);
    while (!existsSync(ready)) {
      if (server.exitCode !== null) throw new Error(`the server did not start: ${(await said).join("")}`);
      await sleep(20);
    }
    return JSON.parse(readFileSync(ready, "utf8")) as Sandbox;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, "exit");
    server.kill("SIGTERM");
    await ended;
  }

  /** Runs the server to its end: for starts that are to fail. */
  serve = (env: NodeJS.ProcessEnv = {}): Promise<Ran> => run(["src/main.ts"], { ...this.#env, ...env });

  /** Runs a command, as `npm run pesarail -- …` does. */
  command = (...args: string[]): Promise<Ran> => run(["src/cli/main.ts", ...args], this.#env);

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function run(args: string[], env: NodeJS.ProcessEnv): Promise<Ran> {
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "close");
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await ended) as [number | null];
  return { code, stdout, stderr };
}

/** A call of a running server, with a session or an API key. */
export async function callServer(
  sandbox: Sandbox,
  method: string,
  path: string,
  options: {
    key: string;
    fields?: Record<string, string>;
    environment?: "sandbox" | "openapi";
    publicKey?: string;
  },
): Promise<{ status: number; body: Record<string, string> }> {
  const { key, fields = {}, environment = "sandbox", publicKey = sandbox.openapi.publicKey } = options;
  const bearer = encryptTo(readPublicKey(publicKey), key);
  const query = method === "GET" ? `?${new URLSearchParams(fields).toString()}` : "";
  const response = await fetch(`${sandbox.gateway}/${environment}/ipg/v2/vodacomTZN/${path}${query}`, {
    method,
    headers: { origin: "*", authorization: `Bearer ${bearer}`, "content-type": "application/json" },
    ...(method === "GET" ? {} : { body: JSON.stringify(fields) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

export async function openSession(sandbox: Sandbox, apiKey = sandbox.openapi.apiKey): Promise<string> {
  const reply = await callServer(sandbox, "GET", "getSession/", { key: apiKey });
  if (reply.status !== 200) throw new Error(`getSession answered ${JSON.stringify(reply.body)}`);
  return reply.body["output_SessionID"] ?? "";
}
