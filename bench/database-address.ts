import { getRunningCluster } from "../src/embedded-postgres/connect-running.ts";
import { embeddedDatabaseName } from "../src/config/database-locations.ts";

/** Where the database of a running server listens, from its data folder: by the door that it uses itself. */
export const findDatabaseAddress = (dataDir: string) =>
  getRunningCluster(dataDir).address(embeddedDatabaseName);
