/**
 * `pesarail completion bash|zsh`: a script with which a shell completes commands, options and known values.
 *
 * It is written from the tree of commands, so that Tab starts no program; numbers of handsets and names of
 * snapshots alone are asked of the server that runs. (A library that asks the program at every Tab would start
 * Node, and behind npx npm as well, each time.)
 */
import { Argument, type Command } from "commander";
import { addHelp } from "../../terminal/usage.ts";
import { serverCompletions, type ServerCompletion } from "./values.ts";
import { completionScript, shells, type Shell } from "./completion-script.ts";
import { callControl, readSandbox } from "../../control-client.ts";
import { abortController } from "../../context.ts";

const helpText = `The script completes the word \`pesarail\`. Where that is no program of yours, make it a function first:

  pesarail() { npx pesarail "$@"; }

To have it in every shell, write it where the shell looks:

  bash  ~/.local/share/bash-completion/completions/pesarail
  zsh   a file _pesarail in a folder of $fpath`;

/** A Tab that takes longer is worse than one that offers nothing. */
const timeoutMs = 2000;

export function addCompletion(program: Command): void {
  const completion = program
    .command("completion")
    .description("print a script with which bash or zsh completes commands")
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

/** Lists what a script asks for. Where no server runs there is nothing to offer, and that is no error. */
async function printCompletions(kind: ServerCompletion): Promise<void> {
  const timer = setTimeout(() => abortController.abort(), timeoutMs);
  try {
    process.stdout.write((await readValues(kind)).map((line) => `${line}\n`).join(""));
  } catch {
    // Nobody reads a reason between two keys.
  } finally {
    clearTimeout(timer);
  }
}

async function readValues(kind: ServerCompletion): Promise<readonly string[]> {
  if (kind === "snapshots") {
    const { snapshots } = await callControl<{ snapshots: readonly { name: string }[] }>(
      {},
      "GET",
      "/snapshots",
    );
    return snapshots.map(({ name }) => name);
  }
  const { markets } = await readSandbox({});
  return Object.entries(markets).flatMap(([market, { customers, handsets }]) => [
    ...(kind === "people" ? customers.map((msisdn) => `${msisdn}\t${market}, approves at once`) : []),
    ...handsets.map(({ msisdn }) => `${msisdn}\t${market}, asks on a handset`),
  ]);
}
