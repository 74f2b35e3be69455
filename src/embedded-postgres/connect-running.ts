/**
 * The way to a cluster that somebody else runs: a server beside which a command is at work.
 */
import { realpathSync } from "node:fs";
import type { Cluster } from "./cluster.ts";
import { clusterPassword, superuser } from "./create-cluster.ts";
import { chooseLocation } from "./location.ts";
import { socketDir, socketPort } from "./socket-dir.ts";

/**
 * Where the cluster of this data folder listens: by its socket, with the password that lies in the folder.
 * Whoever may read that file may come in. Throws `ClusterError` for a folder that is not ours to read.
 */
export function getRunningCluster(dataDir: string): Pick<Cluster, "address"> {
  const folder = realpathSync(dataDir);
  const location = chooseLocation(folder, () => {});
  const password = clusterPassword(folder, location);
  const host = socketDir(location.baseDir, location.user);
  return { address: (database) => ({ host, port: socketPort, username: superuser, password, database }) };
}
