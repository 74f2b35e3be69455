/** Snapshots: restoring one restores the whole sandbox: money, mandates, sessions and time. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { requestLogTables } from "../../src/store/request-log/tables.ts";
import { marketNames } from "../../src/core/markets.ts";
import { railFor } from "../../src/core/rails.ts";
import { createSandboxClock } from "../../src/sandbox/clock.ts";
import { SandboxBusy } from "../../src/sandbox/sandbox-transaction.ts";
import { removeSnapshot, restoreSnapshot, takeSnapshot } from "../../src/sandbox/snapshots.ts";
import type { Sql } from "../../src/store/driver/connect.ts";
import { readStoredSchema } from "../../src/store/schema/schema-contents.ts";
import { createStores, type DatabaseLocations } from "../../src/store/databases.ts";
import { createTestApplication } from "../support/application.ts";
import { assertInvariantsHold } from "../support/ledger-proof.ts";
import { advanceClock, setFrozen, getClock } from "../support/clock.ts";
import { createTestDatabase } from "../support/cluster.ts";
import { callControl } from "../support/control.ts";
import {
  collect,
  hold,
  createTestCustomer,
  payOut,
  reverse,
  summarise,
  getTransactionId,
} from "../support/payments.ts";
import { acknowledge, createTestListener } from "../support/listener.ts";
import { answerPrompt, waitFor, waitForPrompt } from "../support/prompts.ts";
import { connectToSchema, createTestSandbox, createReference, type TestSandbox } from "../support/sandbox.ts";

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox({ sandboxClock: true });
});
after(() => sandbox[Symbol.asyncDispose]());

const takeSnapshotNamed = (name: string, change: object = {}) =>
  callControl(sandbox, "POST", "/snapshots", { name, ...change });
const restoreNamed = (name: string) => callControl(sandbox, "POST", `/snapshots/${name}/restore`);
const listNames = async (): Promise<string[]> =>
  (await callControl(sandbox, "GET", "/snapshots")).body.snapshots.map(({ name }: { name: string }) => name);

const changesBySelf = new Set([...requestLogTables, "delivery_attempts", "migrations"]);

/** Every row of a schema except what a snapshot leaves out: by table, as text. */
async function readRows(sql: Sql, only?: readonly string[]): Promise<Map<string, string>> {
  return sql.begin<Map<string, string>>(async (tx) => {
    const { tables } = await readStoredSchema(tx);
    const rows = new Map<string, string>();
    for (const { name } of tables) {
      if (changesBySelf.has(name) || (only !== undefined && !only.includes(name))) continue;
      const [table] = await tx<{ rows: string }[]>`
        select coalesce(json_agg(t order by t::text), '[]')::text as rows from ${tx(name)} as t`;
      rows.set(name, table?.rows ?? "");
    }
    return rows;
  });
}

const directoryTables = [
  "applications",
  "credentials",
  "callback_urls",
  "access_tokens",
  "sandbox_network",
  "request_faults",
];
const readSandbox = async (): Promise<Map<string, string>> =>
  new Map([
    ...[...(await readRows(sandbox.sql("vodacomTZN")))].map(([name, rows]) => [`TZN ${name}`, rows] as const),
    ...[...(await readRows(sandbox.sql("vodafoneGHA")))].map(
      ([name, rows]) => [`GHA ${name}`, rows] as const,
    ),
    ...(await readRows(sandbox.stores.main, directoryTables)),
  ]);

async function assertSandboxIs(before: Map<string, string>): Promise<void> {
  const now = await readSandbox();
  assert(now.size > 30, `${now.size} tables`);
  assert.deepEqual(
    [...now]
      .filter(([name, rows]) => before.get(name) !== rows)
      .map(([name, rows]) => ({ name, rows, before: before.get(name) })),
    [],
  );
}

async function makeMandate(): Promise<string> {
  const made = await sandbox.call("POST", "directDebitCreation/", {
    input_Country: "TZN",
    input_ServiceProviderCode: "000000",
    input_ThirdPartyConversationID: createReference(),
    input_CustomerMSISDN: await createTestCustomer(sandbox),
    input_ThirdPartyReference: createReference(),
    input_AgreedTC: "1",
  });
  assert.equal(summarise(made), "201 INS-0", JSON.stringify(made.body));
  return made.body["output_MandateID"] ?? "";
}

/** Creates rows in most of the tables. */
async function fillTables(): Promise<void> {
  const paid = await collect(sandbox);
  const all = [
    paid,
    await payOut(sandbox),
    await hold(sandbox),
    await reverse(sandbox, getTransactionId(paid)),
  ];
  assert.deepEqual(all.map(summarise), ["201 INS-0", "201 INS-0", "201 INS-0", "201 INS-0"]);
  await makeMandate();
  const { apiKey } = await createTestApplication(sandbox, {
    products: { c2bSingle: { limits: { sessionDailyCount: 3 } } },
    responseUrl: "http://127.0.0.1:9/never",
  });
  assert.match(summarise(await collect(sandbox, {}, await sandbox.session("vodacomTZN", apiKey))), /^20/);
  await waitFor("the first attempt to deliver to a listener that does not exist", async () => {
    const [row] = await sandbox.sql()`select 1 from deliveries where attempts = 1`;
    return row;
  });
}

test("restoring a snapshot undoes everything since", async () => {
  const { now } = await setFrozen(sandbox);
  await fillTables();
  const { apiKey } = await createTestApplication(sandbox);
  const knownBearer = await sandbox.session("vodacomTZN", apiKey);
  const before = await readSandbox();

  const taken = await takeSnapshotNamed("first");
  assert.equal(taken.status, 201, JSON.stringify(taken.body));
  assert.deepEqual([taken.body.now, taken.body.frozen], [now, true]);
  const mandate = await makeMandate();

  await advanceClock(sandbox, 40 * 86_400);
  sandbox.forgetSession();
  const customer = await createTestCustomer(sandbox, { amountMinor: 500_00n });
  const later = await createTestApplication(sandbox, {
    products: { c2bSingle: { limits: { sessionDailyCount: 3 } } },
  });
  const laterBearer = await sandbox.session("vodacomTZN", later.apiKey);
  const paid = { input_CustomerMSISDN: customer, input_ThirdPartyConversationID: createReference() };
  assert.equal(summarise(await collect(sandbox, paid, laterBearer)), "201 INS-0");
  assert.equal(summarise(await hold(sandbox, { input_CustomerMSISDN: customer })), "201 INS-0");
  await callControl(sandbox, "DELETE", "/applications/1/sessions");
  await callControl(sandbox, "PATCH", "/clock", { frozen: false });

  const restored = await restoreNamed("first");
  assert.equal(restored.status, 200, JSON.stringify(restored.body));
  const clock = await getClock(sandbox);
  assert.deepEqual([clock.now, clock.frozen], [now, true]);
  await assertSandboxIs(before);
  await assertInvariantsHold(sandbox.databaseAddress);

  assert.equal(
    summarise(await collect(sandbox, {}, knownBearer)),
    "201 INS-0",
    "an old session is valid again",
  );
  assert.match(summarise(await collect(sandbox, {}, laterBearer)), /^401 /, "a later one has ended");
  assert.equal((await callControl(sandbox, "GET", `/markets/vodacomTZN/customers/${customer}`)).status, 404);
  sandbox.forgetSession();
  assert.equal(await makeMandate(), mandate, "the next mandate gets the same id again");
  const fresh = await createTestCustomer(sandbox, { amountMinor: 500_00n });
  const same = { ...paid, input_CustomerMSISDN: fresh };
  assert.equal(summarise(await collect(sandbox, same)), "201 INS-0", "its reference was never used");
  await assertInvariantsHold(sandbox.databaseAddress);
});

test("a running clock continues from the snapshot's time", async () => {
  await setFrozen(sandbox, false);
  const { body } = await takeSnapshotNamed("running");
  await advanceClock(sandbox, 86_400);
  assert.equal((await restoreNamed("running")).status, 200);
  const clock = await getClock(sandbox);
  assert.equal(clock.frozen, false);
  const past = Date.parse(clock.now) - Date.parse(body.now);
  assert(past >= 0 && past < 20_000, `${past} ms after the snapshot`);
});

beforeEach(() => sandbox.forgetSession());

test("a snapshot can be restored any number of times, and deleted", async () => {
  await collect(sandbox);
  await takeSnapshotNamed("again");
  const before = await readSandbox();
  for (let i = 0; i < 3; i += 1) {
    assert.equal(summarise(await collect(sandbox)), "201 INS-0");
    assert.equal((await restoreNamed("again")).status, 200);
    await assertSandboxIs(before);
  }
  assert.deepEqual(await listNames(), ["again", "running", "first"]);
  assert.equal((await callControl(sandbox, "DELETE", "/snapshots/again")).status, 204);
  assert.equal((await callControl(sandbox, "DELETE", "/snapshots/again")).status, 404);
  assert.equal((await restoreNamed("again")).status, 404);
  assert.deepEqual(await listNames(), ["running", "first"]);
});

test("a snapshot is overwritten only with replace", async () => {
  await takeSnapshotNamed("mine");
  assert.equal((await takeSnapshotNamed("mine")).status, 409);
  assert.equal(summarise(await collect(sandbox)), "201 INS-0");
  const before = await readSandbox();
  assert.equal((await takeSnapshotNamed("mine", { replace: true })).status, 201);
  assert.equal(summarise(await collect(sandbox)), "201 INS-0");
  await restoreNamed("mine");
  await assertSandboxIs(before);
});

test("invalid names are refused", async () => {
  for (const name of ["", "Mine", "a b", "-a", "a".repeat(41), 'a"; drop schema x; --']) {
    assert.equal((await takeSnapshotNamed(name)).status, 400, name);
  }
  assert.equal((await takeSnapshotNamed("a".repeat(40))).status, 201);
  assert.equal((await restoreNamed("A%20b")).status, 404);
  assert.equal((await callControl(sandbox, "DELETE", `/snapshots/${"a".repeat(40)}`)).status, 204);
});

test("a snapshot of another release is refused with a message", async () => {
  await takeSnapshotNamed("older");
  await sandbox.stores.main`update snapshots set rail_version = rail_version + 1 where name = 'older'`;
  const { status, body } = await restoreNamed("older");
  assert.equal(status, 409);
  assert.match(body.message, /was taken by another release/);
});

test("a snapshot whose rows are from another time is refused, and one without rows is not listed", async () => {
  await takeSnapshotNamed("copied");
  await sandbox.stores
    .main`update snapshots set taken_at = taken_at - interval '1 second' where name = 'copied'`;
  const { status, body } = await restoreNamed("copied");
  assert.equal(status, 409);
  assert.match(body.message, /are missing from its database/);
  await sandbox.stores.main`drop schema snapshot_pesarail_copied cascade`;
  assert(!(await listNames()).includes("copied"));
  assert.equal((await restoreNamed("copied")).status, 404);
});

test("a restore that has to wait too long for a reader is refused, and changes nothing", async () => {
  await takeSnapshotNamed("patient");
  const { now } = await getClock(sandbox);
  const reader = connectToSchema(sandbox.databaseAddress, "sandbox_vodacomTZN");
  try {
    await reader.begin(async (tx) => {
      await tx`select count(*) from accounts`;
      const { status, body } = await restoreNamed("patient");
      assert.equal(status, 503);
      assert.match(body.message, /locked by a long operation/);
      assert.equal(
        (await takeSnapshotNamed("beside-a-reader")).status,
        201,
        "a reader does not block a snapshot",
      );
    });
  } finally {
    await reader.end();
  }
  assert(Date.parse((await getClock(sandbox)).now) >= Date.parse(now), "the clock is unchanged");
  assert.equal(summarise(await collect(sandbox)), "201 INS-0");
  assert.equal((await restoreNamed("patient")).status, 200);
});

test("restoring under load leaves all invariants intact", async () => {
  const msisdn = await createTestCustomer(sandbox, { amountMinor: 1000_00n });
  assert.equal(summarise(await collect(sandbox)), "201 INS-0", "the clients' session is in the snapshot");
  await takeSnapshotNamed("traffic");
  const running = { on: true };
  const shoppers = Array.from({ length: 3 }, async () => {
    const results: string[] = [];
    while (running.on) {
      results.push(summarise(await collect(sandbox, { input_CustomerMSISDN: msisdn, input_Amount: "1" })));
    }
    return results;
  });
  for (let i = 0; i < 4; i += 1) {
    const reply = await (i % 2 === 0
      ? restoreNamed("traffic")
      : takeSnapshotNamed("traffic", { replace: true }));
    assert(reply.status === 200 || reply.status === 201, JSON.stringify(reply));
    await assertInvariantsHold(sandbox.databaseAddress);
  }
  running.on = false;
  const results = (await Promise.all(shoppers)).flat();
  const counts = Object.fromEntries(
    Map.groupBy(results, (result) => result)
      .entries()
      .map(([result, all]) => [result, all.length]),
  );
  assert((counts["201 INS-0"] ?? 0) > 50, JSON.stringify(counts));
  await assertInvariantsHold(sandbox.databaseAddress);
  const payments = sandbox.platform.payments(railFor("sandbox", "vodacomTZN"));
  const [late] =
    await sandbox.sql()`select 1 from payments where at > ${new Date(payments.context.clock.now())}`;
  assert.equal(late, undefined, "no payment is in the future");
});

test("requests in flight during a restore have no effect", async () => {
  await using isolatedSandbox = await createTestSandbox({ sandboxClock: true, synchronousWaitMs: 60_000 });
  const answers: (() => void)[] = [];
  await using listener = await createTestListener({
    behaviour: (...exchange) => void answers.push(() => acknowledge(...exchange)),
  });
  const { apiKey } = await createTestApplication(isolatedSandbox, { responseUrl: listener.url });
  const bearer = await isolatedSandbox.session("vodacomTZN", apiKey);
  const silent = await createTestApplication(isolatedSandbox);
  const silentBearer = await isolatedSandbox.session("vodacomTZN", silent.apiKey);
  await callControl(isolatedSandbox, "POST", "/snapshots", { name: "quiet" });

  assert.equal(summarise(await collect(isolatedSandbox, {}, bearer)), "201 INS-0");
  await listener.waitForCallbacks(1);
  const promptedCustomer = await createTestCustomer(isolatedSandbox, { answer: "ask" });
  const waiting = collect(isolatedSandbox, { input_CustomerMSISDN: promptedCustomer }, silentBearer);
  await waitForPrompt(isolatedSandbox, promptedCustomer);
  const handset = `/markets/vodacomTZN/handsets/${promptedCustomer}/answer`;
  const answering = callControl(isolatedSandbox, "POST", handset, {
    says: "approve",
    prompt: "0".repeat(12),
    waitSeconds: 30,
  });

  assert.equal((await callControl(isolatedSandbox, "POST", "/snapshots/quiet/restore")).status, 200);
  const restoredAt = performance.now();
  for (const answer of answers) answer();
  // The caller has a minute, and the one who waits for another prompt half a minute.
  assert.equal(summarise(await waiting), "401 INS-6");
  assert.equal((await answering).status, 404);
  assert(performance.now() - restoredAt < 5_000, "both are answered at once");
  assert.equal(summarise(await collect(isolatedSandbox, {}, silentBearer)), "201 INS-0");
  const moved = await advanceClock(isolatedSandbox, 3 * 86_400);
  assert.deepEqual(
    moved.events.filter(({ what }) => !/^(day|sessions)_/.test(what)),
    [],
  );
  assert.equal(listener.received.length, 1);
  const warnings = isolatedSandbox.logLines.filter((line) => !line.includes('"level":30'));
  assert.deepEqual(warnings, []);
  await assertInvariantsHold(isolatedSandbox.databaseAddress);
});

test("a caller who waits for a prompt that the snapshot contains goes on waiting", async () => {
  const customer = await createTestCustomer(sandbox, { answer: "ask" });
  const waiting = collect(sandbox, { input_CustomerMSISDN: customer });
  const paymentId = await waitForPrompt(sandbox, customer);
  assert.equal((await takeSnapshotNamed("open-prompt")).status, 201);
  assert.equal((await restoreNamed("open-prompt")).status, 200);
  assert.equal((await answerPrompt(sandbox, paymentId, "approve")).refusal, null);
  assert.equal(summarise(await waiting), "201 INS-0");
});

test("rails in separate databases are restored together", async () => {
  await using mainDatabase = await createTestDatabase();
  await using tanzaniaDatabase = await createTestDatabase();
  const locations: DatabaseLocations = {
    main: { address: mainDatabase.address, setting: "DATABASE_URL" },
    rail: (_environment, market) => ({
      address: market === "vodacomTZN" ? tanzaniaDatabase.address : mainDatabase.address,
      setting: "SANDBOX_DATABASE_URL",
    }),
  };
  const stores = createStores(locations);
  const clock = await createSandboxClock(stores.main);
  const rails = marketNames.map((market) => {
    const { sql } = stores.rails.get(railFor("sandbox", market).name) ?? assert.fail();
    return { market, sql, work: [] };
  });
  const deps = { main: stores.main, clock, rails };
  const [ghana, tanzania] = rails.map(({ sql }) => sql);
  assert(ghana !== undefined && tanzania !== undefined);
  const countAnswers = async (): Promise<unknown[]> => {
    const read = (sql: Sql) =>
      sql`select distinct prompt_behaviour as answer from accounts where kind = 'wallet' order by 1`;
    return (await Promise.all([read(ghana), read(tanzania)])).map((rows) => rows.length);
  };
  const allDecline = (sql: Sql) =>
    sql`update accounts set prompt_behaviour = 'decline' where kind = 'wallet'`;
  try {
    await takeSnapshot(deps, "apart", false);
    await Promise.all([allDecline(ghana), allDecline(tanzania)]);
    assert.deepEqual(await countAnswers(), [1, 1]);

    const reader = connectToSchema(tanzaniaDatabase.address, "sandbox_vodacomTZN");
    await reader.begin(async (tx) => {
      await tx`select count(*) from accounts`;
      await assert.rejects(restoreSnapshot(deps, "apart"), SandboxBusy);
    });
    await reader.end();
    assert.deepEqual(await countAnswers(), [1, 1], "nothing changed in any database");

    await restoreSnapshot(deps, "apart");
    assert.deepEqual(await countAnswers(), [2, 2]);
    await removeSnapshot(deps, "apart");
    for (const sql of [ghana, tanzania]) {
      assert.deepEqual([...(await sql`select nspname from pg_namespace where nspname like 'snapshot%'`)], []);
    }
  } finally {
    await clock.close();
    await stores.close();
  }
});
