/**
 * A sandbox for a test: the whole application on a database of its own, in this process, with a clock to set.
 *
 * Nothing is mocked: the database is PostgreSQL, requests use sockets, keys are RSA.
 */
import { constants, createPublicKey, publicEncrypt, type KeyObject } from "node:crypto";
import type { AddressInfo } from "node:net";
import { pino } from "pino";
import { msPerDay } from "../../src/core/clock.ts";
import { readConfig, type Config } from "../../src/config/settings.ts";
import { listen } from "../../src/http/server.ts";
import { markets, type Environment, type Market } from "../../src/core/markets.ts";
import { railFor } from "../../src/core/rails.ts";
import type { App } from "../../src/app/app.ts";
import { createSandboxClock, type ClockReading, type SandboxClock } from "../../src/sandbox/clock.ts";
import { connect, type DatabaseAddress, type Sql } from "../../src/store/driver/connect.ts";
import type { ClockRow } from "../../src/store/main/sandbox-clock.ts";
import { readSecret } from "../../src/store/main/secrets.ts";
import { createStores, type Stores } from "../../src/store/databases.ts";
import { onOneDatabase, createTestApp, createTestDatabase, type SocketAddress } from "./cluster.ts";

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, string>;
}

export interface SandboxClientInfo {
  readonly apiKey: string;
  readonly publicKey: string;
  readonly serviceProviderCode: string;
  readonly receiverPartyCode: string;
  readonly markets: Record<
    Market,
    { country: string; currency: string; customers: string[]; handsets: { msisdn: string; pin: string }[] }
  >;
}

/** A clock on wall time until a test sets it. */
export class TestClock implements SandboxClock {
  #offset = 0;
  readonly #real: (SandboxClock & { close(): Promise<void> }) | null;

  /** Without a real clock, it belongs to this sandbox only, and the control API cannot advance it. */
  constructor(real: (SandboxClock & { close(): Promise<void> }) | null = null) {
    this.#real = real;
  }
  now(): number {
    return this.#real?.now() ?? Date.now() + this.#offset;
  }
  moving(): boolean {
    return this.#real?.moving() ?? false;
  }
  reading(): ClockReading {
    return this.#real?.reading() ?? { now: this.now(), frozen: false, wall: Date.now() };
  }
  follow(row: ClockRow): void {
    this.#real?.follow(row);
  }
  async refresh(): Promise<void> {
    await this.#real?.refresh();
  }
  async close(): Promise<void> {
    await this.#real?.close();
  }
  advance(ms: number): void {
    this.#offset += ms;
  }
  set(time: Date): void {
    this.#offset = time.getTime() - Date.now();
  }
}

export interface TestSandboxOptions {
  readonly activationDelayMs?: number;
  readonly twoStepHoldMs?: number;
  readonly promptLifeMs?: number;
  readonly validationTimeoutMs?: number;
  readonly synchronousWaitMs?: number;
  readonly consentLimits?: Config["consentLimits"];
  /** Settings of Daraja that differ from the defaults. */
  readonly daraja?: Partial<Config["daraja"]>;
  /** Settings of IPG v1 that differ from the defaults. */
  readonly ipgV1?: Partial<Config["ipgV1"]>;
  /** Settings of the SOAP Broker that differ from the defaults. */
  readonly soap?: Partial<Config["soap"]>;
  readonly trustedProxies?: readonly string[];
  /** The address to listen on. */
  readonly host?: string;
  /** Settings of the portal that differ from those of a laptop. */
  readonly portal?: Partial<Pick<Config, "localTools" | "mailFrom" | "publicUrl" | "smtpUrl">>;
  /** Settings for handsets. */
  readonly handsets?: Partial<
    Pick<Config, "handsetGatewaySecret" | "handsetGatewayUrl" | "liveHandsets" | "pinLockMs">
  >;
  /** Uses the sandbox's own clock, like a server, so that the control API can advance it. */
  readonly sandboxClock?: true;
  readonly log?: (line: string) => void;
  /** The address at which the sandbox reaches its database. */
  readonly connectThrough?: (address: SocketAddress) => Promise<DatabaseAddress>;
}

export async function createTestSandbox(options: TestSandboxOptions = {}): Promise<TestSandbox> {
  const database = await createTestDatabase();
  const { connectThrough = (address) => Promise.resolve(address) } = options;
  const stores = createStores(onOneDatabase(await connectThrough(database.address)));
  const clock = new TestClock(options.sandboxClock === true ? await createSandboxClock(stores.main) : null);
  const logLines: string[] = [];
  const log = pino(
    { level: "info" },
    { write: (line: string) => (options.log ?? ((l) => logLines.push(l)))(line) },
  );
  const { activationDelayMs = 0, twoStepHoldMs = msPerDay, trustedProxies = [] } = options;
  const platform = await createTestApp(stores, clock, log, {
    activationDelayMs: { sandbox: activationDelayMs, live: activationDelayMs },
    trustedProxies: [...trustedProxies],
    twoStepHoldMs,
    ...options.handsets,
    ...options.portal,
    ...(options.promptLifeMs === undefined ? {} : { promptLifeMs: options.promptLifeMs }),
    ...(options.validationTimeoutMs === undefined
      ? {}
      : { validationTimeoutMs: options.validationTimeoutMs }),
    ...(options.consentLimits === undefined ? {} : { consentLimits: options.consentLimits }),
    ...(options.daraja === undefined ? {} : { daraja: { ...readConfig({}).daraja, ...options.daraja } }),
    ...(options.ipgV1 === undefined ? {} : { ipgV1: { ...readConfig({}).ipgV1, ...options.ipgV1 } }),
    ...(options.soap === undefined ? {} : { soap: { ...readConfig({}).soap, ...options.soap } }),
    ...(options.synchronousWaitMs === undefined ? {} : { synchronousWaitMs: options.synchronousWaitMs }),
  });
  const server = await listen(platform.server, { host: options.host ?? "127.0.0.1", port: 0, https: null });
  return new TestSandbox({
    platform,
    stores,
    clock,
    logLines,
    address: server.http,
    database,
    close: () => server.close(),
  });
}

interface TestSandboxParts {
  readonly platform: App;
  readonly stores: Stores;
  readonly clock: TestClock;
  readonly logLines: string[];
  readonly address: AddressInfo;
  readonly database: Awaited<ReturnType<typeof createTestDatabase>>;
  close(): Promise<void>;
}

export class TestSandbox implements AsyncDisposable {
  readonly platform: App;
  readonly clock: TestClock;
  readonly stores: Stores;
  /** The server's log lines. */
  readonly logLines: readonly string[];
  readonly url: string;
  readonly clientInfo: SandboxClientInfo;
  readonly #parts: TestSandboxParts;
  readonly #publicKey: KeyObject;
  #bearer: string | null = null;

  constructor(parts: TestSandboxParts) {
    this.#parts = parts;
    this.platform = parts.platform;
    this.clock = parts.clock;
    this.stores = parts.stores;
    this.logLines = parts.logLines;
    this.url = `http://127.0.0.1:${parts.address.port}`;
    this.clientInfo = parts.platform.sandboxInfo["openapi-v2"] as SandboxClientInfo;
    this.#publicKey = readPublicKey(this.clientInfo.publicKey);
  }

  get databaseUrl(): string {
    return this.#parts.database.url;
  }

  get databaseAddress(): SocketAddress {
    return this.#parts.database.address;
  }

  /** A key encrypted with the sandbox's public key, base64, as clients send it. */
  encrypt(key: string): string {
    return encryptTo(this.#publicKey, key);
  }

  async session(market: Market = "vodacomTZN", apiKey = this.clientInfo.apiKey): Promise<string> {
    const reply = await this.raw("GET", `/sandbox/ipg/v2/${market}/getSession/`, {
      bearer: this.encrypt(apiKey),
    });
    if (reply.status !== 200)
      throw new Error(`getSession answered ${reply.status}: ${JSON.stringify(reply.body)}`);
    return this.encrypt(reply.body["output_SessionID"] ?? "");
  }

  /** The next call opens a new session: after a clock jump the old one has expired. */
  forgetSession(): void {
    this.#bearer = null;
  }

  /** Makes a call of OpenAPI v2 with the seed application's session, and returns the response. */
  async call(
    method: string,
    path: string,
    fields: object,
    options: { market?: Market; bearer?: string } = {},
  ): Promise<Reply> {
    const market = options.market ?? "vodacomTZN";
    this.#bearer ??= await this.session(market);
    return this.raw(method, `/sandbox/ipg/v2/${market}/${path}`, {
      bearer: options.bearer ?? this.#bearer,
      fields,
    });
  }

  /** Any request: parameters go into the query for GET, and into a JSON body otherwise. */
  async raw(
    method: string,
    path: string,
    options: { bearer?: string; fields?: object; headers?: Record<string, string>; body?: string } = {},
  ): Promise<Reply> {
    const headers: Record<string, string> = { origin: "*", ...options.headers };
    if (options.bearer !== undefined) headers["authorization"] = `Bearer ${options.bearer}`;
    let url = this.url + path;
    let body = options.body;
    if (options.fields !== undefined && method === "GET") {
      url += `?${new URLSearchParams(options.fields as Record<string, string>).toString()}`;
    } else if (options.fields !== undefined) {
      headers["content-type"] ??= "application/json";
      body = JSON.stringify(options.fields);
    }
    const response = await fetch(url, { method, headers, ...(body === undefined ? {} : { body }) });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === "" ? {} : (JSON.parse(text) as Record<string, string>),
    };
  }

  /** The rail's own connection pool, for direct access to the database. */
  sql(market: Market = "vodacomTZN"): Sql {
    const store = this.stores.rails.get(railFor("sandbox", market).name);
    if (store === undefined) throw new Error(`no rail for ${market}`);
    return store.sql;
  }

  /** An account's available balance, in minor units. */
  async getAvailable(owner: string, market: Market = "vodacomTZN", kind?: string): Promise<bigint> {
    const accountKind = kind ?? (owner.length >= 11 ? "wallet" : "working");
    const [row] = await this.sql(market)<{ availableMinor: bigint }[]>`
      select available_minor as "availableMinor" from accounts where owner = ${owner} and kind = ${accountKind}`;
    if (row === undefined) throw new Error(`${owner} has no ${accountKind} account`);
    return row.availableMinor;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.close();
    await this.platform.close();
    await this.clock.close();
    await this.stores.close();
    await this.#parts.database[Symbol.asyncDispose]();
  }
}

export function readPublicKey(base64: string): KeyObject {
  return createPublicKey({ key: Buffer.from(base64, "base64"), format: "der", type: "spki" });
}

export function encryptTo(key: KeyObject, text: string): string {
  return publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(text)).toString("base64");
}

/** The bearer of a live session for a live application's key. */
export async function liveBearer(
  sandbox: TestSandbox,
  apiKey: string,
  market: Market = "vodacomTZN",
): Promise<string> {
  const key = await getPublicKey(sandbox, "live");
  const reply = await sandbox.raw("GET", `/openapi/ipg/v2/${market}/getSession/`, {
    bearer: encryptTo(key, apiKey),
  });
  if (reply.status !== 200)
    throw new Error(`getSession answered ${reply.status}: ${JSON.stringify(reply.body)}`);
  return encryptTo(key, reply.body["output_SessionID"] ?? "");
}

/** An environment's public key from the database. */
export async function getPublicKey({ stores }: TestSandbox, environment: Environment): Promise<KeyObject> {
  const row = await readSecret(stores.main, environment, "bearer");
  if (row?.public == null) throw new Error(`the ${environment} environment has no key pair`);
  return readPublicKey(row.public.toString("base64"));
}

let lastReference = 0;

/** A new unique reference. */
export const createReference = (): string => `t${process.pid}x${(lastReference += 1)}`;

/** The parameters of a successful C2B payment, with overrides. */
export function c2bFields(
  sandbox: TestSandbox,
  overrides: Record<string, unknown> = {},
  market: Market = "vodacomTZN",
) {
  const { country, currency } = markets[market];
  return {
    input_Amount: "10",
    input_CustomerMSISDN: sandbox.clientInfo.markets[market].customers[0],
    input_Country: country,
    input_Currency: currency,
    input_ServiceProviderCode: "000000",
    input_TransactionReference: "T12344C",
    input_ThirdPartyConversationID: createReference(),
    input_PurchasedItemsDesc: "Shoes",
    ...overrides,
  };
}

export const connectToSchema = (address: Parameters<typeof connect>[0], schema: string): Sql =>
  connect(address, { schema, maxConnections: 2, name: "test" });
