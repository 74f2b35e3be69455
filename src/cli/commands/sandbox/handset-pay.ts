/** `pesarail handset pay`: pays a paybill or a till in place of a customer, as from the handset's menu. */
import type { Command } from "commander";
import type { ControlResult } from "../../../api/control/client.ts";
import type { Market } from "../../../core/markets.ts";
import { callControl, addControlOptions, type ControlOptions } from "../../control-client.ts";
import { exitCodes } from "../../terminal/exit-codes.ts";
import { createMarketOption, findMarket, parseTypedMsisdn } from "../../terminal/market-options.ts";
import { printResult } from "../../terminal/print-result.ts";
import { formatMoney } from "../../terminal/table.ts";
import { style, styledSymbol } from "../../terminal/styles.ts";

interface HandsetPayOptions extends ControlOptions {
  readonly market?: Market;
  readonly amount: string;
  readonly account?: string;
}

type MerchantPaymentBody = ControlResult<"POST /markets/{market}/customers/{msisdn}/payments">;

export function addHandsetPay(handset: Command): void {
  addControlOptions(handset.command("pay"))
    .description("pay a paybill or a till in place of the customer, without a PIN, in Kenya's market")
    .argument("<msisdn>", "the number, such as 254708374149")
    .argument("<shortcode>", "the paybill or till, such as 600984")
    .addOption(createMarketOption("the market, if the number does not determine it"))
    .requiredOption("--amount <decimal>", "the amount, such as 100")
    .option("--account <text>", "the account number at a paybill")
    .action((msisdn: string, shortcode: string, _own: HandsetPayOptions, command: Command) =>
      payFromHandset(msisdn, shortcode, command.optsWithGlobals<HandsetPayOptions>()),
    );
}

async function payFromHandset(number: string, to: string, options: HandsetPayOptions): Promise<void> {
  const msisdn = parseTypedMsisdn(number, options.market);
  const market = findMarket(msisdn, options.market);
  const { amount, account } = options;
  const payment = await callControl(options, "POST /markets/{market}/customers/{msisdn}/payments", {
    params: { market, msisdn },
    body: { to, amount, ...(account === undefined ? {} : { account }) },
  });
  printResult(options, payment, describePayment(payment));
  if (payment.status !== "completed") process.exitCode = exitCodes.failed;
}

function describePayment(payment: MerchantPaymentBody): string {
  const { status, organisation, counterparty, amount, currency, ending } = payment;
  const name = style("strong", payment.receipt ?? payment.transactionId);
  const text = `${counterparty} pays ${formatMoney(amount, currency)} to ${organisation}: ${ending}`;
  const symbol = status === "completed" ? "good" : status === "held" ? "warn" : "bad";
  return `${styledSymbol(symbol)} ${name}  ${text}`;
}
