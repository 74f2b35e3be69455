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
import { readConfig } from "../config.ts";
import type { Market } from "../money.ts";
import * as read from "./arguments.ts";
import { howToStart } from "./called.ts";
import { Misused, Refused } from "./command-error.ts";
import { Interrupted, interruption } from "./run.ts";

/** Options of every command that asks a server. */
export interface ControlOptions {
  readonly url?: string;
  readonly token?: string;
  readonly json?: true;
}

export function withControlOptions(command: Command): Command {
  return command
    .option(
      "--url <address>",
      "the control API of another server, such as http://127.0.0.1:8000/control/v1",
      read.webAddress,
    )
    .option("--token <token>", "its control token")
    .option("--json", "print JSON and nothing else");
}

export interface Door {
  readonly url: string;
  readonly token: string;
}

/** Asks the control API, and returns what it answers. Throws `Refused` with the server's own sentence. */
export async function askServer<T>(
  options: ControlOptions,
  method: string,
  path: string,
  body?: object,
): Promise<T> {
  const door = doorOf(options);
  const { status, said } = await send(door, method, path, body);
  const answer = parsed(said);
  if (status >= 200 && status < 300) return answer as T;
  const message = (answer as { message?: unknown } | null)?.message;
  const words = typeof message === "string" ? message : `${door.url} answered ${status}.`;
  throw status === 404 ? new NotThere(words) : new Refused(words);
}

/** What was asked about is not there. */
export class NotThere extends Refused {}

/** As `askServer`, with null for what is not there. */
export async function lookUp<T>(options: ControlOptions, path: string): Promise<T | null> {
  try {
    return await askServer<T>(options, "GET", path);
  } catch (error) {
    if (error instanceof NotThere) return null;
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
  const facts = await askServer<Omit<Sandbox, "gateway">>(options, "GET", "/sandbox");
  return { gateway: doorOf(options).url.replace(/\/control\/v1$/, ""), ...facts };
}

/** Where the control API is, and its token. Throws `Refused` where no server runs. */
export function doorOf({ url, token }: ControlOptions): Door {
  if (url !== undefined && token !== undefined) return { url: url.replace(/\/+$/, ""), token };
  if (url !== undefined || token !== undefined) throw new Misused("--url and --token go together.");
  const { dataDir } = readConfig(process.env);
  try {
    const file = JSON.parse(readFileSync(join(dataDir, "sandbox.json"), "utf8")) as { control: Door };
    return file.control;
  } catch (error) {
    throw new Refused(`No server is running on DATA_DIR (${dataDir}). To start one: ${howToStart}`, {
      cause: error,
    });
  }
}

/**
 * Waits for as long as the server takes: moving a clock by a month may take minutes. An interruption ends the
 * waiting, and not what the server does.
 */
function send(
  { url, token }: Door,
  method: string,
  path: string,
  body: object | undefined,
): Promise<{ status: number; said: string }> {
  const { signal } = interruption;
  const headers = { authorization: `Bearer ${token}`, connection: "close" };
  const request = url.startsWith("https:") ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const sent = request(url + path, { method, headers, signal }, (response) => {
      text(response).then((said) => resolve({ status: response.statusCode ?? 0, said }), failed);
    });
    const failed = (error: unknown): void => {
      const reason = error instanceof Error ? error.message : String(error);
      reject(signal.aborted ? new Interrupted() : new Refused(`No server answers at ${url}: ${reason}`));
    };
    sent.on("error", failed);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function parsed(said: string): unknown {
  try {
    return JSON.parse(said) as unknown;
  } catch {
    return null;
  }
}
