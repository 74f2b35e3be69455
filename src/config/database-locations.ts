/** The database of each schema: the one that a setting names, otherwise the embedded PostgreSQL. */
import type { Cluster } from "../embedded-postgres/cluster.ts";
import type { Config } from "./settings.ts";
import { rails } from "../core/rails.ts";
import type { DatabaseLocation, DatabaseLocations } from "../store/databases.ts";

/** The database in the embedded PostgreSQL. */
export const embeddedDatabaseName = "pesarail";

/** Whether any schema is in the embedded PostgreSQL. */
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
    if (cluster === null) throw new Error("a schema without a URL needs the embedded PostgreSQL");
    return { address: cluster.address(embeddedDatabaseName), setting: "DATA_DIR" };
  };
  return {
    main: toLocation(config.databaseUrlMain, () => "DATABASE_URL"),
    rail: (environment, market) =>
      toLocation(config.databaseUrl(environment, market), () => config.databaseSetting(environment, market)),
  };
}
