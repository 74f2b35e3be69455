/**
 * A command's way to the control API of a running server, for what only a server can do.
 *
 * Where it is, and the token, stand in `sandbox.json` of the data folder while a server runs on it.
 */
import { readFileSync } from "node:fs";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Command } from "commander";
import { readConfig } from "../config/settings.ts";
import type { Market } from "../core/money.ts";
import * as read from "./terminal/option-parsers.ts";
import { startCommand } from "./terminal/usage.ts";
import { UsageError, CommandFailed } from "./terminal/exit-codes.ts";
import { Interrupted, abortController } from "./context.ts";

/** Options of every command that asks a server. */
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
      read.webAddress,
    )
    .option("--token <token>", "its control token")
    .option("--json", "print JSON and nothing else");
}

export interface ControlEndpoint {
  readonly url: string;
  readonly token: string;
}

/** Asks the control API, and returns what it answers. Throws `Refused` with the server's own sentence. */
export async function callControl<T>(
  options: ControlOptions,
  method: string,
  path: string,
  body?: object,
): Promise<T> {
  const endpoint = controlEndpoint(options);
  const { status, responseText } = await send(endpoint, method, path, body);
  const result = parseJson(responseText);
  if (status >= 200 && status < 300) return result as T;
  const message = (result as { message?: unknown } | null)?.message;
  const reason = typeof message === "string" ? message : `${endpoint.url} answered ${status}.`;
  throw status === 404 ? new NotFound(reason) : new CommandFailed(reason);
}

/** What was asked about is not there. */
export class NotFound extends CommandFailed {}

/** As `askServer`, with null for what is not there. */
export async function findOrNull<T>(options: ControlOptions, path: string): Promise<T | null> {
  try {
    return await callControl<T>(options, "GET", path);
  } catch (error) {
    if (error instanceof NotFound) return null;
    throw error;
  }
}

/** What a client of the sandbox needs to begin. */
export interface Sandbox {
  /** Where the gateway is reached, without a slash at the end. */
  readonly gateway: string;
  readonly apiKey: string;
  readonly publicKey: string;
  readonly serviceProviderCode: string;
  readonly receiverPartyCode: string;
  readonly markets: Readonly<Record<Market, SandboxMarket>>;
}

export interface SandboxMarket {
  readonly country: string;
  readonly currency: string;
  /** Customers who approve whatever they are asked. */
  readonly customers: readonly string[];
  /** Those of customers who are asked. */
  readonly handsets: readonly { readonly msisdn: string; readonly pin: string }[];
}

export async function readSandbox(options: ControlOptions): Promise<Sandbox> {
  const sandbox = await callControl<Omit<Sandbox, "gateway">>(options, "GET", "/sandbox");
  return { gateway: controlEndpoint(options).url.replace(/\/control\/v1$/, ""), ...sandbox };
}

/** Where the control API is, and its token. Throws `Refused` where no server runs. */
export function controlEndpoint({ url, token }: ControlOptions): ControlEndpoint {
  if (url !== undefined && token !== undefined) return { url: url.replace(/\/+$/, ""), token };
  if (url !== undefined || token !== undefined) throw new UsageError("--url and --token go together.");
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

/**
 * Waits for as long as the server takes: moving a clock by a month may take minutes. An interruption ends the
 * waiting, and not what the server does.
 */
function send(
  { url, token }: ControlEndpoint,
  method: string,
  path: string,
  body: object | undefined,
): Promise<{ status: number; responseText: string }> {
  const { signal } = abortController;
  const headers = { authorization: `Bearer ${token}`, connection: "close" };
  const request = url.startsWith("https:") ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const clientRequest = request(url + path, { method, headers, signal }, (response) => {
      text(response).then(
        (responseText) => resolve({ status: response.statusCode ?? 0, responseText }),
        onError,
      );
    });
    const onError = (error: unknown): void => {
      const reason = error instanceof Error ? error.message : String(error);
      reject(
        signal.aborted ? new Interrupted() : new CommandFailed(`No server answers at ${url}: ${reason}`),
      );
    };
    clientRequest.on("error", onError);
    clientRequest.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function parseJson(responseText: string): unknown {
  try {
    return JSON.parse(responseText) as unknown;
  } catch {
    return null;
  }
}
