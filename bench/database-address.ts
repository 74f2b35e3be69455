import { getRunningCluster } from "../src/embedded-postgres/connect-running.ts";
import { embeddedDatabaseName } from "../src/config/database-locations.ts";

/** Finds the socket address of a running server's database, from its data folder. */
export const findDatabaseAddress = (dataDir: string) =>
  getRunningCluster(dataDir).address(embeddedDatabaseName);
