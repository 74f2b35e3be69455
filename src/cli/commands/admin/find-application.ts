/** Finds and changes one application of the chosen environment. */
import {
  lockApplication,
  readApplication,
  updateApplication,
  type ApplicationChange,
  type ApplicationRow,
} from "../../../store/main/applications.ts";
import { CommandFailed } from "../../terminal/exit-codes.ts";
import type { AdminContext } from "./context.ts";

/** Throws `CommandFailed` if the environment has no such application. */
export async function findApplication(
  { main, environment }: AdminContext,
  id: bigint,
): Promise<ApplicationRow> {
  const row = await readApplication(main, id);
  if (row?.environment === environment) return row;
  throw new CommandFailed(
    `The ${environment} environment has no application ${id}. List them with \`admin application list\`.`,
  );
}

/** Locks the application and changes it. Running servers see the change within a second. */
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
