/** The database of each schema: the one that a setting names, otherwise the embedded PostgreSQL. */
import type { Environment, Market } from "../core/markets.ts";
import { rails } from "../core/rails.ts";
import type { Config } from "./settings.ts";

/** The database in the embedded PostgreSQL. */
export const embeddedDatabaseName = "pesarail";

/** Whether any schema is in the embedded PostgreSQL. */
export function usesEmbeddedPostgres(config: Config): boolean {
  return (
    config.databaseUrlMain === null ||
    rails.some(({ environment, market }) => config.databaseUrl(environment, market) === null)
  );
}

/** The embedded PostgreSQL, as far as this file needs it. `Address` is how its client addresses a database. */
export interface EmbeddedDatabases<Address> {
  address(database: string): Address;
}

/** A URL or an address, and the setting that it comes from (for messages). */
export interface ConfiguredLocation<Address> {
  readonly address: string | Address;
  readonly setting: string;
}

export interface ConfiguredLocations<Address> {
  readonly main: ConfiguredLocation<Address>;
  rail(environment: Environment, market: Market): ConfiguredLocation<Address>;
}

/** `cluster` may be null only if every schema has a URL. */
export function databaseLocations<Address = never>(
  config: Config,
  cluster: EmbeddedDatabases<Address> | null,
): ConfiguredLocations<Address> {
  const toLocation = (url: string | null, setting: () => string): ConfiguredLocation<Address> => {
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
