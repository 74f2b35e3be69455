/**
 * The operator's desk: what every `admin` command needs, and the audit that it leaves behind.
 *
 * It works on the databases as a server does, by the same functions and transactions, so it needs no
 * server and disturbs none.
 */
import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { Option, type Command } from "commander";
import type { OutboundRules } from "../callbacks/addresses.ts";
import { wallClock } from "../clock.ts";
import { idMaker, wireNames, type Id, type WireNames } from "../ids.ts";
import { environments, markets, rail, rails, type Environment, type Market } from "../money.ts";
import { openPayments, type Payments } from "../payments/payments.ts";
import { sandboxClockNow } from "../sandbox/clock.ts";
import { insertAudit } from "../store/audit.ts";
import type { Sql } from "../store/connect.ts";
import { takeServerNumber } from "../store/directory.ts";
import { makePartitions } from "../store/partitions.ts";
import { readSecret } from "../store/secrets.ts";
import { mainSchema, openStores } from "../store/stores.ts";
import { unseal } from "../vault/seal.ts";
import { loadSecretKey } from "../vault/secret-key.ts";
import * as read from "./arguments.ts";
import { howToStart } from "./called.ts";
import { Refused } from "./command-error.ts";
import { requireCurrent, schemasAt } from "./databases.ts";
import { withDatabases, type Work } from "./run.ts";
import { json } from "./table.ts";

/** Options of every admin command. */
export interface DeskOptions {
  readonly environment: Environment;
  readonly by?: string;
  readonly json?: true;
}

export function withDeskOptions(command: Command): Command {
  return command
    .addOption(environmentOption())
    .option("--by <name>", "who does it, for the audit (default: the user of this machine)", read.words)
    .option("--json", "print JSON and nothing else");
}

const environmentOption = (): Option =>
  new Option("--environment <name>", "where")
    .choices(environments)
    .argParser(read.environment)
    .default("live");

export interface Desk {
  readonly environment: Environment;
  /** The directory. */
  readonly main: Sql;
  /** A rail, ready to be posted to. */
  payments(market: Market): Promise<Payments>;
  /** For reading a rail. */
  sql(market: Market): Sql;
  /** Refused where the SECRET_KEY is not at hand. */
  wire(): Promise<WireNames>;
  /** What the hashes of PINs are keyed with. Refused as `wire` is. */
  pinKey(): Promise<Buffer>;
  /** What MSISDN tokens are made with. Refused as `wire` is. */
  tokenKey(): Promise<Buffer>;
  /** What secrets are sealed with. Refused where it is not at hand. */
  secretKey(): Buffer;
  readonly newId: () => Id;
  /** Where the environment's callbacks may go. */
  readonly outbound: OutboundRules;
  /**
   * Writes what is about to be done. Before it is done, because a change without a trace is worse than a
   * trace without a change; the books and the directory say whether it went through.
   */
  audit(what: string, details: Readonly<Record<string, unknown>>): Promise<void>;
}

/** Sits down at the desk for one command. */
export function atDesk<T>(options: DeskOptions, work: (desk: Desk) => Promise<T>): Promise<T> {
  return withDatabases({}, async (opened) => {
    await requireReady(opened, options.environment);
    const stores = openStores(opened.places);
    try {
      return await work(await openDesk(opened, stores, options));
    } finally {
      await stores.close();
    }
  });
}

async function requireReady({ places }: Work, environment: Environment): Promise<void> {
  const needed = schemasAt(places).filter(({ name }) => name === mainSchema || name.startsWith(environment));
  for (const schema of needed) await requireCurrent(schema, "pesarail admin");
}

async function openDesk(
  opened: Work,
  stores: ReturnType<typeof openStores>,
  options: DeskOptions,
): Promise<Desk> {
  const { environment, by = userInfo().username } = options;
  const { main } = stores;
  const sql = (market: Market): Sql => {
    const store = stores.rails.get(rail(environment, market).name);
    if (store === undefined) throw new Error(`there is no rail for ${market}`);
    return store.sql;
  };
  const wire = (): Promise<WireNames> => readWireNames(opened, main, environment);
  return {
    environment,
    main,
    sql,
    wire,
    pinKey: () => readKey(opened, main, environment, "pin"),
    tokenKey: () => readKey(opened, main, environment, "token"),
    secretKey: () => readSecretKey(opened),
    newId: idMaker(await takeServerNumber(main)),
    outbound: {
      environment,
      privateListeners: environment === "sandbox" && opened.config.sandboxPrivateListeners,
    },
    async payments(market) {
      const on =
        rails.find((each) => each.name === rail(environment, market).name) ?? rail(environment, market);
      const clock = environment === "sandbox" ? await sandboxClockNow(main) : wallClock;
      await makePartitions(sql(market), "rail", Date.now(), clock.now());
      const { twoStepHoldMs, promptLifeMs } = opened.config;
      return openPayments({
        rail: on,
        sql: sql(market),
        clock,
        wire: await wire(),
        twoStepHoldMs,
        promptLifeMs,
      });
    },
    audit: (what, details) => insertAudit(main, { who: by, what, details: { environment, ...details } }),
  };
}

async function readWireNames(opened: Work, main: Sql, environment: Environment): Promise<WireNames> {
  return wireNames(await readKey(opened, main, environment, "wire"));
}

function readSecretKey({ config }: Work): Buffer {
  // Asked before it is loaded, since loading makes a key where there is none, and it would be the wrong one.
  if (config.secretKey === null && !existsSync(join(config.dataDir, "secret.key"))) {
    throw new Refused(`SECRET_KEY is not set, and there is none in ${config.dataDir}.`);
  }
  return loadSecretKey(config.secretKey?.export() ?? null, config.dataDir);
}

async function readKey(
  opened: Work,
  main: Sql,
  environment: Environment,
  name: "wire" | "pin" | "token",
): Promise<Buffer> {
  const secretKey = readSecretKey(opened);
  const secret = await readSecret(main, environment, name);
  if (secret === undefined)
    throw new Refused(`The ${environment} environment has no keys yet; ${howToStart} makes them.`);
  return unseal(secretKey, `${environment}/${name}`, secret.sealed);
}

/** The public key that clients encrypt to, base64. */
export async function publicKeyOf({ main, environment }: Desk): Promise<string> {
  const secret = await readSecret(main, environment, "bearer");
  if (secret?.public === undefined || secret.public === null) {
    throw new Refused(`The ${environment} environment has no keys yet; ${howToStart} makes them.`);
  }
  return secret.public.toString("base64");
}

/** Prints the answer: for machines what `data` holds, for people the text. */
export function answer(options: Pick<DeskOptions, "json">, data: unknown, text: string): void {
  process.stdout.write(`${options.json === true ? json(data) : text}\n`);
}

export const currencyOf = (market: Market): string => markets[market].currency;
