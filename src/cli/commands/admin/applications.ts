/** `admin application …`: what developers' programs may do, and the keys that open it to them. */
import { Option, type Command } from "commander";
import { validateCallbackUrl } from "../../../callbacks/addresses.ts";
import { msPerDay, msPerSecond } from "../../../core/clock.ts";
import { enableProducts } from "../../../developers/applications.ts";
import { getCallbackUrl, type ApplicationRow } from "../../../developers/application-service.ts";
import { marketNames } from "../../../core/money.ts";
import { defaultProtocol, productNames } from "../../../protocols/registry.ts";
import { readOrganisation } from "../../../store/rail/customers.ts";
import { addRotation } from "./callback-secret.ts";
import { addLimit } from "./limits.ts";
import * as read from "../../terminal/option-parsers.ts";
import { UsageError, CommandFailed } from "../../terminal/exit-codes.ts";
import {
  printResult,
  withAdminContext,
  readPublicKey,
  addAdminOptions,
  type AdminContext,
  type AdminOptions,
} from "./context.ts";
import { callService } from "./service-errors.ts";
import { keyValueTable, renderTable, formatLocalTime } from "../../terminal/table.ts";
import { style } from "../../terminal/styles.ts";

/** The notification kind that `--response-url` is for. */
const responseUrlKind = "result";

/** Whom applications belong to that an operator makes without naming a developer. */
const operatorEmail = "operator@pesarail.invalid";

type Creation = AdminOptions & {
  readonly name: string;
  readonly shortcode?: readonly string[];
  readonly product?: readonly string[];
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
  addAdminOptions(application.command("list").description("list the environment's applications")).action(
    (options: AdminOptions) => withAdminContext(options, (context) => list(context, options)),
  );
  const addSubcommand = (name: string, description: string): Command =>
    addAdminOptions(application.command(name).description(description)).argument(
      "<id>",
      "the application's number",
      read.applicationId,
    );

  addSubcommand("show", "tell everything about an application but its key").action(
    (id: bigint, options: AdminOptions) =>
      withAdminContext(options, async (context) =>
        printApplication(options, await callService(() => context.applications.get(id))),
      ),
  );
  addSubcommand("revoke", "end an application for ever, and its sessions with it").action(
    (id: bigint, options: AdminOptions) =>
      withAdminContext(options, (context) => revoke(context, options, id)),
  );
  addSubcommand("renew-key", "give an application another API key, and print it once")
    .option("--end-sessions", "end the sessions that the old key opened, too")
    .action((id: bigint, options: AdminOptions & { endSessions?: true }) =>
      withAdminContext(options, (context) => renewKey(context, options, id)),
    );
  addRotation(
    addSubcommand("rotate-callback-secret", "give an application another secret to verify callbacks with"),
  );
  addLimit(
    addSubcommand("limit", "set the usage hours and limits of one product; those not given are taken away"),
  );
}

function addCreate(application: Command): void {
  addAdminOptions(
    application.command("create").description("register an application, and print its API key once"),
  )
    .requiredOption("--name <text>", "unlike that of any other application here", read.shortText)
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
    .option("--session-lifetime <time>", "60s to 30d", read.sessionLifetime, msPerDay)
    .option("--response-url <url>", "where results are told", read.webAddress)
    .option("--developer <email>", "whom it belongs to", read.email, operatorEmail)
    .action((options: Creation) => withAdminContext(options, (context) => create(context, options)));
}

async function create(context: AdminContext, options: Creation): Promise<void> {
  const { environment } = context;
  const { name, developer, responseUrl = null, trustedSource = [], trustedOrigin = [] } = options;
  const shortcodes = await resolveOrganisations(context, options.shortcode);
  const products = resolveProducts(options);
  const refusal =
    responseUrl === null
      ? null
      : validateCallbackUrl(context.outboundRules, defaultProtocol.callbackRules(environment), responseUrl);
  if (refusal !== null) throw new UsageError(`--response-url: ${refusal}`);
  if ((await context.applications.list()).some((row) => row.name === name && row.revokedAt === null)) {
    throw new CommandFailed(
      `There is an application ${name} already; choose another name, or revoke it first.`,
    );
  }
  const publicKey = await readPublicKey(context);
  const { id, secrets } = await context.applications.create({
    developer: { email: developer, name: developer },
    name,
    description: "",
    shortcodes,
    products,
    trustedSources: trustedSource,
    trustedOrigins: trustedOrigin,
    sessionLifetimeMs: options.sessionLifetime,
    callbackUrls: [{ protocol: defaultProtocol.name, kind: responseUrlKind, url: responseUrl }],
    credentials: [defaultProtocol.credentials[0]],
  });
  printKey(options, id, secrets[0] ?? "", publicKey);
}

/** The organisations exist somewhere in the environment: a slip of the pen would give the key to nobody's money. */
async function resolveOrganisations(
  context: AdminContext,
  codes: readonly string[] | undefined,
): Promise<readonly string[] | null> {
  if (codes === undefined && context.environment === "sandbox") return null;
  if (codes === undefined)
    throw new UsageError("--shortcode names the organisations that a live application acts for.");
  for (const code of codes) {
    const organisations = await Promise.all(
      marketNames.map((market) => readOrganisation(context.sql(market), code)),
    );
    if (organisations.every((organisation) => organisation === undefined)) {
      throw new CommandFailed(
        `No market has an organisation ${code} (${context.environment}); admin organisation create makes one.`,
      );
    }
  }
  return [...new Set(codes)];
}

function resolveProducts({ product, allProducts }: Creation): Readonly<Record<string, object>> {
  if (allProducts === true) return enableProducts(productNames);
  if (product === undefined)
    throw new UsageError("--product names what it may use; --all-products is everything.");
  return Object.fromEntries(product.map((productName) => [productName, {}]));
}

async function list(context: AdminContext, options: AdminOptions): Promise<void> {
  const rows = await context.applications.list();
  const columns = [
    { head: "id", right: true },
    { head: "name", minWidth: 12 },
    { head: "key ends in" },
    { head: "acts for", minWidth: 8 },
    { head: "products", right: true },
    { head: "state" },
  ] as const;
  const lines = rows.map((row) => [
    row.id.toString(),
    row.name,
    row.apiKeyHint,
    row.shortcodes?.join(",") ?? "all",
    Object.keys(row.products as object).length.toString(),
    row.revokedAt === null ? "live" : style("warn", `revoked ${formatLocalTime(row.revokedAt)}`),
  ]);
  printResult(
    options,
    rows,
    rows.length === 0
      ? `The ${context.environment} environment has no application.`
      : renderTable(columns, lines),
  );
}

function printApplication(options: AdminOptions, row: ApplicationRow): void {
  const output: Record<string, unknown> = {
    ...row,
    responseUrl: getCallbackUrl(row, defaultProtocol.name, responseUrlKind),
    sessionLifetimeMs: undefined,
    sessionLifetimeSeconds: Number(row.sessionLifetimeMs) / msPerSecond,
  };
  const lines = Object.entries(output).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, formatValue(value)]],
  );
  printResult(options, output, keyValueTable(lines));
}

function formatValue(value: unknown): string {
  if (value === null) return "-";
  if (value instanceof Date) return formatLocalTime(value);
  return typeof value === "string" || typeof value === "bigint" ? `${value}` : JSON.stringify(value);
}

async function revoke(context: AdminContext, options: AdminOptions, id: bigint): Promise<void> {
  const row = await callService(() => context.applications.revoke(id));
  printResult(
    options,
    { id, revoked: true },
    `Application ${id} (${row.name}) ${row.revokedAt === null ? "is" : "was already"} revoked.`,
  );
}

async function renewKey(
  context: AdminContext,
  options: AdminOptions & { endSessions?: true },
  id: bigint,
): Promise<void> {
  const apiKey = await callService(() =>
    context.applications.renewCredential(id, defaultProtocol.credentials[0], {
      endSessions: options.endSessions === true,
    }),
  );
  printKey(options, id, apiKey, await readPublicKey(context));
}

function printKey(options: AdminOptions, id: bigint, apiKey: string, publicKey: string): void {
  const text = [
    `Application ${id}.`,
    `API key, shown this once:\n${style("strong", apiKey)}`,
    `Public key of the ${options.environment} environment:\n${publicKey}`,
  ];
  printResult(options, { id, apiKey, publicKey }, text.join("\n\n"));
}
