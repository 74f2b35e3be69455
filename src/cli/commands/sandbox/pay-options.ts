/** The options of `pesarail pay`, and the interactive questions for missing ones. */
import { markets, type Market } from "../../../core/markets.ts";
import { parseAmount } from "../../../core/money.ts";
import { UsageError } from "../../terminal/exit-codes.ts";
import { callControl, type ControlOptions, type ProtocolSandbox } from "../../control-client.ts";
import type { SandboxSummary } from "../../../protocols/sandbox-client.ts";
import type { ProtocolOptions } from "../../terminal/protocol-option.ts";
import { findMarket, parseTypedMsisdn } from "../../terminal/market-options.ts";
import { createPrompter, type Prompter } from "../../terminal/prompts.ts";
import { formatMoney } from "../../terminal/table.ts";

export const twoStepOutcomes = ["commit", "release", "hold"] as const;

export interface PayOptions extends ControlOptions, ProtocolOptions {
  readonly market?: Market;
  readonly msisdn?: string;
  readonly amount?: string;
  readonly reference: string;
  readonly description: string;
  readonly shortcode?: string;
  readonly conversation?: string;
  readonly responseUrl?: string;
  readonly apiKey?: string;
  readonly twoStep?: (typeof twoStepOutcomes)[number];
}

export interface PayParameters {
  readonly market: Market;
  readonly msisdn: string;
  /** The decimal text that was entered. */
  readonly amount: string;
  readonly shortcode: string;
  /** The caller's id of the request. */
  readonly conversation: string;
  readonly options: PayOptions;
}

/** Throws `UsageError` if an option is missing and there is no terminal to ask for it. */
export async function parsePayOptions(
  options: PayOptions,
  { access, summary }: Pick<ProtocolSandbox, "access" | "summary">,
  prompter: Prompter | null = createPrompter(),
): Promise<PayParameters> {
  const completed = { ...options, ...(await promptForMissing(options, summary, prompter)) };
  const msisdn = parseTypedMsisdn(completed.msisdn, completed.market);
  const market = findMarket(msisdn, completed.market);
  const error = validateAmount(market, completed.amount);
  if (error !== undefined) throw new UsageError(`--amount: ${error}`);
  return {
    market,
    msisdn,
    amount: completed.amount,
    shortcode: options.shortcode ?? summary.organisation,
    conversation: options.conversation ?? access.createReference(),
    options,
  };
}

async function promptForMissing(
  options: PayOptions,
  summary: SandboxSummary,
  prompter: Prompter | null,
): Promise<{ market?: Market; msisdn: string; amount: string }> {
  const { market, msisdn, amount } = options;
  if (msisdn !== undefined && amount !== undefined) return { ...(market && { market }), msisdn, amount };
  if (prompter === null) {
    const missingOptions = [
      msisdn === undefined ? "--msisdn" : [],
      amount === undefined ? "--amount" : [],
    ].flat();
    throw new UsageError(
      `${missingOptions.join(" and ")} must be given, because there is no terminal to ask on.`,
    );
  }
  const payerMarket =
    market ?? (msisdn === undefined ? await promptMarket(prompter) : findMarket(parseTypedMsisdn(msisdn)));
  const payer = msisdn ?? (await promptPayer(prompter, options, summary, payerMarket));
  const enteredAmount = amount ?? (await promptAmount(prompter, payerMarket));
  return { market: payerMarket, msisdn: payer, amount: enteredAmount };
}

const promptMarket = (prompter: Prompter): Promise<Market> =>
  prompter.select(
    "Which market?",
    Object.entries(markets).map(([value, { name, currency }]) => ({
      value: value as Market,
      label: value,
      hint: `${name}, ${currency}`,
    })),
    "vodacomTZN",
  );

const otherNumber = "another";

async function promptPayer(
  prompter: Prompter,
  options: ControlOptions,
  { markets: seededMarkets }: SandboxSummary,
  market: Market,
): Promise<string> {
  const { customers = [], handsets = [] } = seededMarkets[market] ?? {};
  const seeded = [...customers, ...handsets.map(({ msisdn }) => msisdn)];
  const seededCustomers = await Promise.all(
    seeded.map((msisdn) =>
      callControl(options, "GET /markets/{market}/customers/{msisdn}", { params: { market, msisdn } }),
    ),
  );
  const choices = seededCustomers.map(({ msisdn, firstName, lastName, available, currency }) => {
    const handsetNote = customers.includes(msisdn) ? "" : ", prompts on a handset";
    return {
      value: msisdn,
      label: `${msisdn}  ${firstName} ${lastName}`,
      hint: formatMoney(available, currency) + handsetNote,
    };
  });
  const chosen = await prompter.select(
    "Who pays?",
    [...choices, { value: otherNumber, label: "another number" }],
    choices[0]?.value ?? otherNumber,
  );
  if (chosen !== otherNumber) return chosen;
  return prompter.input("Which number?", {
    validate: (text) => getErrorMessage(() => parseTypedMsisdn(text)),
  });
}

const promptAmount = (prompter: Prompter, market: Market): Promise<string> =>
  prompter.input(`Which amount, in ${markets[market].currency}?`, {
    defaultValue: "1000",
    validate: (text) => validateAmount(market, text),
  });

function validateAmount(market: Market, text: string): string | undefined {
  const { currency, decimals } = markets[market];
  if (parseAmount(text, decimals) !== null) return undefined;
  return `${text} is not a valid amount of ${currency}. Write it like 1000 or 99.50.`;
}

function getErrorMessage(parse: () => unknown): string | undefined {
  try {
    parse();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
