/**
 * Seeds a ledger with past collections, all paid before the benchmark starts.
 *
 * It writes the rows that the server writes for a payment: the payment, its posting, its reference, its notification and
 * the resulting balances, so that `prove` succeeds afterwards. It omits data that the server deletes by itself: the
 * request log, and usage counters of past days.
 */
import { msPerDay } from "../src/core/clock.ts";
import { idTimestamp } from "../src/core/ids.ts";
import { connect, type DatabaseAddress, type Sql, type Transaction } from "../src/store/driver/connect.ts";
import { makePartitions } from "../src/store/schema/partitions.ts";

export interface HistoryOptions {
  /** The number of payments. */
  readonly count: number;
  /** The application that requested all of them. */
  readonly applicationId: bigint;
  /** The first and the last customer, and the first and the last organisation. */
  readonly msisdns: readonly [string, string];
  readonly shortcodes: readonly [string, string];
}

/** The history covers the last four weeks, so the load continues in its last partition. */
const weeks = 4;

const perStatement = 250_000;

/** Seeds the history in one transaction. The server must be idle meanwhile. */
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

/** Numbers the payers and the receivers, so that a payment can select one of each by number. */
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
 * Generates payments from number `from`, spread evenly over the weeks before `now`.
 *
 * Hashes of the number select payer, receiver and amount. An ID contains a timestamp, as in `src/core/ids.ts`. Its low
 * bits contain server number 1023; the real server has number 0.
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
    insert into payments (id, type, protocol, operation, status, amount_minor, debit_account, credit_account, organisation, counterparty,
                          application_id, reference, customer_reference, description, notifications_owed, at, ended_at)
    select id, 'collection', 'openapi-v2', 'c2bSingle', 'completed', minor, debit, credit, organisation, msisdn,
           ${applicationId}::bigint, reference, left(reference, 8), 'Shoes', 1, at, at
    from past order by id`;
  await tx`
    insert into postings (payment_id, ordinal, debit_account, credit_account, amount_minor, type, at)
    select id, 0, debit, credit, minor, 'collection', at from past order by id`;
  await tx`
    insert into notifications (id, payment_id, application_id, protocol, kind, endpoint, created_at)
    select id, id, ${applicationId}::bigint, 'openapi-v2', 'result', 'https://127.0.0.1:9/never', at from past order by id`;
  // The key is that of src/payments/idempotency-keys.ts; sorted, so that each index page is written once.
  await tx`
    insert into idempotency_keys (key, payment_id)
    select left(encode(sha256(convert_to(${applicationId}::bigint || E'\nopenapi-v2\nc2bSingle\n' || reference, 'UTF8')), 'hex'), 32)::uuid
             as key, id
    from past order by key`;
  await tx`insert into paid select debit, credit, minor from past`;
}

/** Updates the balances by the postings. */
async function updateBalances(tx: Transaction): Promise<void> {
  await tx`
    update accounts a set available_minor = a.available_minor + moved.minor
    from (select id, sum(minor)::bigint as minor
          from (select debit as id, -minor as minor from paid union all select credit, minor from paid) as sides
          group by id) as moved
    where a.id = moved.id`;
}

/** Vacuums, analyzes and checkpoints, as would have happened over four weeks. */
async function vacuumTables(sql: Sql): Promise<void> {
  await sql`vacuum (analyze) payments, postings, notifications, idempotency_keys, accounts`;
  await sql`checkpoint`;
}
