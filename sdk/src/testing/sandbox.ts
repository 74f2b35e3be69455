/** A sandbox for tests: a server of their own, and what a test does with it. */
import { resolve } from "node:path";
import { OpenApi } from "../open-api.ts";
import type { Market } from "../requests.ts";
import {
  makeApplication,
  type Application,
  type ApplicationOptions,
  type ClientOverrides,
  type MakeClient,
} from "./applications.ts";
import { openClock, type Clock } from "./clock.ts";
import { openControl, type Control } from "./control.ts";
import { makeCustomer, type Customer, type CustomerOptions } from "./customers.ts";
import { openDeliveries, type Deliveries } from "./deliveries.ts";
import { readSandboxFile, type SandboxFacts } from "./facts.ts";
import { findServer, type ServerCommand } from "./find-server.ts";
import { keptFolder, temporaryFolder } from "./folder.ts";
import { openHandset, type Handset } from "./handsets.ts";
import { startServer } from "./server.ts";
import { openSnapshots, type Snapshots } from "./snapshots.ts";

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
  readonly startWithinMs?: number | undefined;
  /** How long it may take to stop before it is made to, in milliseconds; 30,000 if absent. */
  readonly stopWithinMs?: number | undefined;
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
  readonly facts: SandboxFacts;
  /** A client of the application that may do everything. */
  client(market?: Market, overrides?: ClientOverrides): OpenApi;
  /** Registers a customer, with money. */
  customer(market?: Market, options?: CustomerOptions): Promise<Customer>;
  /** A customer's handset, to answer on it. */
  handset(msisdn: string, market?: Market): Handset;
  /** Registers an application. */
  application(options?: ApplicationOptions): Promise<Application>;
  readonly clock: Clock;
  readonly snapshots: Snapshots;
  readonly deliveries: Deliveries;
  /** Asks the control API (docs/control-api.md): `control("GET", "/status")`. */
  readonly control: Control;
  /** Stops the server, if this object started it. Once it has, nothing of it is left but a folder of yours. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a server and waits until it is ready. Throws `SandboxError`, with what the server said, if it is not. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const command = options.command ?? findServer();
  const folder = options.dataDir === undefined ? temporaryFolder() : keptFolder(resolve(options.dataDir));
  const server = await startServer({
    command,
    folder,
    databaseUrl: options.databaseUrl,
    settings: options.settings ?? {},
    startWithinMs: options.startWithinMs ?? 120_000,
    stopWithinMs: options.stopWithinMs ?? 30_000,
    onOutput: options.onOutput,
  });
  let stopped: Promise<void> | null = null;
  return openSandbox(folder.path, { lastWords: server.lastWords, stop: () => (stopped ??= server.stop()) });
}

/**
 * The sandbox that a server on this data folder is. For tests that share one: started once, by the test runner's
 * global setup, it is there for every file. `stop` leaves it running.
 */
export function connectSandbox(dataDir: string): Sandbox {
  return openSandbox(resolve(dataDir), { lastWords: () => null, stop: async () => {} });
}

interface Life {
  lastWords(): string | null;
  stop(): Promise<void>;
}

const usual: Market = "vodacomTZN";

function openSandbox(dataDir: string, { lastWords, stop }: Life): Sandbox {
  const { gateway, control: door, openapi: facts } = readSandboxFile(dataDir);
  const control = openControl(door, lastWords);
  const { apiKey, publicKey, serviceProviderCode } = facts;
  const make: MakeClient = (market = usual, overrides) =>
    new OpenApi({
      baseUrl: gateway,
      apiKey,
      publicKey,
      serviceProviderCode,
      ...overrides,
      environment: "sandbox",
      market,
    });
  const pins = new Map(
    Object.values(facts.markets).flatMap(({ handsets }) =>
      handsets.map(({ msisdn, pin }) => [msisdn, pin] as const),
    ),
  );
  return {
    gateway,
    dataDir,
    facts,
    client: (market, overrides = {}) => make(market, overrides),
    async customer(market = usual, options = {}) {
      const customer = await makeCustomer(control, market, options);
      if (options.pin !== undefined) pins.set(customer.msisdn, options.pin);
      return customer;
    },
    handset: (msisdn, market = usual) =>
      openHandset(control, market, msisdn, () => pins.get(msisdn) ?? "1234"),
    application: (options = {}) => makeApplication(control, make, options),
    clock: openClock(control),
    snapshots: openSnapshots(control),
    deliveries: openDeliveries(control, usual),
    control,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
