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
import type { OutboundRules } from "../../../callbacks/addresses.ts";
import { wallClock } from "../../../core/clock.ts";
import { createIdGenerator, createPublicIds, type Id, type PublicIds } from "../../../core/ids.ts";
import { environments, markets, railFor, rails, type Environment, type Market } from "../../../core/money.ts";
import { createPayments, type Payments } from "../../../payments/payments.ts";
import { readClockOnce } from "../../../sandbox/clock.ts";
import { owedNotifications } from "../../../app/protocols.ts";
import {
  createApplicationService,
  type ApplicationService,
} from "../../../developers/application-service.ts";
import { insertAudit } from "../../../store/main/audit.ts";
import type { Sql } from "../../../store/driver/connect.ts";
import { allocateServerNumber } from "../../../store/main/applications.ts";
import { makePartitions } from "../../../store/schema/partitions.ts";
import { readSecret } from "../../../store/main/secrets.ts";
import { mainSchema, createStores } from "../../../store/databases.ts";
import { unseal } from "../../../vault/seal.ts";
import { loadSecretKey } from "../../../vault/secret-key.ts";
import * as read from "../../terminal/option-parsers.ts";
import { startCommand } from "../../terminal/usage.ts";
import { CommandFailed } from "../../terminal/exit-codes.ts";
import { assertCurrentVersion, listSchemas } from "../operations/databases.ts";
import { withDatabases, type CommandContext } from "../../context.ts";
import { formatJson } from "../../terminal/table.ts";

/** Options of every admin command. */
export interface AdminOptions {
  readonly environment: Environment;
  readonly by?: string;
  readonly json?: true;
}

export function addAdminOptions(command: Command): Command {
  return command
    .addOption(createEnvironmentOption())
    .option("--by <name>", "who does it, for the audit (default: the user of this machine)", read.shortText)
    .option("--json", "print JSON and nothing else");
}

const createEnvironmentOption = (): Option =>
  new Option("--environment <name>", "where")
    .choices(environments)
    .argParser(read.environment)
    .default("live");

export interface AdminContext {
  readonly environment: Environment;
  /** The directory. */
  readonly main: Sql;
  /** A rail, ready to be posted to. */
  payments(market: Market): Promise<Payments>;
  /** For reading a rail. */
  sql(market: Market): Sql;
  /** Refused where the SECRET_KEY is not at hand. */
  publicIds(): Promise<PublicIds>;
  /** What the hashes of PINs are keyed with. Refused as `wire` is. */
  pinKey(): Promise<Buffer>;
  /** What MSISDN tokens are made with. Refused as `wire` is. */
  tokenKey(): Promise<Buffer>;
  /** What secrets are sealed with. Refused where it is not at hand. */
  secretKey(): Buffer;
  readonly newId: () => Id;
  /** Where the environment's callbacks may go. */
  readonly outboundRules: OutboundRules;
  /**
   * Writes what is about to be done. Before it is done, because a change without a trace is worse than a
   * trace without a change; the books and the directory say whether it went through.
   */
  audit(what: string, details: Readonly<Record<string, unknown>>): Promise<void>;
  /** Registers, changes and revokes the environment's applications. Servers see a change within a second. */
  readonly applications: ApplicationService;
}

/** Sits down at the desk for one command. */
export function withAdminContext<T>(
  options: AdminOptions,
  work: (context: AdminContext) => Promise<T>,
): Promise<T> {
  return withDatabases({}, async (commandContext) => {
    await assertEnvironmentReady(commandContext, options.environment);
    const databases = createStores(commandContext.locations);
    try {
      return await work(await createAdminContext(commandContext, databases, options));
    } finally {
      await databases.close();
    }
  });
}

async function assertEnvironmentReady(
  { locations }: CommandContext,
  environment: Environment,
): Promise<void> {
  const needed = listSchemas(locations).filter(
    ({ name }) => name === mainSchema || name.startsWith(environment),
  );
  for (const schema of needed) await assertCurrentVersion(schema, "pesarail admin");
}

async function createAdminContext(
  commandContext: CommandContext,
  databases: ReturnType<typeof createStores>,
  options: AdminOptions,
): Promise<AdminContext> {
  const { environment, by = userInfo().username } = options;
  const { main } = databases;
  const sql = (market: Market): Sql => {
    const store = databases.rails.get(railFor(environment, market).name);
    if (store === undefined) throw new Error(`there is no rail for ${market}`);
    return store.sql;
  };
  const publicIds = (): Promise<PublicIds> => readPublicIds(commandContext, main, environment);
  const newId = createIdGenerator(await allocateServerNumber(main));
  return {
    environment,
    main,
    sql,
    publicIds,
    pinKey: () => readKey(commandContext, main, environment, "pin"),
    tokenKey: () => readKey(commandContext, main, environment, "token"),
    secretKey: () => readSecretKey(commandContext),
    newId,
    outboundRules: {
      environment,
      privateListeners: environment === "sandbox" && commandContext.config.sandboxPrivateListeners,
    },
    async payments(market) {
      const rail =
        rails.find((candidate) => candidate.name === railFor(environment, market).name) ??
        railFor(environment, market);
      const clock = environment === "sandbox" ? await readClockOnce(main) : wallClock;
      await makePartitions(sql(market), "rail", Date.now(), clock.now());
      const { twoStepHoldMs, promptLifeMs } = commandContext.config;
      return createPayments({
        rail,
        sql: sql(market),
        clock,
        publicIds: await publicIds(),
        newId,
        owedNotifications,
        twoStepHoldMs,
        promptLifeMs,
      });
    },
    applications: createApplicationService({
      sql: main,
      environment,
      actor: by,
      refresh: async () => {},
    }),
    audit: (what, details) => insertAudit(main, { who: by, what, details: { environment, ...details } }),
  };
}

async function readPublicIds(
  commandContext: CommandContext,
  main: Sql,
  environment: Environment,
): Promise<PublicIds> {
  return createPublicIds(await readKey(commandContext, main, environment, "wire"));
}

function readSecretKey({ config }: CommandContext): Buffer {
  // Asked before it is loaded, since loading makes a key where there is none, and it would be the wrong one.
  if (config.secretKey === null && !existsSync(join(config.dataDir, "secret.key"))) {
    throw new CommandFailed(`SECRET_KEY is not set, and there is none in ${config.dataDir}.`);
  }
  return loadSecretKey(config.secretKey?.export() ?? null, config.dataDir);
}

async function readKey(
  commandContext: CommandContext,
  main: Sql,
  environment: Environment,
  name: "wire" | "pin" | "token",
): Promise<Buffer> {
  const secretKey = readSecretKey(commandContext);
  const secret = await readSecret(main, environment, name);
  if (secret === undefined)
    throw new CommandFailed(`The ${environment} environment has no keys yet; ${startCommand} makes them.`);
  return unseal(secretKey, `${environment}/${name}`, secret.sealed);
}

/** The public key that clients encrypt to, base64. */
export async function readPublicKey({ main, environment }: AdminContext): Promise<string> {
  const secret = await readSecret(main, environment, "bearer");
  if (secret?.public === undefined || secret.public === null) {
    throw new CommandFailed(`The ${environment} environment has no keys yet; ${startCommand} makes them.`);
  }
  return secret.public.toString("base64");
}

/** Prints the answer: for machines what `data` holds, for people the text. */
export function printResult(options: Pick<AdminOptions, "json">, data: unknown, text: string): void {
  process.stdout.write(`${options.json === true ? formatJson(data) : text}\n`);
}

export const getCurrency = (market: Market): string => markets[market].currency;
