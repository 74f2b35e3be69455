/**
 * A past for a ledger: collections that were all paid before the benchmark began.
 *
 * The rows are those that the server writes for a payment: the payment, its move, its reference, its
 * outbox row, and the balances they leave, so that `prove` holds afterwards. What the server forgets
 * by itself is left out: the request log, and the counts of days gone by.
 */
import { msPerDay } from "../src/core/clock.ts";
import { idTimestamp } from "../src/core/ids.ts";
import { connect, type DatabaseAddress, type Sql, type Transaction } from "../src/store/driver/connect.ts";
import { makePartitions } from "../src/store/schema/partitions.ts";

export interface HistoryOptions {
  /** Payments to store. */
  readonly count: number;
  /** Whose application asked for them all. */
  readonly applicationId: bigint;
  /** The first and the last customer who paid, and organisation that was paid. */
  readonly msisdns: readonly [string, string];
  readonly shortcodes: readonly [string, string];
}

/** The past is four weeks long and ends now: the last partition is the one that the load goes on with. */
const weeks = 4;

const perStatement = 250_000;

/** Stores a history in one transaction, beside a server that is idle meanwhile. */
export async function seedHistory(
  address: DatabaseAddress,
  schema: string,
  history: HistoryOptions,
  signal: AbortSignal,
): Promise<void> {
  const sql = connect(address, { schema, maxConnections: 1, name: "pesarail bench" });
  const closeConnection = () => void sql.end({ timeout: 0 });
  signal.addEventListener("abort", closeConnection);
  try {
    const now = Date.now();
    for (let week = weeks; week >= 0; week -= 1) {
      const weekStart = now - week * 7 * msPerDay;
      await makePartitions(sql, "rail", weekStart, weekStart);
    }
    await sql.begin(async (tx) => {
      await numberParties(tx, history);
      for (let from = 0; from < history.count; from += perStatement) {
        await generatePayments(tx, history, from, now);
        await writePayments(tx, history);
      }
      await updateBalances(tx);
    });
    await vacuumTables(sql);
  } finally {
    signal.removeEventListener("abort", closeConnection);
    await sql.end();
  }
}

/** Numbers the two kinds of account, so that a payment can pick one of each by number. */
async function numberParties(tx: Transaction, { msisdns, shortcodes }: HistoryOptions): Promise<void> {
  await tx`
    create temporary table payers on commit drop as
    select row_number() over (order by id) - 1 as place, id, owner from accounts
    where kind = 'wallet' and owner between ${msisdns[0]} and ${msisdns[1]}`;
  await tx`
    create temporary table receivers on commit drop as
    select row_number() over (order by id) - 1 as place, id, owner from accounts
    where kind = 'working' and owner between ${shortcodes[0]} and ${shortcodes[1]}`;
  await tx`
    create temporary table past (id bigint, at timestamptz, debit bigint, credit bigint, organisation text,
                                 msisdn text, minor bigint, reference text) on commit drop`;
  await tx`create temporary table paid (debit bigint, credit bigint, minor bigint) on commit drop`;
  await tx`analyze payers, receivers`;
}

/**
 * Makes up payments number `from` and following, evenly over the weeks before `now`.
 *
 * Hashes of the number choose who pays whom and how much. An id is a time, as in `src/core/ids.ts`; its low
 * bits are those of a server that cannot be this one, which began at 0.
 */
async function generatePayments(
  tx: Transaction,
  { count }: HistoryOptions,
  from: number,
  now: number,
): Promise<void> {
  const until = Math.min(from + perStatement, count) - 1;
  const startMs = now - weeks * 7 * msPerDay;
  const gapMs = (now - startMs) / count;
  await tx`truncate past`;
  await tx`
    insert into past
    select ((ms - ${idTimestamp(0n)}::bigint) << 21) | (1023 << 11) | (n & 2047), to_timestamp(ms / 1000.0),
           payers.id, receivers.id, receivers.owner, payers.owner,
           1000 + (hashint8extended(n, 3) & 8191), md5(n || 'past')
    from (select n, ${startMs}::bigint + (n * ${gapMs}::float8)::bigint as ms
          from generate_series(${from}::bigint, ${until}::bigint) as n) as moments
    join payers on payers.place = (hashint8extended(n, 1) & 1073741823) % (select count(*) from payers)
    join receivers on receivers.place = (hashint8extended(n, 2) & 1073741823) % (select count(*) from receivers)
    order by n`;
}

async function writePayments(tx: Transaction, { applicationId }: HistoryOptions): Promise<void> {
  await tx`
    insert into payments (id, use, status, amount_minor, debit_account, credit_account, organisation, counterparty,
                          application_id, reference, customer_reference, description, listened, at, ended_at)
    select id, 'collection', 'completed', minor, debit, credit, organisation, msisdn,
           ${applicationId}::bigint, reference, left(reference, 8), 'Shoes', true, at, at
    from past order by id`;
  await tx`
    insert into moves (payment_id, ordinal, debit_account, credit_account, minor, why, at)
    select id, 0, debit, credit, minor, 'collection', at from past order by id`;
  await tx`
    insert into outbox (payment_id, application_id, protocol, url, created_at)
    select id, ${applicationId}::bigint, 'openapi-v2', 'https://127.0.0.1:9/never', at from past order by id`;
  // The key is that of src/payments/idempotency-keys.ts; sorted, so that pages of the index are met once each.
  await tx`
    insert into payment_references (key, payment_id)
    select left(encode(sha256(convert_to(${applicationId}::bigint || E'\nc2bSingle\n' || reference, 'UTF8')), 'hex'), 32)::uuid
             as key, id
    from past order by key`;
  await tx`insert into paid select debit, credit, minor from past`;
}

/** Brings the balances to where the moves have left them. */
async function updateBalances(tx: Transaction): Promise<void> {
  await tx`
    update accounts a set available_minor = a.available_minor + moved.minor
    from (select id, sum(minor)::bigint as minor
          from (select debit as id, -minor as minor from paid union all select credit, minor from paid) as sides
          group by id) as moved
    where a.id = moved.id`;
}

/** Does what the weeks would have done: dead rows swept up, statistics gathered, pages on the disk. */
async function vacuumTables(sql: Sql): Promise<void> {
  await sql`vacuum (analyze) payments, moves, outbox, payment_references, accounts`;
  await sql`checkpoint`;
}
