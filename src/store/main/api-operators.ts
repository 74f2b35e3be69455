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

export const apiOperatorStatuses = ["active", "suspended"] as const;

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
  readonly status?: ApiOperatorStatus;
}

/** Changes the given fields. */
export async function updateApiOperator(
  tx: Transaction,
  id: bigint,
  { roles, status }: ApiOperatorChange,
): Promise<void> {
  await tx`
    update api_operators
    set roles = coalesce(${roles === undefined ? null : [...roles]}::text[], roles),
        status = coalesce(${status ?? null}, status)
    where id = ${id}`;
}
