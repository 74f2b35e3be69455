/**
 * Snapshots: the whole sandbox as it was at one moment, to come back to, as often as a test suite likes.
 *
 * All five rails are locked before the first is copied or replaced: a snapshot is one moment of the whole town,
 * and no payment is half in it. Rails of one database are done in one transaction, and that is all of them
 * unless settings say otherwise.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { holdSandboxClock, putClock, type ClockRow } from "../store/sandbox-clock.ts";
import {
  bringRailBack,
  bringSandboxBack,
  copyName,
  copyRail,
  copySandboxOfDirectory,
  deleteSnapshot,
  dropCopy,
  holdSnapshot,
  insertSnapshot,
  lockRail,
  readCopy,
  readSnapshots,
  schemaVersion,
  type SnapshotRow,
} from "../store/sandbox-snapshots.ts";
import { ClockBusy, settleMs } from "./clock.ts";
import { ClockLost, holdClock } from "./hold-clock.ts";
import type { MoveDeps } from "./move-clock.ts";
import { inOneMoment, type Part, type WholeTown } from "./one-moment.ts";

export type SnapshotDeps = Pick<MoveDeps, "main" | "clock" | "rails">;

export type Snapshot = Pick<SnapshotRow, "name" | "takenAt" | "businessAt" | "frozen">;

/** What a snapshot's name looks like: it becomes part of a schema's. */
export const snapshotName = "^[a-z0-9][a-z0-9-]{0,39}$";

/** Why a snapshot cannot be taken or restored. One sentence. */
export class SnapshotRefused extends Error {
  readonly because: "unknown" | "exists" | "does_not_fit";

  constructor(because: SnapshotRefused["because"], message: string) {
    super(message);
    this.because = because;
  }
}

const unknown = (name: string): SnapshotRefused =>
  new SnapshotRefused("unknown", `There is no snapshot ${name}.`);

export const listSnapshots = ({ main }: SnapshotDeps): Promise<readonly Snapshot[]> => readSnapshots(main);

/** Throws `SnapshotRefused`, `TownInUse`, or `ClockBusy` while the clock is moved. */
export async function takeSnapshot(deps: SnapshotDeps, name: string, replace: boolean): Promise<Snapshot> {
  return inOneMoment(deps, async (town) => {
    const { directory, rails } = town;
    const clock = await directory.do(holdSandboxClock);
    if (clock.movingAt !== null) throw new ClockBusy();
    if (!replace && (await directory.do((tx) => holdSnapshot(tx, name))) !== undefined) {
      throw new SnapshotRefused(
        "exists",
        `There is a snapshot ${name} already. Replace it, or take another name.`,
      );
    }
    for (const each of rails) await each.do((tx) => lockRail(tx, "writing"));

    deps.clock.follow(clock);
    const snapshot = {
      name,
      takenAt: new Date(),
      businessAt: new Date(deps.clock.now()),
      frozen: clock.frozenAt !== null,
      ...(await versionsOf(town)),
    };
    const { takenAt } = snapshot;
    for (const each of rails) await each.do((tx) => copyRail(tx, copyName(each.of, name), takenAt));
    await directory.do(async (tx) => {
      await copySandboxOfDirectory(tx, copyName(directory.of, name), takenAt);
      await deleteSnapshot(tx, name);
      await insertSnapshot(tx, snapshot);
    });
    return snapshot;
  });
}

/**
 * Makes the sandbox what it was when the snapshot was taken, its clock included. Throws `SnapshotRefused`,
 * `TownInUse`, `ClockBusy` or `ClockLost`; then nothing has changed.
 *
 * The clock is put back first, and the rows after every server has seen that: a payment that was decided
 * by the later time never lands in the earlier town.
 */
export async function restoreSnapshot(deps: SnapshotDeps, name: string): Promise<Snapshot> {
  const { main, clock } = deps;
  const snapshot = (await readSnapshots(main)).find((each) => each.name === name);
  if (snapshot === undefined) throw unknown(name);

  const hold = await holdClock(main, clock, snapshot.businessAt.getTime());
  try {
    await sleep(settleMs);
    const row = await inOneMoment(deps, (town) => bringBack(town, snapshot, hold.revision()));
    hold.forget();
    clock.follow(row);
    return snapshot;
  } catch (error) {
    await hold.abandon().catch(() => {});
    throw error;
  }
}

async function bringBack(town: WholeTown, snapshot: SnapshotRow, revision: bigint): Promise<ClockRow> {
  const { directory, rails } = town;
  const { name, takenAt, businessAt, frozen } = snapshot;
  const held = await directory.do((tx) => holdSnapshot(tx, name));
  if (held?.takenAt.getTime() !== takenAt.getTime()) throw unknown(name);
  await refuseOtherVersion(town, snapshot);

  for (const each of rails) await each.do((tx) => lockRail(tx, "everybody"));
  for (const each of rails) {
    const copy = copyName(each.of, name);
    await each.do(async (tx) =>
      bringRailBack(tx, copy, (await readCopy(tx, copy, takenAt)) ?? missing(each, name)),
    );
  }
  return directory.do(async (tx) => {
    const copy = copyName(directory.of, name);
    await bringSandboxBack(tx, copy, (await readCopy(tx, copy, takenAt)) ?? missing(directory, name));
    const row = await putClock(tx, { revision, at: businessAt.getTime(), frozen, wall: Date.now() });
    if (row === undefined) throw new ClockLost();
    return row;
  });
}

function missing({ of }: Part, name: string): never {
  throw new SnapshotRefused(
    "does_not_fit",
    `The rows of snapshot ${name} for ${of} are not in its database (a backup leaves them out): delete it.`,
  );
}

/** Throws `SnapshotRefused` where there is no such snapshot. */
export function removeSnapshot(deps: SnapshotDeps, name: string): Promise<void> {
  return inOneMoment(deps, async ({ directory, rails }) => {
    if (!(await directory.do((tx) => deleteSnapshot(tx, name)))) throw unknown(name);
    for (const each of [...rails, directory]) await each.do((tx) => dropCopy(tx, copyName(each.of, name)));
  });
}

type Versions = Pick<SnapshotRow, "mainVersion" | "railVersion">;

async function versionsOf({ directory, rails }: WholeTown): Promise<Versions> {
  const railVersions = new Set<number>();
  for (const each of rails) railVersions.add(await each.do(schemaVersion));
  const [railVersion = 0] = railVersions;
  if (railVersions.size > 1) {
    throw new SnapshotRefused(
      "does_not_fit",
      "The rails are at different versions: a server is starting with a newer release.",
    );
  }
  return { mainVersion: await directory.do(schemaVersion), railVersion };
}

async function refuseOtherVersion(town: WholeTown, snapshot: SnapshotRow): Promise<void> {
  const { mainVersion, railVersion } = await versionsOf(town);
  if (mainVersion === snapshot.mainVersion && railVersion === snapshot.railVersion) return;
  throw new SnapshotRefused(
    "does_not_fit",
    `Snapshot ${snapshot.name} was taken by another release (schema versions ${snapshot.mainVersion} and ${snapshot.railVersion}, now ${mainVersion} and ${railVersion}): take it again.`,
  );
}
