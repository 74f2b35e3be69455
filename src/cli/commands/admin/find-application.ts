/** One application at the desk: found in its environment, and changed. */
import {
  lockApplication,
  readApplication,
  updateApplication,
  type ApplicationChange,
  type ApplicationRow,
} from "../../../store/main/applications.ts";
import { CommandFailed } from "../../terminal/exit-codes.ts";
import type { AdminContext } from "./context.ts";

/** Throws `Refused` for a number that the environment does not have. */
export async function findApplication(
  { main, environment }: AdminContext,
  id: bigint,
): Promise<ApplicationRow> {
  const row = await readApplication(main, id);
  if (row?.environment === environment) return row;
  throw new CommandFailed(`The ${environment} environment has no application ${id}.`);
}

/** Changes an application that nobody else is changing meanwhile; servers see it within the second. */
export async function changeApplication(
  { main }: AdminContext,
  id: bigint,
  columns: (locked: ApplicationRow) => ApplicationChange,
): Promise<void> {
  await main.begin(async (tx) => {
    const locked = await lockApplication(tx, id);
    if (locked !== undefined) await updateApplication(tx, id, columns(locked));
  });
}
