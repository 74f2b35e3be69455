/**
 * `pesarail trigger`: triggers an outcome by its name, and shows the request and the response.
 *
 * Scenarios are the triggers of the protocol: special field values that make a request end in a chosen way.
 */
import { Argument, type Command } from "commander";
import type { Market } from "../../../core/markets.ts";
import type { CallResponse, TriggeredCall } from "../../../protocols/sandbox-client.ts";
import type { ExpectedResponse, NamedScenario } from "../../../protocols/scenario.ts";
import type { Protocol } from "../../../protocols/protocol.ts";
import { defaultProtocol, protocols } from "../../../protocols/registry.ts";
import * as parse from "../../terminal/option-parsers.ts";
import { addHelp } from "../../terminal/usage.ts";
import { completeWith } from "../completion/values.ts";
import { exitCodes, UsageError } from "../../terminal/exit-codes.ts";
import { readProtocolSandbox, addControlOptions, type ControlOptions } from "../../control-client.ts";
import { Interrupted, abortController } from "../../context.ts";
import { createMarketOption } from "../../terminal/market-options.ts";
import { printResult } from "../../terminal/print-result.ts";
import { createProtocolOption, type ProtocolOptions } from "../../terminal/protocol-option.ts";
import { indent, renderRows } from "../../terminal/table.ts";
import { style, styledSymbol } from "../../terminal/styles.ts";
import { findScenario, printScenarios } from "./scenarios.ts";

const helpText = `A scenario is an outcome such as timed_out, for the first operation that has it; or the operation and the outcome,
such as b2c:organisation_balance_too_low. With --response-url, or while \`listen\` is on, the response is an
acknowledgement and the outcome arrives by callback. The exit code is 1 if the gateway responded with anything else.
See docs/scenarios.md.`;

interface Options extends ControlOptions, ProtocolOptions {
  readonly list?: true;
  readonly market?: Market;
  readonly responseUrl?: string;
  readonly apiKey?: string;
}

export function addTrigger(program: Command): void {
  const names = protocols.flatMap((protocol) =>
    protocol.scenarios.map(({ name }) => (protocol === defaultProtocol ? name : `${protocol.name}:${name}`)),
  );
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
    .addOption(createProtocolOption())
    .action((name: string | undefined, options: Options) => runTrigger(name, options));
  addControlOptions(trigger);
  addHelp(
    trigger,
    helpText,
    "trigger --list",
    "trigger customer_balance_too_low",
    "trigger b2c:timed_out --json",
    "trigger daraja:stk:1032",
    "trigger c2b:customer_pin_wrong --response-url http://127.0.0.1:3000/callback",
  );
}

async function runTrigger(text: string | undefined, typedOptions: Options): Promise<void> {
  const { name, options } = splitProtocol(text, typedOptions);
  if (options.list === true) return printScenarios(options);
  if (name === undefined) throw new UsageError("Name a scenario. List them with `trigger --list`.");
  const scenario = findScenario(options.protocol, name);
  const triggered = await sendScenario(scenario, options);
  const { response, acknowledged, method, url, fields } = triggered;
  const expected = acknowledged ? scenario.acknowledgement : scenario.expected;
  const asExpected = isAsExpected(response, expected);
  const data = {
    scenario: scenario.name,
    asExpected,
    expected: { code: expected.code, status: expected.status },
    request: { method, url, fields },
    answer: { status: response.status, tookMs: response.tookMs, fields: response.fields },
    ...(acknowledged ? { toldLater: scenario.expected.code } : {}),
  };
  const recipient = acknowledged ? (options.responseUrl ?? "the application's listener") : null;
  printResult(options, data, formatOutcome(scenario, triggered, expected, recipient));
  if (!asExpected) process.exitCode = exitCodes.failed;
}

/** `daraja:stkPush:1032` chooses the protocol, too. */
function splitProtocol(
  text: string | undefined,
  options: Options,
): { readonly name: string | undefined; readonly options: Options } {
  const protocol = protocols.find(({ name }) => text?.startsWith(`${name}:`) === true);
  if (protocol === undefined) return { name: text, options };
  return { name: text?.slice(protocol.name.length + 1), options: { ...options, protocol } };
}

async function sendScenario(scenario: NamedScenario, options: Options): Promise<TriggeredCall> {
  const { signal } = abortController;
  const market = resolveMarket(scenario, options.protocol, options.market);
  try {
    const { gateway, info, access } = await readProtocolSandbox(options, options.protocol);
    const client = await access.connect({ gateway, info, market, apiKey: options.apiKey, signal });
    return await client.trigger(scenario, options.responseUrl);
  } catch (error) {
    throw signal.aborted ? new Interrupted("", { cause: error }) : error;
  }
}

function resolveMarket({ call }: NamedScenario, { markets }: Protocol, explicitMarket?: Market): Market {
  const choices = call.markets ?? markets;
  if (explicitMarket === undefined)
    return choices.includes("vodacomTZN") ? "vodacomTZN" : (choices[0] ?? "vodacomTZN");
  if (choices.includes(explicitMarket)) return explicitMarket;
  throw new UsageError(
    `${explicitMarket} does not support ${call.name}. Choose one of ${choices.join(", ")}.`,
  );
}

const isAsExpected = ({ code, status }: CallResponse, expected: ExpectedResponse): boolean =>
  code === expected.code && status === expected.status;

function formatOutcome(
  scenario: NamedScenario,
  { method, url, fields, response }: TriggeredCall,
  expected: ExpectedResponse,
  recipient: string | null,
): string {
  const requestRows = Object.entries(fields).map(([name, value]) => [
    style("quiet", name),
    name === scenario.field ? style("warn", value) : value,
    name === scenario.field ? style("quiet", "← the scenario") : "",
  ]);
  const responseRows = Object.entries(response.fields).map(([name, value]) => [style("quiet", name), value]);
  const { code, codeText, status, tookMs } = response;
  return [
    `${style("strong", method)} ${style("hint", url)}`,
    indent(renderRows(requestRows)),
    "",
    `${style("strong", `${status} ${code}`)} ${codeText}  ${style("quiet", `${tookMs} ms`)}`,
    indent(renderRows(responseRows)),
    "",
    formatVerdict(scenario, response, expected, recipient),
  ].join("\n");
}

function formatVerdict(
  scenario: NamedScenario,
  response: CallResponse,
  expected: ExpectedResponse,
  recipient: string | null,
): string {
  if (!isAsExpected(response, expected))
    return `${styledSymbol("bad")} Expected ${expected.status} ${expected.code}: ${response.description}`;
  if (recipient === null) return `${styledSymbol("good")} ${scenario.description}`;
  return `${styledSymbol("good")} Acknowledged. The result ${scenario.expected.code} will be sent to ${recipient}: ${scenario.description}`;
}
