/**
 * `pesarail completion bash|zsh`: prints a shell completion script.
 *
 * The script is generated from the command tree, so that Tab starts no program; only handset numbers and
 * snapshot names are read from the running server. (A library that calls the program for each Tab would start
 * Node, and behind npx also npm, each time.)
 */
import { Argument, type Command } from "commander";
import { addHelp } from "../../terminal/usage.ts";
import { serverCompletions, type ServerCompletion } from "./values.ts";
import { completionScript, shells, type Shell } from "./completion-script.ts";
import { protocols } from "../../../protocols/registry.ts";
import { callControl, readProtocolSandbox } from "../../control-client.ts";
import { abortController } from "../../context.ts";

const helpText = `The script completes the word \`pesarail\`. If that is not a command on your machine, define a function first:

  pesarail() { npx pesarail "$@"; }

To load it in every shell, save it to one of these places:

  bash  ~/.local/share/bash-completion/completions/pesarail
  zsh   a file _pesarail in a folder of $fpath`;

/** A slow Tab is worse than one without completions. */
const timeoutMs = 2000;

export function addCompletion(program: Command): void {
  const completion = program
    .command("completion")
    .description("print a shell completion script")
    .addArgument(new Argument("<shell>", "which").choices(shells))
    .action((shell: Shell) => {
      process.stdout.write(completionScript(shell, program));
    });
  addHelp(
    completion,
    helpText,
    "$ source <(pesarail completion bash)",
    '$ pesarail completion zsh > "${fpath[1]}/_pesarail"',
  );
  program
    .command("complete", { hidden: true })
    .addArgument(new Argument("<what>", "what to list").choices(serverCompletions))
    .action(printCompletions);
}

/**
 * Prints values for the script. Without a running server there is nothing to complete, which is not an error.
 */
async function printCompletions(kind: ServerCompletion): Promise<void> {
  const timer = setTimeout(() => abortController.abort(), timeoutMs);
  try {
    process.stdout.write((await readValues(kind)).map((line) => `${line}\n`).join(""));
  } catch {
    // An error message would disturb the command line that is being typed.
  } finally {
    clearTimeout(timer);
  }
}

async function readValues(kind: ServerCompletion): Promise<readonly string[]> {
  if (kind === "snapshots") {
    const { snapshots } = await callControl({}, "GET /snapshots");
    return snapshots.map(({ name }) => name);
  }
  const sandboxes = await Promise.all(protocols.map((protocol) => readProtocolSandbox({}, protocol)));
  const seeded = sandboxes.flatMap(({ summary }) => Object.entries(summary.markets));
  return seeded.flatMap(([market, { customers, handsets }]) => [
    ...(kind === "people" ? customers.map((msisdn) => `${msisdn}\t${market}, approves automatically`) : []),
    ...handsets.map(({ msisdn }) => `${msisdn}\t${market}, prompts on a handset`),
  ]);
}
