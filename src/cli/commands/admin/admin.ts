/** `pesarail admin …`: manual operator tasks, in the live environment unless `--environment` says otherwise. */
import type { Command } from "commander";
import { readAudit } from "../../../store/main/audit.ts";
import { addApplications } from "./applications.ts";
import { addCustomers, addOrganisations } from "./parties.ts";
import { addOperators } from "./operators.ts";
import { addStatement } from "./statement.ts";
import * as parse from "../../terminal/option-parsers.ts";
import { addHelp } from "../../terminal/usage.ts";
import { printResult } from "../../terminal/print-result.ts";
import { withAdminContext, readPublicKey, addAdminOptions, type AdminOptions } from "./context.ts";
import { renderTable, formatLocalTime } from "../../terminal/table.ts";

const helpText =
  "Each change is written to the audit log before it is made: when, who and what. Keys and passwords are never logged.";

export function addAdmin(program: Command): void {
  const admin = program
    .command("admin")
    .description(
      "manage organisations, API operators, customers and applications: live, or --environment sandbox",
    );
  addOrganisations(admin);
  addOperators(admin);
  addCustomers(admin);
  addApplications(admin);
  addStatement(admin);
  addKeys(admin);
  addAudit(admin);
  addHelp(
    admin,
    helpText,
    'admin organisation create --market vodacomTZN --shortcode 123456 --name "Duka Jipya"',
    'admin organisation deposit --market vodacomTZN --shortcode 123456 --amount 100.00 --reason "Slip 4711"',
    "admin organisation renew-passkey --market safaricomKEN --shortcode 600123",
    "admin organisation set --market safaricomKEN --shortcode 600123 --external-validation on",
    "admin operator create paymentsapi --market safaricomKEN --shortcode 600123 --role b2c,reversal",
    "admin application create --name Shop --shortcode 123456 --product c2bSingle",
    "admin statement --market vodacomTZN --owner 123456",
    "admin audit",
  );
}

function addKeys(admin: Command): void {
  addAdminOptions(
    admin
      .command("keys")
      .description("print the public key with which clients encrypt API keys and session ids"),
  ).action((options: AdminOptions) =>
    withAdminContext(options, async (context) => {
      const publicKey = await readPublicKey(context);
      printResult(options, { environment: context.environment, publicKey }, publicKey);
    }),
  );
}

const auditColumns = [
  { head: "when" },
  { head: "who", minWidth: 8 },
  { head: "what" },
  { head: "details", minWidth: 30 },
] as const;

function addAudit(admin: Command): void {
  addAdminOptions(admin.command("audit").description("list the audit log of both environments, newest first"))
    .option("--most <number>", "maximum number of entries", parse.wholeNumber, 50)
    .action((options: AdminOptions & { most: number }) =>
      withAdminContext(options, async ({ main }) => {
        const rows = await readAudit(main, options.most);
        const lines = rows.map(({ at, who, what, details }) => [
          formatLocalTime(at),
          who,
          what,
          JSON.stringify(details),
        ]);
        const entries = rows.map(({ id, at, who, what, details }) => ({ id, at, who, what, details }));
        printResult(
          options,
          entries,
          rows.length === 0 ? "The audit log is empty." : renderTable(auditColumns, lines),
        );
      }),
    );
}
