/**
 * Finds the objects of a developer.
 *
 * An object of another developer gets the same response as one that does not exist, so that no one learns which exist.
 */
import type { ApplicationRow } from "../../developers/application-service.ts";
import { readApplication } from "../../store/main/applications.ts";
import { ApiError } from "../api-error.ts";
import type { DeveloperContext } from "./route.ts";

export const noSuchApplication = "You have no application with this number.";

/** Throws 404. Applications of the sandbox only. */
export async function getOwnApplication(
  { deps, developer }: Pick<DeveloperContext, "deps" | "developer">,
  id: string,
): Promise<ApplicationRow> {
  const row = await readApplication(deps.main, BigInt(id));
  if (row?.environment !== "sandbox" || row.developerId !== developer.id)
    throw new ApiError(404, noSuchApplication);
  return row;
}

/** Throws 403 unless the local tools are on: for what all developers of a sandbox share. */
export function assertLocalTools({ deps, developer }: Pick<DeveloperContext, "deps" | "developer">): void {
  if (!deps.localTools || !developer.isLocal)
    throw new ApiError(403, "All developers share this, so only an operator may change it here.");
}
