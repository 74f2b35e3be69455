/**
 * The command tree, in the order in which `--help` lists it.
 *
 * Help, shell completion and `docs/command-line.md` are generated from it.
 */
import type { Command } from "commander";
import { addHelp } from "./terminal/usage.ts";
import { createBareProgram } from "./program.ts";

interface CommandEntry {
  /** Commands that need no other file. `completion` is none of them: it prints the whole tree. */
  readonly names: readonly string[];
  readonly group: string;
  /** Loads the file of the command, which adds it to the program. */
  readonly load: () => Promise<(program: Command) => unknown>;
}

// prettier-ignore
const entries: readonly CommandEntry[] = [
  { group: "Sandbox:", names: ["start"], load: async () => (await import("./commands/sandbox/start.ts")).addStart },
  { group: "Sandbox:", names: ["keys"], load: async () => (await import("./commands/sandbox/keys.ts")).addKeys },
  { group: "Sandbox:", names: ["pay"], load: async () => (await import("./commands/sandbox/pay.ts")).addPay },
  { group: "Sandbox:", names: ["trigger"], load: async () => (await import("./commands/sandbox/trigger.ts")).addTrigger },
  { group: "Sandbox:", names: ["scenarios"], load: async () => (await import("./commands/sandbox/scenarios.ts")).addScenarios },
  { group: "Sandbox:", names: ["handset"], load: async () => (await import("./commands/sandbox/handset.ts")).addHandset },
  { group: "Sandbox:", names: ["clock"], load: async () => (await import("./commands/sandbox/clock.ts")).addClock },
  { group: "Sandbox:", names: ["snapshot"], load: async () => (await import("./commands/sandbox/snapshot.ts")).addSnapshot },
  { group: "Sandbox:", names: ["fault"], load: async () => (await import("./commands/sandbox/fault.ts")).addFault },
  { group: "Sandbox:", names: ["samples"], load: async () => (await import("./commands/sandbox/samples.ts")).addSamples },
  { group: "Callbacks:", names: ["listen"], load: async () => (await import("./commands/callbacks/listen.ts")).addListen },
  { group: "Callbacks:", names: ["check-listener"], load: async () => (await import("./commands/check-listener/check-listener.ts")).addCheckListener },
  { group: "Callbacks:", names: ["deliveries"], load: async () => (await import("./commands/callbacks/deliveries.ts")).addDeliveries },
  { group: "Operation:", names: ["admin"], load: async () => (await import("./commands/admin/admin.ts")).addAdmin },
  { group: "Operation:", names: ["prove"], load: async () => (await import("./commands/operations/prove.ts")).addProve },
  { group: "Operation:", names: ["backup"], load: async () => (await import("./commands/operations/backup.ts")).addBackup },
  { group: "Operation:", names: ["restore"], load: async () => (await import("./commands/operations/restore.ts")).addRestore },
  { group: "Operation:", names: ["bench"], load: async () => (await import("./commands/operations/bench.ts")).addBench },
  { group: "Command line:", names: ["complete"], load: async () => (await import("./commands/completion/completion.ts")).addCompletion },
];

/**
 * Creates the whole tree, or only the command with this name: it starts in half the time, because the files of the others
 * are not loaded. For a name that no command has, it creates the whole tree.
 */
export async function createCommandLine(onlyName?: string): Promise<Command> {
  const program = createBareProgram().description(
    "An M-Pesa sandbox and server on your own machine, with tools for testing and operation.\n" +
      "All commands read the server's settings from environment variables (docs/settings.md).",
  );
  const only = entries.filter(({ names }) => onlyName !== undefined && names.includes(onlyName));
  for (const { group, load } of only.length === 0 ? entries : only) {
    program.commandsGroup(group);
    (await load())(program);
  }

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
