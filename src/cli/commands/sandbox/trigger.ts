/**
 * `pesarail trigger`: triggers an outcome by its name, and shows the request and the response.
 *
 * Scenarios are the triggers of the protocol: special field values that make a request end in a chosen way.
 */
import { Argument, type Command } from "commander";
import { marketNames, type Market } from "../../../core/markets.ts";
import { codeTexts, type ResponseCode } from "../../../protocols/openapi-v2/codes.ts";
import type { Operation } from "../../../protocols/openapi-v2/operation.ts";
import { responseUrl } from "../../../protocols/openapi-v2/parameters.ts";
import { examplePayload } from "../../../protocols/openapi-v2/example-payloads.ts";
import * as parse from "../../terminal/option-parsers.ts";
import { addHelp } from "../../terminal/usage.ts";
import { completeWith } from "../completion/values.ts";
import { exitCodes, UsageError } from "../../terminal/exit-codes.ts";
import { readSandbox, addControlOptions, type ControlOptions } from "../../control-client.ts";
import { printResult } from "../admin/context.ts";
import { createReference, createGatewayClient, type GatewayResponse } from "./gateway-client.ts";
import { createMarketOption } from "../../terminal/market-options.ts";
import { findScenario, scenarios, type NamedScenario } from "./scenarios.ts";
import { indent, renderTable, columnsLeft, renderRows } from "../../terminal/table.ts";
import { style, styledSymbol } from "../../terminal/styles.ts";

const helpText = `A scenario is an outcome such as timed_out, for the first operation that has it; or the operation and the outcome,
such as b2c:organisation_balance_too_low. With --response-url, or while \`listen\` is on, the response is an
acknowledgement and the outcome arrives by callback. The exit code is 1 if the gateway responded with anything else.
See docs/scenarios.md.`;

interface Options extends ControlOptions {
  readonly list?: true;
  readonly market?: Market;
  readonly responseUrl?: string;
  readonly apiKey?: string;
}

const names = scenarios.map(({ name }) => name);

export function addTrigger(program: Command): void {
  const trigger = program
    .command("trigger")
    .description("trigger a chosen outcome, and show the request and the response")
    .addArgument(
      completeWith(new Argument("[scenario]", "such as customer_balance_too_low, or c2b:timed_out"), names),
    )
    .option("-l, --list", "list the scenarios")
    .addOption(
      createMarketOption("the market (default: vodacomTZN, or the first that supports the operation)"),
    )
    .option("--response-url <url>", "send the outcome to this URL by callback", parse.webAddress)
    .option("--api-key <key>", "use another application's API key")
    .action((name: string | undefined, options: Options) => runTrigger(name, options));
  addControlOptions(trigger);
  addHelp(
    trigger,
    helpText,
    "trigger --list",
    "trigger customer_balance_too_low",
    "trigger b2c:timed_out --json",
    "trigger c2b:customer_pin_wrong --response-url http://127.0.0.1:3000/callback",
  );
}

async function runTrigger(name: string | undefined, options: Options): Promise<void> {
  if (options.list === true) return listScenarios(options);
  if (name === undefined) throw new UsageError("Name a scenario. List them with `trigger --list`.");
  const scenario = findScenario(name);
  const { operation, expected } = scenario;
  const market = resolveMarket(operation, options.market);
  const gateway = await createGatewayClient(await readSandbox(options), market, options.apiKey);
  const fields = {
    ...examplePayload(operation, market),
    [scenario.field]: scenario.value,
    input_ThirdPartyConversationID: createReference(),
    ...(options.responseUrl === undefined ? {} : { [responseUrl.name]: options.responseUrl }),
  };
  const { method, path } = operation;
  const response = await gateway.call({ method, path, fields });
  const isAsync = options.responseUrl !== undefined || isAcknowledged(operation, response);
  const expectedResponse = isAsync ? operation.success : expected;
  const asExpected = response.code === expectedResponse.code && response.status === expectedResponse.status;
  const data = {
    scenario: scenario.name,
    asExpected,
    expected: { code: expectedResponse.code, status: expectedResponse.status },
    request: { method, url: gateway.buildUrl(path), fields },
    answer: { status: response.status, tookMs: response.tookMs, fields: response.fields },
    ...(isAsync ? { toldLater: expected.code } : {}),
  };
  const recipient = isAsync ? (options.responseUrl ?? "the application's listener") : null;
  printResult(
    options,
    data,
    formatOutcome(scenario, gateway.buildUrl(path), fields, response, { ...expectedResponse, recipient }),
  );
  if (!asExpected) process.exitCode = exitCodes.failed;
}

/** Whether the result will arrive by callback: the application has a response URL, or `listen` is on. */
function isAcknowledged(
  { success, response: answers }: Operation,
  { code, status, fields }: GatewayResponse,
): boolean {
  const responseFields = Object.keys(answers);
  return code === success.code && status === success.status && !responseFields.some((name) => name in fields);
}

function resolveMarket({ markets: availableMarkets, product }: Operation, explicitMarket?: Market): Market {
  const choices = availableMarkets ?? marketNames;
  if (explicitMarket === undefined)
    return choices.includes("vodacomTZN") ? "vodacomTZN" : (choices[0] ?? "vodacomTZN");
  if (choices.includes(explicitMarket)) return explicitMarket;
  throw new UsageError(`${explicitMarket} does not support ${product}. Choose one of ${choices.join(", ")}.`);
}

function formatOutcome(
  scenario: NamedScenario,
  url: string,
  fields: Readonly<Record<string, string>>,
  response: GatewayResponse,
  expectedResponse: Pick<ResponseCode, "code" | "status"> & { readonly recipient: string | null },
): string {
  const { method } = scenario.operation;
  const requestRows = Object.entries(fields).map(([name, value]) => [
    style("quiet", name),
    name === scenario.field ? style("warn", value) : value,
    name === scenario.field ? style("quiet", "← the scenario") : "",
  ]);
  const responseRows = Object.entries(response.fields).map(([name, value]) => [style("quiet", name), value]);
  const { code, status, tookMs } = response;
  const asExpected = code === expectedResponse.code && status === expectedResponse.status;
  const verdict = !asExpected
    ? `${styledSymbol("bad")} Expected ${expectedResponse.status} ${expectedResponse.code}: ${response.description}`
    : expectedResponse.recipient === null
      ? `${styledSymbol("good")} ${scenario.description}`
      : `${styledSymbol("good")} Acknowledged. The result ${scenario.expected.code} will be sent to ${expectedResponse.recipient}: ${scenario.description}`;
  return [
    `${style("strong", method)} ${style("hint", url)}`,
    indent(renderRows(requestRows)),
    "",
    `${style("strong", `${status} ${code}`)} ${codeTexts[response.code as keyof typeof codeTexts] ?? ""}  ${style("quiet", `${tookMs} ms`)}`,
    indent(renderRows(responseRows)),
    "",
    verdict,
  ].join("\n");
}

function listScenarios(options: Options): void {
  const data = scenarios.map(({ name, operation, expected, field, value, description }) => ({
    name,
    call: operation.product,
    ...expected,
    field,
    value,
    means: description,
  }));
  printResult(
    options,
    data,
    [...Map.groupBy(scenarios, ({ operation }) => operation)].map(formatCall).join("\n\n"),
  );
}

function formatCall([{ title }, callScenarios]: readonly [Operation, readonly NamedScenario[]]): string {
  const rows = callScenarios.map(({ name, expected, value, description }) => [
    style("hint", name),
    String(expected.status),
    expected.code,
    value,
    description,
  ]);
  const columns = [{}, {}, {}, {}, { minWidth: 24, wraps: true } as const].map((column) => ({
    head: "",
    ...column,
  }));
  const [, ...lines] = renderTable(columns, rows, columnsLeft(2)).split("\n");
  const field = callScenarios[0]?.field ?? "";
  return [`${style("strong", title)}  ${style("quiet", `by ${field}`)}`, indent(lines.join("\n"))].join("\n");
}
