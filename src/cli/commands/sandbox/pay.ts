/**
 * `pesarail pay`: makes one payment through the gateway's protocol, as an integrator's program does: a
 * session, a request, a response. The control API is only used to describe the customer and the result.
 */
import { Option, type Command } from "commander";
import * as parse from "../../terminal/option-parsers.ts";
import { commandPrefix, addHelp } from "../../terminal/usage.ts";
import { completeWith } from "../completion/values.ts";
import { exitCodes } from "../../terminal/exit-codes.ts";
import {
  findOrNull,
  readProtocolSandbox,
  addControlOptions,
  type ProtocolSandbox,
} from "../../control-client.ts";
import { printResult } from "../../terminal/print-result.ts";
import type { CallResponse, SandboxClient } from "../../../protocols/sandbox-client.ts";
import { twoStepOutcomes, parsePayOptions, type PayParameters, type PayOptions } from "./pay-options.ts";
import { waitForOutcome, toPayResult, formatResult, type CustomerSummary } from "./pay-result.ts";
import { handsetPageUrl, createMarketOption } from "../../terminal/market-options.ts";
import { createProtocolOption } from "../../terminal/protocol-option.ts";
import { Interrupted, abortController, printToStderr } from "../../context.ts";
import { style } from "../../terminal/styles.ts";

const helpText = `On a terminal it asks for the customer and the amount if they are missing. The exit code is 0 if the money moved,
and 1 if it did not or the outcome is still open.`;

export function addPay(program: Command): void {
  const pay = program
    .command("pay")
    .description("make one payment as an integrator's program does, and show its result")
    .addOption(
      completeWith(
        new Option("--msisdn <digits>", "the payer's number, which usually determines the market"),
        "people",
      ),
    )
    .addOption(createMarketOption("the market, if the number does not determine it"))
    .option("--amount <decimal>", "the amount in the market's currency, such as 1000 or 99.50")
    .option("--reference <text>", "the payment reference, which the customer sees", "T12344C")
    .option("--description <text>", "the description of the purchase", "Shoes")
    .option(
      "--shortcode <code>",
      "the organisation that is paid (default: the one of the samples)",
      parse.shortcode,
    )
    .option("--conversation <id>", "the ThirdPartyConversationID (default: a new one)")
    .option("--response-url <url>", "send the result to this URL by callback", parse.webAddress)
    .option("--api-key <key>", "pay as another application")
    .addOption(createProtocolOption())
    .addOption(
      new Option(
        "--two-step <outcome>",
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
  const sandbox = await readProtocolSandbox(options, options.protocol);
  const { access, gateway, info } = sandbox;
  const parameters = await parsePayOptions(options, sandbox);
  const { market, conversation } = parameters;
  try {
    const params = { market, msisdn: parameters.msisdn };
    const customer = await findOrNull(options, "GET /markets/{market}/customers/{msisdn}", { params });
    const { signal } = abortController;
    const client = await access.connect({ gateway, info, market, apiKey: options.apiKey, signal });
    if (customer !== null) announcePrompt(parameters, sandbox, customer);
    const first = await sendFirstStep(client, parameters);
    const second = await sendSecondStep(client, parameters, first);
    const result = await toPayResult(parameters, customer, first, second);
    printResult(options, result, formatResult(result, access.labels, (second ?? first).codeText));
    if (result.outcome === "refused" || result.outcome === "unknown") process.exitCode = exitCodes.failed;
  } catch (error) {
    if (!abortController.signal.aborted) throw error;
    throw new Interrupted(
      `\nInterrupted. The payment may still complete. Its ${access.labels.reference} is ${conversation}.`,
      { cause: error },
    );
  }
}

function sendFirstStep(client: SandboxClient, parameters: PayParameters): Promise<CallResponse> {
  const { msisdn, amount, shortcode: organisation, conversation, options } = parameters;
  const { reference, description, responseUrl } = options;
  const twoStep = options.twoStep !== undefined;
  return client.collect({
    msisdn,
    amount,
    organisation,
    conversation,
    reference,
    description,
    twoStep,
    responseUrl,
  });
}

/** Reports a prompt that waits for a reply, and how to reply. */
function announcePrompt(
  parameters: PayParameters,
  sandbox: ProtocolSandbox,
  { firstName, lastName, answer: behaviour }: CustomerSummary,
): void {
  const { market, msisdn } = parameters;
  const describe = (activity: string): string => `${firstName} ${lastName} ${activity}`;
  const page = style("hint", handsetPageUrl(sandbox, market, msisdn), process.stderr);
  if (behaviour === "ask" || behaviour === "loses_signal") {
    const { handsets = [] } = sandbox.summary.markets[market] ?? {};
    const pin = handsets.find((handset) => handset.msisdn === msisdn)?.pin;
    printToStderr(describe(`has a prompt to answer${pin === undefined ? "" : ` (PIN ${pin})`}: ${page}`));
    printToStderr(
      style("quiet", `Or, in another terminal: ${commandPrefix} handset ${msisdn} approve`, process.stderr),
    );
  } else if (["no_signal", "slow", "late"].includes(behaviour)) {
    printToStderr(describe(`replies late or never (${behaviour.replace("_", "-")}): ${page}`));
  }
}

/** Null if there is no second step, or the first was refused, or `--two-step hold` was given. */
async function sendSecondStep(
  client: SandboxClient,
  parameters: PayParameters,
  first: CallResponse,
): Promise<CallResponse | null> {
  const { twoStep: outcome } = parameters.options;
  if (outcome === undefined || outcome === "hold") return null;
  // Applications with callbacks get their voucher code by callback, so it is read from the control API.
  const booked = await waitForOutcome(parameters, first);
  if (booked?.heldFor !== "second_step" || booked.voucherCode === null) return null;
  const { transactionId, voucherCode } = booked;
  return client.completeHold({ outcome, transactionId, voucherCode, organisation: parameters.shortcode });
}
