/** Failures of the application service, as the command line reports them. */
import { ApplicationNotFound, ApplicationRevoked } from "../../../developers/application-service.ts";
import { CommandFailed } from "../../terminal/exit-codes.ts";

/** Does what the service does; throws `CommandFailed` where the application does not allow it. */
export async function callService<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ApplicationNotFound || error instanceof ApplicationRevoked)
      throw new CommandFailed(error.message);
    throw error;
  }
}
