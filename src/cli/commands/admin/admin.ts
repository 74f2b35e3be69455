/** `pesarail admin …`: what operators do by hand, in the live environment unless they say otherwise. */
import type { Command } from "commander";
import { readAudit } from "../../../store/main/audit.ts";
import { addApplications } from "./applications.ts";
import { addCustomers, addOrganisations } from "./parties.ts";
import { addStatement } from "./statement.ts";
import * as read from "../../terminal/option-parsers.ts";
import { addHelp } from "../../terminal/usage.ts";
import {
  printResult,
  withAdminContext,
  readPublicKey,
  addAdminOptions,
  type AdminOptions,
} from "./context.ts";
import { renderTable, formatLocalTime } from "../../terminal/table.ts";

const helpText = "Every change is written to the audit before it is made: when, who, what, and never a key.";

export function addAdmin(program: Command): void {
  const admin = program
    .command("admin")
    .description("organisations, customers and applications: live, or --environment sandbox");
  addOrganisations(admin);
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
    "admin application create --name Shop --shortcode 123456 --product c2bSingle",
    "admin statement --market vodacomTZN --owner 123456",
    "admin audit",
  );
}

function addKeys(admin: Command): void {
  addAdminOptions(
    admin.command("keys").description("print the public key that clients encrypt their keys to"),
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
  addAdminOptions(
    admin.command("audit").description("list what was done by hand, the newest first, in both environments"),
  )
    .option("--most <number>", "how many lines", read.wholeNumber, 50)
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
          rows.length === 0 ? "Nothing was done by hand." : renderTable(auditColumns, lines),
        );
      }),
    );
}
