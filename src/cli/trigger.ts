/**
 * `pesarail trigger`: asks the sandbox for an ending by its name, and shows the request that does and the answer.
 *
 * The scenarios are the triggers of the protocol: values of zeros that make a call end in a chosen way.
 */
import { Argument, type Command } from "commander";
import { marketNames, type Market } from "../money.ts";
import { codeTexts, type CodeAnswer } from "../protocols/openapi-v2/codes.ts";
import type { Operation } from "../protocols/openapi-v2/operation.ts";
import { responseUrl } from "../protocols/openapi-v2/parameters.ts";
import { samplePacket } from "../protocols/openapi-v2/sample.ts";
import * as read from "./arguments.ts";
import { explain } from "./called.ts";
import { offering } from "./completing.ts";
import { exitCodes, Misused } from "./command-error.ts";
import { readSandbox, withControlOptions, type ControlOptions } from "./control-client.ts";
import { answer } from "./desk.ts";
import { newReference, openGateway, type GatewayAnswer } from "./gateway-client.ts";
import { marketOption } from "./people.ts";
import { scenarioNamed, scenarios, type NamedScenario } from "./scenarios.ts";
import { indented, listing, roomBeside, textTable } from "./table.ts";
import { paint, sign } from "./terminal.ts";

const says = `A scenario is the name of an ending, such as timed_out, for the first call that has it; or the call and the ending,
such as b2c:organisation_balance_too_low. With --response-url, or while somebody listens, the answer is an acknowledgement
and the ending is told later. The exit code is 1 when the gateway answered something else. docs/scenarios.md has all of it.`;

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
    .description("have a call end in a chosen way, and see its request and its answer")
    .addArgument(
      offering(new Argument("[scenario]", "such as customer_balance_too_low, or c2b:timed_out"), names),
    )
    .option("-l, --list", "list the scenarios")
    .addOption(marketOption("the market (default: vodacomTZN, or the first that has the call)"))
    .option("--response-url <url>", "have the ending told there by callback", read.webAddress)
    .option("--api-key <key>", "call as another application")
    .action((name: string | undefined, options: Options) => work(name, options));
  withControlOptions(trigger);
  explain(
    trigger,
    says,
    "trigger --list",
    "trigger customer_balance_too_low",
    "trigger b2c:timed_out --json",
    "trigger c2b:customer_pin_wrong --response-url http://127.0.0.1:3000/callback",
  );
}

async function work(name: string | undefined, options: Options): Promise<void> {
  if (options.list === true) return list(options);
  if (name === undefined) throw new Misused("Name a scenario; trigger --list has them.");
  const scenario = scenarioNamed(name);
  const { operation, expected } = scenario;
  const market = marketFor(operation, options.market);
  const gateway = await openGateway(await readSandbox(options), market, options.apiKey);
  const fields = {
    ...samplePacket(operation, market),
    [scenario.field]: scenario.value,
    input_ThirdPartyConversationID: newReference(),
    ...(options.responseUrl === undefined ? {} : { [responseUrl.name]: options.responseUrl }),
  };
  const { method, path } = operation;
  const answered = await gateway.call({ method, path, fields });
  const later = options.responseUrl !== undefined || isAcknowledged(operation, answered);
  const wanted = later ? operation.success : expected;
  const asExpected = answered.code === wanted.code && answered.status === wanted.status;
  const data = {
    scenario: scenario.name,
    asExpected,
    expected: { code: wanted.code, status: wanted.status },
    request: { method, url: gateway.urlOf(path), fields },
    answer: { status: answered.status, tookMs: answered.tookMs, fields: answered.fields },
    ...(later ? { toldLater: expected.code } : {}),
  };
  const told = later ? (options.responseUrl ?? "Whoever listens") : null;
  answer(options, data, inWords(scenario, gateway.urlOf(path), fields, answered, { ...wanted, told }));
  if (!asExpected) process.exitCode = exitCodes.refused;
}

/** Whether the result comes by callback: the application has a response URL, or its results are collected. */
function isAcknowledged({ success, answers }: Operation, { code, status, fields }: GatewayAnswer): boolean {
  const own = Object.keys(answers);
  return code === success.code && status === success.status && !own.some((name) => name in fields);
}

function marketFor({ markets: has, product }: Operation, named?: Market): Market {
  const all = has ?? marketNames;
  if (named === undefined) return all.includes("vodacomTZN") ? "vodacomTZN" : (all[0] ?? "vodacomTZN");
  if (all.includes(named)) return named;
  throw new Misused(`${named} has no ${product}; there is ${all.join(", ")}.`);
}

function inWords(
  scenario: NamedScenario,
  url: string,
  fields: Readonly<Record<string, string>>,
  answered: GatewayAnswer,
  wanted: Pick<CodeAnswer, "code" | "status"> & { readonly told: string | null },
): string {
  const { method } = scenario.operation;
  const asked = Object.entries(fields).map(([name, value]) => [
    paint("quiet", name),
    name === scenario.field ? paint("warn", value) : value,
    name === scenario.field ? paint("quiet", "← the scenario") : "",
  ]);
  const said = Object.entries(answered.fields).map(([name, value]) => [paint("quiet", name), value]);
  const { code, status, tookMs } = answered;
  const right = code === wanted.code && status === wanted.status;
  const verdict = !right
    ? `${sign("bad")} ${wanted.status} ${wanted.code} was expected: ${answered.description}`
    : wanted.told === null
      ? `${sign("good")} ${scenario.means}`
      : `${sign("good")} Acknowledged. ${wanted.told} is told ${scenario.expected.code}: ${scenario.means}`;
  return [
    `${paint("strong", method)} ${paint("hint", url)}`,
    indented(textTable(asked)),
    "",
    `${paint("strong", `${status} ${code}`)} ${codeTexts[answered.code as keyof typeof codeTexts] ?? ""}  ${paint("quiet", `${tookMs} ms`)}`,
    indented(textTable(said)),
    "",
    verdict,
  ].join("\n");
}

function list(options: Options): void {
  const data = scenarios.map(({ name, operation, expected, field, value, means }) => ({
    name,
    call: operation.product,
    ...expected,
    field,
    value,
    means,
  }));
  answer(
    options,
    data,
    [...Map.groupBy(scenarios, ({ operation }) => operation)].map(callInWords).join("\n\n"),
  );
}

function callInWords([{ title }, endings]: readonly [Operation, readonly NamedScenario[]]): string {
  const rows = endings.map(({ name, expected, value, means }) => [
    paint("hint", name),
    String(expected.status),
    expected.code,
    value,
    means,
  ]);
  const columns = [{}, {}, {}, {}, { least: 24, wraps: true } as const].map((column) => ({
    head: "",
    ...column,
  }));
  const [, ...lines] = listing(columns, rows, roomBeside(2)).split("\n");
  const field = endings[0]?.field ?? "";
  return [`${paint("strong", title)}  ${paint("quiet", `by ${field}`)}`, indented(lines.join("\n"))].join(
    "\n",
  );
}
