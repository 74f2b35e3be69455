/** Snapshots: saving and restoring the whole sandbox. */
import { Type } from "typebox";
import { SandboxBusy } from "../../sandbox/sandbox-transaction.ts";
import {
  listSnapshots,
  removeSnapshot,
  restoreSnapshot,
  snapshotName,
  SnapshotRefused,
  takeSnapshot,
  type Snapshot,
} from "../../sandbox/snapshots.ts";
import { object } from "../../core/schema.ts";
import { rethrowClockError } from "./clock.ts";
import { timestamp } from "./fields.ts";
import { ApiError } from "../api-error.ts";
import { defineRoute } from "./route.ts";

const name = Type.String({
  pattern: snapshotName,
  description: "1 to 40 lower-case letters, digits and hyphens, not starting with a hyphen.",
  examples: ["payday"],
});

const snapshotResponse = object({
  name,
  takenAt: timestamp,
  now: Type.String({
    description: "The business time of the snapshot, as ISO 8601 in UTC.",
    examples: ["2026-11-21T08:30:00.000Z"],
  }),
  frozen: Type.Boolean({ description: "Whether the clock was frozen." }),
});

const noSuchSnapshot = "No snapshot has this name.";
const databaseInUse = "The database is unavailable, or another operation locks its tables. Try again later.";

export const snapshotRoutes = [
  defineRoute({
    method: "POST",
    path: "/snapshots",
    summary:
      "Takes a snapshot of the sandbox: all markets, applications, sessions, and the clock. It does not include request logs and delivery attempts.",
    body: object(
      { name },
      { replace: Type.Boolean({ description: "Replaces an existing snapshot with this name." }) },
    ),
    status: 201,
    response: snapshotResponse,
    errors: { 409: "A snapshot with this name exists, or the clock is being advanced.", 503: databaseInUse },
    handle: async ({ body }, { clockDeps }) =>
      toResponse(await takeSnapshot(clockDeps, body.name, body.replace ?? false).catch(rethrowSnapshotError)),
  }),

  defineRoute({
    method: "GET",
    path: "/snapshots",
    summary: "Lists the snapshots, newest first.",
    status: 200,
    response: object({ snapshots: Type.Array(snapshotResponse) }),
    handle: async (_request, { clockDeps }) => ({
      snapshots: (await listSnapshots(clockDeps)).map(toResponse),
    }),
  }),

  defineRoute({
    method: "POST",
    path: "/snapshots/{snapshot}/restore",
    summary:
      "Restores the sandbox, including its clock, to the state of the snapshot. Sessions that were created later end.",
    status: 200,
    response: snapshotResponse,
    errors: {
      404: noSuchSnapshot,
      409: "Another release took the snapshot, its data is missing, or the clock is being advanced.",
      503: databaseInUse,
    },
    async handle({ params }, { clockDeps, refreshApplicationCache }) {
      const restored = await restoreSnapshot(clockDeps, params.snapshot).catch(rethrowSnapshotError);
      await refreshApplicationCache();
      return toResponse(restored);
    },
  }),

  defineRoute({
    method: "DELETE",
    path: "/snapshots/{snapshot}",
    summary: "Deletes a snapshot.",
    status: 204,
    errors: { 404: noSuchSnapshot, 503: databaseInUse },
    handle: ({ params }, { clockDeps }) =>
      removeSnapshot(clockDeps, params.snapshot).catch(rethrowSnapshotError),
  }),
] as const;

function toResponse({ name, takenAt, businessAt, frozen }: Snapshot) {
  return { name, takenAt: takenAt.toISOString(), now: businessAt.toISOString(), frozen };
}

function rethrowSnapshotError(error: unknown): never {
  if (error instanceof SnapshotRefused) {
    throw new ApiError(error.reason === "unknown" ? 404 : 409, error.message);
  }
  if (error instanceof SandboxBusy) throw new ApiError(503, error.message);
  return rethrowClockError(error);
}
