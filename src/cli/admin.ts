/** `pesarail admin …`: what operators do by hand, in the live environment unless they say otherwise. */
import type { Command } from "commander";
import { readAudit } from "../store/audit.ts";
import { addApplications } from "./admin-applications.ts";
import { addCustomers, addOrganisations } from "./admin-parties.ts";
import { addStatement } from "./admin-statement.ts";
import * as read from "./arguments.ts";
import { answer, atDesk, publicKeyOf, withDeskOptions, type DeskOptions } from "./desk.ts";
import { textTable } from "./table.ts";

const help = `
Every change is written to the audit before it is made: when, who, what, and never a key.

  npm run pesarail -- admin organisation create --market vodacomTZN --shortcode 123456 --name "Duka Jipya"
  npm run pesarail -- admin organisation deposit --market vodacomTZN --shortcode 123456 \\
      --amount 100.00 --reason "Cash at the bank, slip 4711"
  npm run pesarail -- admin application create --name Shop --shortcode 123456 --product c2bSingle
  npm run pesarail -- admin audit`;

export function addAdmin(program: Command): void {
  const admin = program
    .command("admin")
    .description("organisations, customers, applications and their keys; live, or --environment sandbox")
    .addHelpText("after", help);
  addOrganisations(admin);
  addCustomers(admin);
  addApplications(admin);
  addStatement(admin);
  addKeys(admin);
  addAudit(admin);
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

function addAudit(admin: Command): void {
  withDeskOptions(
    admin.command("audit").description("list what was done by hand, the newest first, in both environments"),
  )
    .option("--most <number>", "how many lines", read.wholeNumber, 50)
    .action((options: DeskOptions & { most: number }) =>
      atDesk(options, async ({ main }) => {
        const rows = await readAudit(main, options.most);
        const lines = rows.map(({ at, who, what, details }) => [
          at.toISOString(),
          who,
          what,
          JSON.stringify(details),
        ]);
        answer(options, rows, textTable([["when", "who", "what", "details"], ...lines]));
      }),
    );
}
