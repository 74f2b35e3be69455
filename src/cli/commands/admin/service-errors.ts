/** Failures of the application service, as the command line reports them. */
import {
  ApplicationNotFound,
  ApplicationRevoked,
  SeedApplicationStays,
} from "../../../developers/application-service.ts";
import { CommandFailed } from "../../terminal/exit-codes.ts";

const refusals = [ApplicationNotFound, ApplicationRevoked, SeedApplicationStays];

/** Does what the service does; throws `CommandFailed` where the application does not allow it. */
export async function callService<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (refusals.some((refusal) => error instanceof refusal))
      throw new CommandFailed((error as Error).message);
    throw error;
  }
}
