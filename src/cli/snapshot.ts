/** `pesarail snapshot`: the whole sandbox as it was, under a name, to come back to. It asks a running server. */
import { Argument, type Command } from "commander";
import { explain } from "./called.ts";
import { offering } from "./completing.ts";
import { askServer, withControlOptions, type ControlOptions } from "./control-client.ts";
import { answer } from "./desk.ts";
import { listing, localTime } from "./table.ts";
import { paint } from "./terminal.ts";

const says = `A snapshot holds every market of the sandbox, its applications and sessions, and the time. Logs of requests
and of attempts at callbacks are left out, and so is everything that is live.`;

interface Snapshot {
  readonly name: string;
  readonly takenAt: string;
  readonly now: string;
  readonly frozen: boolean;
}

type Ask<T extends ControlOptions = ControlOptions> = (name: string, options: T) => Promise<void>;

export function addSnapshot(program: Command): void {
  const snapshot = program.command("snapshot").description("take the sandbox as it is, and come back to it");
  const called = "lower-case letters, digits and hyphens, such as payday";
  const named = (word: string, does: string): Command =>
    withControlOptions(snapshot.command(word).description(does)).addArgument(
      offering(new Argument("<name>", called), "snapshots"),
    );
  named("take", "take a snapshot").option("--replace", "give up the one that has this name").action(take);
  named("restore", "make the sandbox what it was").action(restore);
  named("delete", "give a snapshot up").action(remove);
  withControlOptions(snapshot.command("list").description("list the snapshots, the newest first")).action(
    list,
  );
  explain(
    snapshot,
    says,
    "snapshot take payday",
    "snapshot restore payday",
    "snapshot list",
    "snapshot delete payday",
  );
}

const take: Ask<ControlOptions & { readonly replace?: true }> = async (name, options) => {
  const body = { name, replace: options.replace === true };
  const taken = await askServer<Snapshot>(options, "POST", "/snapshots", body);
  answer(options, taken, `Snapshot ${name} holds the sandbox as it is at ${localTime(taken.now)}.`);
};

const restore: Ask = async (name, options) => {
  const path = `/snapshots/${encodeURIComponent(name)}/restore`;
  const restored = await askServer<Snapshot>(options, "POST", path);
  const goesOn = restored.frozen ? "where its clock stands" : "and its clock goes on from there";
  answer(options, restored, `The sandbox is as it was at ${localTime(restored.now)}, ${goesOn}.`);
};

const remove: Ask = async (name, options) => {
  await askServer(options, "DELETE", `/snapshots/${encodeURIComponent(name)}`);
  answer(options, { name }, `Snapshot ${name} is gone.`);
};

async function list(options: ControlOptions): Promise<void> {
  const { snapshots } = await askServer<{ snapshots: readonly Snapshot[] }>(options, "GET", "/snapshots");
  const lines = snapshots.map(({ name, takenAt, now, frozen }) => [
    paint("hint", name),
    localTime(takenAt),
    `${localTime(now)}${frozen ? " (standing)" : ""}`,
  ]);
  const columns = ["name", "taken", "the sandbox's time"].map((head) => ({ head }));
  const text = listing(columns, lines);
  answer(options, snapshots, snapshots.length === 0 ? "There are no snapshots." : text);
}
