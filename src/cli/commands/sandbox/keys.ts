/**
 * `pesarail keys`: shows what an integrator needs to start, and manages applications with their own keys.
 *
 * Sandbox keys move no real money, so they are shown in full. Use `admin` for live keys.
 */
import type { Command } from "commander";
import { markets, type Market } from "../../../core/markets.ts";
import { addApplicationKeys } from "./keys-applications.ts";
import { addHelp } from "../../terminal/usage.ts";
import { UsageError } from "../../terminal/exit-codes.ts";
import {
  callControl,
  controlEndpoint,
  readProtocolSandbox,
  addControlOptions,
  type ControlOptions,
  type ProtocolSandbox,
} from "../../control-client.ts";
import { printResult } from "../../terminal/print-result.ts";
import { handsetPageUrl, createMarketOption } from "../../terminal/market-options.ts";
import { createProtocolOption, type ProtocolOptions } from "../../terminal/protocol-option.ts";
import { defaultProtocol } from "../../../protocols/registry.ts";
import type { Protocol } from "../../../protocols/protocol.ts";
import type { SandboxSummary, SeededMarket } from "../../../protocols/sandbox-client.ts";
import { keyValueTable, indent, renderTable, formatMoney } from "../../terminal/table.ts";
import { style } from "../../terminal/styles.ts";

const helpText = `The seeded application may use everything in the sandbox. It can neither be revoked nor get another key.
\`keys create\` creates one with its own limits; its key is shown only once.`;

interface Options extends ControlOptions, ProtocolOptions {
  readonly market?: Market;
  readonly env?: true;
}

export function addKeys(program: Command): void {
  const keys = program
    .command("keys")
    .description("show the gateway, the API keys and the seed customers")
    .addOption(createMarketOption("show the seed customers of this market, with their balances"))
    .option("--env", "print shell exports, for eval")
    .addOption(createProtocolOption())
    .action((options: Options) => printKeys(options));
  addControlOptions(keys);
  addHelp(
    keys,
    helpText,
    "keys",
    "keys --market vodacomTZN",
    '$ eval "$(pesarail keys --env)"',
    'keys create "Night shop" --response-url http://127.0.0.1:3000/callback',
    "keys list",
  );
  addApplicationKeys(keys);
}

async function printKeys(options: Options): Promise<void> {
  if (options.env === true && options.json === true) throw new UsageError("Use either --env or --json.");
  const sandbox = await readProtocolSandbox(options, options.protocol);
  const { gateway, info, summary } = sandbox;
  const control = controlEndpoint(options);
  if (options.env === true) {
    const variables = listVariables(sandbox, control, options.market ?? findFirstMarket(options.protocol));
    process.stdout.write(`${formatExports(variables)}\n`);
    return;
  }
  const { market } = options;
  const { protocol } = options;
  const ownInfo = protocol === defaultProtocol ? info : { [protocol.name]: info };
  const data = { environment: "sandbox", gateway, ...ownInfo, control };
  printResult(
    options,
    data,
    [
      ...formatCredentials(sandbox),
      market === undefined ? formatAllMarkets(summary) : await formatMarket(options, sandbox, market),
    ].join("\n"),
  );
}

/** Tanzania's, if the protocol has it: the examples are from there. */
const findFirstMarket = ({ markets: own }: Protocol): Market =>
  own.includes("vodacomTZN") ? "vodacomTZN" : (own[0] ?? "vodacomTZN");

function formatAllMarkets({ markets: seeded }: SandboxSummary): string {
  const rows = Object.entries(seeded).map(([name, { currency, customers, handsets }]) => [
    name,
    currency,
    customers[0] ?? "-",
    handsets[0]?.msisdn ?? "-",
    handsets[0]?.pin ?? "-",
  ]);
  const columns = ["market", "currency", "approves automatically", "prompts on a handset", "PIN"].map(
    (head) => ({
      head,
    }),
  );
  return [
    renderTable(columns, rows),
    "",
    style("quiet", "`keys --market NAME` shows all seed customers of a market with their balances."),
  ].join("\n");
}

function formatCredentials({ gateway, summary }: ProtocolSandbox): string[] {
  const { facts, blocks } = summary;
  return [
    keyValueTable([
      ["gateway", style("hint", gateway)],
      ["environment", "sandbox"],
      ...facts.map(({ name, value, secret }): [string, string] => [
        name,
        secret === true ? style("strong", value) : value,
      ]),
    ]),
    ...blocks.flatMap(({ name, value }) => [style("quiet", name), value, ""]),
  ];
}

async function formatMarket(options: Options, sandbox: ProtocolSandbox, market: Market): Promise<string> {
  const { country, currency, customers, handsets } = getSeededMarket(sandbox, market);
  const pins = new Map(handsets.map(({ msisdn, pin }) => [msisdn, pin]));
  const lookups = [...customers, ...pins.keys()].map((msisdn) =>
    callControl(options, "GET /markets/{market}/customers/{msisdn}", { params: { market, msisdn } }),
  );
  const rows = (await Promise.all(lookups)).map((customer) => [
    customer.msisdn,
    `${customer.firstName} ${customer.lastName}`,
    formatMoney(customer.available, currency),
    customer.answer.replaceAll("_", "-"),
    pins.get(customer.msisdn) ?? "",
    pins.has(customer.msisdn) ? style("hint", handsetPageUrl(sandbox, market, customer.msisdn)) : "",
  ]);
  const columns = [
    { head: "MSISDN" },
    { head: "name" },
    { head: "has", right: true },
    { head: "answers" },
    { head: "PIN" },
    { head: "handset" },
  ] as const;
  return [
    `${style("strong", markets[market].name)}  ${market}, ${country}, ${currency}`,
    "",
    indent(renderTable(columns, rows)),
  ].join("\n");
}

/** Throws `UsageError` for a market that the protocol does not have. */
function getSeededMarket({ summary }: ProtocolSandbox, market: Market): SeededMarket {
  const seeded = summary.markets[market];
  if (seeded !== undefined) return seeded;
  const names = Object.keys(summary.markets).join(", ");
  throw new UsageError(`${market} is not a market of this protocol. Its markets: ${names}.`);
}

function listVariables(
  sandbox: ProtocolSandbox,
  control: { readonly url: string; readonly token: string },
  market: Market,
): Readonly<Record<string, string>> {
  const { country, currency, customers, handsets } = getSeededMarket(sandbox, market);
  return {
    GATEWAY: sandbox.gateway,
    ENVIRONMENT: "sandbox",
    MARKET: market,
    COUNTRY: country,
    CURRENCY: currency,
    ...sandbox.summary.variables,
    MSISDN: customers[0] ?? "",
    HANDSET_MSISDN: handsets[0]?.msisdn ?? "",
    HANDSET_PIN: handsets[0]?.pin ?? "",
    CONTROL_URL: control.url,
    CONTROL_TOKEN: control.token,
  };
}

const formatExports = (variables: Readonly<Record<string, string>>): string =>
  Object.entries(variables)
    .map(([name, value]) => `export PESARAIL_${name}=${quoteForShell(value)}`)
    .join("\n");

/** Quotes a word for the shell, so that eval cannot execute what a server returned. */
const quoteForShell = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
