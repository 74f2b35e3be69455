/** `pesarail snapshot`: saves the whole sandbox under a name and restores it. It needs a running server. */
import { Argument, type Command } from "commander";
import { addHelp } from "../../terminal/usage.ts";
import { completeWith } from "../completion/values.ts";
import { callControl, addControlOptions, type ControlOptions } from "../../control-client.ts";
import { printResult } from "../../terminal/print-result.ts";
import { renderTable, formatLocalTime } from "../../terminal/table.ts";
import { style } from "../../terminal/styles.ts";

const helpText = `A snapshot contains every market of the sandbox, its applications and sessions, and the time. It does not contain
the request log, the log of callback attempts, or live data.`;

type SnapshotAction<T extends ControlOptions = ControlOptions> = (name: string, options: T) => Promise<void>;

export function addSnapshot(program: Command): void {
  const snapshot = program.command("snapshot").description("save and restore the state of the sandbox");
  const nameDescription = "lower-case letters, digits and hyphens, such as payday";
  const addNamedSubcommand = (subcommand: string, description: string): Command =>
    addControlOptions(snapshot.command(subcommand).description(description)).addArgument(
      completeWith(new Argument("<name>", nameDescription), "snapshots"),
    );
  addNamedSubcommand("take", "take a snapshot")
    .option("--replace", "replace an existing snapshot with this name")
    .action(takeSnapshot);
  addNamedSubcommand("restore", "restore the sandbox from a snapshot").action(restoreSnapshot);
  addNamedSubcommand("delete", "delete a snapshot").action(deleteSnapshot);
  addControlOptions(snapshot.command("list").description("list the snapshots, newest first")).action(
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
  const snapshot = await callControl(options, "POST /snapshots", { body });
  printResult(
    options,
    snapshot,
    `Snapshot ${name} contains the sandbox as of ${formatLocalTime(snapshot.now)}.`,
  );
};

const restoreSnapshot: SnapshotAction = async (name, options) => {
  const params = { snapshot: name };
  const snapshot = await callControl(options, "POST /snapshots/{snapshot}/restore", { params });
  const clockText = snapshot.frozen ? "its clock is stopped" : "its clock is running";
  printResult(
    options,
    snapshot,
    `The sandbox is restored to ${formatLocalTime(snapshot.now)}; ${clockText}.`,
  );
};

const deleteSnapshot: SnapshotAction = async (name, options) => {
  await callControl(options, "DELETE /snapshots/{snapshot}", { params: { snapshot: name } });
  printResult(options, { name }, `Snapshot ${name} is deleted.`);
};

async function listSnapshots(options: ControlOptions): Promise<void> {
  const { snapshots } = await callControl(options, "GET /snapshots");
  const lines = snapshots.map(({ name, takenAt, now, frozen }) => [
    style("hint", name),
    formatLocalTime(takenAt),
    `${formatLocalTime(now)}${frozen ? " (stopped)" : ""}`,
  ]);
  const columns = ["name", "taken", "sandbox time"].map((head) => ({ head }));
  const text = renderTable(columns, lines);
  printResult(options, snapshots, snapshots.length === 0 ? "There are no snapshots." : text);
}
