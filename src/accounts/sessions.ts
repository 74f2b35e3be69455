/** Sessions: a token in a cookie, and a row with its hash. Every request reads the row, so a revoked session ends at once. */
import { msPerDay, msPerMinute } from "../core/clock.ts";
import type { Sql, Transaction } from "../store/driver/connect.ts";
import {
  deleteSessionByHash,
  insertSession,
  markSessionUsed,
  readSessionDeveloper,
  type SessionDeveloperRow,
} from "../store/main/developer-sessions.ts";
import { createToken, hashToken } from "./tokens.ts";

/** A session ends this long after signing in, and earlier if it is not used. */
export const sessionLifeMs = 30 * msPerDay;
export const sessionIdleMs = 14 * msPerDay;
/** How exactly the last use is recorded: not with each request, because that would be a write for every read. */
const staleMs = 5 * msPerMinute;

/** By what a person recognises a session in the list. */
export interface SessionClient {
  readonly address: string;
  readonly userAgent: string;
}

/** Signs a developer in. Returns the token for the cookie; it is not stored. */
export async function createSession(
  sql: Sql | Transaction,
  developerId: bigint,
  { address, userAgent }: SessionClient,
): Promise<string> {
  const token = createToken();
  await insertSession(sql, {
    hash: hashToken(token),
    developerId,
    address: address.slice(0, 60),
    userAgent: toStoredText(userAgent, 300),
    lifeMs: sessionLifeMs,
  });
  return token;
}

/** The developer of a session, or null if it has ended or never existed. */
export async function findSession(sql: Sql, token: string): Promise<SessionDeveloperRow | null> {
  if (!/^[\w-]{43}$/.test(token)) return null;
  const row = await readSessionDeveloper(sql, hashToken(token), { idleMs: sessionIdleMs, staleMs });
  if (row === undefined) return null;
  if (row.isStale) await markSessionUsed(sql, row.sessionId);
  return row;
}

export const endSession = (sql: Sql, token: string): Promise<void> =>
  deleteSessionByHash(sql, hashToken(token));

/** A header can have any bytes; the database has no NUL, and a list on a page needs no control characters. */
const toStoredText = (text: string, maxLength: number): string =>
  text.replaceAll(/[^\u0020-\u007e]/g, "").slice(0, maxLength);
