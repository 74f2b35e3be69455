/** Account statements: the postings of one account. */
import type { Sql } from "../driver/connect.ts";
import type { AccountName } from "./accounts.ts";

export interface StatementLine {
  readonly paymentId: bigint;
  readonly at: Date;
  readonly type: string;
  /** The other account of the posting. */
  readonly otherKind: string;
  readonly otherOwner: string;
  /** Negative for a debit. */
  readonly amountMinor: bigint;
  /** The account's balance after the posting, including held money. */
  readonly balanceMinor: bigint;
  readonly reference: string;
  readonly receipt: string | null;
}

/**
 * The postings of an account, newest first. It is one SQL statement, so that balances and postings are consistent.
 *
 * There is no index on the accounts of postings: it would cost every payment two more writes, and this is a
 * manual query. It reads all postings of the rail, about a second for ten million.
 */
export function readStatement(
  sql: Sql,
  { kind, owner }: AccountName,
  limit: number,
): Promise<StatementLine[]> {
  return sql<StatementLine[]>`
    with account as (select id, available_minor + held_minor as balance from accounts
                     where kind = ${kind} and owner = ${owner}),
    own as (
      select m.payment_id, m.ordinal, m.at, m.type, amount_minor as minor, debit_account as other from postings m, account
      where credit_account = account.id
      union all
      select m.payment_id, m.ordinal, m.at, m.type, -amount_minor, credit_account from postings m, account
      where debit_account = account.id
    ),
    newest as (select * from own order by payment_id desc, ordinal desc limit ${limit})
    select n.payment_id as "paymentId", n.at, n.type, o.kind as "otherKind", o.owner as "otherOwner", n.minor as "amountMinor",
           (account.balance - coalesce(sum(n.minor) over (
             order by n.payment_id desc, n.ordinal desc rows between unbounded preceding and 1 preceding), 0)
           )::bigint as "balanceMinor",
           coalesce(p.reference, '') as reference, p.receipt
    from newest n cross join account
    join accounts o on o.id = n.other
    left join payments p on p.id = n.payment_id
    order by n.payment_id desc, n.ordinal desc`;
}
