/** What must be true of a simulation that has ended, whatever happened in it. */
import assert from "node:assert/strict";
import type { Sql } from "../../src/store/driver/connect.ts";
import { assertInvariantsHold } from "../support/ledger-proof.ts";
import { countBy } from "./count-by.ts";
import { checkDaraja, type DarajaSummary } from "./daraja-checks.ts";
import { checkIpgV1, type IpgV1Summary } from "./ipg-v1.ts";
import type { SimulationResult, SentPayment } from "./run.ts";

/** The numbers of a run. */
export interface SimulationSummary {
  readonly sent: number;
  readonly unanswered: number;
  readonly recorded: Readonly<Record<string, number>>;
  readonly delivered: number;
  readonly redelivered: number;
  readonly attempts: number;
  readonly serverKills: number;
  readonly databaseKills: number;
  readonly daraja: DarajaSummary;
  readonly ipgV1: IpgV1Summary;
}

interface RecordedPayment {
  readonly reference: string;
  readonly type: string;
  readonly status: string;
  readonly refusal: string | null;
  readonly holdCode: string | null;
  readonly notificationsOwed: number;
  readonly count: bigint;
}

export async function checkAll(simulation: SimulationResult): Promise<SimulationSummary> {
  const { sql, environment: world } = simulation;
  await assertInvariantsHold(world.address);
  const rows = await sql<RecordedPayment[]>`
    select reference, min(type) as type, min(status) as status, min(refusal) as refusal, min(hold_code) as "holdCode",
           max(notifications_owed)::integer as "notificationsOwed", count(*) as count
    from payments where application_id is not null group by reference`;
  const recorded = new Map(rows.map((row) => [row.reference, row]));
  await assertNothingIsOpen(sql);
  await assertNothingIsOpen(simulation.kenya.sql);
  await assertNothingIsOpen(simulation.mozambique.sql);
  for (const sent of simulation.sent) checkPayment(sent, recorded.get(sent.reference));
  await checkEveryResultWasDelivered(simulation, rows);

  const [{ attempts } = { attempts: 0n }] = await sql<{ attempts: bigint }[]>`
    select count(*) as attempts from delivery_attempts`;
  const callbacks = simulation.listeners.flatMap((listener) => [...listener.received.values()]);
  return {
    sent: simulation.sent.length,
    unanswered: simulation.sent.filter(({ result }) => result === null).length,
    recorded: countBy(rows.map(({ status }) => status)),
    delivered: callbacks.length,
    redelivered: callbacks.reduce((sum, { times }) => sum + times - 1, 0),
    attempts: Number(attempts),
    serverKills: simulation.killed.servers,
    databaseKills: simulation.killed.databases,
    daraja: await checkDaraja(simulation),
    ipgV1: await checkIpgV1(simulation.mozambique),
  };
}

async function assertNothingIsOpen(sql: Sql): Promise<void> {
  const [open] = await sql<Record<"holds" | "held" | "prompts" | "payments" | "validations", bigint>[]>`
    select (select count(*) from holds) as holds,
           (select coalesce(sum(held_minor), 0)::bigint from accounts) as held,
           (select count(*) from prompts where ended_at is null) as prompts,
           (select count(*) from payments where status = 'held') as payments,
           (select count(*) from validations where ended_at is null) as validations`;
  assert.deepEqual(
    { ...open },
    { holds: 0n, held: 0n, prompts: 0n, payments: 0n, validations: 0n },
    "something is still open",
  );
}

const successCodes = ["INS-0", "INS-GAR-0"];

/** Compares the response that a client got with the database. */
function checkPayment(
  { reference, kind, listener, result }: SentPayment,
  row: RecordedPayment | undefined,
): void {
  const label = `${reference} (${kind}): result ${JSON.stringify(result)}, recorded ${row?.status} ${row?.refusal}`;
  assert(row === undefined || row.count === 1n, `${label} ${row?.count} times`);
  if (result === null) return;
  const code = result.body["output_ResponseCode"] ?? "";
  if (listener !== null && successCodes.includes(code)) assert(row !== undefined, label);
  if (listener === null && successCodes.includes(code)) assert(row !== undefined && succeeded(row), label);
  // INS-1 means that nothing happened, INS-9 that the outcome is unknown.
  if (code === "INS-1") assert(row === undefined || row.status !== "completed", label);
}

/** A two-step payment succeeded when its money was held, whatever the organisation did then. */
const succeeded = ({ status, refusal, holdCode }: RecordedPayment): boolean =>
  status === "completed" ||
  (holdCode !== null && (refusal === "hold_expired" || refusal === "released_by_organisation"));

/**
 * Every final payment with a listener had its result delivered exactly once by id, with the recorded code; no other
 * callback arrived.
 */
async function checkEveryResultWasDelivered(
  { sql, listeners }: SimulationResult,
  rows: readonly RecordedPayment[],
): Promise<void> {
  const undelivered = await sql`select payment_id from notifications where delivered_at is null`;
  assert.deepEqual([...undelivered], [], "a notification is not delivered");
  for (const { contradictions } of listeners) assert.deepEqual(contradictions, []);

  const codes = new Map<string, string>();
  for (const { received: callbacks } of listeners) {
    for (const { fields } of callbacks.values()) {
      const reference = fields["input_ThirdPartyConversationID"] ?? "";
      assert(!codes.has(reference), `${reference} was delivered with two ids`);
      codes.set(reference, fields["input_ResultCode"] ?? fields["input_ResponseCode"] ?? "");
    }
  }
  for (const row of rows) {
    const code = codes.get(row.reference);
    const label = `${row.reference}: ${row.status} ${row.refusal}, delivered ${code}`;
    assert.equal(code !== undefined, row.notificationsOwed > 0, label);
    if (code !== undefined) assert.equal(successCodes.includes(code), succeeded(row), label);
  }
  assert.equal(
    codes.size,
    rows.filter(({ notificationsOwed }) => notificationsOwed > 0).length,
    "a callback was delivered for an unknown payment",
  );
}
