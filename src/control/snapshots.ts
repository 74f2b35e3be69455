/** Snapshots: the whole sandbox as it was, under a name, to come back to. */
import { TownInUse } from "../sandbox/one-moment.ts";
import {
  listSnapshots,
  removeSnapshot,
  restoreSnapshot,
  snapshotName,
  SnapshotRefused,
  takeSnapshot,
  type Snapshot,
} from "../sandbox/snapshots.ts";
import { explain } from "./clock.ts";
import { moment } from "./fields.ts";
import { ControlError, route } from "./route.ts";
import { flag, list, object, text } from "./schema.ts";

const name = text({
  pattern: snapshotName,
  description: "1 to 40 lower-case letters, digits and hyphens; the first is no hyphen.",
  examples: ["payday"],
});

const snapshot = object({
  name,
  takenAt: moment,
  now: text({
    description: "The sandbox's business time in it, as ISO 8601 in UTC.",
    examples: ["2026-11-21T08:30:00.000Z"],
  }),
  frozen: flag({ description: "Whether the clock stood still." }),
});

const unknown = "There is no such snapshot.";
const inUse = "The database cannot be reached, or its tables are in use by something that takes long.";

export const snapshotRoutes = [
  route({
    method: "POST",
    path: "/snapshots",
    does: "Takes a snapshot of the sandbox: all its markets, applications and sessions, and the time. Request logs and attempts at deliveries are left out.",
    body: object({ name }, { replace: flag({ description: "Gives up the one that has this name." }) }),
    status: 201,
    answers: snapshot,
    fails: { 409: "There is one of this name, or the clock is being moved.", 503: inUse },
    handle: async ({ body }, { town }) =>
      shown(await takeSnapshot(town, body.name, body.replace ?? false).catch(refuse)),
  }),

  route({
    method: "GET",
    path: "/snapshots",
    does: "Lists the snapshots, the newest first.",
    status: 200,
    answers: object({ snapshots: list(snapshot) }),
    handle: async (_asked, { town }) => ({ snapshots: (await listSnapshots(town)).map(shown) }),
  }),

  route({
    method: "POST",
    path: "/snapshots/{snapshot}/restore",
    does: "Makes the sandbox what it was when the snapshot was taken, its clock included. Sessions that were opened since are over.",
    status: 200,
    answers: snapshot,
    fails: {
      404: unknown,
      409: "It was taken by another release, its rows are gone, or the clock is being moved.",
      503: inUse,
    },
    async handle(asked, { town, refreshDirectory }) {
      const restored = await restoreSnapshot(town, nameIn(asked)).catch(refuse);
      await refreshDirectory();
      return shown(restored);
    },
  }),

  route({
    method: "DELETE",
    path: "/snapshots/{snapshot}",
    does: "Gives a snapshot up.",
    status: 204,
    fails: { 404: unknown, 503: inUse },
    handle: (asked, { town }) => removeSnapshot(town, nameIn(asked)).catch(refuse),
  }),
];

function nameIn(asked: { part(name: string): string }): string {
  const text = asked.part("snapshot");
  if (!new RegExp(snapshotName).test(text)) throw new ControlError(404, unknown);
  return text;
}

function shown({ name, takenAt, businessAt, frozen }: Snapshot) {
  return { name, takenAt: takenAt.toISOString(), now: businessAt.toISOString(), frozen };
}

function refuse(error: unknown): never {
  if (error instanceof SnapshotRefused) {
    throw new ControlError(error.because === "unknown" ? 404 : 409, error.message);
  }
  if (error instanceof TownInUse) throw new ControlError(503, error.message);
  return explain(error);
}
