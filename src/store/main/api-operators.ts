/** API operators: people and programs that act for an organisation through its own API. */
import type { Sql, Transaction } from "../driver/connect.ts";
import type { OrganisationKey } from "./credentials.ts";

/** What an operator may do for its organisation (`organisations/api-operators.ts`). */
export const apiOperatorRoles = [
  "b2c",
  "b2b",
  "reversal",
  "transaction_status",
  "account_balance",
  "org_account_management",
] as const;

export type ApiOperatorRole = (typeof apiOperatorRoles)[number];

/** The statuses that a person may set. */
export const settableStatuses = ["active", "suspended"] as const;

/** `locked`: after wrong passwords (`organisations/verify-operator.ts`). */
export const apiOperatorStatuses = [...settableStatuses, "locked"] as const;

export type ApiOperatorStatus = (typeof apiOperatorStatuses)[number];

/** The kind of the credential with an operator's password. Every protocol accepts the same one. */
export const passwordKind = "initiator_password";

export interface ApiOperatorRow {
  readonly id: bigint;
  readonly username: string;
  readonly roles: readonly ApiOperatorRole[];
  readonly status: ApiOperatorStatus;
  /** Wall time. */
  readonly passwordSetAt: Date;
}

const columns = (sql: Sql | Transaction) => sql`
  id, username, roles, status,
  (select c.created_at from credentials c
   where c.api_operator_id = api_operators.id and c.kind = ${passwordKind} and c.state = 'active') as "passwordSetAt"`;

/** Selects the operators of an organisation; a fragment of a `where` clause. */
const belongsTo = (sql: Sql | Transaction, { environment, market, shortcode }: OrganisationKey) =>
  sql`environment = ${environment} and market = ${market} and shortcode = ${shortcode}`;

/** In the order of their usernames. */
export function readApiOperators(sql: Sql, organisation: OrganisationKey): Promise<ApiOperatorRow[]> {
  return sql<ApiOperatorRow[]>`
    select ${columns(sql)} from api_operators where ${belongsTo(sql, organisation)} order by username`;
}

export async function readApiOperator(
  sql: Sql | Transaction,
  organisation: OrganisationKey,
  username: string,
): Promise<ApiOperatorRow | undefined> {
  const rows = await sql<ApiOperatorRow[]>`
    select ${columns(sql)} from api_operators
    where ${belongsTo(sql, organisation)} and username = ${username}`;
  return rows[0];
}

/** Locks an operator until the transaction ends, so that concurrent changes queue. Returns its id. */
export async function lockApiOperator(
  tx: Transaction,
  organisation: OrganisationKey,
  username: string,
): Promise<bigint | undefined> {
  const rows = await tx<{ id: bigint }[]>`
    select id from api_operators where ${belongsTo(tx, organisation)} and username = ${username} for update`;
  return rows[0]?.id;
}

/** Returns the id of the new operator, or null if the organisation has an operator of this name. */
export async function insertApiOperator(
  tx: Transaction,
  { environment, market, shortcode }: OrganisationKey,
  operator: { readonly username: string; readonly roles: readonly ApiOperatorRole[] },
): Promise<bigint | null> {
  const rows = await tx<{ id: bigint }[]>`
    insert into api_operators (environment, market, shortcode, username, roles)
    values (${environment}, ${market}, ${shortcode}, ${operator.username}, ${[...operator.roles]}::text[])
    on conflict (environment, market, shortcode, username) do nothing
    returning id`;
  return rows[0]?.id ?? null;
}

export interface ApiOperatorChange {
  readonly roles?: readonly ApiOperatorRole[];
  readonly status?: (typeof settableStatuses)[number];
}

/** Changes the given fields. A status ends the lock of an operator. */
export async function updateApiOperator(
  tx: Transaction,
  id: bigint,
  { roles, status }: ApiOperatorChange,
): Promise<void> {
  await tx`
    update api_operators
    set roles = coalesce(${roles === undefined ? null : [...roles]}::text[], roles),
        status = coalesce(${status ?? null}, status),
        wrong_passwords = case when ${status === undefined} then wrong_passwords else 0 end
    where id = ${id}`;
}

/** What the check of an operator's password needs. */
export interface OperatorPassword {
  readonly id: bigint;
  readonly roles: readonly ApiOperatorRole[];
  readonly status: ApiOperatorStatus;
  readonly wrongPasswords: number;
  /** The hash of its current password, and the wall time since when it is good. */
  readonly hash: Buffer;
  readonly passwordSetAt: Date;
}

const selectPassword = (sql: Sql | Transaction) => sql`
    select o.id, o.roles, o.status, o.wrong_passwords as "wrongPasswords", c.hash, c.created_at as "passwordSetAt"
    from api_operators o
    join credentials c on c.api_operator_id = o.id and c.kind = ${passwordKind} and c.state = 'active'`;

export async function readOperatorPassword(
  sql: Sql,
  organisation: OrganisationKey,
  username: string,
): Promise<OperatorPassword | undefined> {
  const rows = await sql<OperatorPassword[]>`
    ${selectPassword(sql)}
    where ${belongsTo(sql, organisation)} and username = ${username}`;
  return rows[0];
}

/** Reads the same with the operator locked until the transaction ends. */
export async function lockOperatorPassword(
  tx: Transaction,
  id: bigint,
): Promise<OperatorPassword | undefined> {
  // After the lock, so that a password that was renewed meanwhile is the current one.
  await tx`select from api_operators where id = ${id} for update`;
  const rows = await tx<OperatorPassword[]>`
    ${selectPassword(tx)}
    where o.id = ${id}`;
  return rows[0];
}

/** Counts a wrong password, and locks an active operator at the last of `max`. */
export async function countWrongPassword(sql: Sql | Transaction, id: bigint, max: number): Promise<void> {
  await sql`
    update api_operators
    set wrong_passwords = least(wrong_passwords + 1, ${max}::integer),
        status = case when status = 'active' and wrong_passwords + 1 >= ${max}::integer then 'locked' else status end
    where id = ${id}`;
}

/** A locked operator stays locked. */
export async function resetWrongPasswords(sql: Sql | Transaction, id: bigint): Promise<void> {
  await sql`update api_operators set wrong_passwords = 0 where id = ${id} and status <> 'locked'`;
}

/** The shortcodes of a market at which this username is an operator. */
export async function readOperatorShortcodes(
  sql: Sql,
  { environment, market, username }: Omit<OrganisationKey, "shortcode"> & { readonly username: string },
): Promise<ReadonlySet<string>> {
  const rows = await sql<{ shortcode: string }[]>`
    select shortcode from api_operators
    where environment = ${environment} and market = ${market} and username = ${username}`;
  return new Set(rows.map(({ shortcode }) => shortcode));
}
