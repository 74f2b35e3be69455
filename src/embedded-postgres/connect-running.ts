/**
 * Connects a command to the cluster of a running server.
 */
import { realpathSync } from "node:fs";
import type { Cluster } from "./cluster.ts";
import { clusterPassword, superuser } from "./create-cluster.ts";
import { chooseLocation } from "./location.ts";
import { socketDir, socketPort } from "./socket-dir.ts";

/**
 * The address of the cluster of this data folder: its socket and the password from the folder. Any user who can read that
 * file can connect. Throws `ClusterError` for a folder that this user cannot read.
 */
export function getRunningCluster(dataDir: string): Pick<Cluster, "address"> {
  const folder = realpathSync(dataDir);
  const location = chooseLocation(folder, () => {});
  const password = clusterPassword(folder, location);
  const host = socketDir(location.baseDir, location.user);
  return { address: (database) => ({ host, port: socketPort, username: superuser, password, database }) };
}
