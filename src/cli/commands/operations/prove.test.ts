/** A busy sandbox passes all invariants, and each invariant detects the SQL corruption made for it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { sampleDayMarket, runSampleDay } from "../../../../test/support/sample-day.ts";
import { onOneDatabase } from "../../../../test/support/cluster.ts";
import { connectToSchema, createTestSandbox, type TestSandbox } from "../../../../test/support/sandbox.ts";
import { callControl } from "../../../../test/support/control.ts";
import { railFacts } from "../../../app/rail-facts.ts";
import { buildRailInvariants } from "../../../store/proof/invariants.ts";
import { mainInvariants } from "../../../store/proof/main-invariants.ts";
import { requestLogInvariants } from "../../../store/proof/request-log-invariants.ts";
import type { SchemaKind } from "../../../store/schema/migrate.ts";
import { runInvariants, type ProofFinding } from "../../../store/proof/check-invariants.ts";
import { mainSchema } from "../../../store/databases.ts";
import { listSchemas } from "../../../store/schema-locations.ts";
import { passed, proveSchemas } from "../../../proof/prove-schemas.ts";
import { toText } from "./prove.ts";

const schema = `sandbox_${sampleDayMarket}`;

async function startBusySandbox(): Promise<TestSandbox> {
  const sandbox = await createTestSandbox();
  await runSampleDay(sandbox);
  await sandbox.session();
  // The requests are in the log when this one is answered.
  await callControl(sandbox, "GET", "/requests");
  return sandbox;
}

/**
 * Returns the invariants that fail after these statements, and rolls back. Triggers are disabled, which
 * includes foreign keys.
 */
async function brokenBy(
  sandbox: TestSandbox,
  only: string,
  kind: SchemaKind,
  statements: readonly string[],
): Promise<string[]> {
  const sql = connectToSchema(sandbox.databaseUrl, only);
  const findings: ProofFinding[] = [];
  const undo = new Error("undo");
  try {
    await sql.begin(async (tx) => {
      await tx`set local session_replication_role = replica`;
      for (const statement of statements) await tx.unsafe(statement);
      findings.push(...(await runInvariants(tx, { kind, facts: railFacts, maxRows: 3 })).findings);
      throw undo;
    });
  } catch (error) {
    if (error !== undo) throw error;
  } finally {
    await sql.end();
  }
  const broken = findings.filter((finding) => finding.broken > 0);
  for (const { name, rows } of broken) assert(rows.length > 0 && rows.length <= 3, `${name} shows its rows`);
  return broken.map(({ name }) => name);
}

test("a sandbox with payments of every type passes, and the report counts what was checked", async () => {
  await using sandbox = await startBusySandbox();
  const proofs = await proveSchemas(listSchemas(onOneDatabase(sandbox.databaseUrl)), railFacts);
  const text = toText(proofs);
  assert(proofs.every(passed), text);
  const schemaProof = proofs.find((proof) => proof.schema === schema);
  for (const { name, checked } of schemaProof?.findings ?? []) assert(checked > 0, `${name} checked nothing`);
  assert.match(text, /No payments, all invariants hold: live_vodafoneGHA, live_vodacomTZN/);
  assert.match(text, /All invariants hold: \d+ checked/);
});

/** A completed payment of this type that was neither reversed nor funded by a scenario. */
const selectPlainPayment = (type: string) => `
  (select id from payments where type = '${type}' and status = 'completed' and hold_code is null and reversed_minor = 0
    and not exists (select 1 from postings where payment_id = id and type = 'scenario_funding') order by id limit 1)`;

const aWallet = "(select id from accounts where kind = 'wallet' order by id limit 1)";

/**
 * A corruption for each invariant, made with constraints and triggers disabled. It may break other invariants
 * too.
 */
const corruptions: Readonly<Record<string, string>> = {
  two_accounts: `update postings set credit_account = 999999 where payment_id = ${selectPlainPayment("payout")}`,
  balances_are_postings: `update accounts set available_minor = available_minor + 1 where id = ${aWallet}`,
  held_is_holds: `update accounts set held_minor = held_minor + 1, available_minor = available_minor - 1 where id = ${aWallet}`,
  not_below_zero: `update accounts set available_minor = -5 where id = ${aWallet}`,
  rail_sums_to_zero: `update accounts set available_minor = available_minor - 7 where kind = 'float'`,
  accounts_have_owners: `delete from customers where msisdn = (select owner from accounts where id = ${aWallet})`,
  one_outcome: `update payments set ended_at = null where id = ${selectPlainPayment("transfer")}`,
  holds_are_held: `delete from holds where payment_id = (select min(payment_id) from holds)`,
  prompts_are_holds: `update prompts set ended_at = now() where payment_id = (select min(payment_id) from prompts where ended_at is null)`,
  validations_are_holds: `delete from validations where ended_at is null`,
  open_prompts_are_counted: `update accounts set open_prompts = '' where open_prompts <> ''`,
  payments_are_postings: `delete from postings where payment_id = ${selectPlainPayment("collection")}`,
  one_posting_a_payment: `insert into postings select payment_id, 1, debit_account, credit_account, amount_minor, type, at
                       from postings where payment_id = ${selectPlainPayment("payout")}`,
  charges_are_fees: `update postings set type = 'charge' where payment_id = ${selectPlainPayment("payout")}`,
  two_steps: `update payments set original_id = null where type = 'step' and status = 'completed'`,
  reversals_add_up: `update payments set reversed_minor = reversed_minor - 1 where reversed_minor > 0`,
  reversals_go_back: `update payments set debit_account = credit_account, credit_account = debit_account
                      where type = 'reversal' and original_id is not null`,
  notifications_are_owed: `delete from notifications where payment_id = ${selectPlainPayment("payout")}`,
  notifications_are_delivered: `delete from deliveries where notification_id = ${selectPlainPayment("payout")}`,
  invoices_are_paid: `update invoices set paid_minor = paid_minor + 1 where paid_minor > 0`,
  receipts_once: `update payments set receipt = 'UKS0000001'`,
  references_once: `delete from idempotency_keys where payment_id = ${selectPlainPayment("payout")}`,
  mandates_have_payments: `update mandates set msisdn = '255000000000' where reference = 'Rent'`,
  mandates_are_single: `insert into mandates (payment_id, application_id, organisation, msisdn, reference, created_at)
                        select -id, application_id, organisation, msisdn, reference, created_at
                        from mandates where reference = 'Water'`,
  mandates_are_used: `update mandates set cancelled_at = null`,
  periods_are_paid: `delete from mandate_periods`,
  rollups_are_requests: `delete from request_log where id = (select max(id) from request_log)`,
  rollup_latencies_are_requests: `update request_log set latency_us = latency_us * 4 + 10000`,
  hours_are_minutes: `update request_log_rollups set requests = requests + 1 where resolution = 60`,
  hours_are_minutes_in_latency: `update request_log_rollups set latency = latency || 1::bigint where resolution = 60`,
  days_are_hours: `delete from request_log_rollups where resolution = 1440`,
  days_are_hours_in_latency: `update request_log_rollups set latency = 0::bigint || latency where resolution = 1440`,
  version_known: `update migrations set version = 99 where version = (select max(version) from migrations)`,
  schema_unchanged: `alter table payments drop constraint payments_one_outcome`,
  triggers_in_force: `alter table postings disable trigger postings_append_only`,
};

/** Further corruptions of invariants that can fail in more than one way. */
const furtherCorruptions: readonly (readonly [string, string])[] = [
  [
    "two_accounts",
    `update postings set amount_minor = -amount_minor where payment_id = ${selectPlainPayment("payout")}`,
  ],
  ["one_outcome", `update payments set refusal = 'customer_declined' where refusal = 'customer_pin_wrong'`],
  [
    "one_outcome",
    `update payments set status = 'held', ended_at = null where id = ${selectPlainPayment("transfer")}`,
  ],
  ["holds_are_held", `update holds set amount_minor = amount_minor + 1 where kind = 'two_step'`],
  ["holds_are_held", `update holds set endpoints = '{}' where kind = 'two_step'`],
  [
    "holds_are_held",
    `alter table holds drop constraint holds_expiry_check;
       update holds set expires_at = now() where kind = 'validation'`,
  ],
  ["holds_are_held", `update holds set endpoints = null where kind = 'validation'`],
  ["validations_are_holds", `delete from holds where kind = 'validation'`],
  ["validations_are_holds", `update validations set verdict = 'refused' where verdict = 'accepted'`],
  ["validations_are_holds", `update validations set verdict = 'accepted' where verdict = 'refused'`],
  ["validations_are_holds", `update validations set response_type = 'completed' where verdict = 'none'`],
  [
    "validations_are_holds",
    `update payments set third_party_reference = 'x' where refusal = 'validation_rejected_account'`,
  ],
  [
    "notifications_are_owed",
    `update payments set notifications_owed = 1 where id in (select payment_id from holds where kind = 'validation')`,
  ],
  [
    "prompts_are_holds",
    `update holds set expires_at = expires_at + interval '1 second' where kind = 'prompt'`,
  ],
  ["open_prompts_are_counted", `update accounts set open_prompts = '1' where id = ${aWallet}`],
  [
    "open_prompts_are_counted",
    `update accounts set open_prompts = open_prompts || ' ' || open_prompts where open_prompts <> ''`,
  ],
  [
    "holds_are_held",
    `alter table holds drop constraint holds_amount_minor_check;
       update holds set amount_minor = 1 where kind = 'prompt'`,
  ],
  ["rollups_are_requests", `update request_log set amount_minor = coalesce(amount_minor, 0) + 1`],
  [
    "rollups_are_requests",
    `update request_log_rollups set value_minor = value_minor - 1 where resolution = 1`,
  ],
  [
    "payments_are_postings",
    `update payments set amount_minor = amount_minor + 1 where id = ${selectPlainPayment("collection")}`,
  ],
  [
    "payments_are_postings",
    `update payments set status = 'failed', refusal = 'payment_failed' where id = ${selectPlainPayment("payout")}`,
  ],
  [
    "payments_are_postings",
    `update payments set status = 'completed', refusal = null where refusal = 'customer_pin_wrong'`,
  ],
  [
    "two_steps",
    `update payments set status = 'cancelled', refusal = 'released_by_organisation' where hold_code is not null and status = 'completed'`,
  ],
  [
    "notifications_are_owed",
    `insert into notifications select id, id, 1, 'x', 'x', 'x', null, at from payments where notifications_owed = 0 limit 1`,
  ],
  [
    "notifications_are_owed",
    `update payments set notifications_owed = 1 where id in (select payment_id from holds where kind = 'prompt')`,
  ],
  [
    "notifications_are_owed",
    `delete from notifications where payment_id in (select payment_id from holds where kind = 'two_step')`,
  ],
  [
    "notifications_are_delivered",
    `insert into deliveries (notification_id, subject_id, application_id, listener, due_at)
       select id, id, 1, 'x', at from payments where notifications_owed = 0 limit 1`,
  ],
  [
    "references_once",
    `insert into idempotency_keys select gen_random_uuid(), ${selectPlainPayment("payout")}`,
  ],
  ["mandates_have_payments", `delete from mandates where reference = 'Water'`],
  ["mandates_are_single", `update mandates set expired_at = null, reference = 'Rent', cancelled_at = null`],
  ["periods_are_paid", `update mandate_periods set payment_id = ${selectPlainPayment("payout")}`],
  ["schema_unchanged", `drop trigger postings_append_only on postings`],
  ["schema_unchanged", `drop index holds_expiry`],
];

/** Drops the constraints that would reject the corruption. Partitions follow their parents. */
function dropConstraints(name: string): string[] {
  if (name === "schema_unchanged" || name === "triggers_in_force") return [];
  return [
    `alter table payments drop constraint payments_one_outcome, drop constraint payments_refusal,
                          drop constraint payments_reversed`,
    "alter table postings drop constraint postings_two_accounts, drop constraint postings_amount_minor_check",
    "alter table accounts drop constraint accounts_not_below_zero",
    "drop index mandates_one_active",
  ];
}

test("each invariant reports its broken rows", async () => {
  await using sandbox = await startBusySandbox();
  const all = [...buildRailInvariants(railFacts), ...requestLogInvariants].map(({ name }) => name);
  assert.deepEqual(
    Object.keys(corruptions).sort(),
    [...all, "version_known", "schema_unchanged", "triggers_in_force"].sort(),
    "every invariant has a corruption",
  );
  for (const [name, corruption] of [...Object.entries(corruptions), ...furtherCorruptions]) {
    const broken = await brokenBy(sandbox, schema, "rail", [...dropConstraints(name), corruption]);
    assert(broken.includes(name), `${name} is not among ${broken.join(", ")} after: ${corruption}`);
  }
});

test("the invariants of the main schema report what is broken", async () => {
  await using sandbox = await startBusySandbox();
  const table: Readonly<Record<string, string>> = {
    applications_have_developers: "update applications set developer_id = 999",
    applications_have_credentials: "update credentials set state = 'inactive', ended_at = now()",
    access_tokens_have_applications: "update access_tokens set environment = 'live'",
    triggers_in_force: "alter table applications disable trigger all",
    schema_unchanged: "alter table audit drop column details",
  };
  for (const { name } of mainInvariants) assert(name in table, name);
  for (const [name, corruption] of Object.entries(table)) {
    const broken = await brokenBy(sandbox, mainSchema, "main", [corruption]);
    assert(broken.includes(name), `${name} is not among ${broken.join(", ")}`);
  }
});
