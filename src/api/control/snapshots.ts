/** Snapshots: the whole sandbox as it was, under a name, to come back to. */
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
import { rethrowClockError } from "./clock.ts";
import { timestamp } from "./fields.ts";
import { ControlError, defineRoute, type RouteRequest } from "./route.ts";
import { boolean, array, object, string } from "./schema.ts";

const name = string({
  pattern: snapshotName,
  description: "1 to 40 lower-case letters, digits and hyphens; the first is no hyphen.",
  examples: ["payday"],
});

const snapshotResponse = object({
  name,
  takenAt: timestamp,
  now: string({
    description: "The sandbox's business time in it, as ISO 8601 in UTC.",
    examples: ["2026-11-21T08:30:00.000Z"],
  }),
  frozen: boolean({ description: "Whether the clock stood still." }),
});

const noSuchSnapshot = "There is no such snapshot.";
const databaseInUse =
  "The database cannot be reached, or its tables are in use by something that takes long.";

export const snapshotRoutes = [
  defineRoute({
    method: "POST",
    path: "/snapshots",
    summary:
      "Takes a snapshot of the sandbox: all its markets, applications and sessions, and the time. Request logs and attempts at deliveries are left out.",
    body: object({ name }, { replace: boolean({ description: "Gives up the one that has this name." }) }),
    status: 201,
    response: snapshotResponse,
    errors: { 409: "There is one of this name, or the clock is being moved.", 503: databaseInUse },
    handle: async ({ body }, { clockDeps: town }) =>
      toResponse(await takeSnapshot(town, body.name, body.replace ?? false).catch(rethrowSnapshotError)),
  }),

  defineRoute({
    method: "GET",
    path: "/snapshots",
    summary: "Lists the snapshots, the newest first.",
    status: 200,
    response: object({ snapshots: array(snapshotResponse) }),
    handle: async (_request, { clockDeps: town }) => ({
      snapshots: (await listSnapshots(town)).map(toResponse),
    }),
  }),

  defineRoute({
    method: "POST",
    path: "/snapshots/{snapshot}/restore",
    summary:
      "Makes the sandbox what it was when the snapshot was taken, its clock included. Sessions that were opened since are over.",
    status: 200,
    response: snapshotResponse,
    errors: {
      404: noSuchSnapshot,
      409: "It was taken by another release, its rows are gone, or the clock is being moved.",
      503: databaseInUse,
    },
    async handle(request, { clockDeps: town, refreshApplicationCache: refreshDirectory }) {
      const restored = await restoreSnapshot(town, parseSnapshotName(request)).catch(rethrowSnapshotError);
      await refreshDirectory();
      return toResponse(restored);
    },
  }),

  defineRoute({
    method: "DELETE",
    path: "/snapshots/{snapshot}",
    summary: "Gives a snapshot up.",
    status: 204,
    errors: { 404: noSuchSnapshot, 503: databaseInUse },
    handle: (request, { clockDeps: town }) =>
      removeSnapshot(town, parseSnapshotName(request)).catch(rethrowSnapshotError),
  }),
];

function parseSnapshotName(request: RouteRequest<unknown, unknown>): string {
  const text = request.param("snapshot");
  if (!new RegExp(snapshotName).test(text)) throw new ControlError(404, noSuchSnapshot);
  return text;
}

function toResponse({ name, takenAt, businessAt, frozen }: Snapshot) {
  return { name, takenAt: takenAt.toISOString(), now: businessAt.toISOString(), frozen };
}

function rethrowSnapshotError(error: unknown): never {
  if (error instanceof SnapshotRefused) {
    throw new ControlError(error.reason === "unknown" ? 404 : 409, error.message);
  }
  if (error instanceof SandboxBusy) throw new ControlError(503, error.message);
  return rethrowClockError(error);
}
