/**
 * `pesarail completion bash|zsh`: a script with which a shell completes commands, options and known values.
 *
 * It is written from the tree of commands, so that Tab starts no program; numbers of handsets and names of
 * snapshots alone are asked of the server that runs. (A library that asks the program at every Tab would start
 * Node, and behind npx npm as well, each time.)
 */
import { Argument, type Command } from "commander";
import { explain } from "./called.ts";
import { liveOffers, type LiveOffer } from "./completing.ts";
import { completionScript, shells, type Shell } from "./completion-script.ts";
import { askServer, readSandbox } from "./control-client.ts";
import { interruption } from "./run.ts";

const says = `The script completes the word \`pesarail\`. Where that is no program of yours, make it a function first:

  pesarail() { npx pesarail "$@"; }

To have it in every shell, write it where the shell looks:

  bash  ~/.local/share/bash-completion/completions/pesarail
  zsh   a file _pesarail in a folder of $fpath`;

/** A Tab that takes longer is worse than one that offers nothing. */
const patienceMs = 2000;

export function addCompletion(program: Command): void {
  const completion = program
    .command("completion")
    .description("print a script with which bash or zsh completes commands")
    .addArgument(new Argument("<shell>", "which").choices(shells))
    .action((shell: Shell) => {
      process.stdout.write(completionScript(shell, program));
    });
  explain(
    completion,
    says,
    "$ source <(pesarail completion bash)",
    '$ pesarail completion zsh > "${fpath[1]}/_pesarail"',
  );
  program
    .command("complete", { hidden: true })
    .addArgument(new Argument("<what>", "what to list").choices(liveOffers))
    .action(offer);
}

/** Lists what a script asks for. Where no server runs there is nothing to offer, and that is no error. */
async function offer(what: LiveOffer): Promise<void> {
  const timer = setTimeout(() => interruption.abort(), patienceMs);
  try {
    process.stdout.write((await valuesOf(what)).map((line) => `${line}\n`).join(""));
  } catch {
    // Nobody reads a reason between two keys.
  } finally {
    clearTimeout(timer);
  }
}

async function valuesOf(what: LiveOffer): Promise<readonly string[]> {
  if (what === "snapshots") {
    const { snapshots } = await askServer<{ snapshots: readonly { name: string }[] }>(
      {},
      "GET",
      "/snapshots",
    );
    return snapshots.map(({ name }) => name);
  }
  const { markets } = await readSandbox({});
  return Object.entries(markets).flatMap(([market, { customers, handsets }]) => [
    ...(what === "people" ? customers.map((msisdn) => `${msisdn}\t${market}, approves at once`) : []),
    ...handsets.map(({ msisdn }) => `${msisdn}\t${market}, asks on a handset`),
  ]);
}
