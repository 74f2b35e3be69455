/** `admin organisation …` and `admin customer …`: who takes part, and the money they bring. */
import { Option, type Command } from "commander";
import { formatAmount, markets, type Market } from "../money.ts";
import { fund } from "../payments/funding.ts";
import { refusals } from "../payments/refusals.ts";
import { registerCustomers, registerOrganisations } from "../payments/registry.ts";
import {
  isHandset,
  readAccounts,
  standingAnswers,
  type AccountName,
  type StandingAnswer,
} from "../store/accounts.ts";
import { sendMessages } from "../store/handsets.ts";
import { readCustomer, readOrganisation } from "../store/people.ts";
import { addHandsets } from "./admin-handsets.ts";
import * as read from "./arguments.ts";
import { Refused } from "./command-error.ts";
import { marketOption } from "./people.ts";
import { moneyOf } from "./table.ts";
import { answer, atDesk, withDeskOptions, type Desk, type DeskOptions } from "./desk.ts";

type InMarket = DeskOptions & { readonly market: Market };

const withMarket = (command: Command): Command =>
  withDeskOptions(command).addOption(marketOption("the market").makeOptionMandatory());

const withShortcode = (command: Command): Command =>
  withMarket(command).requiredOption("--shortcode <code>", "4 to 12 letters and digits", read.shortcode);

const withMsisdn = (command: Command): Command =>
  withMarket(command).requiredOption("--msisdn <digits>", "the whole number, such as 255750000001");

const withDeposit = (command: Command): Command =>
  command
    .requiredOption("--amount <decimal>", "how much, in the market's currency, such as 100.00")
    .requiredOption("--reason <text>", "why, for the books", read.words)
    .option("--once <name>", "deposit at most once under this name: safe to repeat", read.words);

type Deposit = InMarket & { readonly amount: string; readonly reason: string; readonly once?: string };

export function addOrganisations(admin: Command): void {
  const organisation = admin.command("organisation").description("organisations, by their shortcodes");
  withShortcode(
    organisation.command("create").description("register an organisation and open its accounts, empty"),
  )
    .requiredOption("--name <text>", "what customers see", read.words)
    .action((options: InMarket & { shortcode: string; name: string }) =>
      atDesk(options, (desk) => createOrganisation(desk, options)),
    );

  withDeposit(
    withShortcode(
      organisation.command("deposit").description("put money on an account, issued from the float"),
    ),
  )
    .addOption(
      new Option("--account <kind>", "which account")
        .choices(read.organisationAccounts)
        .argParser(read.organisationAccount)
        .default("working"),
    )
    .action((options: Deposit & { shortcode: string; account: "working" | "utility" | "charges_paid" }) =>
      atDesk(options, (desk) => deposit(desk, options, { kind: options.account, owner: options.shortcode })),
    );
}

export function addCustomers(admin: Command): void {
  const customer = admin.command("customer").description("customers, by their numbers");
  withMsisdn(customer.command("create").description("register a customer and open a wallet, empty"))
    .requiredOption("--first-name <text>", "as an organisation may ask for it", read.words)
    .requiredOption("--last-name <text>", "the same", read.words)
    .addOption(
      new Option("--answer <word>", "what becomes of prompts; docs/handsets.md says what each does")
        .choices(standingAnswers)
        .argParser(read.answer)
        .default("ignore"),
    )
    .action((options: NewCustomer) => atDesk(options, (desk) => createCustomer(desk, options)));

  withDeposit(
    withMsisdn(customer.command("deposit").description("put money into a wallet, issued from the float")),
  ).action((options: Deposit & { msisdn: string }) =>
    atDesk(options, (desk) => {
      const owner = read.msisdnIn(options.market, desk.environment, options.msisdn);
      return deposit(desk, options, { kind: "wallet", owner });
    }),
  );
  addHandsets(customer);
}

async function createOrganisation(
  desk: Desk,
  options: InMarket & { shortcode: string; name: string },
): Promise<void> {
  const { market, shortcode, name } = options;
  const payments = await desk.payments(market);
  const before = await readOrganisation(payments.context.sql, shortcode);
  if (before !== undefined && before.name !== name) {
    throw new Refused(`${shortcode} is registered in ${market} already, as ${before.name}.`);
  }
  if (before === undefined) {
    await desk.audit("organisation create", { market, shortcode, name });
    await registerOrganisations(payments.context, [{ shortcode, name }]);
  }
  const created = before === undefined;
  answer(
    options,
    { market, shortcode, name, created },
    `${shortcode} (${name}) ${created ? "is" : "was already"} registered in ${market}.`,
  );
}

type NewCustomer = InMarket & {
  readonly msisdn: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly answer: StandingAnswer;
};

async function createCustomer(desk: Desk, options: NewCustomer): Promise<void> {
  const { market, firstName, lastName } = options;
  const msisdn = read.msisdnIn(market, desk.environment, options.msisdn);
  const payments = await desk.payments(market);
  const before = await readCustomer(payments.context.sql, msisdn);
  if (before !== undefined && (before.firstName !== firstName || before.lastName !== lastName)) {
    throw new Refused(`${msisdn} is registered in ${market} already, under another name.`);
  }
  if (before === undefined) {
    await desk.audit("customer create", { market, msisdn, firstName, lastName, answer: options.answer });
    await registerCustomers(payments.context, [{ msisdn, firstName, lastName, answer: options.answer }]);
    if (isHandset(options.answer)) await sendMessages(payments.context.sql, msisdn);
  }
  const created = before === undefined;
  answer(
    options,
    { market, msisdn, firstName, lastName, created },
    `${msisdn} ${created ? "is" : "was already"} registered in ${market}.`,
  );
}

async function deposit(desk: Desk, options: Deposit, account: AccountName): Promise<void> {
  const { market, reason, once } = options;
  const minor = read.amountIn(market, options.amount);
  const { currency, decimals } = markets[market];
  const payments = await desk.payments(market);
  const id = desk.newId();
  const transactionId = payments.context.wire.transactionId(id);
  const about = { market, account, amount: formatAmount(minor, decimals), currency, reason };
  await desk.audit("deposit", { ...about, transactionId, ...(once === undefined ? {} : { once }) });

  const outcome = await fund(payments, {
    id,
    account,
    minor,
    description: reason,
    ...(once === undefined ? {} : { once }),
  });
  if (outcome.refusal !== null && outcome.refusal !== "duplicate")
    throw new Refused(refusals[outcome.refusal].means);
  const deposited = outcome.refusal === null;
  const balance = formatAmount(await balanceOf(desk, market, account), decimals);
  const said = deposited
    ? `${moneyOf(about.amount, currency)} went to ${account.owner} (${account.kind}) as ${transactionId}.`
    : `A deposit named ${once} was made before; nothing moved.`;
  answer(
    options,
    { ...about, transactionId: deposited ? transactionId : null, deposited, balance },
    `${said} It has ${moneyOf(balance, currency)} now.`,
  );
}

async function balanceOf(desk: Desk, market: Market, { kind, owner }: AccountName): Promise<bigint> {
  const accounts = await readAccounts(desk.sql(market), owner);
  return accounts.find((account) => account.kind === kind)?.availableMinor ?? 0n;
}
