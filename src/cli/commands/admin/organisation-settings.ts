/** `admin organisation show|set|renew-passkey|remove-urls`: an organisation's settings, passkey and registered URLs. */
import { Option, type Command } from "commander";
import { renewPasskey } from "../../../organisations/passkeys.ts";
import { formatAmount } from "../../../core/money.ts";
import { markets } from "../../../core/markets.ts";
import { parseMsisdn } from "../../../core/msisdn.ts";
import { readAccounts } from "../../../store/rail/accounts.ts";
import { deleteC2bUrls, readC2bUrls } from "../../../store/rail/c2b-urls.ts";
import {
  confirmationForms,
  updateOrganisationSettings,
  type ConfirmationForm,
  type OrganisationProfile,
  type OrganisationSettings,
} from "../../../store/rail/organisations.ts";
import { CommandFailed, UsageError } from "../../terminal/exit-codes.ts";
import { printResult } from "../../terminal/print-result.ts";
import { style } from "../../terminal/styles.ts";
import { formatMoney, keyValueTable } from "../../terminal/table.ts";
import { withAdminContext, type AdminContext } from "./context.ts";
import { addShortcodeOption, getOrganisation, type OfOrganisation } from "./organisation-options.ts";

type Switch = "on" | "off";

type Change = OfOrganisation & {
  readonly externalValidation?: Switch;
  readonly confirmationMsisdn?: ConfirmationForm | "default";
  readonly stk?: Switch;
  readonly nominatedNumber?: string;
  readonly utilityToWorking?: Switch;
};

export function addOrganisationSettings(organisation: Command): void {
  addShortcodeOption(
    organisation.command("show").description("show an organisation's settings, registered URLs and balances"),
  ).action((options: OfOrganisation) =>
    withAdminContext(options, (context) => printOrganisation(context, options)),
  );

  addSettings(
    addShortcodeOption(
      organisation
        .command("set")
        .description("change an organisation's settings; options that you omit stay as they are"),
    ),
  ).action((options: Change) => withAdminContext(options, (context) => change(context, options)));

  addShortcodeOption(
    organisation
      .command("renew-passkey")
      .description("give an organisation a new passkey for STK pushes, and print it once; the old one ends"),
  ).action((options: OfOrganisation) => withAdminContext(options, (context) => renew(context, options)));

  addShortcodeOption(
    organisation
      .command("remove-urls")
      .description("remove the C2B URLs that an organisation registered, so that it can register others"),
  ).action((options: OfOrganisation) => withAdminContext(options, (context) => removeUrls(context, options)));
}

const createSwitch = (flag: string, description: string): Option =>
  new Option(`${flag} <switch>`, description).choices(["on", "off"]);

const addSettings = (command: Command): Command =>
  command
    .addOption(
      createSwitch(
        "--external-validation",
        "whether its validation URL is asked before a customer's payment to it",
      ),
    )
    .addOption(
      new Option(
        "--confirmation-msisdn <form>",
        "how confirmations name the customer; `default` is as the version of the registration has it",
      ).choices([...confirmationForms, "default"]),
    )
    .addOption(createSwitch("--stk", "whether it may ask customers for payments by STK push"))
    .option(
      "--nominated-number <msisdn>",
      "the number of a till's owner, who approves payments from the till; `none` removes it",
    )
    .addOption(
      createSwitch(
        "--utility-to-working",
        "whether its API operators may move money from its utility to its working account",
      ),
    );

async function printOrganisation(context: AdminContext, options: OfOrganisation): Promise<void> {
  const { market, shortcode } = options;
  const organisation = await getOrganisation(context, options);
  const sql = context.sql(market);
  const urls = (await readC2bUrls(sql, shortcode)) ?? null;
  const { decimals, currency } = markets[market];
  const accounts = (await readAccounts(sql, shortcode)).map(({ kind, status, ...row }) => ({
    kind,
    status,
    available: formatAmount(row.availableMinor, decimals),
    held: formatAmount(row.heldMinor, decimals),
  }));
  const text = keyValueTable([
    ...Object.entries(organisation).map(([name, value]): [string, string] => [name, formatValue(value)]),
    ["confirmation URL", urls?.confirmationUrl ?? "-"],
    ["validation URL", urls?.validationUrl ?? "-"],
    ...(urls === null ? [] : [["without an answer", `payments are ${urls.responseType}`] as const]),
    ...accounts.map(({ kind, available }): [string, string] => [kind, formatMoney(available, currency)]),
  ]);
  printResult(options, { market, ...organisation, urls, accounts }, text);
}

const formatValue = (value: OrganisationProfile[keyof OrganisationProfile]): string =>
  typeof value === "boolean" ? (value ? "on" : "off") : (value ?? "-");

async function change(context: AdminContext, options: Change): Promise<void> {
  const { market, shortcode } = options;
  const settings = toSettings(options);
  if (Object.keys(settings).length === 0)
    throw new UsageError("Give at least one setting, such as --external-validation on.");
  await getOrganisation(context, options);
  await context.audit("organisation set", { market, shortcode, ...settings });
  await updateOrganisationSettings(context.sql(market), shortcode, settings);
  const after = await getOrganisation(context, options);
  const names = Object.keys(settings) as (keyof OrganisationSettings)[];
  const lines = names.map((name) => `${name} is ${formatValue(after[name])}`);
  printResult(
    options,
    { market, shortcode, ...Object.fromEntries(names.map((name) => [name, after[name]])) },
    `${shortcode} in ${market}: ${lines.join(", ")}.`,
  );
}

function toSettings(options: Change): Partial<OrganisationSettings> {
  const { externalValidation, confirmationMsisdn, stk, nominatedNumber, utilityToWorking } = options;
  return {
    ...(externalValidation === undefined ? {} : { externalValidation: externalValidation === "on" }),
    ...(confirmationMsisdn === undefined
      ? {}
      : { confirmationMsisdn: confirmationMsisdn === "default" ? null : confirmationMsisdn }),
    ...(stk === undefined ? {} : { stkEnabled: stk === "on" }),
    ...(nominatedNumber === undefined
      ? {}
      : { nominatedNumber: parseNominatedNumber(options, nominatedNumber) }),
    ...(utilityToWorking === undefined ? {} : { utilityToWorkingAllowed: utilityToWorking === "on" }),
  };
}

function parseNominatedNumber({ market }: Change, text: string): string | null {
  if (text === "none") return null;
  const msisdn = parseMsisdn(text, market);
  if (msisdn !== null) return msisdn;
  throw new UsageError(`--nominated-number ${text} is not a number of ${markets[market].name}.`);
}

async function renew(context: AdminContext, options: OfOrganisation): Promise<void> {
  const { market, shortcode } = options;
  await getOrganisation(context, options);
  const owner = { environment: context.environment, market, shortcode };
  const passkey = await renewPasskey(context.main, context.actor, owner);
  printResult(
    options,
    { market, shortcode, passkey },
    `${shortcode} in ${market} has this passkey (shown only once):\n${style("strong", passkey)}`,
  );
}

async function removeUrls(context: AdminContext, options: OfOrganisation): Promise<void> {
  const { market, shortcode } = options;
  await getOrganisation(context, options);
  const sql = context.sql(market);
  const urls = await readC2bUrls(sql, shortcode);
  if (urls === undefined) throw new CommandFailed(`${shortcode} in ${market} has no registered URLs.`);
  const { confirmationUrl, validationUrl } = urls;
  await context.audit("organisation remove-urls", { market, shortcode, confirmationUrl, validationUrl });
  await deleteC2bUrls(sql, shortcode);
  printResult(
    options,
    { market, shortcode, removed: { confirmationUrl, validationUrl } },
    `${shortcode} in ${market} can register URLs again. Until then, it gets no confirmations.`,
  );
}
