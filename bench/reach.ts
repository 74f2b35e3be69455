import { runningCluster } from "../src/cluster/running.ts";
import { ownDatabase } from "../src/places.ts";

/** Where the database of a running server listens, from its data folder: by the door that it uses itself. */
export const databaseOf = (dataDir: string) => runningCluster(dataDir).address(ownDatabase);
