/** A sandbox for tests: a server of their own, and what a test does with it. */
import { resolve } from "node:path";
import { MpesaOpenApi } from "../open-api.ts";
import type { Market } from "../requests.ts";
import {
  createApplication,
  type Application,
  type ApplicationOptions,
  type ClientOverrides,
  type CreateClient,
} from "./applications.ts";
import { createClock, type Clock } from "./clock.ts";
import { createCallControl, type CallControl } from "./control.ts";
import { createCustomer, type Customer, type CustomerOptions } from "./customers.ts";
import { createDeliveries, type Deliveries } from "./deliveries.ts";
import { readSandboxJson, type SandboxInfo } from "./facts.ts";
import { findServer, type ServerCommand } from "./find-server.ts";
import { existingFolder, createTemporaryFolder } from "./folder.ts";
import { createHandset, type Handset } from "./handsets.ts";
import { startServer } from "./server.ts";
import { createSnapshots, type Snapshots } from "./snapshots.ts";

export interface SandboxOptions {
  /** Settings of the server, by the names that docs/settings.md has: `{ SANDBOX_ACTIVATION_DELAY: "2s" }`. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
  /** A folder of yours, which stays; a temporary one if absent, which goes with the sandbox. */
  readonly dataDir?: string | undefined;
  /**
   * A PostgreSQL database of yours; the sandbox starts a PostgreSQL of its own if absent. Sandboxes on one database
   * share its people and their money.
   */
  readonly databaseUrl?: string | undefined;
  /** Hears what the server says, line by line. */
  readonly onOutput?: ((line: string) => void) | undefined;
  /** How long it may take until the server is ready, in milliseconds; 120,000 if absent. */
  readonly startTimeoutMs?: number | undefined;
  /** How long it may take to stop before it is made to, in milliseconds; 30,000 if absent. */
  readonly stopTimeoutMs?: number | undefined;
  /** The program that is the server, and its arguments, instead of the one of the package `pesarail`. */
  readonly command?: ServerCommand | undefined;
}

/** Where no market is named, it is `vodacomTZN`. */
export interface Sandbox {
  /** The gateway's address: `baseUrl` of a client. */
  readonly gateway: string;
  /** The server's data folder. `connectSandbox` takes it, in another process of the same tests. */
  readonly dataDir: string;
  /** Keys, organisations and residents. */
  readonly info: SandboxInfo;
  /** A client of the application that may do everything. */
  createClient(market?: Market, overrides?: ClientOverrides): MpesaOpenApi;
  /** Registers a customer, with money. */
  createCustomer(market?: Market, options?: CustomerOptions): Promise<Customer>;
  /** A customer's handset, to answer on it. */
  getHandset(msisdn: string, market?: Market): Handset;
  /** Registers an application. */
  createApplication(options?: ApplicationOptions): Promise<Application>;
  readonly clock: Clock;
  readonly snapshots: Snapshots;
  readonly deliveries: Deliveries;
  /** Asks the control API (docs/control-api.md): `control("GET", "/status")`. */
  readonly callControl: CallControl;
  /** Stops the server, if this object started it. Once it has, nothing of it is left but a folder of yours. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a server and waits until it is ready. Throws `SandboxError`, with what the server said, if it is not. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const command = options.command ?? findServer();
  const folder =
    options.dataDir === undefined ? createTemporaryFolder() : existingFolder(resolve(options.dataDir));
  const server = await startServer({
    command,
    folder,
    databaseUrl: options.databaseUrl,
    settings: options.settings ?? {},
    startTimeoutMs: options.startTimeoutMs ?? 120_000,
    stopTimeoutMs: options.stopTimeoutMs ?? 30_000,
    onOutput: options.onOutput,
  });
  let stopped: Promise<void> | null = null;
  return createSandbox(folder.path, {
    exitReport: server.exitReport,
    stop: () => (stopped ??= server.stop()),
  });
}

/**
 * The sandbox that a server on this data folder is. For tests that share one: started once, by the test runner's
 * global setup, it is there for every file. `stop` leaves it running.
 */
export function connectSandbox(dataDir: string): Sandbox {
  return createSandbox(resolve(dataDir), { exitReport: () => null, stop: async () => {} });
}

interface ServerHandle {
  exitReport(): string | null;
  stop(): Promise<void>;
}

const defaultMarket: Market = "vodacomTZN";

function createSandbox(dataDir: string, { exitReport, stop }: ServerHandle): Sandbox {
  const { gateway, control: endpoint, openapi: info } = readSandboxJson(dataDir);
  const callControl = createCallControl(endpoint, exitReport);
  const { apiKey, publicKey, serviceProviderCode } = info;
  const buildClient: CreateClient = (market = defaultMarket, overrides) =>
    new MpesaOpenApi({
      baseUrl: gateway,
      apiKey,
      publicKey,
      serviceProviderCode,
      ...overrides,
      environment: "sandbox",
      market,
    });
  const pins = new Map(
    Object.values(info.markets).flatMap(({ handsets }) =>
      handsets.map(({ msisdn, pin }) => [msisdn, pin] as const),
    ),
  );
  return {
    gateway,
    dataDir,
    info,
    createClient: (market, overrides = {}) => buildClient(market, overrides),
    async createCustomer(market = defaultMarket, options = {}) {
      const customer = await createCustomer(callControl, market, options);
      if (options.pin !== undefined) pins.set(customer.msisdn, options.pin);
      return customer;
    },
    getHandset: (msisdn, market = defaultMarket) =>
      createHandset(callControl, market, msisdn, () => pins.get(msisdn) ?? "1234"),
    createApplication: (options = {}) => createApplication(callControl, buildClient, options),
    clock: createClock(callControl),
    snapshots: createSnapshots(callControl),
    deliveries: createDeliveries(callControl, defaultMarket),
    callControl,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
