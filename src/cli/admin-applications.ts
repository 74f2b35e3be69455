/** `admin application …`: what developers' programs may do, and the keys that open it to them. */
import { Option, type Command } from "commander";
import { urlRefusal } from "../callbacks/addresses.ts";
import { day, second } from "../clock.ts";
import { everyProduct } from "../developers/applications.ts";
import { apiKeyColumns, newApiKey } from "../developers/credentials.ts";
import { marketNames } from "../money.ts";
import { productNames, type Product } from "../payments/products.ts";
import {
  developerId,
  insertApplication,
  readApplications,
  revokeSessions,
  type ApplicationRow,
} from "../store/directory.ts";
import { readOrganisation } from "../store/people.ts";
import { addRotation } from "./admin-callback-secret.ts";
import { addLimit } from "./admin-limits.ts";
import * as read from "./arguments.ts";
import { Misused, Refused } from "./command-error.ts";
import { answer, atDesk, publicKeyOf, withDeskOptions, type Desk, type DeskOptions } from "./desk.ts";
import { changeApplication, findApplication } from "./one-application.ts";
import { facts, listing, localTime } from "./table.ts";
import { paint } from "./terminal.ts";

/** The protocol that speaks to an application's response URL. */
const openapiProtocol = "openapi-v2";

/** Whom applications belong to that an operator makes without naming a developer. */
const operatorEmail = "operator@pesarail.invalid";

type Creation = DeskOptions & {
  readonly name: string;
  readonly shortcode?: readonly string[];
  readonly product?: readonly Product[];
  readonly allProducts?: true;
  readonly trustedSource?: readonly string[];
  readonly trustedOrigin?: readonly string[];
  readonly sessionLifetime: number;
  readonly responseUrl?: string;
  readonly developer: string;
};

export function addApplications(admin: Command): void {
  const application = admin.command("application").description("applications, by their numbers");
  addCreate(application);
  withDeskOptions(application.command("list").description("list the environment's applications")).action(
    (options: DeskOptions) => atDesk(options, (desk) => list(desk, options)),
  );
  const one = (name: string, does: string): Command =>
    withDeskOptions(application.command(name).description(does)).argument(
      "<id>",
      "the application's number",
      read.applicationId,
    );

  one("show", "tell everything about an application but its key").action((id: bigint, options: DeskOptions) =>
    atDesk(options, async (desk) => print(options, await findApplication(desk, id))),
  );
  one("revoke", "end an application for ever, and its sessions with it").action(
    (id: bigint, options: DeskOptions) => atDesk(options, (desk) => revoke(desk, options, id)),
  );
  one("renew-key", "give an application another API key, and print it once")
    .option("--end-sessions", "end the sessions that the old key opened, too")
    .action((id: bigint, options: DeskOptions & { endSessions?: true }) =>
      atDesk(options, (desk) => renewKey(desk, options, id)),
    );
  addRotation(one("rotate-callback-secret", "give an application another secret to verify callbacks with"));
  addLimit(one("limit", "set the usage hours and limits of one product; those not given are taken away"));
}

function addCreate(application: Command): void {
  withDeskOptions(
    application.command("create").description("register an application, and print its API key once"),
  )
    .requiredOption("--name <text>", "unlike that of any other application here", read.words)
    .option(
      "--shortcode <codes...>",
      "the organisations it acts for; in the sandbox, none means all",
      read.shortcodes,
    )
    .addOption(
      new Option("--product <names...>", "the products it may use")
        .choices(productNames)
        .argParser(read.products),
    )
    .option("--all-products", "every product there is")
    .option(
      "--trusted-source <ranges...>",
      "IP addresses and ranges it may call from; none means anywhere",
      read.sources,
    )
    .option("--trusted-origin <values...>", "values its Origin header may have; none means any", read.origins)
    .option("--session-lifetime <time>", "60s to 30d", read.sessionLifetime, day)
    .option("--response-url <url>", "where results are told", read.webAddress)
    .option("--developer <email>", "whom it belongs to", read.email, operatorEmail)
    .action((options: Creation) => atDesk(options, (desk) => create(desk, options)));
}

async function create(desk: Desk, options: Creation): Promise<void> {
  const { main, environment } = desk;
  const { name, developer, responseUrl = null, trustedSource = [], trustedOrigin = [] } = options;
  const shortcodes = await organisationsFor(desk, options.shortcode);
  const products = productsFor(options);
  const refusal = responseUrl === null ? null : urlRefusal(desk.outbound, openapiProtocol, responseUrl);
  if (refusal !== null) throw new Misused(`--response-url: ${refusal}`);
  if (
    (await readApplications(main, environment)).some((row) => row.name === name && row.revokedAt === null)
  ) {
    throw new Refused(`There is an application ${name} already; choose another name, or revoke it first.`);
  }
  const publicKey = await publicKeyOf(desk);
  const apiKey = newApiKey();
  const settings = {
    name,
    shortcodes,
    products,
    trustedSources: trustedSource,
    trustedOrigins: trustedOrigin,
    sessionLifetimeMs: options.sessionLifetime,
    responseUrl,
  };
  const columns = apiKeyColumns(apiKey);
  await desk.audit("application create", { ...settings, developer, apiKeyHint: columns.apiKeyHint });
  const owner = await developerId(main, developer, developer);
  const id = await insertApplication(main, {
    ...settings,
    ...columns,
    developerId: owner,
    environment,
    description: "",
  });
  printKey(options, id, apiKey, publicKey);
}

/** The organisations exist somewhere in the environment: a slip of the pen would give the key to nobody's money. */
async function organisationsFor(
  desk: Desk,
  codes: readonly string[] | undefined,
): Promise<readonly string[] | null> {
  if (codes === undefined && desk.environment === "sandbox") return null;
  if (codes === undefined)
    throw new Misused("--shortcode names the organisations that a live application acts for.");
  for (const code of codes) {
    const found = await Promise.all(marketNames.map((market) => readOrganisation(desk.sql(market), code)));
    if (found.every((each) => each === undefined)) {
      throw new Refused(
        `No market has an organisation ${code} (${desk.environment}); admin organisation create makes one.`,
      );
    }
  }
  return [...new Set(codes)];
}

function productsFor({ product, allProducts }: Creation): Readonly<Record<string, object>> {
  if (allProducts === true) return everyProduct();
  if (product === undefined)
    throw new Misused("--product names what it may use; --all-products is everything.");
  return Object.fromEntries(product.map((each) => [each, {}]));
}

async function list(desk: Desk, options: DeskOptions): Promise<void> {
  const rows = await readApplications(desk.main, desk.environment);
  const columns = [
    { head: "id", right: true },
    { head: "name", least: 12 },
    { head: "key ends in" },
    { head: "acts for", least: 8 },
    { head: "products", right: true },
    { head: "state" },
  ] as const;
  const lines = rows.map((row) => [
    row.id.toString(),
    row.name,
    row.apiKeyHint,
    row.shortcodes?.join(",") ?? "all",
    Object.keys(row.products as object).length.toString(),
    row.revokedAt === null ? "live" : paint("warn", `revoked ${localTime(row.revokedAt)}`),
  ]);
  answer(
    options,
    rows,
    rows.length === 0 ? `The ${desk.environment} environment has no application.` : listing(columns, lines),
  );
}

function print(options: DeskOptions, row: ApplicationRow): void {
  const shown: Record<string, unknown> = {
    ...row,
    sessionLifetimeMs: undefined,
    sessionLifetimeSeconds: Number(row.sessionLifetimeMs) / second,
  };
  const lines = Object.entries(shown).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, word(value)]],
  );
  answer(options, shown, facts(lines));
}

function word(value: unknown): string {
  if (value === null) return "-";
  if (value instanceof Date) return localTime(value);
  return typeof value === "string" || typeof value === "bigint" ? `${value}` : JSON.stringify(value);
}

async function revoke(desk: Desk, options: DeskOptions, id: bigint): Promise<void> {
  const row = await findApplication(desk, id);
  if (row.revokedAt === null) {
    await desk.audit("application revoke", { id: id.toString(), name: row.name });
    await changeApplication(desk, id, () => ({ revokedAt: new Date() }));
    await revokeSessions(desk.main, id);
  }
  answer(
    options,
    { id, revoked: true },
    `Application ${id} (${row.name}) ${row.revokedAt === null ? "is" : "was already"} revoked.`,
  );
}

async function renewKey(
  desk: Desk,
  options: DeskOptions & { endSessions?: true },
  id: bigint,
): Promise<void> {
  const row = await findApplication(desk, id);
  if (row.revokedAt !== null)
    throw new Refused(`Application ${id} (${row.name}) is revoked; a new key would open nothing.`);
  const apiKey = newApiKey();
  const columns = apiKeyColumns(apiKey);
  const endsSessions = options.endSessions === true;
  await desk.audit("application renew-key", {
    id: id.toString(),
    apiKeyHint: columns.apiKeyHint,
    endsSessions,
  });
  await changeApplication(desk, id, () => columns);
  if (endsSessions) await revokeSessions(desk.main, id);
  printKey(options, id, apiKey, await publicKeyOf(desk));
}

function printKey(options: DeskOptions, id: bigint, apiKey: string, publicKey: string): void {
  const text = [
    `Application ${id}.`,
    `API key, shown this once:\n${paint("strong", apiKey)}`,
    `Public key of the ${options.environment} environment:\n${publicKey}`,
  ];
  answer(options, { id, apiKey, publicKey }, text.join("\n\n"));
}
