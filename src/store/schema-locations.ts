/** Every schema of an installation, with the database that it is in. */
import { rails } from "../core/rails.ts";
import { mainSchema, type DatabaseLocation, type DatabaseLocations } from "./databases.ts";
import type { SchemaKind } from "./schema/migrate.ts";

/** A schema and its database. */
export interface SchemaLocation {
  readonly name: string;
  readonly kind: SchemaKind;
  readonly location: DatabaseLocation;
}

/** Every schema of the installation. The main schema comes last, because the rails refer to it. */
export function listSchemas(locations: DatabaseLocations): SchemaLocation[] {
  return [
    ...rails.map(({ environment, market, name }) => ({
      name,
      kind: "rail" as const,
      location: locations.rail(environment, market),
    })),
    { name: mainSchema, kind: "main" as const, location: locations.main },
  ];
}
