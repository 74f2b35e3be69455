/** Sessions of developers who are signed in. All times are the database's wall time, because servers share the sessions. */
import type { Sql, Transaction } from "../driver/connect.ts";

export interface SessionDeveloperRow {
  readonly sessionId: bigint;
  readonly id: bigint;
  readonly email: string;
  readonly name: string;
  readonly phone: string | null;
  readonly phoneMarket: string | null;
  /** Whether the session's last use is older than what `used_at` has to say. */
  readonly isStale: boolean;
}

export interface SessionRow {
  readonly id: bigint;
  readonly address: string;
  readonly userAgent: string;
  readonly createdAt: Date;
  readonly usedAt: Date;
}

export interface NewSession {
  readonly hash: Buffer;
  readonly developerId: bigint;
  readonly address: string;
  readonly userAgent: string;
  readonly lifeMs: number;
}

/** A developer with more sessions loses the oldest. */
const maxSessions = 50;

export async function insertSession(sql: Sql | Transaction, session: NewSession): Promise<void> {
  const { hash, developerId, address, userAgent, lifeMs } = session;
  await sql`
    insert into developer_sessions (hash, developer_id, address, user_agent, expires_at)
    values (${hash}, ${developerId}, ${address}, ${userAgent}, clock_timestamp() + ${lifeMs} * interval '1 millisecond')`;
  await sql`
    delete from developer_sessions where developer_id = ${developerId} and id not in (
      select id from developer_sessions where developer_id = ${developerId} order by id desc limit ${maxSessions})`;
}

/** The developer of a session that has not ended. `idleMs`: a session ends when it was not used for this long. */
export async function readSessionDeveloper(
  sql: Sql,
  hash: Buffer,
  { idleMs, staleMs }: { readonly idleMs: number; readonly staleMs: number },
): Promise<SessionDeveloperRow | undefined> {
  const rows = await sql<SessionDeveloperRow[]>`
    select s.id as "sessionId", d.id, d.email, d.name, d.phone, d.phone_market as "phoneMarket",
           s.used_at < clock_timestamp() - ${staleMs} * interval '1 millisecond' as "isStale"
    from developer_sessions s join developers d on d.id = s.developer_id
    where s.hash = ${hash} and s.expires_at > clock_timestamp()
      and s.used_at > clock_timestamp() - ${idleMs} * interval '1 millisecond'`;
  return rows[0];
}

export async function markSessionUsed(sql: Sql, id: bigint): Promise<void> {
  await sql`update developer_sessions set used_at = clock_timestamp() where id = ${id}`;
}

/** The newest first. */
export function readSessions(sql: Sql, developerId: bigint, idleMs: number): Promise<SessionRow[]> {
  return sql<SessionRow[]>`
    select id, address, user_agent as "userAgent", created_at as "createdAt", used_at as "usedAt"
    from developer_sessions
    where developer_id = ${developerId} and expires_at > clock_timestamp()
      and used_at > clock_timestamp() - ${idleMs} * interval '1 millisecond'
    order by id desc limit ${maxSessions}`;
}

export async function deleteSessionByHash(sql: Sql, hash: Buffer): Promise<void> {
  await sql`delete from developer_sessions where hash = ${hash}`;
}

/** False if the developer has no such session. */
export async function deleteSession(sql: Sql, developerId: bigint, id: bigint): Promise<boolean> {
  const { count } =
    await sql`delete from developer_sessions where developer_id = ${developerId} and id = ${id}`;
  return count > 0;
}

/** Ends all sessions of a developer but `exceptId`. */
export async function deleteSessions(
  sql: Sql | Transaction,
  developerId: bigint,
  exceptId: bigint | null,
): Promise<void> {
  await sql`
    delete from developer_sessions where developer_id = ${developerId} and id is distinct from ${exceptId}::bigint`;
}

export async function deleteEndedSessions(sql: Sql, idleMs: number): Promise<void> {
  await sql`
    delete from developer_sessions
    where expires_at < clock_timestamp() or used_at < clock_timestamp() - ${idleMs} * interval '1 millisecond'`;
}
