/**
 * Verifies the passwords of API operators.
 *
 * Three wrong passwords in a row lock an operator until its status is set to `active`. They are counted in the database,
 * so that all servers count together. The third one is still answered as wrong.
 */
import { timingSafeEqual } from "node:crypto";
import { LRUCache } from "lru-cache";
import { msPerMinute } from "../core/clock.ts";
import type { Environment, Market } from "../core/markets.ts";
import type { Sql } from "../store/driver/connect.ts";
import {
  countWrongPassword,
  lockOperatorPassword,
  readOperatorPassword,
  readOperatorShortcodes,
  resetWrongPasswords,
  type ApiOperatorRole,
  type OperatorPassword,
} from "../store/main/api-operators.ts";
import { hashOperatorPassword } from "./api-operators.ts";

/**
 * `unknown`: the organisation has no operator of this name. `elsewhere` are the shortcodes of the market that have one.
 * `expired`: the password is right, and older than passwords may be.
 */
export type OperatorVerification =
  | { readonly outcome: "ok"; readonly operatorId: bigint; readonly roles: readonly ApiOperatorRole[] }
  | { readonly outcome: "unknown"; readonly elsewhere: ReadonlySet<string> }
  | { readonly outcome: "wrong" | "locked" | "suspended" | "expired" };

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

/** How long after a wrong password an operator's passwords are checked one after the other, and for how many operators. */
const watchedMs = 10 * msPerMinute;
const maxWatched = 10_000;

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

  const isExpired = ({ passwordSetAt }: OperatorPassword): boolean =>
    passwordLifeMs !== null && Date.now() - passwordSetAt.getTime() > passwordLifeMs;

  /**
   * Operators who had a wrong password on this server lately. Their passwords are compared with the row locked, so that of
   * a thousand guesses at once only as many are compared as may be wrong. The others' are not, as payouts wait for it.
   */
  const watched = new LRUCache<bigint, true>({ max: maxWatched, ttl: watchedMs });

  const checkLocked = (
    operatorId: bigint,
    password: OfferedPassword,
  ): Promise<Exclude<OperatorVerification["outcome"], "unknown">> =>
    sql.begin(async (tx) => {
      const operator = await lockOperatorPassword(tx, operatorId);
      // Without a look at the password: a locked operator learns nothing more about it.
      if (operator === undefined || operator.status === "locked") return "locked";
      if (!matches(operator, password)) {
        await countWrongPassword(tx, operatorId, maxWrongPasswords);
        return "wrong";
      }
      if (operator.status !== "active") return "suspended";
      if (isExpired(operator)) return "expired";
      if (operator.wrongPasswords > 0) await resetWrongPasswords(tx, operatorId);
      return "ok";
    });

  return async (shortcode, username, password) => {
    const key = { environment, market, username };
    const operator = await readOperatorPassword(sql, { ...key, shortcode }, username);
    if (operator === undefined)
      return { outcome: "unknown", elsewhere: await readOperatorShortcodes(sql, key) };
    const { id, status, roles, wrongPasswords } = operator;
    const isUsual = status === "active" && wrongPasswords === 0 && !watched.has(id);
    if (isUsual && matches(operator, password))
      return isExpired(operator) ? { outcome: "expired" } : { outcome: "ok", operatorId: id, roles };
    if (status === "locked") return { outcome: "locked" };
    watched.set(id, true);
    const outcome = await checkLocked(id, password);
    return outcome === "ok" ? { outcome, operatorId: id, roles } : { outcome };
  };
}
