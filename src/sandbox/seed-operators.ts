/**
 * Registers the API operators of the seed data. Kenya's have one password, which is generated for each sandbox; that of
 * Mozambique is public.
 */
import type { Market } from "../core/markets.ts";
import { hashOperatorPassword } from "../organisations/api-operators.ts";
import type { Sql } from "../store/driver/connect.ts";
import {
  insertApiOperator,
  passwordKind,
  readOperatorShortcodes,
  type ApiOperatorRole,
} from "../store/main/api-operators.ts";
import { insertCredential } from "../store/main/credentials.ts";
import { initiatorShortcodes, kenyanInitiator } from "./kenya-seed-data.ts";
import { mozambicanInitiator, mozambicanOrganisations } from "./mozambique-seed-data.ts";

const environment = "sandbox";

export interface SeedOperatorsDeps {
  /** The main database. */
  readonly sql: Sql;
  /** The key of the password hashes. */
  readonly passwordKey: Buffer;
  /** The generated password: the same on every server. */
  readonly getPassword: () => Promise<string>;
}

interface SeedOperator {
  readonly market: Market;
  readonly shortcodes: readonly string[];
  readonly username: string;
  readonly roles: readonly ApiOperatorRole[];
  /** Null is the generated password. */
  readonly password: string | null;
}

const operators: readonly SeedOperator[] = [
  { ...kenyanInitiator, market: "safaricomKEN", shortcodes: initiatorShortcodes, password: null },
  {
    ...mozambicanInitiator,
    market: "vodacomMOZ",
    shortcodes: mozambicanOrganisations.map(({ shortcode }) => shortcode),
  },
];

/** An operator that exists already stays unchanged, with its roles and its password. */
export async function seedOperators(deps: SeedOperatorsDeps): Promise<void> {
  await Promise.all(operators.map((operator) => seedOperator(deps, operator)));
}

async function seedOperator(
  { sql, passwordKey, getPassword }: SeedOperatorsDeps,
  { market, shortcodes, username, roles, password: ownPassword }: SeedOperator,
): Promise<void> {
  const existing = await readOperatorShortcodes(sql, { environment, market, username });
  const missing = shortcodes.filter((shortcode) => !existing.has(shortcode));
  if (missing.length === 0) return;
  const password = ownPassword ?? (await getPassword());
  await sql.begin(async (tx) => {
    // In the order of the list, so that two servers that do this at the same time do not deadlock.
    for (const shortcode of missing) {
      const id = await insertApiOperator(tx, { environment, market, shortcode }, { username, roles });
      if (id === null) continue;
      await insertCredential(tx, {
        owner: { apiOperatorId: id },
        protocol: null,
        kind: passwordKind,
        hash: hashOperatorPassword(passwordKey, id, password),
        sealed: null,
        hint: "",
      });
    }
  });
}
