/**
 * What every `admin` command uses, and the audit log.
 *
 * Admin commands work directly on the databases, with the same functions and transactions as the server. They
 * need no running server, and do not disturb one.
 */
import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { Option, type Command } from "commander";
import type { OutboundRules } from "../../../callbacks/addresses.ts";
import { createIdGenerator, createPublicIds, type Id, type PublicIds } from "../../../core/ids.ts";
import { environments, markets, type Environment, type Market } from "../../../core/markets.ts";
import { railFor, rails } from "../../../core/rails.ts";
import { createApiOperatorService, type ApiOperatorService } from "../../../organisations/api-operators.ts";
import { createPayments, type Payments } from "../../../payments/payments.ts";
import type { ProtocolSettings } from "../../../protocols/protocol.ts";
import { createReceiptFormatter } from "../../../payments/receipts.ts";
import { emptyTariff } from "../../../payments/tariffs.ts";
import { readClocksOnce } from "../../../sandbox/clock.ts";
import { owedNotifications, toPromptLimits } from "../../../app/protocols.ts";
import {
  createApplicationService,
  type ApplicationService,
} from "../../../developers/application-service.ts";
import { insertAudit } from "../../../store/main/audit.ts";
import type { Sql } from "../../../store/driver/connect.ts";
import { allocateServerNumber } from "../../../store/main/applications.ts";
import { readOrganisation } from "../../../store/rail/organisations.ts";
import { makePartitions } from "../../../store/schema/partitions.ts";
import { readSecret } from "../../../store/main/secrets.ts";
import { mainSchema, createStores } from "../../../store/databases.ts";
import { unseal } from "../../../vault/seal.ts";
import { loadSecretKey } from "../../../vault/secret-key.ts";
import * as parse from "../../terminal/option-parsers.ts";
import { startCommand } from "../../terminal/usage.ts";
import { CommandFailed } from "../../terminal/exit-codes.ts";
import { listSchemas } from "../../../store/schema-locations.ts";
import { assertCurrentVersion } from "../../databases.ts";
import { withDatabases, type CommandContext } from "../../context.ts";

/** Options of every admin command. */
export interface AdminOptions {
  readonly environment: Environment;
  readonly by?: string;
  readonly json?: true;
}

export function addAdminOptions(command: Command): Command {
  return command
    .addOption(createEnvironmentOption())
    .option(
      "--by <name>",
      "who makes the change, for the audit log (default: your user name)",
      parse.shortText,
    )
    .option("--json", "print JSON only");
}

const createEnvironmentOption = (): Option =>
  new Option("--environment <name>", "where")
    .choices(environments)
    .argParser(parse.environment)
    .default("live");

export interface AdminContext {
  readonly environment: Environment;
  /** Who makes the change, for the audit log. */
  readonly actor: string;
  /** The main database, which holds applications and keys. */
  readonly main: Sql;
  /** A rail's payments, ready for posting. */
  payments(market: Market): Promise<Payments>;
  /** For reading a rail. */
  sql(market: Market): Sql;
  /** Throws `CommandFailed` without the SECRET_KEY. */
  publicIds(): Promise<PublicIds>;
  /** The key of the PIN hashes. Throws `CommandFailed` without the SECRET_KEY. */
  pinKey(): Promise<Buffer>;
  /** The key of MSISDN tokens. Throws `CommandFailed` without the SECRET_KEY. */
  tokenKey(): Promise<Buffer>;
  /** The key that seals stored secrets. Throws `CommandFailed` without the SECRET_KEY. */
  secretKey(): Buffer;
  readonly newId: () => Id;
  /** Where callbacks of the environment may be sent. */
  readonly outboundRules: OutboundRules;
  readonly protocolSettings: ProtocolSettings;
  /**
   * Writes an audit entry. Callers write it before they make the change: an entry without a change is better
   * than a change without an entry, and the data shows whether the change was made.
   */
  audit(what: string, details: Readonly<Record<string, unknown>>): Promise<void>;
  /** Registers, changes and revokes the environment's applications. Servers see a change within a second. */
  readonly applications: ApplicationService;
  /** Registers and changes API operators. Throws `CommandFailed` without the SECRET_KEY. */
  operators(): Promise<ApiOperatorService>;
}

/** Runs one admin command. */
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
  const clocks = await readClocksOnce(main);
  const newId = createIdGenerator(await allocateServerNumber(main), () => clocks.live.now());
  return {
    environment,
    actor: by,
    main,
    sql,
    publicIds,
    pinKey: () => readKey(commandContext, main, environment, "pin"),
    tokenKey: () => readKey(commandContext, main, environment, "token"),
    secretKey: () => readSecretKey(commandContext),
    newId,
    protocolSettings: commandContext.config,
    outboundRules: {
      environment,
      privateListeners: environment === "sandbox" && commandContext.config.sandboxPrivateListeners,
    },
    async payments(market) {
      const rail =
        rails.find((candidate) => candidate.name === railFor(environment, market).name) ??
        railFor(environment, market);
      const clock = (await readClocksOnce(main))[environment];
      await makePartitions(sql(market), "rail", clocks.live.now(), clock.now());
      const { twoStepHoldMs, promptLifeMs, validationTimeoutMs, consentLimits } = commandContext.config;
      const { prompts, maxCustomerRefusals } = consentLimits[environment];
      return createPayments({
        rail,
        sql: sql(market),
        clock,
        publicIds: await publicIds(),
        formatReceipt: createReceiptFormatter(await readKey(commandContext, main, environment, "wire")),
        newId,
        owedNotifications,
        twoStepHoldMs,
        promptLifeMs,
        validationTimeoutMs,
        promptLimits: toPromptLimits(prompts),
        maxCustomerRefusals,
        // Commands make deposits alone, which are free.
        tariff: emptyTariff,
      });
    },
    applications: createApplicationService({
      sql: main,
      environment,
      actor: by,
      refresh: async () => {},
      readSecretKey: () => readSecretKey(commandContext),
    }),
    operators: async () =>
      createApiOperatorService({
        sql: main,
        environment,
        actor: by,
        passwordKey: await readKey(commandContext, main, environment, "operator-password"),
        hasOrganisation: async ({ market, shortcode }) =>
          (await readOrganisation(sql(market), shortcode)) !== undefined,
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
  // Checked first, because `loadSecretKey` would create a new, wrong key.
  if (config.secretKey === null && !existsSync(join(config.dataDir, "secret.key"))) {
    throw new CommandFailed(
      `SECRET_KEY is not set, and ${config.dataDir} contains no secret.key. Set SECRET_KEY or DATA_DIR.`,
    );
  }
  return loadSecretKey(config.secretKey?.export() ?? null, config.dataDir);
}

async function readKey(
  commandContext: CommandContext,
  main: Sql,
  environment: Environment,
  name: "wire" | "pin" | "token" | "operator-password",
): Promise<Buffer> {
  const secretKey = readSecretKey(commandContext);
  const secret = await readSecret(main, environment, name);
  if (secret === undefined)
    throw new CommandFailed(
      `The ${environment} environment has no keys yet. Start the server once to create them: ${startCommand}`,
    );
  return unseal(secretKey, `${environment}/${name}`, secret.sealed);
}

/** The public key that clients encrypt with, base64. */
export async function readPublicKey({ main, environment }: AdminContext): Promise<string> {
  const secret = await readSecret(main, environment, "bearer");
  if (secret?.public === undefined || secret.public === null) {
    throw new CommandFailed(
      `The ${environment} environment has no keys yet. Start the server once to create them: ${startCommand}`,
    );
  }
  return secret.public.toString("base64");
}

export const getCurrency = (market: Market): string => markets[market].currency;
