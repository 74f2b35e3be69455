/**
 * The tree of commands: what there is, in the order in which `--help` lists it.
 *
 * Help, completion and `docs/command-line.md` are all made from it.
 */
import type { Command } from "commander";
import { addAdmin } from "./admin.ts";
import { addBackup } from "./backup.ts";
import { addBench } from "./bench.ts";
import { addHelp } from "./called.ts";
import { addCheckListener } from "./check-listener.ts";
import { addClock } from "./clock.ts";
import { addCompletion } from "./completion.ts";
import { addDeliveries } from "./deliveries.ts";
import { addHandset } from "./handset.ts";
import { addKeys } from "./keys.ts";
import { addListen } from "./listen.ts";
import { addPay } from "./pay.ts";
import { createBareProgram } from "./program.ts";
import { addProve } from "./prove.ts";
import { addRestore } from "./restore.ts";
import { addSnapshot } from "./snapshot.ts";
import { addStart } from "./start.ts";
import { addTrigger } from "./trigger.ts";

export function createCommandLine(): Command {
  const program = createBareProgram().description(
    "M-Pesa on your own machine: the server, and everything that is done beside it.\n" +
      "Commands use the same settings as the server: environment variables (docs/settings.md).",
  );

  program.commandsGroup("A sandbox to work with:");
  addStart(program);
  addKeys(program);
  addPay(program);
  addTrigger(program);
  addHandset(program);
  addClock(program);
  addSnapshot(program);

  program.commandsGroup("Callbacks:");
  addListen(program);
  addCheckListener(program);
  addDeliveries(program);

  program.commandsGroup("An operator's tools:");
  addAdmin(program);
  addProve(program);
  addBackup(program);
  addRestore(program);
  addBench(program);

  program.commandsGroup("This command line:");
  addCompletion(program);

  disableHelpCommands(program);
  return addHelp(
    program,
    "Every command that answers something has --json. Exit codes: 0 done, 1 refused or failed, 2 not understood,\n" +
      "130 interrupted.",
    "start",
    "pay --market vodacomTZN --msisdn 255750000001 --amount 1000",
    "handset 255750000006 approve --wait",
    "pay --help",
  );
}

/** `pesarail admin help` would be one more way to say `pesarail admin --help`. */
function disableHelpCommands(command: Command): void {
  command.helpCommand(false);
  for (const subcommand of command.commands) disableHelpCommands(subcommand);
}
