/** `admin operator …`: API operators (initiators) of an organisation, their roles and passwords. */
import { Option, type Command } from "commander";
import { text as readText } from "node:stream/consumers";
import {
  ApiOperatorExists,
  ApiOperatorNotFound,
  OrganisationNotFound,
  PasswordUsedBefore,
  type ApiOperatorRole,
  type ApiOperatorService,
  operatorPasswordPattern,
} from "../../../organisations/api-operators.ts";
import {
  apiOperatorRoles,
  settableStatuses,
  type ApiOperatorChange,
  type ApiOperatorRow,
} from "../../../store/main/api-operators.ts";
import { CommandFailed, UsageError } from "../../terminal/exit-codes.ts";
import * as parse from "../../terminal/option-parsers.ts";
import { printResult } from "../../terminal/print-result.ts";
import { style } from "../../terminal/styles.ts";
import { formatLocalTime, renderTable } from "../../terminal/table.ts";
import { withAdminContext } from "./context.ts";
import { addShortcodeOption, type OfOrganisation } from "./organisation-options.ts";

type WithPassword = OfOrganisation & { readonly passwordStdin?: true };
type Creation = WithPassword & { readonly role: readonly ApiOperatorRole[] };
type Change = OfOrganisation & {
  readonly role?: readonly ApiOperatorRole[];
  readonly status?: (typeof settableStatuses)[number];
};

export function addOperators(admin: Command): void {
  const operator = admin
    .command("operator")
    .description("manage API operators: the initiators that pay, reverse and query for an organisation");
  const addSubcommand = (name: string, description: string): Command =>
    addShortcodeOption(operator.command(name).description(description)).argument(
      "<username>",
      "the operator's username, such as paymentsapi",
      parse.username,
    );

  addShortcodeOption(operator.command("list").description("list an organisation's API operators")).action(
    (options: OfOrganisation) => withOperators(options, (operators) => list(operators, options)),
  );
  addPassword(addSubcommand("create", "register an API operator, and print its password once"))
    .addOption(createRoleOption("what it may do").makeOptionMandatory())
    .action((username: string, options: Creation) =>
      withOperators(options, (operators) => create(operators, username, options)),
    );
  addSubcommand("change", "replace an API operator's roles, suspend it or activate it")
    .addOption(createRoleOption("what it may do from now on"))
    .addOption(new Option("--status <word>", "a suspended operator may do nothing").choices(settableStatuses))
    .action((username: string, options: Change) =>
      withOperators(options, (operators) => change(operators, username, options)),
    );
  addSubcommand(
    "unlock",
    "unlock an API operator after three wrong passwords, with the same password",
  ).action((username: string, options: OfOrganisation) =>
    withOperators(options, (operators) => unlock(operators, username, options)),
  );
  addPassword(
    addSubcommand("renew-password", "replace an API operator's password, and print the new one once"),
  ).action((username: string, options: WithPassword) =>
    withOperators(options, (operators) => renewPassword(operators, username, options)),
  );
}

const createRoleOption = (description: string): Option =>
  new Option("--role <names...>", description).choices(apiOperatorRoles).argParser(parse.operatorRoles);

const addPassword = (command: Command): Command =>
  command.option(
    "--password-stdin",
    "read the password from standard input: 8 to 100 printable characters (default: a generated one)",
  );

const refusals = [OrganisationNotFound, ApiOperatorNotFound, ApiOperatorExists, PasswordUsedBefore];

async function withOperators(
  options: OfOrganisation,
  work: (operators: ApiOperatorService) => Promise<void>,
): Promise<void> {
  await withAdminContext(options, async (context) => {
    try {
      await work(await context.operators());
    } catch (error) {
      if (refusals.some((refusal) => error instanceof refusal))
        throw new CommandFailed((error as Error).message);
      throw error;
    }
  });
}

const columns = [
  { head: "username" },
  { head: "status" },
  { head: "roles", minWidth: 20, wraps: true },
  { head: "password of" },
] as const;

async function list(operators: ApiOperatorService, options: OfOrganisation): Promise<void> {
  const rows = await operators.list(options);
  const lines = rows.map(({ username, status, roles, passwordSetAt }) => [
    username,
    status === "active" ? status : style("warn", status),
    roles.join(", "),
    formatLocalTime(passwordSetAt),
  ]);
  const { market, shortcode } = options;
  printResult(
    options,
    rows.map(toOutput),
    rows.length === 0 ? `${shortcode} in ${market} has no API operators.` : renderTable(columns, lines),
  );
}

async function create(operators: ApiOperatorService, username: string, options: Creation): Promise<void> {
  const chosen = await readPassword(options);
  const roles = [...new Set(options.role)];
  const password = await operators.create(toName(options), { username, roles, password: chosen });
  await printOperator(operators, username, options, password);
}

async function change(operators: ApiOperatorService, username: string, options: Change): Promise<void> {
  const { role, status } = options;
  if (role === undefined && status === undefined)
    throw new UsageError("Give --role or --status: there is nothing to change.");
  const applied: ApiOperatorChange = {
    ...(role === undefined ? {} : { roles: [...new Set(role)] }),
    ...(status === undefined ? {} : { status }),
  };
  await operators.change(toName(options), username, applied);
  await printOperator(operators, username, options, null);
}

async function unlock(
  operators: ApiOperatorService,
  username: string,
  options: OfOrganisation,
): Promise<void> {
  const { status } = await operators.get(toName(options), username);
  if (status !== "locked") throw new CommandFailed(`Operator ${username} is not locked. It is ${status}.`);
  await operators.change(toName(options), username, { status: "active" });
  await printOperator(operators, username, options, null);
}

async function renewPassword(
  operators: ApiOperatorService,
  username: string,
  options: WithPassword,
): Promise<void> {
  const password = await operators.renewPassword(toName(options), username, await readPassword(options));
  await printOperator(operators, username, options, password);
}

/** `password`: a generated one, which is printed once. */
async function printOperator(
  operators: ApiOperatorService,
  username: string,
  options: OfOrganisation,
  password: string | null,
): Promise<void> {
  const row = await operators.get(toName(options), username);
  const secret = password === null ? [] : [`Its password (shown only once):\n${style("strong", password)}`];
  printResult(
    options,
    { ...toOutput(row), ...(password === null ? {} : { password }) },
    [
      `Operator ${username} of ${options.shortcode} is ${row.status}, with the roles ${row.roles.join(", ") || "-"}.`,
      ...secret,
    ].join("\n\n"),
  );
}

const toName = ({ market, shortcode }: OfOrganisation) => ({ market, shortcode });

const toOutput = ({ username, roles, status, passwordSetAt }: ApiOperatorRow) => ({
  username,
  roles,
  status,
  passwordSetAt,
});

const passwordFormat = new RegExp(operatorPasswordPattern);

/** Null generates one. An option would show the password to other users of the machine. */
async function readPassword({ passwordStdin }: WithPassword): Promise<string | null> {
  if (passwordStdin !== true) return null;
  const password = (await readText(process.stdin)).replace(/\r?\n$/, "");
  if (passwordFormat.test(password)) return password;
  throw new UsageError("The password on standard input must be 8 to 100 printable ASCII characters.");
}
