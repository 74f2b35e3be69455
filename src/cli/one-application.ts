/** One application at the desk: found in its environment, and changed. */
import {
  lockApplication,
  readApplication,
  updateApplication,
  type ApplicationChange,
  type ApplicationRow,
} from "../store/directory.ts";
import { Refused } from "./command-error.ts";
import type { Desk } from "./desk.ts";

/** Throws `Refused` for a number that the environment does not have. */
export async function findApplication({ main, environment }: Desk, id: bigint): Promise<ApplicationRow> {
  const row = await readApplication(main, id);
  if (row?.environment === environment) return row;
  throw new Refused(`The ${environment} environment has no application ${id}.`);
}

/** Changes an application that nobody else is changing meanwhile; servers see it within the second. */
export async function changeApplication(
  { main }: Desk,
  id: bigint,
  columns: (before: ApplicationRow) => ApplicationChange,
): Promise<void> {
  await main.begin(async (tx) => {
    const before = await lockApplication(tx, id);
    if (before !== undefined) await updateApplication(tx, id, columns(before));
  });
}
