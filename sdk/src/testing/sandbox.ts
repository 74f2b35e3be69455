/** A sandbox for tests: a server, and the functions to control it. */
import { resolve } from "node:path";
import { Daraja } from "../daraja/client.ts";
import { IpgV1 } from "../ipg-v1/client.ts";
import { MpesaOpenApi } from "../openapi-v2/client.ts";
import type { Market } from "../openapi-v2/requests.ts";
import {
  createApplication,
  type Application,
  type ApplicationOptions,
  type ClientOverrides,
  type CreateClient,
  type CreateDarajaClient,
  type CreateIpgV1Client,
  type DarajaOverrides,
  type IpgV1Overrides,
} from "./applications.ts";
import { createClock, type Clock } from "./clock.ts";
import { createCallControl, type CallControl } from "./control.ts";
import { createCustomer, type Customer, type CustomerOptions } from "./customers.ts";
import { createDeliveries, type Deliveries } from "./deliveries.ts";
import { createFaults, type Faults } from "./faults.ts";
import type { SandboxInfo } from "./generated.ts";
import type { SandboxMarket } from "./markets.ts";
import { readSandboxJson } from "./sandbox-json.ts";
import { findServer, type ServerCommand } from "./find-server.ts";
import { existingFolder, createTemporaryFolder } from "./data-folder.ts";
import { createHandset, type Handset } from "./handsets.ts";
import { startServer } from "./server.ts";
import { createSnapshots, type Snapshots } from "./snapshots.ts";

export interface SandboxOptions {
  /** Settings of the server (docs/settings.md): `{ SANDBOX_ACTIVATION_DELAY: "2s" }`. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
  /** Your own data folder, which is kept. Default: a temporary folder, which is removed with the sandbox. */
  readonly dataDir?: string | undefined;
  /**
   * Your own PostgreSQL database. Default: the sandbox starts its own PostgreSQL. Sandboxes on the same database share
   * customers and balances.
   */
  readonly databaseUrl?: string | undefined;
  /** Called for each line that the server prints. */
  readonly onOutput?: ((line: string) => void) | undefined;
  /** How long the server may take to start, in milliseconds; default 120,000. */
  readonly startTimeoutMs?: number | undefined;
  /** How long the server may take to stop before it is killed, in milliseconds; default 30,000. */
  readonly stopTimeoutMs?: number | undefined;
  /** The server's program and arguments. Default: the server of the package `pesarail`. */
  readonly command?: ServerCommand | undefined;
}

/** The default market is `vodacomTZN`. */
export interface Sandbox {
  /** The gateway's address: `baseUrl` of a client. */
  readonly gateway: string;
  /** The server's data folder. Pass it to `connectSandbox` in another test process. */
  readonly dataDir: string;
  /** API keys, organisations and seed customers; those of other protocols in `daraja`, `ipgV1` and `soap`. */
  readonly info: SandboxInfo;
  /** Creates a client of the sandbox's first application, which may use every product. */
  createClient(market?: Market, overrides?: ClientOverrides): MpesaOpenApi;
  /**
   * Creates a Daraja client of the same application: of the shortcode 600996, with its passkey and initiator. Set
   * `callbackUrl` and `resultUrl`, or give them with each request.
   */
  createDarajaClient(overrides?: DarajaOverrides): Daraja;
  /** Creates an IPG v1 client of the same application: of the shortcode 171717, with its initiator. Its market is `vodacomMOZ`. */
  createIpgV1Client(overrides?: IpgV1Overrides): IpgV1;
  /** Registers a customer with a balance. Daraja's market is `safaricomKEN`. */
  createCustomer(market?: SandboxMarket, options?: CustomerOptions): Promise<Customer>;
  /** Returns a customer's handset. */
  getHandset(msisdn: string, market?: SandboxMarket): Handset;
  /** Registers an application. */
  createApplication(options?: ApplicationOptions): Promise<Application>;
  readonly clock: Clock;
  readonly snapshots: Snapshots;
  readonly deliveries: Deliveries;
  readonly faults: Faults;
  /** Calls the control API (docs/control-api.md): `callControl("GET", "/status")`. */
  readonly callControl: CallControl;
  /** Stops the server, if `startSandbox` started it, and removes everything except your own folder. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a server and waits until it is ready. Throws `SandboxError` with the server's output if it does not start. */
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
 * Connects to the running server of this data folder. Use it if the test runner's global setup starts one sandbox for
 * all test files. `stop` leaves the server running.
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
  const { gateway, control: endpoint, openapi, daraja, ipgV1, soap } = readSandboxJson(dataDir);
  const info: SandboxInfo = { ...openapi, daraja, ipgV1, soap };
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
  const buildDarajaClient: CreateDarajaClient = (overrides) =>
    new Daraja({
      baseUrl: gateway,
      consumerKey: daraja.consumerKey,
      consumerSecret: daraja.consumerSecret,
      shortcode: daraja.shortCode,
      passkey: daraja.passkey,
      initiator: { name: daraja.initiatorName, securityCredential: daraja.securityCredential },
      ...overrides,
      environment: "sandbox",
    });
  const buildIpgV1Client: CreateIpgV1Client = (overrides) =>
    new IpgV1({
      baseUrl: gateway,
      apiKey: ipgV1.apiKey,
      publicKey: ipgV1.publicKey,
      serviceProviderCode: ipgV1.serviceProviderCode,
      initiator: { identifier: ipgV1.initiatorIdentifier, securityCredential: ipgV1.securityCredential },
      ...overrides,
      environment: "sandbox",
    });
  const pins = new Map(
    [...Object.values(info.markets), daraja].flatMap(({ handsets }) =>
      handsets.map(({ msisdn, pin }) => [msisdn, pin] as const),
    ),
  );
  return {
    gateway,
    dataDir,
    info,
    createClient: (market, overrides = {}) => buildClient(market, overrides),
    createDarajaClient: (overrides = {}) => buildDarajaClient(overrides),
    createIpgV1Client: (overrides = {}) => buildIpgV1Client(overrides),
    async createCustomer(market = defaultMarket, options = {}) {
      const customer = await createCustomer(callControl, market, options);
      if (options.pin !== undefined) pins.set(customer.msisdn, options.pin);
      return customer;
    },
    getHandset: (msisdn, market = defaultMarket) =>
      createHandset(callControl, market, msisdn, () => pins.get(msisdn) ?? "1234"),
    createApplication: (options = {}) =>
      createApplication(
        callControl,
        {
          createClient: buildClient,
          createDarajaClient: buildDarajaClient,
          createIpgV1Client: buildIpgV1Client,
        },
        options,
      ),
    clock: createClock(callControl),
    snapshots: createSnapshots(callControl),
    deliveries: createDeliveries(callControl, defaultMarket),
    faults: createFaults(callControl, defaultMarket),
    callControl,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
