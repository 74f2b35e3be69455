/**
 * Calls the control API of a running server.
 *
 * While a server runs on the data folder, `sandbox.json` in it contains the URL and the token.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import {
  buildRequest,
  parseResponse,
  readMessage,
  sendRequest,
  type ControlParameters,
  type ControlCall,
  type ControlEndpoint,
  type ControlRequest,
  type ControlResponse,
  type ControlResult,
} from "../api/control/client.ts";
import type { Market } from "../core/markets.ts";
import { sandboxJsonKeys } from "../protocols/sandbox-json-keys.ts";
import type { Protocol, ProtocolName } from "../protocols/protocol.ts";
import { defaultProtocol, findMarketProtocols } from "../protocols/registry.ts";
import type { SandboxAccess, SandboxSummary, SeededMarket } from "../protocols/sandbox-client.ts";
import { readConfig } from "../config/settings.ts";
import * as parse from "./terminal/option-parsers.ts";
import { startCommand } from "./terminal/usage.ts";
import { UsageError, CommandFailed } from "./terminal/exit-codes.ts";
import { Interrupted, abortController } from "./context.ts";

/** Options of every command that calls a server. */
export interface ControlOptions {
  readonly url?: string;
  readonly token?: string;
  readonly json?: true;
}

export function addControlOptions(command: Command): Command {
  return command
    .option(
      "--url <address>",
      "the control API of another server, such as http://127.0.0.1:8000/control/v1",
      parse.webAddress,
    )
    .option("--token <token>", "its control token")
    .option("--json", "print JSON only");
}

export type { ControlEndpoint };

/** Calls the control API and returns the response body. Throws `CommandFailed` with the server's message. */
export async function callControl<Call extends ControlCall>(
  options: ControlOptions,
  call: Call,
  ...args: ControlParameters<Call>
): Promise<ControlResult<Call>> {
  const endpoint = controlEndpoint(options);
  const response = await send(endpoint, buildRequest(call, ...args));
  const body = parseResponse(response);
  const { status } = response;
  if (status >= 200 && status < 300) return body as ControlResult<Call>;
  const reason = readMessage(body) ?? `${endpoint.url} responded with HTTP ${status}.`;
  throw status === 404 ? new NotFound(reason) : new CommandFailed(reason);
}

/** HTTP 404. */
export class NotFound extends CommandFailed {}

/** Like `callControl`, but returns null for HTTP 404. */
export async function findOrNull<Call extends ControlCall>(
  options: ControlOptions,
  call: Call,
  ...args: ControlParameters<Call>
): Promise<ControlResult<Call> | null> {
  try {
    return await callControl(options, call, ...args);
  } catch (error) {
    if (error instanceof NotFound) return null;
    throw error;
  }
}

/** What a client of the sandbox needs. */
export type Sandbox = ControlResult<"GET /sandbox"> & {
  /** The gateway's URL, without a trailing slash. */
  readonly gateway: string;
};

export async function readSandbox(options: ControlOptions): Promise<Sandbox> {
  const sandbox = await callControl(options, "GET /sandbox");
  return { gateway: findGateway(options), ...sandbox };
}

/** A protocol's sandbox: where it is, and what a client of the protocol needs. */
export interface ProtocolSandbox {
  /** The gateway's URL, without a trailing slash. */
  readonly gateway: string;
  /** The protocol's section of `sandbox.json`. */
  readonly info: object;
  readonly access: SandboxAccess;
  readonly summary: SandboxSummary;
}

export async function readProtocolSandbox(
  options: ControlOptions,
  protocol: Pick<Protocol, "name" | "loadSandboxAccess">,
): Promise<ProtocolSandbox> {
  const sandbox = await callControl(options, "GET /sandbox");
  const info =
    protocol.name === defaultProtocol.name ? toOpenapiInfo(sandbox) : findSection(sandbox, protocol.name);
  const access = await protocol.loadSandboxAccess();
  return { gateway: findGateway(options), info, access, summary: access.describe(info) };
}

/** OpenAPI v2's section of `sandbox.json`: everything but the sections of other protocols. */
function toOpenapiInfo({
  daraja: _daraja,
  ipgV1: _ipgV1,
  soap: _soap,
  ...info
}: ControlResult<"GET /sandbox">): object {
  return info;
}

function findSection(sandbox: object, name: ProtocolName): object {
  const [key] = Object.entries(sandboxJsonKeys).find(([, protocol]) => protocol === name) ?? [];
  const section = (sandbox as Readonly<Record<string, object>>)[key ?? name];
  if (section === undefined) throw new CommandFailed(`The server has no protocol ${name}.`);
  return section;
}

/** The seed customers of a market, or undefined if no protocol of it has any. */
export async function findSeededMarket(
  options: ControlOptions,
  market: Market,
): Promise<SeededMarket | undefined> {
  const [protocol] = findMarketProtocols(market);
  if (protocol === undefined) return undefined;
  return (await readProtocolSandbox(options, protocol)).summary.markets[market];
}

const findGateway = (options: ControlOptions): string =>
  controlEndpoint(options).url.replace(/\/control\/v1$/, "");

/** The control API's URL and token. Throws `CommandFailed` if no server is running. */
export function controlEndpoint({ url, token }: ControlOptions): ControlEndpoint {
  if (url !== undefined && token !== undefined) return { url: url.replace(/\/+$/, ""), token };
  if (url !== undefined || token !== undefined)
    throw new UsageError("--url and --token must be used together.");
  const { dataDir } = readConfig(process.env);
  try {
    const file = JSON.parse(readFileSync(join(dataDir, "sandbox.json"), "utf8")) as {
      control: ControlEndpoint;
    };
    return file.control;
  } catch (error) {
    throw new CommandFailed(`No server is running on DATA_DIR (${dataDir}). To start one: ${startCommand}`, {
      cause: error,
    });
  }
}

async function send(endpoint: ControlEndpoint, request: ControlRequest): Promise<ControlResponse> {
  const { signal } = abortController;
  try {
    return await sendRequest(endpoint, request, { signal });
  } catch (error) {
    if (signal.aborted) throw new Interrupted();
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandFailed(`The server did not respond at ${endpoint.url}: ${reason}`);
  }
}
