import { realpathSync } from "node:fs";
import { clusterPassword, superuser } from "../src/cluster/create-cluster.ts";
import { choosePlace } from "../src/cluster/place.ts";
import { socketDir, socketPort } from "../src/cluster/socket-dir.ts";

/** Where the database of a running server listens, from its data folder: by the door that it uses itself. */
export function databaseOf(dataDir: string) {
  const real = realpathSync(dataDir);
  const place = choosePlace(real, () => {});
  return {
    host: socketDir(place.home, place.account),
    port: socketPort,
    username: superuser,
    password: clusterPassword(real, place),
    database: "pesarail",
  };
}
