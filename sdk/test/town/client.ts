/** Clients of a running server, and what the control API says became of their payments. */
import assert from "node:assert/strict";
import type { Market } from "../../../src/money.ts";
import { testDatabase } from "../../../test/town/cluster.ts";
import { dataFolder, startServer, type Server } from "../../../test/town/server.ts";
import { OpenApi, type OpenApiOptions } from "../../src/index.ts";

/** A server on a data folder and a database of its own, both gone at the end. */
export async function openServer(
  settings: Readonly<Record<string, string>> = {},
): Promise<{ server: Server; restart(): Promise<Server>; [Symbol.asyncDispose](): Promise<void> }> {
  const folder = dataFolder();
  const database = await testDatabase();
  let server = await startServer(folder.path, database.url, settings);
  return {
    get server() {
      return server;
    },
    /** The same place, after a power cut. */
    async restart() {
      await server.kill();
      server = await startServer(folder.path, database.url, settings);
      return server;
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

/** A client of the sandbox that the server began with. */
export function clientOf(
  { facts, gateway }: Pick<Server, "facts" | "gateway">,
  change: Partial<OpenApiOptions> = {},
): OpenApi {
  return new OpenApi({
    environment: "sandbox",
    market: "vodacomTZN",
    apiKey: facts.apiKey,
    publicKey: facts.publicKey,
    baseUrl: gateway,
    serviceProviderCode: facts.serviceProviderCode,
    ...change,
  });
}

/** An application of its own, with these settings, and a client of it. */
export async function applicationOf(
  server: Server,
  settings: object = {},
  change: Partial<OpenApiOptions> = {},
): Promise<{ id: string; mpesa: OpenApi }> {
  const name = `Application ${(applications += 1)}`;
  const { id, apiKey } = await server.control("POST", "/applications", { name, ...settings });
  return { id, mpesa: clientOf(server, { apiKey, ...change }) };
}

let applications = 0;

/** What every collection of a test says besides amount and number. */
export const shoes = { transactionReference: "T12344C", description: "Shoes" } as const;

/** What is in a wallet, in minor units. */
export async function wallet(server: Server, msisdn: string, market: Market = "vodacomTZN"): Promise<bigint> {
  const { available } = await server.control("GET", `/markets/${market}/customers/${msisdn}`);
  return minor(available);
}

/** What is on an organisation's working account, in minor units. */
export async function till(
  server: Server,
  shortcode = "000000",
  market: Market = "vodacomTZN",
): Promise<bigint> {
  const { accounts } = await server.control("GET", `/markets/${market}/organisations/${shortcode}`);
  return minor(accounts.find(({ kind }: { kind: string }) => kind === "working").available);
}

const minor = (decimal: string): bigint => BigInt(decimal.replace(".", ""));

/** How many requests of a kind the server answered, as its own log has it. */
export async function answered(server: Server, query: string): Promise<number> {
  const { requests } = await server.control("GET", `/markets/vodacomTZN/requests?limit=1000&${query}`);
  return requests.length;
}

/** The accepted result, or the test fails with what it was instead. */
export function accepted<R extends { readonly outcome: string }>(
  result: R,
): Extract<R, { readonly outcome: "accepted" }> {
  assert.equal(result.outcome, "accepted", JSON.stringify(result));
  return result as Extract<R, { readonly outcome: "accepted" }>;
}

/** Where a `fetch` goes. */
export const addressOf = (asked: Parameters<typeof fetch>[0]): string =>
  asked instanceof Request ? asked.url : asked.toString();
