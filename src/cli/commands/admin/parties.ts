/** `admin organisation …` and `admin customer …`: registers organisations and customers, and makes deposits. */
import { Option, type Command } from "commander";
import { formatAmount } from "../../../core/money.ts";
import { markets, type Market } from "../../../core/markets.ts";
import { fund } from "../../../payments/funding.ts";
import { getRefusalInfo } from "../../../payments/refusals.ts";
import {
  ParentNotAllowed,
  registerOrganisations,
  type NewOrganisation,
} from "../../../organisations/register-organisations.ts";
import type { RailContext } from "../../../payments/payments.ts";
import { registerCustomers } from "../../../payments/register.ts";
import {
  isHandsetBehaviour,
  readAccounts,
  promptBehaviours,
  type AccountName,
  type PromptBehaviour,
} from "../../../store/rail/accounts.ts";
import { enableHandset } from "../../../store/rail/handsets.ts";
import { readCustomer } from "../../../store/rail/customers.ts";
import {
  organisationKinds,
  readOrganisation,
  type OrganisationKind,
} from "../../../store/rail/organisations.ts";
import { addHandsets } from "./handsets.ts";
import * as parse from "../../terminal/option-parsers.ts";
import { CommandFailed } from "../../terminal/exit-codes.ts";
import { formatMoney } from "../../terminal/table.ts";
import { printResult } from "../../terminal/print-result.ts";
import { withAdminContext, type AdminContext } from "./context.ts";
import { addMarketOption, addShortcodeOption, type InMarket } from "./organisation-options.ts";
import { addOrganisationSettings } from "./organisation-settings.ts";

const addMsisdnOption = (command: Command): Command =>
  addMarketOption(command).requiredOption("--msisdn <digits>", "the full number, such as 255750000001");

const addDepositOptions = (command: Command): Command =>
  command
    .requiredOption("--amount <decimal>", "the amount in the market's currency, such as 100.00")
    .requiredOption("--reason <text>", "the reason, for the ledger", parse.shortText)
    .option(
      "--once <name>",
      "make at most one deposit with this name, so that the command is safe to repeat",
      parse.shortText,
    );

type Deposit = InMarket & { readonly amount: string; readonly reason: string; readonly once?: string };

export function addOrganisations(admin: Command): void {
  const organisation = admin.command("organisation").description("manage organisations by their shortcodes");
  addShortcodeOption(
    organisation.command("create").description("register an organisation with empty accounts"),
  )
    .requiredOption("--name <text>", "the name that customers see", parse.shortText)
    .addOption(
      new Option("--kind <kind>", "the kind of the shortcode, which determines its accounts")
        .choices(organisationKinds)
        .argParser(parse.organisationKind)
        .default("paybill"),
    )
    .option(
      "--parent <code>",
      "the head office of a store, or the store or head office of a till",
      parse.shortcode,
    )
    .action((options: OrganisationOptions) =>
      withAdminContext(options, (context) => createOrganisation(context, options)),
    );

  addDepositOptions(
    addShortcodeOption(
      organisation.command("deposit").description("deposit money into an account, issued from the float"),
    ),
  )
    .addOption(
      new Option("--account <kind>", "the account")
        .choices(parse.organisationAccounts)
        .argParser(parse.organisationAccount)
        .default("working"),
    )
    .action(
      (options: Deposit & { shortcode: string; account: (typeof parse.organisationAccounts)[number] }) =>
        withAdminContext(options, (context) =>
          deposit(context, options, { kind: options.account, owner: options.shortcode }),
        ),
    );
  addOrganisationSettings(organisation);
}

export function addCustomers(admin: Command): void {
  const customer = admin.command("customer").description("manage customers by their numbers");
  addMsisdnOption(customer.command("create").description("register a customer with an empty wallet"))
    .requiredOption("--first-name <text>", "the first name", parse.shortText)
    .requiredOption("--last-name <text>", "the last name", parse.shortText)
    .addOption(
      new Option("--answer <word>", "how prompts are answered (see docs/handsets.md)")
        .choices(promptBehaviours)
        .argParser(parse.promptBehaviour)
        .default("ignore"),
    )
    .action((options: NewCustomer) =>
      withAdminContext(options, (context) => createCustomer(context, options)),
    );

  addDepositOptions(
    addMsisdnOption(
      customer.command("deposit").description("deposit money into a wallet, issued from the float"),
    ),
  ).action((options: Deposit & { msisdn: string }) =>
    withAdminContext(options, (context) => {
      const owner = parse.parseMarketMsisdn(options.market, context.environment, options.msisdn);
      return deposit(context, options, { kind: "wallet", owner });
    }),
  );
  addHandsets(customer);
}

type OrganisationOptions = InMarket & {
  readonly shortcode: string;
  readonly name: string;
  readonly kind: OrganisationKind;
  readonly parent?: string;
};

async function createOrganisation(context: AdminContext, options: OrganisationOptions): Promise<void> {
  const { market, shortcode, name, kind, parent } = options;
  const payments = await context.payments(market);
  const existing = await readOrganisation(payments.context.sql, shortcode);
  if (existing !== undefined && existing.name !== name) {
    throw new CommandFailed(`${shortcode} is already registered in ${market}, as ${existing.name}.`);
  }
  if (existing !== undefined && (existing.kind !== kind || existing.parent !== (parent ?? null))) {
    const parentText = existing.parent === null ? "without a parent" : `with the parent ${existing.parent}`;
    throw new CommandFailed(
      `${shortcode} is already registered in ${market}, as a ${existing.kind} ${parentText}.`,
    );
  }
  const parentField = parent === undefined ? {} : { parent };
  if (existing === undefined) {
    await context.audit("organisation create", { market, shortcode, name, kind, ...parentField });
    await registerOne(payments.context, { shortcode, name, kind, ...parentField });
  }
  const created = existing === undefined;
  printResult(
    options,
    { market, shortcode, name, kind, parent: parent ?? null, created },
    `${shortcode} (${name}) ${created ? "is" : "was already"} registered in ${market}.`,
  );
}

async function registerOne(context: RailContext, organisation: NewOrganisation): Promise<void> {
  try {
    await registerOrganisations(context, [organisation]);
  } catch (error) {
    if (error instanceof ParentNotAllowed) throw new CommandFailed(error.message);
    throw error;
  }
}

type NewCustomer = InMarket & {
  readonly msisdn: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly answer: PromptBehaviour;
};

async function createCustomer(context: AdminContext, options: NewCustomer): Promise<void> {
  const { market, firstName, lastName } = options;
  const msisdn = parse.parseMarketMsisdn(market, context.environment, options.msisdn);
  const payments = await context.payments(market);
  const existing = await readCustomer(payments.context.sql, msisdn);
  if (existing !== undefined && (existing.firstName !== firstName || existing.lastName !== lastName)) {
    throw new CommandFailed(`${msisdn} is already registered in ${market}, under another name.`);
  }
  if (existing === undefined) {
    await context.audit("customer create", { market, msisdn, firstName, lastName, answer: options.answer });
    await registerCustomers(payments.context, [{ msisdn, firstName, lastName, behaviour: options.answer }]);
    if (isHandsetBehaviour(options.answer)) await enableHandset(payments.context.sql, msisdn);
  }
  const created = existing === undefined;
  printResult(
    options,
    { market, msisdn, firstName, lastName, created },
    `${msisdn} ${created ? "is" : "was already"} registered in ${market}.`,
  );
}

async function deposit(context: AdminContext, options: Deposit, account: AccountName): Promise<void> {
  const { market, reason, once } = options;
  const amountMinor = parse.parseMarketAmount(market, options.amount);
  const { currency, decimals } = markets[market];
  const payments = await context.payments(market);
  const id = context.newId();
  const transactionId = payments.context.publicIds.receipt(id);
  const details = { market, account, amount: formatAmount(amountMinor, decimals), currency, reason };
  await context.audit("deposit", { ...details, transactionId, ...(once === undefined ? {} : { once }) });

  const outcome = await fund(payments, {
    id,
    account,
    amountMinor,
    description: reason,
    ...(once === undefined ? {} : { idempotencyKey: once }),
  });
  if (outcome.refusal === "organisation_unknown")
    throw new CommandFailed(`${account.owner} has no account ${account.kind} in ${market}.`);
  if (outcome.refusal !== null && outcome.refusal !== "duplicate")
    throw new CommandFailed(getRefusalInfo(outcome.refusal).description);
  const deposited = outcome.refusal === null;
  const balance = formatAmount(await readBalance(context, market, account), decimals);
  const text = deposited
    ? `Deposited ${formatMoney(details.amount, currency)} to ${account.owner} (${account.kind}), transaction ${transactionId}.`
    : `There is already a deposit named ${once}; nothing was deposited.`;
  printResult(
    options,
    { ...details, transactionId: deposited ? transactionId : null, deposited, balance },
    `${text} The balance is ${formatMoney(balance, currency)}.`,
  );
}

async function readBalance(
  context: AdminContext,
  market: Market,
  { kind, owner }: AccountName,
): Promise<bigint> {
  const accounts = await readAccounts(context.sql(market), owner);
  return accounts.find((account) => account.kind === kind)?.availableMinor ?? 0n;
}
