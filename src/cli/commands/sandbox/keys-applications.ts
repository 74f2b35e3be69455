/** `pesarail keys create|list|renew|revoke|secret`: applications of the sandbox, each with its own API key. */
import { Option, type Command } from "commander";
import { msPerSecond } from "../../../core/clock.ts";
import type { ControlResult } from "../../../api/control/client.ts";
import { enableProducts } from "../../../developers/enabled-products.ts";
import type { Protocol, ProtocolName } from "../../../protocols/protocol.ts";
import { defaultProtocol, productNames } from "../../../protocols/registry.ts";
import { UsageError } from "../../terminal/exit-codes.ts";
import * as parse from "../../terminal/option-parsers.ts";
import { renderCredentials } from "../../terminal/credentials-table.ts";
import { createProtocolOption, type ProtocolOptions } from "../../terminal/protocol-option.ts";
import { callControl, addControlOptions, type ControlOptions } from "../../control-client.ts";
import { createOverlapOption } from "../../terminal/overlap-option.ts";
import { formatPreviousUntil, formatSecrets, toJsonName } from "../../terminal/secrets.ts";
import { printResult } from "../../terminal/print-result.ts";
import { keyValueTable, renderTable, formatLocalTime } from "../../terminal/table.ts";
import { style } from "../../terminal/styles.ts";

type NewApplication = ControlResult<"POST /applications">;
type RenewedApplication = ControlResult<"POST /applications/{id}/api-key">;

interface Creation extends ControlOptions, ProtocolOptions {
  readonly product?: readonly string[];
  readonly shortcode?: readonly string[];
  readonly responseUrl?: string;
  readonly sessionLifetime?: number;
}

export function addApplicationKeys(keys: Command): void {
  addCreate(keys);
  addControlOptions(
    keys.command("list").description("list the sandbox's applications").addOption(createProtocolOption()),
  ).action((_ownOptions: ListOptions, command: Command) => list(command.optsWithGlobals()));
  const addSubcommand = (
    name: string,
    description: string,
    work: (options: ControlOptions & Rotation & RenewalOptions, id: bigint) => Promise<void>,
  ): Command =>
    addControlOptions(keys.command(name).description(description))
      .argument("<id>", "the application's id (see keys list)", parse.applicationId)
      .action((id: bigint, _ownOptions: ControlOptions, command: Command) =>
        work(command.optsWithGlobals(), id),
      );
  addSubcommand("renew", "replace an application's API key, or its secrets of another protocol", renew)
    .addOption(createProtocolOption())
    .addOption(createOverlapOption());
  addSubcommand(
    "renew-daraja",
    "issue another consumer key and secret for Daraja",
    (options: ControlOptions & RenewalOptions, id: bigint) => renewSecrets(options, id, "daraja"),
  ).addOption(createOverlapOption());
  addSubcommand(
    "renew-ipg-v1",
    "replace an application's API key of IPG v1",
    (options: ControlOptions & RenewalOptions, id: bigint) => renewSecrets(options, id, "ipg-v1"),
  ).addOption(createOverlapOption());
  addControlOptions(
    keys
      .command("response-url")
      .description("set the URL that the results of an application's calls are sent to, or remove it"),
  )
    .argument("<id>", "the application's id (see keys list)", parse.applicationId)
    .argument("<url>", "the URL, or none: the responses have the results", parseUrlOrNone)
    .addOption(createProtocolOption())
    .action((id: bigint, url: string | null, _ownOptions: ControlOptions, command: Command) =>
      changeResponseUrl(command.optsWithGlobals(), id, url),
    );
  addSubcommand(
    "renew-soap",
    "issue another password of the SOAP Broker, with the other secrets of it",
    (options: ControlOptions & RenewalOptions, id: bigint) => renewSecrets(options, id, "soap"),
  ).addOption(createOverlapOption());
  addSubcommand(
    "history",
    "list an application's keys and secrets, including those that were renewed",
    printHistory,
  );
  addSubcommand("revoke", "revoke an application permanently, and end its sessions", revoke);
  addSubcommand("secret", "show the secret that signs an application's callbacks", printSecret).option(
    "--rotate",
    "create a new secret; the old one also signs for another day",
  );
}

const parseUrlOrNone = (text: string): string | null => (text === "none" ? null : parse.webAddress(text));

function addCreate(keys: Command): void {
  const product = new Option("--product <names...>", "the operations it may use (default: all)")
    .choices(productNames)
    .argParser(parse.products);
  addControlOptions(keys.command("create").description("register an application, and show its API key once"))
    .argument("<name>", "its name", parse.shortText)
    .option("--response-url <url>", "where callbacks are sent", parse.webAddress)
    .addOption(product)
    .addOption(createProtocolOption())
    .option("--shortcode <codes...>", "the organisations it acts for (default: all)", parse.shortcodes)
    .option(
      "--session-lifetime <time>",
      "how long its sessions are valid: 60s to 30d (default: 24h)",
      parse.sessionLifetime,
    )
    .action((name: string, _ownOptions: Creation, command: Command) =>
      create(command.optsWithGlobals(), name),
    );
}

async function create(options: Creation, name: string): Promise<void> {
  const { shortcode, responseUrl, sessionLifetime } = options;
  const product = selectProducts(options);
  const created = await callControl(options, "POST /applications", {
    body: {
      name,
      ...(product === undefined ? {} : { products: enableProducts(product) }),
      ...(shortcode === undefined ? {} : { shortcodes: shortcode }),
      ...(responseUrl === undefined ? {} : { [getUrlField(options)]: responseUrl }),
      ...(sessionLifetime === undefined ? {} : { sessionLifetimeSeconds: sessionLifetime / msPerSecond }),
    },
  });
  printResult(options, created, formatNewKey(created));
}

/** The products to enable; undefined for all of every protocol. Throws `UsageError` for another protocol's product. */
function selectProducts({ product, protocol }: Creation): readonly string[] | undefined {
  const ownProducts = protocol.products.map(({ name }) => name);
  if (product === undefined) return protocol === defaultProtocol ? undefined : ownProducts;
  const foreign = product.find((name) => !ownProducts.includes(name));
  if (foreign === undefined) return product;
  throw new UsageError(`--product ${foreign} is not a product of ${protocol.name}.`);
}

/** The setting with the response URL of a protocol. Throws `UsageError` if it has none. */
function getUrlField({ protocol }: ProtocolOptions): "ipgV1ResponseUrl" | "responseUrl" {
  if (protocol === defaultProtocol) return "responseUrl";
  if (protocol.name === "ipg-v1") return "ipgV1ResponseUrl";
  throw new UsageError(
    `An application has no response URL for ${protocol.name}: each request names its own.`,
  );
}

const toParams = (id: bigint) => ({ params: { id: id.toString() } });

interface RenewalOptions {
  /** The default is that of the command's protocol. */
  readonly protocol?: Protocol;
  /** Milliseconds. */
  readonly overlap?: number;
}

const toOverlapFields = ({ overlap }: RenewalOptions) =>
  overlap === undefined ? {} : { overlapSeconds: overlap / msPerSecond };

async function renew(options: ControlOptions & RenewalOptions, id: bigint): Promise<void> {
  const { protocol = defaultProtocol } = options;
  if (protocol !== defaultProtocol) return renewSecrets(options, id, protocol.name);
  const renewed = await callControl(options, "POST /applications/{id}/api-key", {
    ...toParams(id),
    body: toOverlapFields(options),
  });
  const text = [formatNewKey(renewed), formatPreviousUntil(renewed.previousUntil)];
  printResult(options, renewed, text.join("\n\n"));
}

async function renewSecrets(
  options: ControlOptions & RenewalOptions,
  id: bigint,
  protocolName: ProtocolName,
): Promise<void> {
  const { secrets, previousUntil } = await callControl(options, "POST /applications/{id}/credentials", {
    ...toParams(id),
    body: { protocol: protocolName, ...toOverlapFields(options) },
  });
  const text = [formatSecrets(protocolName, secrets), formatPreviousUntil(previousUntil)];
  printResult(options, { id, [toJsonName(protocolName)]: secrets, previousUntil }, text.join("\n\n"));
}

async function changeResponseUrl(
  options: ControlOptions & ProtocolOptions,
  id: bigint,
  url: string | null,
): Promise<void> {
  const changed = await callControl(options, "PATCH /applications/{id}", {
    ...toParams(id),
    body: { [getUrlField(options)]: url },
  });
  const target = url === null ? "no response URL: its responses have the results" : `the response URL ${url}`;
  printResult(
    options,
    changed,
    `Application ${id} (${changed.name}) has ${target} (${options.protocol.title}).`,
  );
}

function formatNewKey({ id, name, apiKey, ...others }: NewApplication | RenewedApplication): string {
  const daraja = "daraja" in others ? others.daraja : null;
  const ipgV1 = "ipgV1" in others ? others.ipgV1 : null;
  const soap = "soap" in others ? others.soap : null;
  return [
    `Application ${id} (${name}) has this API key (shown only once):\n${style("strong", apiKey)}`,
    ...(daraja === null ? [] : [formatSecrets("daraja", daraja)]),
    ...(ipgV1 === null ? [] : [formatSecrets("ipg-v1", ipgV1)]),
    ...(soap === null ? [] : [formatSecrets("soap", soap)]),
  ].join("\n\n");
}

async function revoke(options: ControlOptions, id: bigint): Promise<void> {
  await callControl(options, "DELETE /applications/{id}", toParams(id));
  printResult(options, { id, revoked: true }, `Application ${id} is revoked and its sessions have ended.`);
}

async function printHistory(options: ControlOptions, id: bigint): Promise<void> {
  const { credentials } = await callControl(options, "GET /applications/{id}/credentials", toParams(id));
  printResult(options, credentials, renderCredentials(credentials));
}

interface Rotation {
  readonly rotate?: true;
}

async function printSecret(options: ControlOptions & Rotation, id: bigint): Promise<void> {
  const secrets =
    options.rotate === true
      ? await callControl(options, "POST /applications/{id}/callback-secret/rotate", {
          ...toParams(id),
          body: {},
        })
      : await callControl(options, "GET /applications/{id}/callback-secret", toParams(id));
  const lines = [
    ["secret", style("strong", secrets.secret)],
    ...secrets.retiring.map((old) => [`old secret, until ${formatLocalTime(old.retiresAt)}`, old.secret]),
  ] as [string, string][];
  printResult(options, secrets, keyValueTable(lines));
}

type ListOptions = ControlOptions & ProtocolOptions;

async function list(options: ListOptions): Promise<void> {
  const { applications } = await callControl(options, "GET /applications");
  const rows = applications.map((application) => [
    application.id,
    application.name,
    `…${application.apiKeyHint}`,
    application.shortcodes?.join(",") ?? "all",
    describeProducts(application, options),
    application.responseUrl ?? "-",
    application.revoked ? style("warn", "revoked") : "live",
  ]);
  const columns = [
    { head: "id", right: true },
    { head: "name", minWidth: 16 },
    { head: "key" },
    { head: "acts for", minWidth: 8 },
    { head: "calls", minWidth: 12 },
    { head: "response URL", minWidth: 16 },
    { head: "state" },
  ] as const;
  printResult(options, applications, renderTable(columns, rows));
}

/** The calls of the protocol that the application may use. */
function describeProducts({ products }: Pick<NewApplication, "products">, { protocol }: ListOptions): string {
  const all = protocol.products.map(({ name }) => name);
  const enabled = all.filter((name) => name in products);
  return enabled.length === all.length ? "all" : enabled.length === 0 ? "none" : enabled.join(",");
}
