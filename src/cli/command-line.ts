/**
 * The command tree, in the order in which `--help` lists it.
 *
 * Help, shell completion and `docs/command-line.md` are generated from it.
 */
import type { Command } from "commander";
import { addAdmin } from "./commands/admin/admin.ts";
import { addBackup } from "./commands/operations/backup.ts";
import { addBench } from "./commands/operations/bench.ts";
import { addHelp } from "./terminal/usage.ts";
import { addCheckListener } from "./commands/check-listener/check-listener.ts";
import { addClock } from "./commands/sandbox/clock.ts";
import { addCompletion } from "./commands/completion/completion.ts";
import { addDeliveries } from "./commands/callbacks/deliveries.ts";
import { addHandset } from "./commands/sandbox/handset.ts";
import { addKeys } from "./commands/sandbox/keys.ts";
import { addListen } from "./commands/callbacks/listen.ts";
import { addPay } from "./commands/sandbox/pay.ts";
import { createBareProgram } from "./program.ts";
import { addProve } from "./commands/operations/prove.ts";
import { addRestore } from "./commands/operations/restore.ts";
import { addSamples } from "./commands/sandbox/samples.ts";
import { addScenarios } from "./commands/sandbox/scenarios.ts";
import { addSnapshot } from "./commands/sandbox/snapshot.ts";
import { addStart } from "./commands/sandbox/start.ts";
import { addTrigger } from "./commands/sandbox/trigger.ts";

export function createCommandLine(): Command {
  const program = createBareProgram().description(
    "An M-Pesa sandbox and server on your own machine, with tools for testing and operation.\n" +
      "All commands read the server's settings from environment variables (docs/settings.md).",
  );

  program.commandsGroup("Sandbox:");
  addStart(program);
  addKeys(program);
  addPay(program);
  addTrigger(program);
  addScenarios(program);
  addHandset(program);
  addClock(program);
  addSnapshot(program);
  addSamples(program);

  program.commandsGroup("Callbacks:");
  addListen(program);
  addCheckListener(program);
  addDeliveries(program);

  program.commandsGroup("Operation:");
  addAdmin(program);
  addProve(program);
  addBackup(program);
  addRestore(program);
  addBench(program);

  program.commandsGroup("Command line:");
  addCompletion(program);

  disableHelpCommands(program);
  return addHelp(
    program,
    "Every command that prints a result has --json. Exit codes: 0 success, 1 refused or failed, 2 usage error,\n" +
      "130 interrupted.",
    "start",
    "pay --market vodacomTZN --msisdn 255750000001 --amount 1000",
    "handset 255750000006 approve --wait",
    "pay --help",
  );
}

/** `pesarail admin help` would only duplicate `pesarail admin --help`. */
function disableHelpCommands(command: Command): void {
  command.helpCommand(false);
  for (const subcommand of command.commands) disableHelpCommands(subcommand);
}
