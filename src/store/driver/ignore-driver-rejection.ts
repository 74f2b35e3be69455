/**
 * The driver (3.4.9) queries the array types when a connection starts and never handles a rejection of that
 * query. If the connection is lost at that point, the unhandled rejection would end the process. The callers
 * that wait for a connection get another one, so the rejection can be ignored.
 */
import { errorCode, isTransient } from "./connect.ts";

/** Ignores that rejection only, and calls `onIgnored` with it. Every other unhandled rejection is thrown. */
export function ignoreDriverRejection(onIgnored: (error: unknown) => void): void {
  process.on("unhandledRejection", (error) => {
    const query = (error as { query?: unknown } | null)?.query;
    const isDriverQuery = typeof query === "string" && query.includes("pg_catalog.pg_type");
    if (!isDriverQuery || !(isTransient(error) || errorCode(error) === "ECONNRESET")) throw error;
    onIgnored(error);
  });
}
