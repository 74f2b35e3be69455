/**
 * Verifies the passwords of API operators.
 *
 * Three wrong passwords in a row lock an operator until its status is set to `active`. They are counted in the database,
 * so that all servers count together. The third one is still answered as wrong.
 */
import { timingSafeEqual } from "node:crypto";
import type { Environment, Market } from "../core/markets.ts";
import type { Sql } from "../store/driver/connect.ts";
import {
  countWrongPassword,
  readNamesakes,
  readOperatorPassword,
  resetWrongPasswords,
  type ApiOperatorRole,
  type OperatorPassword,
} from "../store/main/api-operators.ts";
import { hashOperatorPassword } from "./api-operators.ts";

/**
 * `expired`: the password is right, and older than passwords may be. `not_permitted`: the name and the password are those of another organisation's operator. `unknown`: of no operator.
 */
export type OperatorVerification =
  | { readonly outcome: "ok"; readonly operatorId: bigint; readonly roles: readonly ApiOperatorRole[] }
  | { readonly outcome: "unknown" | "wrong" | "locked" | "suspended" | "expired" | "not_permitted" };

/**
 * A password, several texts of which one may be the password, or null to check everything but the password (in a sandbox
 * whose operator wants that).
 */
export type OfferedPassword = string | readonly string[] | null;

export type OperatorVerifier = (
  shortcode: string,
  username: string,
  password: OfferedPassword,
) => Promise<OperatorVerification>;

/** After so many wrong passwords in a row, an operator is locked. */
export const maxWrongPasswords = 3;

/** How many operators of other organisations a password is compared with. */
const maxNamesakes = 100;

export interface OperatorVerifierDeps {
  /** The main database. */
  readonly sql: Sql;
  readonly environment: Environment;
  readonly market: Market;
  /** The key of the password hashes. */
  readonly passwordKey: Buffer;
  /** How long a password is good, in milliseconds of wall time. Absent or null: until it is renewed. */
  readonly passwordLifeMs?: number | null;
}

export function createOperatorVerifier({
  sql,
  environment,
  market,
  passwordKey,
  passwordLifeMs = null,
}: OperatorVerifierDeps): OperatorVerifier {
  const matches = ({ id, hash }: Pick<OperatorPassword, "id" | "hash">, password: OfferedPassword): boolean =>
    password === null ||
    (typeof password === "string" ? [password] : password).some((text) =>
      timingSafeEqual(hash, hashOperatorPassword(passwordKey, id, text)),
    );

  async function isOperatorElsewhere(username: string, password: OfferedPassword): Promise<boolean> {
    if (password === null) return false;
    const namesakes = await readNamesakes(sql, { environment, market, username }, maxNamesakes);
    return namesakes.some((namesake) => matches(namesake, password));
  }

  return async (shortcode, username, password) => {
    const operator = await readOperatorPassword(sql, { environment, market, shortcode }, username);
    if (operator === undefined) {
      const isElsewhere = await isOperatorElsewhere(username, password);
      return { outcome: isElsewhere ? "not_permitted" : "unknown" };
    }
    const { id, status, roles, wrongPasswords } = operator;
    // Without a look at the password: a locked operator learns nothing more about it.
    if (status === "locked") return { outcome: "locked" };
    if (!matches(operator, password)) {
      await countWrongPassword(sql, id, maxWrongPasswords);
      return { outcome: "wrong" };
    }
    if (status !== "active") return { outcome: "suspended" };
    if (passwordLifeMs !== null && Date.now() - operator.passwordSetAt.getTime() > passwordLifeMs)
      return { outcome: "expired" };
    if (wrongPasswords > 0) await resetWrongPasswords(sql, id);
    return { outcome: "ok", operatorId: id, roles };
  };
}
