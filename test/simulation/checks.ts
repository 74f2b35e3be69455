/** What must be true of a town that has come to rest, whatever was done to it. */
import assert from "node:assert/strict";
import { assertBooksHold } from "../town/books.ts";
import type { Ran, Sent } from "./run.ts";

/** What a run came to, in figures. */
export interface Tally {
  readonly sent: number;
  readonly unheard: number;
  readonly recorded: Readonly<Record<string, number>>;
  readonly told: number;
  readonly toldAgain: number;
  readonly attempts: number;
  readonly serverKills: number;
  readonly databaseKills: number;
}

interface Recorded {
  readonly reference: string;
  readonly use: string;
  readonly status: string;
  readonly refusal: string | null;
  readonly voucher: string | null;
  readonly listened: boolean;
  readonly count: bigint;
}

export async function checkAll(ran: Ran): Promise<Tally> {
  const { sql, world } = ran;
  await assertBooksHold(world.address);
  const rows = await sql<Recorded[]>`
    select reference, min(use) as use, min(status) as status, min(refusal) as refusal, min(voucher) as voucher,
           bool_or(listened) as listened, count(*) as count
    from payments where application_id is not null group by reference`;
  const recorded = new Map(rows.map((row) => [row.reference, row]));
  await checkNothingIsOpen(ran);
  for (const sent of ran.sent) checkOne(sent, recorded.get(sent.reference));
  await checkEveryEndingWasTold(ran, rows);

  const [{ attempts } = { attempts: 0n }] = await sql<{ attempts: bigint }[]>`
    select count(*) as attempts from delivery_attempts`;
  const seen = ran.listeners.flatMap((listener) => [...listener.seen.values()]);
  return {
    sent: ran.sent.length,
    unheard: ran.sent.filter(({ heard }) => heard === null).length,
    recorded: countBy(rows.map(({ status }) => status)),
    told: seen.length,
    toldAgain: seen.reduce((sum, { times }) => sum + times - 1, 0),
    attempts: Number(attempts),
    serverKills: ran.killed.servers,
    databaseKills: ran.killed.databases,
  };
}

async function checkNothingIsOpen({ sql }: Ran): Promise<void> {
  const [open] = await sql<{ holds: bigint; held: bigint; prompts: bigint; payments: bigint }[]>`
    select (select count(*) from holds) as holds,
           (select coalesce(sum(held_minor), 0)::bigint from accounts) as held,
           (select count(*) from prompts where ended_at is null) as prompts,
           (select count(*) from payments where status = 'held') as payments`;
  assert.deepEqual(
    { ...open },
    { holds: 0n, held: 0n, prompts: 0n, payments: 0n },
    "something is still open",
  );
}

const successCodes = ["INS-0", "INS-GAR-0"];

/** What a caller was answered, against what the books say. */
function checkOne({ reference, kind, listener, heard }: Sent, row: Recorded | undefined): void {
  const said = `${reference} (${kind}): heard ${JSON.stringify(heard)}, recorded ${row?.status} ${row?.refusal}`;
  assert(row === undefined || row.count === 1n, `${said} ${row?.count} times`);
  if (heard === null) return;
  const code = heard.body["output_ResponseCode"] ?? "";
  if (listener !== null && successCodes.includes(code)) assert(row !== undefined, said);
  if (listener === null && successCodes.includes(code)) assert(row !== undefined && wentThrough(row), said);
  // INS-1 says that nothing happened, INS-9 that nobody knows.
  if (code === "INS-1") assert(row === undefined || row.status !== "completed", said);
}

/** A two-step payment went through when it was reserved, whatever its organisation did then. */
const wentThrough = ({ status, refusal, voucher }: Recorded): boolean =>
  status === "completed" ||
  (voucher !== null && (refusal === "hold_expired" || refusal === "released_by_organisation"));

/** Every ending with a listener reached it, once as it counts, and said what the books say; nothing else did. */
async function checkEveryEndingWasTold({ sql, listeners }: Ran, rows: readonly Recorded[]): Promise<void> {
  const untold = await sql`select payment_id from outbox where told_at is null`;
  assert.deepEqual([...untold], [], "an outbox row is not told");
  for (const { contradictions } of listeners) assert.deepEqual(contradictions, []);

  const told = new Map<string, string>();
  for (const { seen } of listeners) {
    for (const { fields } of seen.values()) {
      const reference = fields["input_ThirdPartyConversationID"] ?? "";
      assert(!told.has(reference), `${reference} was told under two names`);
      told.set(reference, fields["input_ResultCode"] ?? fields["input_ResponseCode"] ?? "");
    }
  }
  for (const row of rows) {
    const code = told.get(row.reference);
    const said = `${row.reference}: ${row.status} ${row.refusal}, told ${code}`;
    assert.equal(code !== undefined, row.listened, said);
    if (code !== undefined) assert.equal(successCodes.includes(code), wentThrough(row), said);
  }
  assert.equal(
    told.size,
    rows.filter(({ listened }) => listened).length,
    "something was told that never was",
  );
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names.toSorted()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
