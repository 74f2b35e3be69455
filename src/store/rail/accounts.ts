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
 * How a wallet's owner reacts to a prompt. The first three end the prompt at once, without a handset. With the
 * others, the payment waits for a handset (`handset/README.md`).
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

/** Whether this behaviour needs a handset. */
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
  /** A wallet's usage today, for limits (`customer-usage.ts`). */
  dailyUsage: string;
  /** A wallet's last payments (`recent-payments.ts`). */
  recentPayments: string;
  /** The applications of a wallet's open prompts (`open-prompts.ts`). */
  openPrompts: string;
  /** The organisations that a wallet's owner has blocked (`blocked-organisations.ts`). */
  blockedOrganisations: string;
  /** Whether the owner receives SMS messages. */
  hasHandset: boolean;
}

/** The natural key of an account, unique within a rail. */
export interface AccountName {
  readonly kind: AccountKind;
  readonly owner: string;
}

type AccountMatch = Omit<AccountRow, "kind" | "owner"> & { readonly ordinal: number };

/**
 * Locks these accounts until the transaction ends, and reads them.
 *
 * Every batch locks in id order, in one statement, so that two batches with the same accounts wait for one
 * another instead of deadlocking. `no key update`, because a plain `for update` would also block inserts that
 * refer to the account.
 *
 * An account that does not exist needs no lock: accounts are created before they are paid.
 */
export async function lockAccounts(tx: Transaction, names: readonly AccountName[]): Promise<AccountRow[]> {
  const rows = await tx<AccountMatch[]>`${matchAccounts(tx, names)} order by a.id for no key update of a`;
  return withNames(rows, names);
}

/** Reads accounts without locking them, for accounts that a batch only credits. */
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
           a.recent_payments as "recentPayments", a.open_prompts as "openPrompts",
           a.blocked_organisations as "blockedOrganisations", a.has_handset as "hasHandset"
    from unnest(${toTextArrayLiteral(names.map((name) => name.owner))}::text[],
                ${toTextArrayLiteral(names.map((name) => name.kind))}::text[]) with ordinality as k (owner, kind, ordinal)
    join accounts a on a.owner = k.owner and a.kind = k.kind`;
}

function withNames(rows: readonly AccountMatch[], names: readonly AccountName[]): AccountRow[] {
  return rows.map(({ ordinal, ...row }) => ({ ...row, ...(names[ordinal - 1] as AccountName) }));
}

/** The change of one account in a batch. A null text stays as it is. */
export interface BalanceChange {
  readonly id: bigint;
  readonly availableMinor: bigint;
  readonly heldMinor: bigint;
  readonly dailyUsage: string | null;
  readonly recentPayments: string | null;
  readonly openPrompts: string | null;
}

/**
 * Adds the changes of a batch to the balances. Accounts that are not locked yet are locked in the given order.
 * It adds amounts instead of writing balances, and leaves texts that the batch did not change, because other batches may
 * have changed an account without a lock since it was read.
 */
export async function applyBalanceChanges(tx: Transaction, changes: readonly BalanceChange[]): Promise<void> {
  await tx`
    update accounts a set available_minor = a.available_minor + v.available, held_minor = a.held_minor + v.held,
                          customer_usage = coalesce(v.customer_usage, a.customer_usage),
                          recent_payments = coalesce(v.recent_payments, a.recent_payments),
                          open_prompts = coalesce(v.open_prompts, a.open_prompts)
    from unnest(${toArrayLiteral(changes.map((change) => change.id))}::bigint[],
                ${toArrayLiteral(changes.map((change) => change.availableMinor))}::bigint[],
                ${toArrayLiteral(changes.map((change) => change.heldMinor))}::bigint[],
                ${toTextArrayLiteral(changes.map((change) => change.dailyUsage))}::text[],
                ${toTextArrayLiteral(changes.map((change) => change.recentPayments))}::text[],
                ${toTextArrayLiteral(changes.map((change) => change.openPrompts))}::text[])
         as v (id, available, held, customer_usage, recent_payments, open_prompts)
    where a.id = v.id`;
}

/** Creates the accounts that do not exist yet. */
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

/** Reads an owner's accounts without locking them: for display only, never for decisions. */
export function readAccounts(sql: Sql, owner: string): Promise<AccountRow[]> {
  return sql<AccountRow[]>`
    select id, kind, owner, status, prompt_behaviour as "behaviour", available_minor as "availableMinor",
           held_minor as "heldMinor", customer_usage as "dailyUsage", recent_payments as "recentPayments",
           open_prompts as "openPrompts", blocked_organisations as "blockedOrganisations", has_handset as "hasHandset"
    from accounts where owner = ${owner} order by id`;
}

/** Changes a wallet's status and behaviour; null leaves a value unchanged. Returns whether the wallet exists. */
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

/** A customer with their wallet. */
export interface WalletRow {
  readonly msisdn: string;
  readonly firstName: string;
  readonly lastName: string;
  /** Whether it takes payments for a small business. */
  readonly pochi: boolean;
  readonly status: AccountStatus;
  readonly behaviour: PromptBehaviour;
  readonly availableMinor: bigint;
  readonly heldMinor: bigint;
}

/** Customers in the order of their numbers, after `after`. */
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
  c.msisdn, c.first_name as "firstName", c.last_name as "lastName", c.pochi, a.status, a.prompt_behaviour as "behaviour",
  a.available_minor as "availableMinor", a.held_minor as "heldMinor"`;

/** The sum of all balances of customers and organisations, without the operator's own accounts. */
export async function sumBalances(sql: Sql): Promise<{ availableMinor: bigint; heldMinor: bigint }> {
  const [row] = await sql<{ availableMinor: bigint; heldMinor: bigint }[]>`
    select coalesce(sum(available_minor), 0)::bigint as "availableMinor",
           coalesce(sum(held_minor), 0)::bigint as "heldMinor"
    from accounts where kind in ('wallet', 'working', 'utility', 'merchant', 'settlement', 'charges_paid')`;
  return row ?? { availableMinor: 0n, heldMinor: 0n };
}
