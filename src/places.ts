/** Which database each schema lives in: yours where a setting names one, our own cluster's otherwise. */
import type { Cluster } from "./cluster/cluster.ts";
import type { Config } from "./config.ts";
import { rails } from "./money.ts";
import type { Place, Places } from "./store/stores.ts";

/** The database of our own cluster. */
export const ownDatabase = "pesarail";

/** Whether anything is left for our own PostgreSQL to hold. */
export function needsOwnCluster(config: Config): boolean {
  return (
    config.databaseUrlMain === null ||
    rails.some(({ environment, market }) => config.databaseUrl(environment, market) === null)
  );
}

export function placesOf(config: Config, cluster: Pick<Cluster, "address"> | null): Places {
  const place = (url: string | null, setting: () => string): Place => {
    if (url !== null) return { address: url, setting: setting() };
    if (cluster === null) throw new Error("a schema without a URL needs our own cluster");
    return { address: cluster.address(ownDatabase), setting: "DATA_DIR" };
  };
  return {
    main: place(config.databaseUrlMain, () => "DATABASE_URL"),
    rail: (environment, market) =>
      place(config.databaseUrl(environment, market), () => config.databaseSetting(environment, market)),
  };
}
