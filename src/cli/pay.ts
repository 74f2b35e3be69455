/**
 * `pesarail pay`: one payment from the terminal, through the gateway's own protocol, as an integrator's
 * program makes it: a session, the call, the answer. The control API only says who the customer is, and what
 * became of the money.
 */
import { Option, type Command } from "commander";
import * as read from "./arguments.ts";
import { called, explain } from "./called.ts";
import { offering } from "./completing.ts";
import { exitCodes } from "./command-error.ts";
import { lookUp, readSandbox, withControlOptions, type Sandbox } from "./control-client.ts";
import { answer } from "./desk.ts";
import { openGateway, type Gateway, type GatewayAnswer } from "./gateway-client.ts";
import { collectionCall, endingCall, endings, orderOf, type Order, type PayOptions } from "./pay-order.ts";
import { endingOf, resultOf, resultInWords, type CustomerFacts } from "./pay-result.ts";
import { handsetPage, marketOption } from "./people.ts";
import { Interrupted, report } from "./run.ts";
import { paint } from "./terminal.ts";

const says = `On a terminal it asks for the customer and the amount where they are not given. The exit code is 0 when the money
moved, and 1 when it did not or nobody knows yet.`;

export function addPay(program: Command): void {
  const pay = program
    .command("pay")
    .description("make one payment as an integrator's program does, and see what becomes of it")
    .addOption(offering(new Option("--msisdn <digits>", "who pays; the number tells the market"), "people"))
    .addOption(marketOption("the market, where the number does not tell it"))
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
      ).choices(endings),
    )
    .action((options: PayOptions) => work(options));
  withControlOptions(pay);
  explain(
    pay,
    says,
    "pay",
    "pay --msisdn 255750000001 --amount 1000",
    "pay --msisdn 255750000006 --amount 1000 --response-url http://127.0.0.1:3000/callback",
    "pay --msisdn 26650000001 --amount 99.50 --two-step commit --json",
  );
}

async function work(options: PayOptions): Promise<void> {
  const sandbox = await readSandbox(options);
  const order = await orderOf(options, sandbox);
  try {
    const customer = await lookUp<CustomerFacts>(
      options,
      `/markets/${order.market}/customers/${order.msisdn}`,
    );
    const gateway = await openGateway(sandbox, order.market, options.apiKey);
    if (customer !== null) announce(order, sandbox, customer);
    const first = await gateway.call(collectionCall(order));
    const second = await secondStep(gateway, order, first);
    const result = await resultOf(order, customer, first, second);
    answer(options, result, resultInWords(result));
    if (result.outcome === "refused" || result.outcome === "unknown") process.exitCode = exitCodes.refused;
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    throw new Interrupted(
      `\nInterrupted. Its ThirdPartyConversationID is ${order.conversation}: it may go through all the same.`,
    );
  }
}

/** What a handset is about to show, for whoever shall answer it. */
function announce(
  order: Order,
  sandbox: Sandbox,
  { firstName, lastName, answer: answers }: CustomerFacts,
): void {
  const { market, msisdn } = order;
  const about = (how: string): string => `${firstName} ${lastName} ${how}`;
  const page = paint("hint", handsetPage(sandbox, market, msisdn), process.stderr);
  if (answers === "ask" || answers === "loses_signal") {
    const pin = sandbox.markets[market].handsets.find((handset) => handset.msisdn === msisdn)?.pin;
    report(about(`is being asked${pin === undefined ? "" : ` (PIN ${pin})`}: ${page}`));
    report(paint("quiet", `Or, in another terminal: ${called} handset ${msisdn} approve`, process.stderr));
  } else if (["no_signal", "slow", "late"].includes(answers)) {
    report(about(`takes a while, or forever (${answers.replace("_", "-")}): ${page}`));
  }
}

/** Null where there is none: it was one step, it was refused, or the money shall stay held. */
async function secondStep(
  gateway: Gateway,
  order: Order,
  first: GatewayAnswer,
): Promise<GatewayAnswer | null> {
  const { twoStep } = order.options;
  if (twoStep === undefined || twoStep === "hold") return null;
  // An application that listens has its voucher by callback: the books know it too.
  const booked = await endingOf(order, first);
  if (booked?.heldFor !== "second_step" || booked.voucherCode === null) return null;
  const { transactionId, voucherCode: voucher } = booked;
  return gateway.call(endingCall(order, twoStep, { transactionId, voucher }));
}
