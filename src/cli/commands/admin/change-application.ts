/** `admin application change`: changes the products, organisations, sources and response URL of an application. */
import { Option, type Command } from "commander";
import { validateCallbackUrl } from "../../../callbacks/addresses.ts";
import type {
  ApplicationChange,
  ApplicationRow,
  CallbackUrlChange,
} from "../../../developers/application-service.ts";
import type { Protocol } from "../../../protocols/protocol.ts";
import { defaultProtocol, findProtocol, productNames } from "../../../protocols/registry.ts";
import { UsageError } from "../../terminal/exit-codes.ts";
import * as parse from "../../terminal/option-parsers.ts";
import { printResult } from "../../terminal/print-result.ts";
import { resolveOrganisations } from "./acted-organisations.ts";
import { withAdminContext, type AdminContext, type AdminOptions } from "./context.ts";
import { callService } from "./service-errors.ts";

interface Change extends AdminOptions {
  readonly addProduct?: readonly string[];
  readonly removeProduct?: readonly string[];
  readonly shortcode?: readonly string[];
  readonly trustedSource?: readonly string[];
  readonly responseUrl?: string;
  readonly ipgV1ResponseUrl?: string;
  readonly ipgV1Synchronous?: true;
}

/** The notification kind that `--response-url` is for. */
const responseUrlKind = "result";

const createProductOption = (flag: string, description: string): Option =>
  new Option(`${flag} <names...>`, description).choices(productNames).argParser(parse.products);

export function addChange(command: Command): void {
  command
    .addOption(createProductOption("--add-product", "products it may use from now on, without limits"))
    .addOption(createProductOption("--remove-product", "products it may no longer use"))
    .option(
      "--shortcode <codes...>",
      "the organisations it acts for, instead of those before",
      parse.shortcodes,
    )
    .option(
      "--trusted-source <ranges...>",
      "the IP addresses and ranges it may call from, instead of those before",
      parse.sources,
    )
    .option("--response-url <url>", "where callbacks of OpenAPI v2 are sent", parse.webAddress)
    .addOption(
      new Option(
        "--ipg-v1-response-url <url>",
        "where results of IPG v1 are sent: makes its calls asynchronous",
      ).argParser(parse.webAddress),
    )
    .addOption(
      new Option(
        "--ipg-v1-synchronous",
        "removes the response URL of IPG v1: makes its calls synchronous",
      ).conflicts("ipgV1ResponseUrl"),
    )
    .action((id: bigint, options: Change) =>
      withAdminContext(options, (context) => changeApplication(context, options, id)),
    );
}

async function changeApplication(context: AdminContext, options: Change, id: bigint): Promise<void> {
  const { addProduct = [], removeProduct = [], shortcode, trustedSource } = options;
  const { environment: _environment, by: _by, json: _json, ...details } = options;
  if (Object.keys(details).length === 0)
    throw new UsageError("Give at least one change, such as --add-product darajaB2c.");
  const shortcodes = shortcode === undefined ? undefined : await resolveOrganisations(context, shortcode);
  const merge = ({ products }: ApplicationRow): ApplicationChange => ({
    ...(shortcodes === undefined ? {} : { shortcodes }),
    ...(trustedSource === undefined ? {} : { trustedSources: trustedSource }),
    products: mergeProducts(products as Readonly<Record<string, object>>, addProduct, removeProduct),
  });
  await callService(() =>
    context.applications.change(
      id,
      { what: "application change", details },
      merge,
      toCallbackUrls(context, options),
    ),
  );
  const row = await context.applications.get(id);
  const products = Object.keys(row.products as object);
  printResult(
    options,
    { id, products, shortcodes: row.shortcodes, trustedSources: row.trustedSources },
    `Application ${id} (${row.name}) acts for ${row.shortcodes?.join(", ") ?? "all"} and may use ${products.join(", ") || "nothing"}. Tokens of Daraja that were issued before are not good for added products.`,
  );
}

/** A product that it has already keeps its limits. */
function mergeProducts(
  before: Readonly<Record<string, object>>,
  added: readonly string[],
  removed: readonly string[],
): Readonly<Record<string, object>> {
  const kept = Object.entries(before).filter(([name]) => !removed.includes(name));
  return Object.fromEntries([...added.map((name): [string, object] => [name, {}]), ...kept]);
}

function toCallbackUrls(
  context: AdminContext,
  { responseUrl, ipgV1ResponseUrl, ipgV1Synchronous }: Change,
): readonly CallbackUrlChange[] {
  return [
    ...toCallbackUrl(context, "--response-url", defaultProtocol, responseUrl),
    ...toCallbackUrl(context, "--ipg-v1-response-url", findProtocol("ipg-v1"), ipgV1ResponseUrl),
    ...(ipgV1Synchronous === true ? [{ protocol: "ipg-v1", kind: responseUrlKind, url: null }] : []),
  ];
}

function toCallbackUrl(
  { outboundRules, environment, protocolSettings }: AdminContext,
  option: string,
  protocol: Protocol | undefined,
  url: string | undefined,
): readonly CallbackUrlChange[] {
  if (url === undefined || protocol === undefined) return [];
  const rules = protocol.callbackRules(environment, protocolSettings);
  const refusal = validateCallbackUrl(outboundRules, rules, url);
  if (refusal !== null) throw new UsageError(`${option}: ${refusal}`);
  return [{ protocol: protocol.name, kind: responseUrlKind, url }];
}
