/**
 * Calls the control API of a running server.
 *
 * While a server runs on the data folder, `sandbox.json` in it contains the URL and the token.
 */
import { readFileSync } from "node:fs";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Command } from "commander";
import { readConfig } from "../config/settings.ts";
import type { Market } from "../core/markets.ts";
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

export interface ControlEndpoint {
  readonly url: string;
  readonly token: string;
}

/** Calls the control API and returns the response body. Throws `CommandFailed` with the server's message. */
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
  const reason = typeof message === "string" ? message : `${endpoint.url} responded with HTTP ${status}.`;
  throw status === 404 ? new NotFound(reason) : new CommandFailed(reason);
}

/** HTTP 404. */
export class NotFound extends CommandFailed {}

/** Like `callControl`, but returns null for HTTP 404. */
export async function findOrNull<T>(options: ControlOptions, path: string): Promise<T | null> {
  try {
    return await callControl<T>(options, "GET", path);
  } catch (error) {
    if (error instanceof NotFound) return null;
    throw error;
  }
}

/** What a client of the sandbox needs. */
export interface Sandbox {
  /** The gateway's URL, without a trailing slash. */
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
  /** Customers who approve every prompt automatically. */
  readonly customers: readonly string[];
  /** Customers who reply on a handset. */
  readonly handsets: readonly { readonly msisdn: string; readonly pin: string }[];
}

export async function readSandbox(options: ControlOptions): Promise<Sandbox> {
  const sandbox = await callControl<Omit<Sandbox, "gateway">>(options, "GET", "/sandbox");
  return { gateway: controlEndpoint(options).url.replace(/\/control\/v1$/, ""), ...sandbox };
}

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

/**
 * There is no timeout: advancing the clock by a month may take minutes. An interruption stops the waiting, not
 * the server's work.
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
        signal.aborted
          ? new Interrupted()
          : new CommandFailed(`The server did not respond at ${url}: ${reason}`),
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
