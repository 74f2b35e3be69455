/** Real server processes, which a test can kill at any time. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { markets, type Market } from "../../src/core/markets.ts";
import { testCacheDir, testSecretKey } from "./cluster.ts";
import { serverProgram } from "./programs.ts";
import type { SoapTestKeys } from "./soap.ts";
import { encryptTo, readPublicKey, createReference, type SandboxClientInfo } from "./sandbox.ts";

/** The response of a call. */
export interface CallResult {
  readonly status: number;
  readonly body: Record<string, string>;
}

/** The section of `sandbox.json` about Daraja, as far as tests of processes read it. */
export interface DarajaClientInfo {
  readonly consumerKey: string;
  readonly consumerSecret: string;
  readonly certificate: string;
  readonly securityCredential: string;
  readonly passkey: string;
  readonly shortCode: string;
  readonly customers: readonly string[];
}

/** The section of `sandbox.json` about IPG v1, as far as tests of processes read it. */
export interface IpgV1ServerInfo {
  readonly apiKey: string;
  readonly publicKey: string;
  readonly customers: readonly string[];
}

/** Settings that disable the own listeners of IPG v1, whose default ports only one server of a machine can have. */
export const ipgV1Off = {
  IPG_V1_PORT_C2B: "off",
  IPG_V1_PORT_B2C: "off",
  IPG_V1_PORT_B2B: "off",
  IPG_V1_PORT_REVERSAL: "off",
  IPG_V1_PORT_QUERY_TRANSACTION_STATUS: "off",
  IPG_V1_PORT_QUERY_CUSTOMER_NAME: "off",
} as const;

export interface Server extends AsyncDisposable {
  readonly gateway: string;
  readonly clientInfo: SandboxClientInfo;
  /** What a client of Daraja needs. */
  readonly daraja: DarajaClientInfo;
  /** What a client of IPG v1 needs. */
  readonly ipgV1: IpgV1ServerInfo;
  /** What a client of the SOAP Broker needs. */
  readonly soap: SoapTestKeys;
  readonly controlToken: string;
  readonly pid: number;
  /** What it has printed. */
  readonly logLines: readonly string[];
  /** Kills the process. */
  kill(): Promise<void>;
  /** Sends a signal, and resolves with the exit code when the process has ended. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  session(apiKey?: string): Promise<string>;
  /** Sends a call. Rejects if the connection breaks before a response. */
  call(method: string, path: string, fields: object, bearer: string): Promise<CallResult>;
  /** Calls the control API. Rejects like `call`, and for error responses. */
  // oxlint-disable-next-line typescript/no-explicit-any -- any JSON of the route
  control(method: string, path: string, body?: object): Promise<any>;
}

/** A data folder that every user can traverse, for PostgreSQL; the caller removes it. */
export function createDataFolder(): { path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), "pesarail-server-"));
  chmodSync(path, 0o711);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/**
 * Starts a server on a data folder, with its own PostgreSQL or on the given database, and waits until it is ready.
 */
export async function startServer(
  dataDir: string,
  databaseUrl?: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<Server> {
  const child = spawn(process.execPath, [serverProgram], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env["PATH"],
      NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"],
      PORT: "0",
      HTTPS_PORT: "off",
      ...ipgV1Off,
      LOG_LEVEL: "warn",
      STOP_DELAY: "0s",
      DATA_DIR: dataDir,
      SANDBOX_CACHE_DIR: testCacheDir,
      SECRET_KEY: testSecretKey.toString("hex"),
      ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
      ...settings,
    },
  });
  // Ends the server when the test process exits, except for a kill -9.
  const killOnExit = (): boolean => child.kill("SIGKILL");
  process.once("exit", killOnExit);
  child.once("exit", () => process.off("exit", killOnExit));
  const logLines: string[] = [];
  const printUnexpectedEnd = await waitUntilReady(child, logLines);
  const sandboxJson = JSON.parse(readFileSync(join(dataDir, "sandbox.json"), "utf8")) as {
    gateway: string;
    control: { url: string; token: string };
    openapi: SandboxClientInfo;
    daraja: DarajaClientInfo;
    ipgV1: IpgV1ServerInfo;
    soap: SoapTestKeys;
  };
  const clientInfo = sandboxJson.openapi;
  const publicKey = readPublicKey(clientInfo.publicKey);
  const agent = new Agent({ keepAlive: true });

  const send = (method: string, path: string, bearer: string, fields?: object): Promise<CallResult> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${bearer}`, connection: "keep-alive" };
      const url = path.startsWith("/") ? sandboxJson.gateway + path : path;
      const outgoing = request(url, { method, headers, agent });
      outgoing.once("error", reject);
      outgoing.once("response", (response) => {
        let text = "";
        response.on("data", (chunk: Buffer) => (text += chunk.toString()));
        response.once("error", reject);
        response.once("end", () => {
          const body = text === "" ? {} : (JSON.parse(text) as Record<string, string>);
          resolve({ status: response.statusCode ?? 0, body });
        });
      });
      const body = fields === undefined ? "" : JSON.stringify(fields);
      outgoing.setHeader("content-length", Buffer.byteLength(body));
      outgoing.end(body);
    });

  async function stopProcess(signal: NodeJS.Signals): Promise<void> {
    child.removeListener("exit", printUnexpectedEnd);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
  }

  return {
    gateway: sandboxJson.gateway,
    clientInfo,
    daraja: sandboxJson.daraja,
    ipgV1: sandboxJson.ipgV1,
    soap: sandboxJson.soap,
    controlToken: sandboxJson.control.token,
    pid: child.pid ?? 0,
    logLines,
    kill: () => stopProcess("SIGKILL"),
    async stop(signal = "SIGTERM") {
      await stopProcess(signal);
      return child.exitCode;
    },
    async session(apiKey = clientInfo.apiKey) {
      const path = "/sandbox/ipg/v2/vodacomTZN/getSession/";
      const result = await send("GET", path, encryptTo(publicKey, apiKey));
      assert.equal(result.status, 200, JSON.stringify(result.body));
      return encryptTo(publicKey, result.body["output_SessionID"] ?? "");
    },
    call: (method, path, fields, bearer) =>
      send(method, `/sandbox/ipg/v2/vodacomTZN/${path}`, bearer, fields),
    async control(method, path, body) {
      const result = await send(method, sandboxJson.control.url + path, sandboxJson.control.token, body);
      if (result.status >= 300) throw new Error(`${method} ${path} answered ${JSON.stringify(result)}`);
      return result.body;
    },
    async [Symbol.asyncDispose]() {
      await stopProcess("SIGTERM");
      agent.destroy();
    },
  };
}

/**
 * Waits for the ready line. If the server ends instead, the error contains its output. Returns the listener that prints
 * the output of a server that ends later, although no test stops it: it would cause confusing failures.
 */
async function waitUntilReady(child: ChildProcess, lines: string[]): Promise<(code: number | null) => void> {
  assert(child.stdout !== null && child.stderr !== null);
  const started = Promise.withResolvers<void>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on("line", (line) => {
      lines.push(line);
      if (line.includes("is ready after")) started.resolve();
    });
  }
  child.once("exit", (code) => started.reject(new Error(`the server ended (${code}):\n${lines.join("\n")}`)));
  await started.promise;
  const printUnexpectedEnd = (code: number | null): void => {
    if (code !== 0 && code !== null)
      console.error(`a server ended unexpectedly (${code}):\n${lines.join("\n")}`);
  };
  child.once("exit", printUnexpectedEnd);
  return printUnexpectedEnd;
}

/** The parameters of a successful C2B payment. */
export function paymentFields(
  { clientInfo }: Pick<Server, "clientInfo">,
  overrides: object = {},
  market: Market = "vodacomTZN",
) {
  const { country, currency } = markets[market];
  return {
    input_Amount: "10",
    input_CustomerMSISDN: clientInfo.markets[market].customers[0],
    input_Country: country,
    input_Currency: currency,
    input_ServiceProviderCode: "000000",
    input_TransactionReference: "T12344C",
    input_ThirdPartyConversationID: createReference(),
    input_PurchasedItemsDesc: "Shoes",
    ...overrides,
  };
}

export const collectPath = "c2bPayment/singleStage/";
