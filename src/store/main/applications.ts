/** Developers, applications and sessions. */
import type { Sql, Transaction } from "../driver/connect.ts";
import { toTimestamp, toArrayLiteral } from "../driver/array-columns.ts";

export interface ApplicationRow {
  id: bigint;
  developerId: bigint;
  environment: "sandbox" | "live";
  name: string;
  version: string;
  description: string;
  apiKeyHint: string;
  sessionLifetimeMs: bigint;
  trustedSources: string[];
  trustedOrigins: string[];
  /** The organisations that the application may act for; null means all (sandbox only). */
  shortcodes: string[] | null;
  /** Product settings as stored; `developers/applications.ts` reads them. */
  products: unknown;
  responseUrl: string | null;
  /** Whether its callbacks are pulled by `pesarail listen` instead of being posted (sandbox only). */
  pullEnabled: boolean;
  revokedAt: Date | null;
  createdAt: Date;
}

export interface SessionRow {
  applicationId: bigint;
  environment: "sandbox" | "live";
  liveFrom: Date;
  expiresAt: Date;
  revokedAt: Date | null;
}

const applicationColumns = (sql: Sql | Transaction) => sql`
  id, developer_id as "developerId", environment, name, version, description, api_key_hint as "apiKeyHint",
  session_lifetime_ms as "sessionLifetimeMs", trusted_sources as "trustedSources",
  trusted_origins as "trustedOrigins", shortcodes, products, response_url as "responseUrl", relay as "pullEnabled",
  revoked_at as "revokedAt", created_at as "createdAt"`;

export async function readApplication(
  sql: Sql | Transaction,
  id: bigint,
): Promise<ApplicationRow | undefined> {
  const rows = await sql<
    ApplicationRow[]
  >`select ${applicationColumns(sql)} from applications where id = ${id}`;
  return rows[0];
}

/** Reads an application and locks it until the transaction ends, for a change that depends on its current values. */
export async function lockApplication(tx: Transaction, id: bigint): Promise<ApplicationRow | undefined> {
  const rows = await tx<ApplicationRow[]>`
    select ${applicationColumns(tx)} from applications where id = ${id} for update`;
  return rows[0];
}

export async function readApplicationByKey(
  sql: Sql,
  apiKeyHash: Buffer,
): Promise<ApplicationRow | undefined> {
  const rows = await sql<ApplicationRow[]>`
    select ${applicationColumns(sql)} from applications where api_key_hash = ${apiKeyHash}`;
  return rows[0];
}

export function readApplications(sql: Sql, environment: string): Promise<ApplicationRow[]> {
  return sql<ApplicationRow[]>`
    select ${applicationColumns(sql)} from applications where environment = ${environment} order by id`;
}

/** Those of these applications whose callbacks are pulled. */
export async function readPullApplications(sql: Sql, ids: readonly bigint[]): Promise<Set<bigint>> {
  const rows = await sql<{ id: bigint }[]>`
    select id from applications where relay and id = any(${toArrayLiteral(ids)}::bigint[])`;
  return new Set(rows.map(({ id }) => id));
}

export interface NewApplication {
  readonly developerId: bigint;
  readonly environment: string;
  readonly name: string;
  readonly description: string;
  readonly apiKeyHash: Buffer;
  readonly apiKeyHint: string;
  readonly sessionLifetimeMs: number;
  readonly trustedSources: readonly string[];
  readonly trustedOrigins: readonly string[];
  readonly shortcodes: readonly string[] | null;
  readonly products: Readonly<Record<string, object>>;
  readonly responseUrl: string | null;
}

export async function insertApplication(sql: Sql, application: NewApplication): Promise<bigint> {
  const [row] = await sql<{ id: bigint }[]>`
    insert into applications (developer_id, environment, name, description, api_key_hash, api_key_hint,
                              session_lifetime_ms, trusted_sources, trusted_origins, shortcodes, products, response_url)
    values (${application.developerId}, ${application.environment}, ${application.name}, ${application.description}, ${application.apiKeyHash},
            ${application.apiKeyHint}, ${application.sessionLifetimeMs}, ${[...application.trustedSources]}::text[],
            ${[...application.trustedOrigins]}::text[], ${application.shortcodes === null ? null : [...application.shortcodes]}::text[],
            ${sql.json(application.products as never)}, ${application.responseUrl})
    returning id`;
  if (row === undefined) throw new Error("an inserted application has an id");
  return row.id;
}

export interface ApplicationChange {
  readonly name?: string;
  readonly sessionLifetimeMs?: number;
  readonly trustedSources?: readonly string[];
  readonly trustedOrigins?: readonly string[];
  readonly shortcodes?: readonly string[] | null;
  readonly products?: Readonly<Record<string, object>>;
  readonly responseUrl?: string | null;
  readonly pullEnabled?: boolean;
  readonly revokedAt?: Date;
  readonly apiKeyHash?: Buffer;
  readonly apiKeyHint?: string;
}

/** Changes the given fields. Returns whether the application exists. */
export async function updateApplication(
  sql: Sql | Transaction,
  id: bigint,
  change: ApplicationChange,
): Promise<boolean> {
  const columns: Record<string, unknown> = {
    name: change.name,
    session_lifetime_ms: change.sessionLifetimeMs,
    trusted_sources: change.trustedSources,
    trusted_origins: change.trustedOrigins,
    shortcodes: change.shortcodes,
    products: change.products === undefined ? undefined : sql.json(change.products as never),
    response_url: change.responseUrl,
    relay: change.pullEnabled,
    revoked_at: change.revokedAt,
    api_key_hash: change.apiKeyHash,
    api_key_hint: change.apiKeyHint,
  };
  const changedColumns = Object.fromEntries(
    Object.entries(columns).filter(([, value]) => value !== undefined),
  );
  if (Object.keys(changedColumns).length === 0) return (await readApplication(sql, id)) !== undefined;
  const rows =
    await sql`update applications set ${sql(changedColumns as never)} where id = ${id} returning id`;
  return rows.length > 0;
}

/** Returns the id of the developer with this e-mail address; registers the developer if needed. */
export async function findOrCreateDeveloper(sql: Sql, email: string, name: string): Promise<bigint> {
  await sql`insert into developers (email, name) values (${email}, ${name}) on conflict (email) do nothing`;
  const [row] = await sql<{ id: bigint }[]>`select id from developers where email = ${email}`;
  if (row === undefined) throw new Error("an inserted developer has an id");
  return row.id;
}

export async function insertSession(
  sql: Sql,
  session: {
    keyHash: Buffer;
    applicationId: bigint;
    environment: string;
    /** Business time, in milliseconds since 1970. */
    liveFrom: number;
    expiresAt: number;
  },
): Promise<void> {
  await sql`
    insert into sessions (key_hash, application_id, environment, live_from, expires_at)
    values (${session.keyHash}, ${session.applicationId}, ${session.environment}, ${toTimestamp(session.liveFrom)},
            ${toTimestamp(session.expiresAt)})`;
}

export async function readSession(sql: Sql, keyHash: Buffer): Promise<SessionRow | undefined> {
  const rows = await sql<SessionRow[]>`
    select application_id as "applicationId", environment, live_from as "liveFrom", expires_at as "expiresAt",
           revoked_at as "revokedAt"
    from sessions where key_hash = ${keyHash}`;
  return rows[0];
}

export async function revokeSessions(sql: Sql, applicationId: bigint): Promise<void> {
  await sql`update sessions set revoked_at = now() where application_id = ${applicationId} and revoked_at is null`;
}

/** Deletes old sessions in batches. They are kept for a while so that a rejected request can be explained. */
export async function deleteSessionsEndedBefore(sql: Sql, environment: string, at: number): Promise<void> {
  const batchSize = 10_000;
  let deleted = batchSize;
  while (deleted === batchSize) {
    const { count } = await sql`
      delete from sessions where key_hash in (
        select key_hash from sessions
        where environment = ${environment} and expires_at < ${toTimestamp(at)} limit ${batchSize})`;
    deleted = count;
  }
}

export async function readDirectoryRevision(sql: Sql): Promise<bigint> {
  const [row] = await sql<{ revision: bigint }[]>`select revision from directory_revision`;
  return row?.revision ?? 0n;
}

/** A number from 0 to 1023 that no recently started server uses. */
export async function allocateServerNumber(sql: Sql): Promise<number> {
  const [row] = await sql<{ number: bigint }[]>`select nextval('server_number') as number`;
  return Number(row?.number ?? 0n);
}
