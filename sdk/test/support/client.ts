/** Clients of a running server, and what the control API says became of their payments. */
import assert from "node:assert/strict";
import type { Market } from "../../../src/core/money.ts";
import { createTestDatabase } from "../../../test/support/cluster.ts";
import { createDataFolder, startServer, type Server } from "../../../test/support/server.ts";
import { MpesaOpenApi, type MpesaOpenApiOptions } from "../../src/index.ts";

/** A server on a data folder and a database of its own, both gone at the end. */
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

/** An application of its own, with these settings, and a client of it. */
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

/** What every collection of a test says besides amount and number. */
export const shoes = { transactionReference: "T12344C", description: "Shoes" } as const;

/** What is in a wallet, in minor units. */
export async function getWalletBalance(
  server: Server,
  msisdn: string,
  market: Market = "vodacomTZN",
): Promise<bigint> {
  const { available } = await server.control("GET", `/markets/${market}/customers/${msisdn}`);
  return toMinor(available);
}

/** What is on an organisation's working account, in minor units. */
export async function getTillBalance(
  server: Server,
  shortcode = "000000",
  market: Market = "vodacomTZN",
): Promise<bigint> {
  const { accounts } = await server.control("GET", `/markets/${market}/organisations/${shortcode}`);
  return toMinor(accounts.find(({ kind }: { kind: string }) => kind === "working").available);
}

const toMinor = (decimal: string): bigint => BigInt(decimal.replace(".", ""));

/** How many requests of a kind the server answered, as its own log has it. */
export async function countRequests(server: Server, query: string): Promise<number> {
  const { requests } = await server.control("GET", `/markets/vodacomTZN/requests?limit=1000&${query}`);
  return requests.length;
}

/** The accepted result, or the test fails with what it was instead. */
export function expectAccepted<R extends { readonly outcome: string }>(
  result: R,
): Extract<R, { readonly outcome: "accepted" }> {
  assert.equal(result.outcome, "accepted", JSON.stringify(result));
  return result as Extract<R, { readonly outcome: "accepted" }>;
}

/** Where a `fetch` goes. */
export const toUrl = (input: Parameters<typeof fetch>[0]): string =>
  input instanceof Request ? input.url : input.toString();
