/** Creates clients of a running server, and reads balances and logs through the control API. */
import assert from "node:assert/strict";
import type { Market } from "../../../src/core/markets.ts";
import { createTestDatabase } from "../../../test/support/cluster.ts";
import { createDataFolder, startServer, type Server } from "../../../test/support/server.ts";
import { MpesaOpenApi, type MpesaOpenApiOptions } from "../../src/index.ts";

/** Starts a server on its own data folder and database, and removes both at the end. */
export async function startTestServer(
  settings: Readonly<Record<string, string>> = {},
): Promise<{ server: Server; restart(): Promise<Server>; [Symbol.asyncDispose](): Promise<void> }> {
  const folder = createDataFolder();
  const database = await createTestDatabase();
  let server = await startServer(folder.path, database.url, settings);
  return {
    get server() {
      return server;
    },
    /** Kills the server and starts it again on the same data. */
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

/** Creates a client of the sandbox's first application. */
export function createClient(
  { clientInfo: facts, gateway }: Pick<Server, "clientInfo" | "gateway">,
  overrides: Partial<MpesaOpenApiOptions> = {},
): MpesaOpenApi {
  return new MpesaOpenApi({
    environment: "sandbox",
    market: "vodacomTZN",
    apiKey: facts.apiKey,
    publicKey: facts.publicKey,
    baseUrl: gateway,
    serviceProviderCode: facts.serviceProviderCode,
    ...overrides,
  });
}

/** Registers an application with these settings, and creates a client of it. */
export async function createApplicationClient(
  server: Server,
  settings: object = {},
  overrides: Partial<MpesaOpenApiOptions> = {},
): Promise<{ id: string; mpesa: MpesaOpenApi }> {
  const name = `Application ${(applications += 1)}`;
  const { id, apiKey } = await server.control("POST", "/applications", { name, ...settings });
  return { id, mpesa: createClient(server, { apiKey, ...overrides }) };
}

let applications = 0;

/** Fields of every collection in the tests, besides amount and number. */
export const shoes = { transactionReference: "T12344C", description: "Shoes" } as const;

/** A wallet's balance, in minor units. */
export async function getWalletBalance(
  server: Server,
  msisdn: string,
  market: Market = "vodacomTZN",
): Promise<bigint> {
  const { available } = await server.control("GET", `/markets/${market}/customers/${msisdn}`);
  return toMinor(available);
}

/** The balance of an organisation's working account, in minor units. */
export async function getTillBalance(
  server: Server,
  shortcode = "000000",
  market: Market = "vodacomTZN",
): Promise<bigint> {
  const { accounts } = await server.control("GET", `/markets/${market}/organisations/${shortcode}`);
  return toMinor(accounts.find(({ kind }: { kind: string }) => kind === "working").available);
}

const toMinor = (decimal: string): bigint => BigInt(decimal.replace(".", ""));

/** Counts requests in the server's request log. */
export async function countRequests(server: Server, query: string): Promise<number> {
  const { requests } = await server.control("GET", `/markets/vodacomTZN/requests?limit=1000&${query}`);
  return requests.length;
}

/** Returns the accepted result. Fails the test with any other result. */
export function expectAccepted<R extends { readonly outcome: string }>(
  result: R,
): Extract<R, { readonly outcome: "accepted" }> {
  assert.equal(result.outcome, "accepted", JSON.stringify(result));
  return result as Extract<R, { readonly outcome: "accepted" }>;
}

/** The URL of a `fetch` call. */
export const toUrl = (input: Parameters<typeof fetch>[0]): string =>
  input instanceof Request ? input.url : input.toString();
