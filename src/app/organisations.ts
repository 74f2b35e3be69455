/** The organisations of every rail, as protocols and the control API see them. */
import type { Environment } from "../core/markets.ts";
import type { Rail, RailName } from "../core/rails.ts";
import {
  createOrganisationDirectory,
  type OrganisationDirectory,
} from "../organisations/organisation-directory.ts";
import { createOperatorVerifier } from "../organisations/verify-operator.ts";
import type { Sql } from "../store/driver/connect.ts";
import type { EnvironmentKeys } from "./keys.ts";
import type { RunningRails } from "./rails.ts";

export interface OrganisationsDeps {
  readonly main: Sql;
  readonly rails: RunningRails;
  readonly keys: Readonly<Record<Environment, EnvironmentKeys>>;
}

/** Throws `DatabaseUnavailable` while the rail is unavailable. */
export type Organisations = (rail: Rail) => OrganisationDirectory;

export function createOrganisations({ main, rails, keys }: OrganisationsDeps): Organisations {
  const directories = new Map<RailName, OrganisationDirectory>();
  return (rail) => {
    const { context } = rails.payments(rail);
    const known = directories.get(rail.name);
    if (known !== undefined) return known;
    const { environment, market } = rail;
    const passwordKey = keys[environment].operatorPasswordKey;
    const verifyOperator = createOperatorVerifier({ sql: main, environment, market, passwordKey });
    const directory = createOrganisationDirectory({ context, verifyOperator });
    directories.set(rail.name, directory);
    return directory;
  };
}
