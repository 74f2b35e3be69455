/**
 * Snapshots: the whole sandbox as it was at one moment, to come back to, as often as a test suite likes.
 *
 * All five rails are locked before the first is copied or replaced: a snapshot is one moment of the whole town,
 * and no payment is half in it. Rails of one database are done in one transaction, and that is all of them
 * unless settings say otherwise.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { lockSandboxClockRow, setClock, type ClockRow } from "../store/main/sandbox-clock.ts";
import {
  restoreRailRows,
  restoreSandboxRows,
  snapshotSchemaName,
  copyRail,
  copySandboxRows,
  deleteSnapshot,
  dropCopy,
  lockSnapshot,
  insertSnapshot,
  lockRail,
  readCopy,
  readSnapshots,
  readSchemaVersion,
  type SnapshotRow,
} from "../store/main/sandbox-snapshots.ts";
import { ClockBusy, propagationMs } from "./clock.ts";
import { ClockLockLost, lockClock } from "./clock-lock.ts";
import type { ClockAdvanceDeps } from "./advance-clock.ts";
import {
  inSandboxTransaction,
  type SchemaTransaction,
  type SandboxTransaction,
} from "./sandbox-transaction.ts";

export type SnapshotDeps = Pick<ClockAdvanceDeps, "main" | "clock" | "rails">;

export type Snapshot = Pick<SnapshotRow, "name" | "takenAt" | "businessAt" | "frozen">;

/** What a snapshot's name looks like: it becomes part of a schema's. */
export const snapshotName = "^[a-z0-9][a-z0-9-]{0,39}$";

/** Why a snapshot cannot be taken or restored. One sentence. */
export class SnapshotRefused extends Error {
  readonly reason: "unknown" | "exists" | "does_not_fit";

  constructor(reason: SnapshotRefused["reason"], message: string) {
    super(message);
    this.reason = reason;
  }
}

const unknownSnapshot = (name: string): SnapshotRefused =>
  new SnapshotRefused("unknown", `There is no snapshot ${name}.`);

export const listSnapshots = ({ main }: SnapshotDeps): Promise<readonly Snapshot[]> => readSnapshots(main);

/** Throws `SnapshotRefused`, `TownInUse`, or `ClockBusy` while the clock is moved. */
export async function takeSnapshot(deps: SnapshotDeps, name: string, replace: boolean): Promise<Snapshot> {
  return inSandboxTransaction(deps, async (transaction) => {
    const { directory, rails } = transaction;
    const clock = await directory.do(lockSandboxClockRow);
    if (clock.movingAt !== null) throw new ClockBusy();
    if (!replace && (await directory.do((tx) => lockSnapshot(tx, name))) !== undefined) {
      throw new SnapshotRefused(
        "exists",
        `There is a snapshot ${name} already. Replace it, or take another name.`,
      );
    }
    for (const part of rails) await part.do((tx) => lockRail(tx, "writes"));

    deps.clock.follow(clock);
    const snapshot = {
      name,
      takenAt: new Date(),
      businessAt: new Date(deps.clock.now()),
      frozen: clock.frozenAt !== null,
      ...(await readVersions(transaction)),
    };
    const { takenAt } = snapshot;
    for (const part of rails)
      await part.do((tx) => copyRail(tx, snapshotSchemaName(part.name, name), takenAt));
    await directory.do(async (tx) => {
      await copySandboxRows(tx, snapshotSchemaName(directory.name, name), takenAt);
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
  const snapshot = (await readSnapshots(main)).find((part) => part.name === name);
  if (snapshot === undefined) throw unknownSnapshot(name);

  const lock = await lockClock(main, clock, snapshot.businessAt.getTime());
  try {
    await sleep(propagationMs);
    const row = await inSandboxTransaction(deps, (transaction) =>
      restoreSchemas(transaction, snapshot, lock.revision()),
    );
    lock.stopRenewing();
    clock.follow(row);
    return snapshot;
  } catch (error) {
    await lock.abandon().catch(() => {});
    throw error;
  }
}

async function restoreSchemas(
  transaction: SandboxTransaction,
  snapshot: SnapshotRow,
  revision: bigint,
): Promise<ClockRow> {
  const { directory, rails } = transaction;
  const { name, takenAt, businessAt, frozen } = snapshot;
  const locked = await directory.do((tx) => lockSnapshot(tx, name));
  if (locked?.takenAt.getTime() !== takenAt.getTime()) throw unknownSnapshot(name);
  await assertSameVersion(transaction, snapshot);

  for (const part of rails) await part.do((tx) => lockRail(tx, "all"));
  for (const part of rails) {
    const copy = snapshotSchemaName(part.name, name);
    await part.do(async (tx) =>
      restoreRailRows(tx, copy, (await readCopy(tx, copy, takenAt)) ?? throwMissingRows(part, name)),
    );
  }
  return directory.do(async (tx) => {
    const copy = snapshotSchemaName(directory.name, name);
    await restoreSandboxRows(
      tx,
      copy,
      (await readCopy(tx, copy, takenAt)) ?? throwMissingRows(directory, name),
    );
    const row = await setClock(tx, { revision, at: businessAt.getTime(), frozen, wallTimeMs: Date.now() });
    if (row === undefined) throw new ClockLockLost();
    return row;
  });
}

function throwMissingRows({ name: schema }: SchemaTransaction, name: string): never {
  throw new SnapshotRefused(
    "does_not_fit",
    `The rows of snapshot ${name} for ${schema} are not in its database (a backup leaves them out): delete it.`,
  );
}

/** Throws `SnapshotRefused` where there is no such snapshot. */
export function removeSnapshot(deps: SnapshotDeps, name: string): Promise<void> {
  return inSandboxTransaction(deps, async ({ directory, rails }) => {
    if (!(await directory.do((tx) => deleteSnapshot(tx, name)))) throw unknownSnapshot(name);
    for (const part of [...rails, directory])
      await part.do((tx) => dropCopy(tx, snapshotSchemaName(part.name, name)));
  });
}

type Versions = Pick<SnapshotRow, "mainVersion" | "railVersion">;

async function readVersions({ directory, rails }: SandboxTransaction): Promise<Versions> {
  const railVersions = new Set<number>();
  for (const part of rails) railVersions.add(await part.do(readSchemaVersion));
  const [railVersion = 0] = railVersions;
  if (railVersions.size > 1) {
    throw new SnapshotRefused(
      "does_not_fit",
      "The rails are at different versions: a server is starting with a newer release.",
    );
  }
  return { mainVersion: await directory.do(readSchemaVersion), railVersion };
}

async function assertSameVersion(transaction: SandboxTransaction, snapshot: SnapshotRow): Promise<void> {
  const { mainVersion, railVersion } = await readVersions(transaction);
  if (mainVersion === snapshot.mainVersion && railVersion === snapshot.railVersion) return;
  throw new SnapshotRefused(
    "does_not_fit",
    `Snapshot ${snapshot.name} was taken by another release (schema versions ${snapshot.mainVersion} and ${snapshot.railVersion}, now ${mainVersion} and ${railVersion}): take it again.`,
  );
}
