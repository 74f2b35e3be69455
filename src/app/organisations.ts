/** The organisations of every rail, as protocols and the control API see them. */
import type { Environment } from "../core/markets.ts";
import type { Rail, RailName } from "../core/rails.ts";
import {
  createOrganisationDirectory,
  type OrganisationDirectory,
} from "../organisations/organisation-directory.ts";
import { createOperatorVerifier } from "../organisations/verify-operator.ts";
import { generateSecret } from "../developers/credentials.ts";
import type { Sql } from "../store/driver/connect.ts";
import { seedOperators } from "../sandbox/seed-operators.ts";
import { getOrCreateSecret } from "../vault/secrets.ts";
import type { EnvironmentKeys } from "./keys.ts";
import type { AppConfig } from "./options.ts";
import type { RunningRails } from "./rails.ts";

export interface OrganisationsDeps {
  readonly main: Sql;
  /** The key that seals stored secrets. */
  readonly secretKey: Buffer;
  readonly rails: RunningRails;
  readonly keys: Readonly<Record<Environment, EnvironmentKeys>>;
  readonly config: Pick<AppConfig, "liveOperatorPasswordLifeMs">;
}

/** Throws `DatabaseUnavailable` while the rail is unavailable. */
export type Organisations = (rail: Rail) => OrganisationDirectory;

/** Also registers the sandbox's seeded API operators. */
export async function createOrganisations({
  main,
  secretKey,
  rails,
  keys,
  config,
}: OrganisationsDeps): Promise<Organisations> {
  await seedOperators({
    sql: main,
    passwordKey: keys.sandbox.operatorPasswordKey,
    getPassword: () => getOrCreateInitiatorPassword(main, secretKey),
  });
  const directories = new Map<RailName, OrganisationDirectory>();
  return (rail) => {
    const { context } = rails.payments(rail);
    const known = directories.get(rail.name);
    if (known !== undefined) return known;
    const { environment, market } = rail;
    const passwordKey = keys[environment].operatorPasswordKey;
    const verifyOperator = createOperatorVerifier({
      sql: main,
      environment,
      market,
      passwordKey,
      passwordLifeMs: environment === "live" ? config.liveOperatorPasswordLifeMs : null,
    });
    const directory = createOrganisationDirectory({ context, verifyOperator });
    directories.set(rail.name, directory);
    return directory;
  };
}

/**
 * The password of the sandbox's seeded API operators. It is stored sealed beside its hashes, so that every server can
 * write it to `sandbox.json`.
 */
export const getOrCreateInitiatorPassword = (main: Sql, secretKey: Buffer): Promise<string> =>
  getOrCreateSecret(main, secretKey, "sandbox", "seeded-initiator-password", generateSecret);
