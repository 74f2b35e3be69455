/** Registers the API operators of the seed data. All have one password, which is generated for each sandbox. */
import type { Market } from "../core/markets.ts";
import { hashOperatorPassword } from "../organisations/api-operators.ts";
import type { Sql } from "../store/driver/connect.ts";
import { insertApiOperator, passwordKind, readOperatorShortcodes } from "../store/main/api-operators.ts";
import { insertCredential } from "../store/main/credentials.ts";
import { initiatorShortcodes, kenyanInitiator } from "./kenya-seed-data.ts";

const environment = "sandbox";
const market: Market = "safaricomKEN";

export interface SeedOperatorsDeps {
  /** The main database. */
  readonly sql: Sql;
  /** The key of the password hashes. */
  readonly passwordKey: Buffer;
  /** The password of all of them: the same on every server. */
  readonly getPassword: () => Promise<string>;
}

/** An operator that exists already stays unchanged, with its roles and its password. */
export async function seedOperators({ sql, passwordKey, getPassword }: SeedOperatorsDeps): Promise<void> {
  const { username, roles } = kenyanInitiator;
  const existing = await readOperatorShortcodes(sql, { environment, market, username });
  const missing = initiatorShortcodes.filter((shortcode) => !existing.has(shortcode));
  if (missing.length === 0) return;
  const password = await getPassword();
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
