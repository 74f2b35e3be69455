/** `pesarail admin …`: what operators do by hand, in the live environment unless they say otherwise. */
import type { Command } from "commander";
import { readAudit } from "../store/audit.ts";
import { addApplications } from "./admin-applications.ts";
import { addCustomers, addOrganisations } from "./admin-parties.ts";
import { addStatement } from "./admin-statement.ts";
import * as read from "./arguments.ts";
import { explain } from "./called.ts";
import { answer, atDesk, publicKeyOf, withDeskOptions, type DeskOptions } from "./desk.ts";
import { listing, localTime } from "./table.ts";

const says = "Every change is written to the audit before it is made: when, who, what, and never a key.";

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
  explain(
    admin,
    says,
    'admin organisation create --market vodacomTZN --shortcode 123456 --name "Duka Jipya"',
    'admin organisation deposit --market vodacomTZN --shortcode 123456 --amount 100.00 --reason "Slip 4711"',
    "admin application create --name Shop --shortcode 123456 --product c2bSingle",
    "admin statement --market vodacomTZN --owner 123456",
    "admin audit",
  );
}

function addKeys(admin: Command): void {
  withDeskOptions(
    admin.command("keys").description("print the public key that clients encrypt their keys to"),
  ).action((options: DeskOptions) =>
    atDesk(options, async (desk) => {
      const publicKey = await publicKeyOf(desk);
      answer(options, { environment: desk.environment, publicKey }, publicKey);
    }),
  );
}

const auditColumns = [
  { head: "when" },
  { head: "who", least: 8 },
  { head: "what" },
  { head: "details", least: 30 },
] as const;

function addAudit(admin: Command): void {
  withDeskOptions(
    admin.command("audit").description("list what was done by hand, the newest first, in both environments"),
  )
    .option("--most <number>", "how many lines", read.wholeNumber, 50)
    .action((options: DeskOptions & { most: number }) =>
      atDesk(options, async ({ main }) => {
        const rows = await readAudit(main, options.most);
        const lines = rows.map(({ at, who, what, details }) => [
          localTime(at),
          who,
          what,
          JSON.stringify(details),
        ]);
        answer(options, rows, rows.length === 0 ? "Nothing was done by hand." : listing(auditColumns, lines));
      }),
    );
}
