/** `pesarail snapshot`: the whole sandbox as it was, under a name, to come back to. It asks a running server. */
import { Argument, type Command } from "commander";
import { addHelp } from "../../terminal/usage.ts";
import { completeWith } from "../completion/values.ts";
import { callControl, addControlOptions, type ControlOptions } from "../../control-client.ts";
import { printResult } from "../admin/context.ts";
import { renderTable, formatLocalTime } from "../../terminal/table.ts";
import { style } from "../../terminal/styles.ts";

const helpText = `A snapshot holds every market of the sandbox, its applications and sessions, and the time. Logs of requests
and of attempts at callbacks are left out, and so is everything that is live.`;

interface Snapshot {
  readonly name: string;
  readonly takenAt: string;
  readonly now: string;
  readonly frozen: boolean;
}

type SnapshotAction<T extends ControlOptions = ControlOptions> = (name: string, options: T) => Promise<void>;

export function addSnapshot(program: Command): void {
  const snapshot = program.command("snapshot").description("take the sandbox as it is, and come back to it");
  const nameDescription = "lower-case letters, digits and hyphens, such as payday";
  const addNamedSubcommand = (subcommand: string, description: string): Command =>
    addControlOptions(snapshot.command(subcommand).description(description)).addArgument(
      completeWith(new Argument("<name>", nameDescription), "snapshots"),
    );
  addNamedSubcommand("take", "take a snapshot")
    .option("--replace", "give up the one that has this name")
    .action(takeSnapshot);
  addNamedSubcommand("restore", "make the sandbox what it was").action(restoreSnapshot);
  addNamedSubcommand("delete", "give a snapshot up").action(deleteSnapshot);
  addControlOptions(snapshot.command("list").description("list the snapshots, the newest first")).action(
    listSnapshots,
  );
  addHelp(
    snapshot,
    helpText,
    "snapshot take payday",
    "snapshot restore payday",
    "snapshot list",
    "snapshot delete payday",
  );
}

const takeSnapshot: SnapshotAction<ControlOptions & { readonly replace?: true }> = async (name, options) => {
  const body = { name, replace: options.replace === true };
  const snapshot = await callControl<Snapshot>(options, "POST", "/snapshots", body);
  printResult(
    options,
    snapshot,
    `Snapshot ${name} holds the sandbox as it is at ${formatLocalTime(snapshot.now)}.`,
  );
};

const restoreSnapshot: SnapshotAction = async (name, options) => {
  const path = `/snapshots/${encodeURIComponent(name)}/restore`;
  const snapshot = await callControl<Snapshot>(options, "POST", path);
  const clockText = snapshot.frozen ? "where its clock stands" : "and its clock goes on from there";
  printResult(
    options,
    snapshot,
    `The sandbox is as it was at ${formatLocalTime(snapshot.now)}, ${clockText}.`,
  );
};

const deleteSnapshot: SnapshotAction = async (name, options) => {
  await callControl(options, "DELETE", `/snapshots/${encodeURIComponent(name)}`);
  printResult(options, { name }, `Snapshot ${name} is gone.`);
};

async function listSnapshots(options: ControlOptions): Promise<void> {
  const { snapshots } = await callControl<{ snapshots: readonly Snapshot[] }>(options, "GET", "/snapshots");
  const lines = snapshots.map(({ name, takenAt, now, frozen }) => [
    style("hint", name),
    formatLocalTime(takenAt),
    `${formatLocalTime(now)}${frozen ? " (standing)" : ""}`,
  ]);
  const columns = ["name", "taken", "the sandbox's time"].map((head) => ({ head }));
  const text = renderTable(columns, lines);
  printResult(options, snapshots, snapshots.length === 0 ? "There are no snapshots." : text);
}
