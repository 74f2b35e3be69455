/**
 * `pesarail pay`: one payment from the terminal, through the gateway's own protocol, as an integrator's
 * program makes it: a session, the call, the answer. The control API only says who the customer is, and what
 * became of the money.
 */
import { Option, type Command } from "commander";
import * as read from "../../terminal/option-parsers.ts";
import { commandPrefix, addHelp } from "../../terminal/usage.ts";
import { completeWith } from "../completion/values.ts";
import { exitCodes } from "../../terminal/exit-codes.ts";
import { findOrNull, readSandbox, addControlOptions, type Sandbox } from "../../control-client.ts";
import { printResult } from "../admin/context.ts";
import { createGatewayClient, type GatewayClient, type GatewayResponse } from "./gateway-client.ts";
import {
  buildCollectionRequest,
  buildCompletionRequest,
  twoStepOutcomes,
  parsePayOptions,
  type PayParameters,
  type PayOptions,
} from "./pay-options.ts";
import { waitForOutcome, toPayResult, formatResult, type CustomerSummary } from "./pay-result.ts";
import { handsetPageUrl, createMarketOption } from "../../terminal/market-options.ts";
import { Interrupted, printToStderr } from "../../context.ts";
import { style } from "../../terminal/styles.ts";

const helpText = `On a terminal it asks for the customer and the amount where they are not given. The exit code is 0 when the money
moved, and 1 when it did not or nobody knows yet.`;

export function addPay(program: Command): void {
  const pay = program
    .command("pay")
    .description("make one payment as an integrator's program does, and see what becomes of it")
    .addOption(
      completeWith(new Option("--msisdn <digits>", "who pays; the number tells the market"), "people"),
    )
    .addOption(createMarketOption("the market, where the number does not tell it"))
    .option("--amount <decimal>", "how much, in the market's currency, such as 1000 or 99.50")
    .option("--reference <text>", "the payment's reference, which the customer sees", "T12344C")
    .option("--description <text>", "what is paid for", "Shoes")
    .option("--shortcode <code>", "who is paid (default: the organisation of the samples)", read.shortcode)
    .option("--conversation <id>", "a ThirdPartyConversationID of yours (default: a new one)")
    .option("--response-url <url>", "have the result told there by callback", read.webAddress)
    .option("--api-key <key>", "pay as another application")
    .addOption(
      new Option(
        "--two-step <ending>",
        "hold the money first, then commit or release it, or leave it held",
      ).choices(twoStepOutcomes),
    )
    .action((options: PayOptions) => runPay(options));
  addControlOptions(pay);
  addHelp(
    pay,
    helpText,
    "pay",
    "pay --msisdn 255750000001 --amount 1000",
    "pay --msisdn 255750000006 --amount 1000 --response-url http://127.0.0.1:3000/callback",
    "pay --msisdn 26650000001 --amount 99.50 --two-step commit --json",
  );
}

async function runPay(options: PayOptions): Promise<void> {
  const sandbox = await readSandbox(options);
  const parameters = await parsePayOptions(options, sandbox);
  try {
    const customer = await findOrNull<CustomerSummary>(
      options,
      `/markets/${parameters.market}/customers/${parameters.msisdn}`,
    );
    const gateway = await createGatewayClient(sandbox, parameters.market, options.apiKey);
    if (customer !== null) announcePrompt(parameters, sandbox, customer);
    const first = await gateway.call(buildCollectionRequest(parameters));
    const second = await sendSecondStep(gateway, parameters, first);
    const result = await toPayResult(parameters, customer, first, second);
    printResult(options, result, formatResult(result));
    if (result.outcome === "refused" || result.outcome === "unknown") process.exitCode = exitCodes.failed;
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    throw new Interrupted(
      `\nInterrupted. Its ThirdPartyConversationID is ${parameters.conversation}: it may go through all the same.`,
    );
  }
}

/** What a handset is about to show, for whoever shall answer it. */
function announcePrompt(
  parameters: PayParameters,
  sandbox: Sandbox,
  { firstName, lastName, answer: behaviour }: CustomerSummary,
): void {
  const { market, msisdn } = parameters;
  const describe = (activity: string): string => `${firstName} ${lastName} ${activity}`;
  const page = style("hint", handsetPageUrl(sandbox, market, msisdn), process.stderr);
  if (behaviour === "ask" || behaviour === "loses_signal") {
    const pin = sandbox.markets[market].handsets.find((handset) => handset.msisdn === msisdn)?.pin;
    printToStderr(describe(`is being asked${pin === undefined ? "" : ` (PIN ${pin})`}: ${page}`));
    printToStderr(
      style("quiet", `Or, in another terminal: ${commandPrefix} handset ${msisdn} approve`, process.stderr),
    );
  } else if (["no_signal", "slow", "late"].includes(behaviour)) {
    printToStderr(describe(`takes a while, or forever (${behaviour.replace("_", "-")}): ${page}`));
  }
}

/** Null where there is none: it was one step, it was refused, or the money shall stay held. */
async function sendSecondStep(
  gateway: GatewayClient,
  parameters: PayParameters,
  first: GatewayResponse,
): Promise<GatewayResponse | null> {
  const { twoStep } = parameters.options;
  if (twoStep === undefined || twoStep === "hold") return null;
  // An application that listens has its voucher by callback: the books know it too.
  const booked = await waitForOutcome(parameters, first);
  if (booked?.heldFor !== "second_step" || booked.voucherCode === null) return null;
  const { transactionId, voucherCode: voucher } = booked;
  return gateway.call(buildCompletionRequest(parameters, twoStep, { transactionId, voucher }));
}
