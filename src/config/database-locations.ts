/** Which database each schema lives in: yours where a setting names one, our own cluster's otherwise. */
import type { Cluster } from "../embedded-postgres/cluster.ts";
import type { Config } from "./settings.ts";
import { rails } from "../core/money.ts";
import type { DatabaseLocation, DatabaseLocations } from "../store/databases.ts";

/** The database of our own cluster. */
export const embeddedDatabaseName = "pesarail";

/** Whether anything is left for our own PostgreSQL to hold. */
export function usesEmbeddedPostgres(config: Config): boolean {
  return (
    config.databaseUrlMain === null ||
    rails.some(({ environment, market }) => config.databaseUrl(environment, market) === null)
  );
}

export function databaseLocations(
  config: Config,
  cluster: Pick<Cluster, "address"> | null,
): DatabaseLocations {
  const toLocation = (url: string | null, setting: () => string): DatabaseLocation => {
    if (url !== null) return { address: url, setting: setting() };
    if (cluster === null) throw new Error("a schema without a URL needs our own cluster");
    return { address: cluster.address(embeddedDatabaseName), setting: "DATA_DIR" };
  };
  return {
    main: toLocation(config.databaseUrlMain, () => "DATABASE_URL"),
    rail: (environment, market) =>
      toLocation(config.databaseUrl(environment, market), () => config.databaseSetting(environment, market)),
  };
}
