/**
 * The one thing that the driver (3.4.9) asks for itself and never listens for: which array types there are, at
 * the start of a connection. If the connection is lost just then, the rejection is nobody's, and would end the
 * process; whoever waits for the connection is served by another.
 */
import { errorCode, isTransient } from "./connect.ts";

/** Has this process survive that, and nothing else. `report` is told. */
export function ignoreDriverRejection(onIgnored: (error: unknown) => void): void {
  process.on("unhandledRejection", (error) => {
    const query = (error as { query?: unknown } | null)?.query;
    const isDriverQuery = typeof query === "string" && query.includes("pg_catalog.pg_type");
    if (!isDriverQuery || !(isTransient(error) || errorCode(error) === "ECONNRESET")) throw error;
    onIgnored(error);
  });
}
