/** Calls of the application service for an application of the developer. */
import type { ApplicationRow, ApplicationService } from "../../developers/application-service.ts";
import { ApplicationRevoked, SeedApplicationStays } from "../../developers/application-service.ts";
import { ApiError } from "../api-error.ts";
import { getOwnApplication } from "./own-objects.ts";
import type { DeveloperContext } from "./route.ts";

/** The name of a developer in audit and history. */
export const getActor = ({ developer }: Pick<DeveloperContext, "developer">): string =>
  developer.email.slice(0, 100);

/** Throws 404 for an application of another developer, and 409 if the application does not allow the change. */
export async function withOwnApplication<T>(
  context: DeveloperContext,
  id: string,
  work: (service: ApplicationService, row: ApplicationRow) => Promise<T>,
): Promise<T> {
  const row = await getOwnApplication(context, id);
  try {
    return await work(context.deps.applications(getActor(context)), row);
  } catch (error) {
    if (error instanceof ApplicationRevoked || error instanceof SeedApplicationStays)
      throw new ApiError(409, error.message);
    throw error;
  }
}

/** For settings, which only the service's other changes check. Throws `ApplicationRevoked`. */
export function assertNotRevoked(row: ApplicationRow): void {
  if (row.revokedAt !== null) throw new ApplicationRevoked(row);
}
