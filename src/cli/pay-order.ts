/** What `pesarail pay` shall pay: its options, what is asked on a terminal where they leave something out, and the request that it becomes. */
import { markets, parseAmount, type Market } from "../money.ts";
import { Misused } from "./command-error.ts";
import { askServer, type ControlOptions, type Sandbox } from "./control-client.ts";
import { newReference, type GatewayCall } from "./gateway-client.ts";
import { marketOf, msisdnOf } from "./people.ts";
import { aQuestioner, type Questioner } from "./questions.ts";
import { moneyOf } from "./table.ts";

export const endings = ["commit", "release", "hold"] as const;

export interface PayOptions extends ControlOptions {
  readonly market?: Market;
  readonly msisdn?: string;
  readonly amount?: string;
  readonly reference: string;
  readonly description: string;
  readonly shortcode?: string;
  readonly conversation?: string;
  readonly responseUrl?: string;
  readonly apiKey?: string;
  readonly twoStep?: (typeof endings)[number];
}

export interface Order {
  readonly market: Market;
  readonly msisdn: string;
  /** A decimal text, as it was typed. */
  readonly amount: string;
  readonly shortcode: string;
  /** The ThirdPartyConversationID. */
  readonly conversation: string;
  readonly options: PayOptions;
}

/** Throws `Misused` where something is missing and nobody can be asked. */
export async function orderOf(
  options: PayOptions,
  sandbox: Sandbox,
  questioner: Questioner | null = aQuestioner(),
): Promise<Order> {
  const asked = { ...options, ...(await missing(options, sandbox, questioner)) };
  const msisdn = msisdnOf(asked.msisdn);
  const market = marketOf(msisdn, asked.market);
  const wrong = amountTrouble(market, asked.amount);
  if (wrong !== undefined) throw new Misused(`--amount: ${wrong}`);
  return {
    market,
    msisdn,
    amount: asked.amount,
    shortcode: options.shortcode ?? sandbox.serviceProviderCode,
    conversation: options.conversation ?? newReference(),
    options,
  };
}

async function missing(
  options: PayOptions,
  sandbox: Sandbox,
  questioner: Questioner | null,
): Promise<{ market?: Market; msisdn: string; amount: string }> {
  const { market, msisdn, amount } = options;
  if (msisdn !== undefined && amount !== undefined) return { ...(market && { market }), msisdn, amount };
  if (questioner === null) {
    const lacks = [msisdn === undefined ? "--msisdn" : [], amount === undefined ? "--amount" : []].flat();
    throw new Misused(`${lacks.join(" and ")} must be given: there is no terminal to ask at.`);
  }
  const inMarket =
    market ?? (msisdn === undefined ? await askMarket(questioner) : marketOf(msisdnOf(msisdn)));
  const payer = msisdn ?? (await askPayer(questioner, options, sandbox, inMarket));
  const much = amount ?? (await askAmount(questioner, inMarket));
  return { market: inMarket, msisdn: payer, amount: much };
}

const askMarket = (questioner: Questioner): Promise<Market> =>
  questioner.choose(
    "In which market?",
    Object.entries(markets).map(([value, { name, currency }]) => ({
      value: value as Market,
      label: value,
      hint: `${name}, ${currency}`,
    })),
    "vodacomTZN",
  );

interface Customer {
  readonly msisdn: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly available: string;
  readonly currency: string;
}

const another = "another";

async function askPayer(
  questioner: Questioner,
  options: ControlOptions,
  sandbox: Sandbox,
  market: Market,
): Promise<string> {
  const { customers, handsets } = sandbox.markets[market];
  const seeded = [...customers, ...handsets.map(({ msisdn }) => msisdn)];
  const people = await Promise.all(
    seeded.map((msisdn) => askServer<Customer>(options, "GET", `/markets/${market}/customers/${msisdn}`)),
  );
  const choices = people.map(({ msisdn, firstName, lastName, available, currency }) => {
    const asks = customers.includes(msisdn) ? "" : ", asks on a handset";
    return {
      value: msisdn,
      label: `${msisdn}  ${firstName} ${lastName}`,
      hint: moneyOf(available, currency) + asks,
    };
  });
  const chosen = await questioner.choose(
    "Who pays?",
    [...choices, { value: another, label: "another number" }],
    choices[0]?.value ?? another,
  );
  if (chosen !== another) return chosen;
  return questioner.write("Whose number?", { trouble: (text) => troubleOf(() => msisdnOf(text)) });
}

const askAmount = (questioner: Questioner, market: Market): Promise<string> =>
  questioner.write(`How much, in ${markets[market].currency}?`, {
    byDefault: "1000",
    trouble: (text) => amountTrouble(market, text),
  });

function amountTrouble(market: Market, text: string): string | undefined {
  const { currency, decimals } = markets[market];
  if (parseAmount(text, decimals) !== null) return undefined;
  return `${text} is no amount of ${currency}; write it like 1000 or 99.50.`;
}

function troubleOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The request of the first step, which without a second is the whole payment. */
export function collectionCall({
  market,
  msisdn,
  amount,
  shortcode,
  conversation,
  options,
}: Order): GatewayCall {
  const { country, currency } = markets[market];
  const { twoStep, responseUrl } = options;
  return {
    method: "POST",
    path: twoStep === undefined ? "c2bPayment/singleStage" : "c2bPayment/multiStage",
    fields: {
      input_Amount: amount,
      input_CustomerMSISDN: msisdn,
      input_Country: country,
      input_Currency: currency,
      input_ServiceProviderCode: shortcode,
      input_TransactionReference: options.reference,
      input_ThirdPartyConversationID: conversation,
      input_PurchasedItemsDesc: options.description,
      ...(twoStep === undefined ? {} : { input_APIVersion: "3.1" }),
      ...(responseUrl === undefined ? {} : { input_ResponseURL: responseUrl }),
    },
  };
}

/** The request that commits what the first step held, or releases it. */
export function endingCall(
  { market, shortcode }: Order,
  ending: "commit" | "release",
  held: { readonly transactionId: string; readonly voucher: string },
): GatewayCall {
  return {
    method: "PUT",
    path: "updateTransactionStatus",
    fields: {
      // The wire has the step's outcome in a field that is named for the customer's number.
      input_CustomerMSISDN: ending === "commit" ? "1" : "0",
      input_VoucherCode: held.voucher,
      input_Country: markets[market].country,
      input_TransactionID: held.transactionId,
      input_ServiceProviderCode: shortcode,
      input_ThirdPartyConversationID: newReference(),
      input_APIVersion: "3.1",
    },
  };
}
