/** Developers and their applications. */
import type { Sql, Transaction } from "../driver/connect.ts";
import { toArrayLiteral } from "../driver/array-columns.ts";

export interface ApplicationRow {
  id: bigint;
  developerId: bigint;
  environment: "sandbox" | "live";
  name: string;
  version: string;
  description: string;
  /** The last characters of the API key of OpenAPI v2: the current one, or the last one of a revoked application. Empty without one. */
  apiKeyHint: string;
  sessionLifetimeMs: bigint;
  trustedSources: string[];
  trustedOrigins: string[];
  /** The organisations that the application may act for; null means all (sandbox only). */
  shortcodes: string[] | null;
  /** Product settings as stored; `developers/applications.ts` reads them. */
  products: unknown;
  /** URLs by protocol and notification kind, such as `openapi-v2/result`. */
  callbackUrls: Readonly<Record<string, string>>;
  /** Whether its callbacks are pulled by `pesarail listen` instead of being posted (sandbox only). */
  pullEnabled: boolean;
  /** Whether it belongs to the sandbox itself, and so stays. */
  isSeed: boolean;
  revokedAt: Date | null;
  createdAt: Date;
}

/** The key of an application's URL in `callbackUrls`. */
export const callbackUrlKey = (protocol: string, kind: string): string => `${protocol}/${kind}`;

const applicationColumns = (sql: Sql | Transaction) => sql`
  id, developer_id as "developerId", environment, name, version, description,
  coalesce((select c.hint from credentials c
            where c.application_id = applications.id and c.protocol = 'openapi-v2' and c.kind = 'api_key'
            order by c.state <> 'active', c.id desc limit 1), '') as "apiKeyHint",
  session_lifetime_ms as "sessionLifetimeMs", trusted_sources as "trustedSources",
  trusted_origins as "trustedOrigins", shortcodes, products,
  coalesce((select jsonb_object_agg(u.protocol || '/' || u.kind, u.url) from callback_urls u
            where u.application_id = applications.id), '{}') as "callbackUrls",
  pull_delivery as "pullEnabled", is_seed as "isSeed", revoked_at as "revokedAt", created_at as "createdAt"`;

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

export function readApplications(sql: Sql, environment: string): Promise<ApplicationRow[]> {
  return sql<ApplicationRow[]>`
    select ${applicationColumns(sql)} from applications where environment = ${environment} order by id`;
}

export function readDeveloperApplications(
  sql: Sql,
  environment: string,
  developerId: bigint,
): Promise<ApplicationRow[]> {
  return sql<ApplicationRow[]>`
    select ${applicationColumns(sql)} from applications
    where environment = ${environment} and developer_id = ${developerId} order by id`;
}

/** Those of these applications whose callbacks are pulled. */
export async function readPullApplications(sql: Sql, ids: readonly bigint[]): Promise<Set<bigint>> {
  const rows = await sql<{ id: bigint }[]>`
    select id from applications where pull_delivery and id = any(${toArrayLiteral(ids)}::bigint[])`;
  return new Set(rows.map(({ id }) => id));
}

export interface NewApplication {
  readonly developerId: bigint;
  readonly environment: string;
  readonly name: string;
  readonly description: string;
  readonly sessionLifetimeMs: number;
  readonly trustedSources: readonly string[];
  readonly trustedOrigins: readonly string[];
  readonly shortcodes: readonly string[] | null;
  readonly products: Readonly<Record<string, object>>;
  readonly isSeed?: boolean;
}

export async function insertApplication(
  sql: Sql | Transaction,
  application: NewApplication,
): Promise<bigint> {
  const [row] = await sql<{ id: bigint }[]>`
    insert into applications (developer_id, environment, name, description, session_lifetime_ms, trusted_sources,
                              trusted_origins, shortcodes, products, is_seed)
    values (${application.developerId}, ${application.environment}, ${application.name}, ${application.description},
            ${application.sessionLifetimeMs}, ${[...application.trustedSources]}::text[],
            ${[...application.trustedOrigins]}::text[], ${application.shortcodes === null ? null : [...application.shortcodes]}::text[],
            ${sql.json(application.products as never)}, ${application.isSeed ?? false})
    returning id`;
  if (row === undefined) throw new Error("an inserted application has an id");
  return row.id;
}

/**
 * The application of the sandbox itself, locked until the transaction ends, or undefined. Other transactions that call this
 * wait until then, also if there is none yet.
 */
export async function lockSeedApplication(
  tx: Transaction,
): Promise<Pick<ApplicationRow, "id" | "products"> | undefined> {
  await tx`select pg_advisory_xact_lock(hashtext('pesarail sandbox application'))`;
  const rows = await tx<Pick<ApplicationRow, "id" | "products">[]>`
    select id, products from applications where is_seed order by id limit 1 for update`;
  return rows[0];
}

/** The id of the sandbox's own application. Undefined if there is none yet. */
export async function readSeedApplicationId(sql: Sql): Promise<bigint | undefined> {
  const rows = await sql<{ id: bigint }[]>`select id from applications where is_seed order by id limit 1`;
  return rows[0]?.id;
}

export interface ApplicationChange {
  readonly name?: string;
  readonly sessionLifetimeMs?: number;
  readonly trustedSources?: readonly string[];
  readonly trustedOrigins?: readonly string[];
  readonly shortcodes?: readonly string[] | null;
  readonly products?: Readonly<Record<string, object>>;
  readonly pullEnabled?: boolean;
  readonly revokedAt?: Date;
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
    pull_delivery: change.pullEnabled,
    revoked_at: change.revokedAt,
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
export async function findOrCreateDeveloper(
  sql: Sql | Transaction,
  email: string,
  name: string,
): Promise<bigint> {
  await sql`insert into developers (email, name) values (${email}, ${name}) on conflict (email) do nothing`;
  const [row] = await sql<{ id: bigint }[]>`select id from developers where email = ${email}`;
  if (row === undefined) throw new Error("an inserted developer has an id");
  return row.id;
}

/** A number that grows with every change of applications, credentials, access tokens and callback URLs. */
export async function readCacheRevision(sql: Sql): Promise<bigint> {
  const [row] = await sql<{ revision: bigint }[]>`select revision from cache_revision`;
  return row?.revision ?? 0n;
}

/** A number from 0 to 1023 that no recently started server uses. */
export async function allocateServerNumber(sql: Sql): Promise<number> {
  const [row] = await sql<{ number: bigint }[]>`select nextval('server_number') as number`;
  return Number(row?.number ?? 0n);
}

/** Whether an application can move real money. */
export async function hasLiveApplications(sql: Sql): Promise<boolean> {
  return (
    (await sql`select 1 from applications where environment = 'live' and revoked_at is null limit 1`).length >
    0
  );
}
