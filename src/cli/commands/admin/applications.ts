/** `admin application …`: registers client applications, and manages their keys and limits. */
import { Option, type Command } from "commander";
import { validateCallbackUrl } from "../../../callbacks/addresses.ts";
import { msPerDay, msPerSecond } from "../../../core/clock.ts";
import { enableProducts } from "../../../developers/enabled-products.ts";
import { getCallbackUrl, type ApplicationRow } from "../../../developers/application-service.ts";
import { listCredentialTypes, selectSecrets } from "../../../protocols/issued-secrets.ts";
import { defaultProtocol, findProtocol, productNames } from "../../../protocols/registry.ts";
import { resolveOrganisations } from "./acted-organisations.ts";
import { addChange } from "./change-application.ts";
import { addRotation } from "./callback-secret.ts";
import { addLimit } from "./limits.ts";
import { renderCredentials } from "../../terminal/credentials-table.ts";
import * as parse from "../../terminal/option-parsers.ts";
import { UsageError, CommandFailed } from "../../terminal/exit-codes.ts";
import { printResult } from "../../terminal/print-result.ts";
import {
  withAdminContext,
  readPublicKey,
  addAdminOptions,
  type AdminContext,
  type AdminOptions,
} from "./context.ts";
import { callService } from "./service-errors.ts";
import { formatDarajaSecrets } from "../../terminal/daraja-secrets.ts";
import { formatSoapSecrets } from "../../terminal/soap-secrets.ts";
import { keyValueTable, renderTable, formatLocalTime } from "../../terminal/table.ts";
import { style } from "../../terminal/styles.ts";

/** The notification kind that `--response-url` is for. */
const responseUrlKind = "result";

/** Owner of applications that are created without `--developer`. */
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
  const application = admin.command("application").description("manage applications by their ids");
  addCreate(application);
  addAdminOptions(application.command("list").description("list the environment's applications")).action(
    (options: AdminOptions) => withAdminContext(options, (context) => list(context, options)),
  );
  const addSubcommand = (name: string, description: string): Command =>
    addAdminOptions(application.command(name).description(description)).argument(
      "<id>",
      "the application's id",
      parse.applicationId,
    );

  addSubcommand("show", "show an application, without its key").action((id: bigint, options: AdminOptions) =>
    withAdminContext(options, async (context) =>
      printApplication(options, await callService(() => context.applications.get(id))),
    ),
  );
  addSubcommand(
    "history",
    "list an application's keys and secrets, including those that were renewed",
  ).action((id: bigint, options: AdminOptions) =>
    withAdminContext(options, async (context) => {
      const rows = await callService(() => context.applications.listCredentials(id));
      const credentials = rows.map(({ applicationId: _application, sealed: _sealed, ...row }) => row);
      printResult(options, credentials, renderCredentials(credentials));
    }),
  );
  addChange(
    addSubcommand(
      "change",
      "change an application's products, organisations, trusted sources or response URL",
    ),
  );
  addSubcommand("revoke", "revoke an application permanently, and end its sessions").action(
    (id: bigint, options: AdminOptions) =>
      withAdminContext(options, (context) => revoke(context, options, id)),
  );
  addSubcommand(
    "renew-daraja-key",
    "issue another consumer key and secret for Daraja, and print them once",
  ).action((id: bigint, options: AdminOptions) =>
    withAdminContext(options, (context) => renewDarajaKey(context, options, id)),
  );
  addSubcommand(
    "renew-soap-key",
    "issue another password of the SOAP Broker, with its key and vector, and print them once",
  ).action((id: bigint, options: AdminOptions) =>
    withAdminContext(options, (context) => renewSoapKey(context, options, id)),
  );
  addSubcommand("renew-key", "replace an application's API key, and print the new key once")
    .option("--end-sessions", "also end the sessions that were opened with the old key")
    .action((id: bigint, options: AdminOptions & { endSessions?: true }) =>
      withAdminContext(options, (context) => renewKey(context, options, id)),
    );
  addRotation(
    addSubcommand("rotate-callback-secret", "replace the secret that signs an application's callbacks"),
  );
  addLimit(
    addSubcommand(
      "limit",
      "set the usage hours and limits of one product; options that you omit are removed",
    ),
  );
}

function addCreate(application: Command): void {
  addAdminOptions(
    application.command("create").description("register an application, and print its API key once"),
  )
    .requiredOption(
      "--name <text>",
      "a name that no other active application of this environment has",
      parse.shortText,
    )
    .option(
      "--shortcode <codes...>",
      "the organisations it acts for; in the sandbox the default is all",
      parse.shortcodes,
    )
    .addOption(
      new Option("--product <names...>", "the products it may use")
        .choices(productNames)
        .argParser(parse.products),
    )
    .option("--all-products", "allow every product")
    .option(
      "--trusted-source <ranges...>",
      "the IP addresses and ranges it may call from (default: any)",
      parse.sources,
    )
    .option(
      "--trusted-origin <values...>",
      "the Origin header values it may send (default: any)",
      parse.origins,
    )
    .option("--session-lifetime <time>", "60s to 30d", parse.sessionLifetime, msPerDay)
    .option("--response-url <url>", "where callbacks are sent", parse.webAddress)
    .option("--developer <email>", "the e-mail address of its owner", parse.email, operatorEmail)
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
      : validateCallbackUrl(
          context.outboundRules,
          defaultProtocol.callbackRules(environment, context.protocolSettings),
          responseUrl,
        );
  if (refusal !== null) throw new UsageError(`--response-url: ${refusal}`);
  if ((await context.applications.list()).some((row) => row.name === name && row.revokedAt === null)) {
    throw new CommandFailed(
      `There is already an application named ${name}. Choose another name, or revoke that application first.`,
    );
  }
  const publicKey = await readPublicKey(context);
  const credentials = listCredentialTypes(products);
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
    credentials,
  });
  printKey(options, id, {
    apiKey: secrets[0] ?? "",
    publicKey,
    daraja: selectSecrets("daraja", credentials, secrets, id),
    soap: selectSecrets("soap", credentials, secrets, id),
  });
}

function resolveProducts({ product, allProducts }: Creation): Readonly<Record<string, object>> {
  if (allProducts === true) return enableProducts(productNames);
  if (product === undefined)
    throw new UsageError("Choose the allowed products with --product, or use --all-products.");
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
      ? `There are no applications in the ${context.environment} environment.`
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
  printKey(options, id, { apiKey, publicKey: await readPublicKey(context), daraja: null, soap: null });
}

async function renewDarajaKey(context: AdminContext, options: AdminOptions, id: bigint): Promise<void> {
  const types = findProtocol("daraja")?.credentials ?? [];
  const secrets = await callService(() => context.applications.renewCredentials(id, types));
  const daraja = selectSecrets("daraja", types, secrets, id) ?? {};
  printResult(options, { id, daraja }, `Application ${id}.\n\n${formatDarajaSecrets(daraja)}`);
}

async function renewSoapKey(context: AdminContext, options: AdminOptions, id: bigint): Promise<void> {
  const types = findProtocol("soap")?.credentials ?? [];
  const secrets = await callService(() => context.applications.renewCredentials(id, types));
  const soap = selectSecrets("soap", types, secrets, id) ?? {};
  printResult(options, { id, soap }, `Application ${id}.\n\n${formatSoapSecrets(soap)}`);
}

interface IssuedSecrets {
  readonly apiKey: string;
  readonly publicKey: string;
  /** The consumer key and secret of Daraja, if they were issued too. */
  readonly daraja: Readonly<Record<string, string>> | null;
  /** Those of the SOAP Broker. */
  readonly soap: Readonly<Record<string, string>> | null;
}

function printKey(
  options: AdminOptions,
  id: bigint,
  { apiKey, publicKey, daraja, soap }: IssuedSecrets,
): void {
  const text = [
    `Application ${id}.`,
    `API key (shown only once):\n${style("strong", apiKey)}`,
    `Public key of the ${options.environment} environment:\n${publicKey}`,
    ...(daraja === null ? [] : [formatDarajaSecrets(daraja)]),
    ...(soap === null ? [] : [formatSoapSecrets(soap)]),
  ];
  const data = {
    id,
    apiKey,
    publicKey,
    ...(daraja === null ? {} : { daraja }),
    ...(soap === null ? {} : { soap }),
  };
  printResult(options, data, text.join("\n\n"));
}
