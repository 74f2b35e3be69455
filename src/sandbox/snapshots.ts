/**
 * Snapshots: copies of the whole sandbox, which can be restored any number of times.
 *
 * All rails of the sandbox are locked before the first is copied or replaced, so that a snapshot is consistent and contains no
 * half of a payment. Rails in one database use one transaction; by default, that is all of them.
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

/** The format of a snapshot's name, which becomes part of a schema name. */
export const snapshotName = "^[a-z0-9][a-z0-9-]{0,39}$";

/** A snapshot cannot be taken or restored. The message is one sentence. */
export class SnapshotRefused extends Error {
  readonly reason: "unknown" | "exists" | "does_not_fit";

  constructor(reason: SnapshotRefused["reason"], message: string) {
    super(message);
    this.reason = reason;
  }
}

const unknownSnapshot = (name: string): SnapshotRefused =>
  new SnapshotRefused("unknown", `Snapshot ${name} does not exist.`);

export const listSnapshots = ({ main }: SnapshotDeps): Promise<readonly Snapshot[]> => readSnapshots(main);

/** Throws `SnapshotRefused`, `SandboxBusy`, or `ClockBusy` while the clock is locked. */
export async function takeSnapshot(deps: SnapshotDeps, name: string, replace: boolean): Promise<Snapshot> {
  return inSandboxTransaction(deps, async (transaction) => {
    const { directory, rails } = transaction;
    const clock = await directory.do(lockSandboxClockRow);
    if (clock.movingAt !== null) throw new ClockBusy();
    if (!replace && (await directory.do((tx) => lockSnapshot(tx, name))) !== undefined) {
      throw new SnapshotRefused(
        "exists",
        `Snapshot ${name} already exists. Replace it, or use another name.`,
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
 * Restores the sandbox, including its clock, to the state of the snapshot. Throws `SnapshotRefused`, `SandboxBusy`,
 * `ClockBusy` or `ClockLockLost`; then nothing has changed.
 *
 * The clock is set back first, and the rows only after every server has read that, so that no payment decided at the
 * later time is written into the restored rows.
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
    const row = await setClock(tx, { revision, at: businessAt.getTime(), frozen });
    if (row === undefined) throw new ClockLockLost();
    return row;
  });
}

function throwMissingRows({ name: schema }: SchemaTransaction, name: string): never {
  throw new SnapshotRefused(
    "does_not_fit",
    `The rows of snapshot ${name} for ${schema} are missing from its database (backups do not include them). Delete the snapshot.`,
  );
}

/** Throws `SnapshotRefused` if the snapshot does not exist. */
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
      "The rails have different schema versions, because a server is starting with a newer release. Try again later.",
    );
  }
  return { mainVersion: await directory.do(readSchemaVersion), railVersion };
}

async function assertSameVersion(transaction: SandboxTransaction, snapshot: SnapshotRow): Promise<void> {
  const { mainVersion, railVersion } = await readVersions(transaction);
  if (mainVersion === snapshot.mainVersion && railVersion === snapshot.railVersion) return;
  throw new SnapshotRefused(
    "does_not_fit",
    `Snapshot ${snapshot.name} was taken by another release (schema versions ${snapshot.mainVersion} and ${snapshot.railVersion}, now ${mainVersion} and ${railVersion}). Take it again.`,
  );
}
