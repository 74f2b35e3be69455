/** Accounts and their balances. */
import type { Sql, Transaction } from "../driver/connect.ts";
import { toArrayLiteral, toTextArrayLiteral } from "../driver/array-columns.ts";

export type AccountKind =
  | "wallet"
  | "working"
  | "utility"
  | "merchant"
  | "settlement"
  | "charges_paid"
  | "float"
  | "fees"
  | "suspense";

export type AccountStatus = "active" | "pending" | "locked" | "inactive";

/**
 * What becomes of a prompt to a wallet's owner. The first three end it at once, as whoever they stand for
 * would; the others are handsets, and the payment waits for them (`handset/README.md`).
 */
export const promptBehaviours = [
  "approve",
  "decline",
  "ignore",
  "ask",
  "off",
  "no_signal",
  "slow",
  "late",
  "loses_signal",
] as const;

export type PromptBehaviour = (typeof promptBehaviours)[number];

/** Whether a person has to be able to look at a phone for this answer to mean anything. */
export const isHandsetBehaviour = (behaviour: PromptBehaviour): boolean =>
  !["approve", "decline", "ignore"].includes(behaviour);

export interface AccountRow {
  id: bigint;
  kind: AccountKind;
  owner: string;
  status: AccountStatus;
  behaviour: PromptBehaviour;
  availableMinor: bigint;
  heldMinor: bigint;
  /** What limits counted today, for wallets (`payments/customer-counts.ts`). */
  dailyUsage: string;
  /** A wallet's last payments (`payments/recent.ts`). */
  recentPayments: string;
  /** Whether the owner of a wallet gets messages. */
  hasHandset: boolean;
}

/** An account by its natural name; unique within a rail. */
export interface AccountName {
  readonly kind: AccountKind;
  readonly owner: string;
}

type AccountMatch = Omit<AccountRow, "kind" | "owner"> & { readonly ordinal: number };

/**
 * Locks the balances of these accounts until the transaction ends, and reads them.
 *
 * Every batch locks in id order, in one statement, so two that touch the same accounts from opposite
 * ends queue behind one another instead of deadlocking. `no key update` because balances are no key:
 * a plain `for update` would also stop inserts that refer to the account.
 *
 * A name that nobody owns has no row, and needs no lock: accounts are opened before they are paid.
 */
export async function lockAccounts(tx: Transaction, names: readonly AccountName[]): Promise<AccountRow[]> {
  const rows = await tx<AccountMatch[]>`${matchAccounts(tx, names)} order by a.id for no key update of a`;
  return withNames(rows, names);
}

/** Reads accounts by name without locking them: for those that a batch only adds to. */
export async function readAccountsByName(
  tx: Transaction,
  names: readonly AccountName[],
): Promise<AccountRow[]> {
  return withNames(await tx<AccountMatch[]>`${matchAccounts(tx, names)}`, names);
}

function matchAccounts(tx: Transaction, names: readonly AccountName[]) {
  return tx`
    select k.ordinal::integer, a.id, a.status, a.prompt_behaviour as "behaviour",
           a.available_minor as "availableMinor", a.held_minor as "heldMinor", a.customer_usage as "dailyUsage",
           a.recent_payments as "recentPayments", a.has_handset as "hasHandset"
    from unnest(${toTextArrayLiteral(names.map((name) => name.owner))}::text[],
                ${toTextArrayLiteral(names.map((name) => name.kind))}::text[]) with ordinality as k (owner, kind, ordinal)
    join accounts a on a.owner = k.owner and a.kind = k.kind`;
}

function withNames(rows: readonly AccountMatch[], names: readonly AccountName[]): AccountRow[] {
  return rows.map(({ ordinal, ...row }) => ({ ...row, ...(names[ordinal - 1] as AccountName) }));
}

/** What a batch did to an account. */
export interface BalanceChange {
  readonly id: bigint;
  readonly availableMinor: bigint;
  readonly heldMinor: bigint;
  readonly dailyUsage: string;
  readonly recentPayments: string;
}

/**
 * Adds what the batch did to the balances, in the order given: it is the order in which accounts that
 * are not locked yet get locked. Additions, because an account that a batch only adds to may have been
 * added to by others since it was read.
 */
export async function applyBalanceChanges(tx: Transaction, changes: readonly BalanceChange[]): Promise<void> {
  await tx`
    update accounts a set available_minor = a.available_minor + v.available, held_minor = a.held_minor + v.held,
                          customer_usage = v.customer_usage, recent_payments = v.recent_payments
    from unnest(${toArrayLiteral(changes.map((change) => change.id))}::bigint[],
                ${toArrayLiteral(changes.map((change) => change.availableMinor))}::bigint[],
                ${toArrayLiteral(changes.map((change) => change.heldMinor))}::bigint[],
                ${toTextArrayLiteral(changes.map((change) => change.dailyUsage))}::text[],
                ${toTextArrayLiteral(changes.map((change) => change.recentPayments))}::text[])
         as v (id, available, held, customer_usage, recent_payments)
    where a.id = v.id`;
}

/** Opens accounts that are not open yet. */
export async function createAccounts(
  sql: Sql | Transaction,
  accounts: readonly (AccountName & { behaviour: PromptBehaviour })[],
): Promise<void> {
  await sql`
    insert into accounts (owner, kind, prompt_behaviour)
    select * from unnest(${toTextArrayLiteral(accounts.map((account) => account.owner))}::text[],
                         ${toTextArrayLiteral(accounts.map((account) => account.kind))}::text[],
                         ${toTextArrayLiteral(accounts.map((account) => account.behaviour))}::text[])
    on conflict (owner, kind) do nothing`;
}

/** Reads accounts without locking them: what to show, never what to decide on. */
export function readAccounts(sql: Sql, owner: string): Promise<AccountRow[]> {
  return sql<AccountRow[]>`
    select id, kind, owner, status, prompt_behaviour as "behaviour", available_minor as "availableMinor",
           held_minor as "heldMinor", customer_usage as "dailyUsage", recent_payments as "recentPayments", has_handset as "hasHandset"
    from accounts where owner = ${owner} order by id`;
}

/** Changes how a wallet stands; null leaves a property as it is. Returns whether there is such a wallet. */
export async function updateWallet(
  sql: Sql,
  msisdn: string,
  change: { status: AccountStatus | null; behaviour: PromptBehaviour | null },
): Promise<boolean> {
  const rows = await sql`
    update accounts set status = coalesce(${change.status}, status), prompt_behaviour = coalesce(${change.behaviour}, prompt_behaviour)
    where owner = ${msisdn} and kind = 'wallet'
    returning id`;
  return rows.length > 0;
}

/** A customer with their wallet, to show. */
export interface WalletRow {
  readonly msisdn: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly status: AccountStatus;
  readonly behaviour: PromptBehaviour;
  readonly availableMinor: bigint;
  readonly heldMinor: bigint;
}

/** Customers in order of their numbers, from the one after `after`. */
export function readWallets(sql: Sql, after: string, limit: number): Promise<WalletRow[]> {
  return sql<WalletRow[]>`
    select ${walletColumns(sql)} from customers c join accounts a on a.owner = c.msisdn and a.kind = 'wallet'
    where c.msisdn > ${after} order by c.msisdn limit ${limit}`;
}

export async function readWallet(sql: Sql, msisdn: string): Promise<WalletRow | undefined> {
  const rows = await sql<WalletRow[]>`
    select ${walletColumns(sql)} from customers c join accounts a on a.owner = c.msisdn and a.kind = 'wallet'
    where c.msisdn = ${msisdn}`;
  return rows[0];
}

const walletColumns = (sql: Sql) => sql`
  c.msisdn, c.first_name as "firstName", c.last_name as "lastName", a.status, a.prompt_behaviour as "behaviour",
  a.available_minor as "availableMinor", a.held_minor as "heldMinor"`;

/** What customers and organisations hold together; the operator's own accounts are left out. */
export async function sumBalances(sql: Sql): Promise<{ availableMinor: bigint; heldMinor: bigint }> {
  const [row] = await sql<{ availableMinor: bigint; heldMinor: bigint }[]>`
    select coalesce(sum(available_minor), 0)::bigint as "availableMinor",
           coalesce(sum(held_minor), 0)::bigint as "heldMinor"
    from accounts where kind in ('wallet', 'working', 'utility', 'merchant', 'settlement', 'charges_paid')`;
  return row ?? { availableMinor: 0n, heldMinor: 0n };
}
