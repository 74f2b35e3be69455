/** Snapshots: the whole sandbox comes back as it was, money, mandates, sessions and time. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { marketNames, rail } from "../../src/money.ts";
import { openSandboxClock } from "../../src/sandbox/clock.ts";
import { TownInUse } from "../../src/sandbox/one-moment.ts";
import { removeSnapshot, restoreSnapshot, takeSnapshot } from "../../src/sandbox/snapshots.ts";
import type { Sql } from "../../src/store/connect.ts";
import { readStoredSchema } from "../../src/store/snapshot.ts";
import { openStores, type Places } from "../../src/store/stores.ts";
import { makeApplication } from "../town/application.ts";
import { assertBooksHold } from "../town/books.ts";
import { advance, freeze, readClock } from "../town/clock.ts";
import { testDatabase } from "../town/cluster.ts";
import { control } from "../town/control.ts";
import { collect, hold, newCustomer, payOut, reverse, said, transactionOf } from "../town/payments.ts";
import { acknowledge, openListener } from "../town/listener.ts";
import { eventually, promptOf } from "../town/prompts.ts";
import { openSql, openTown, reference, type Town } from "../town/town.ts";

let town: Town;
before(async () => {
  town = await openTown({ sandboxClock: true });
});
after(() => town[Symbol.asyncDispose]());

const take = (name: string, change: object = {}) => control(town, "POST", "/snapshots", { name, ...change });
const restore = (name: string) => control(town, "POST", `/snapshots/${name}/restore`);
const names = async (): Promise<string[]> =>
  (await control(town, "GET", "/snapshots")).body.snapshots.map(({ name }: { name: string }) => name);

const changesBySelf = new Set(["request_log", "delivery_attempts", "migrations"]);

/** Every row of a schema, but what a snapshot leaves out: by table, in a text. */
async function rowsOf(sql: Sql, only?: readonly string[]): Promise<Map<string, string>> {
  return sql.begin<Map<string, string>>(async (tx) => {
    const { tables } = await readStoredSchema(tx);
    const rows = new Map<string, string>();
    for (const { name } of tables) {
      if (changesBySelf.has(name) || (only !== undefined && !only.includes(name))) continue;
      const [found] = await tx<{ rows: string }[]>`
        select coalesce(json_agg(t order by t::text), '[]')::text as rows from ${tx(name)} as t`;
      rows.set(name, found?.rows ?? "");
    }
    return rows;
  });
}

const directoryTables = ["applications", "sessions", "callback_secrets", "sandbox_network"];
const wholeTown = async (): Promise<Map<string, string>> =>
  new Map([
    ...[...(await rowsOf(town.sql("vodacomTZN")))].map(([name, rows]) => [`TZN ${name}`, rows] as const),
    ...[...(await rowsOf(town.sql("vodafoneGHA")))].map(([name, rows]) => [`GHA ${name}`, rows] as const),
    ...(await rowsOf(town.stores.main, directoryTables)),
  ]);

async function assertTownIs(before: Map<string, string>): Promise<void> {
  const now = await wholeTown();
  assert(now.size > 30, `${now.size} tables`);
  assert.deepEqual(
    [...now]
      .filter(([name, rows]) => before.get(name) !== rows)
      .map(([name, rows]) => ({ name, rows, before: before.get(name) })),
    [],
  );
}

async function makeMandate(): Promise<string> {
  const made = await town.call("POST", "directDebitCreation/", {
    input_Country: "TZN",
    input_ServiceProviderCode: "000000",
    input_ThirdPartyConversationID: reference(),
    input_CustomerMSISDN: await newCustomer(town),
    input_ThirdPartyReference: reference(),
    input_AgreedTC: "1",
  });
  assert.equal(said(made), "201 INS-0", JSON.stringify(made.body));
  return made.body["output_MandateID"] ?? "";
}

/** Something in most of the tables. */
async function doALittle(): Promise<void> {
  const paid = await collect(town);
  const all = [paid, await payOut(town), await hold(town), await reverse(town, transactionOf(paid))];
  assert.deepEqual(all.map(said), ["201 INS-0", "201 INS-0", "201 INS-0", "201 INS-0"]);
  await makeMandate();
  const { apiKey } = await makeApplication(town, {
    products: { c2bSingle: { limits: { sessionDailyCount: 3 } } },
    responseUrl: "http://127.0.0.1:9/never",
  });
  assert.match(said(await collect(town, {}, await town.session("vodacomTZN", apiKey))), /^20/);
  await eventually("the first attempt to tell a listener that is not there", async () => {
    const [row] = await town.sql()`select 1 from deliveries where attempts = 1`;
    return row;
  });
}

test("what happened since a snapshot has not happened once it is restored", async () => {
  const { now } = await freeze(town);
  await doALittle();
  const { apiKey } = await makeApplication(town);
  const known = await town.session("vodacomTZN", apiKey);
  const before = await wholeTown();

  const taken = await take("first");
  assert.equal(taken.status, 201, JSON.stringify(taken.body));
  assert.deepEqual([taken.body.now, taken.body.frozen], [now, true]);
  const mandate = await makeMandate();

  await advance(town, 40 * 86_400);
  town.forgetSession();
  const customer = await newCustomer(town, { minor: 500_00n });
  const later = await makeApplication(town, {
    products: { c2bSingle: { limits: { sessionDailyCount: 3 } } },
  });
  const laterBearer = await town.session("vodacomTZN", later.apiKey);
  const paid = { input_CustomerMSISDN: customer, input_ThirdPartyConversationID: reference() };
  assert.equal(said(await collect(town, paid, laterBearer)), "201 INS-0");
  assert.equal(said(await hold(town, { input_CustomerMSISDN: customer })), "201 INS-0");
  await control(town, "DELETE", "/applications/1");
  await control(town, "PATCH", "/clock", { frozen: false });

  const restored = await restore("first");
  assert.equal(restored.status, 200, JSON.stringify(restored.body));
  const clock = await readClock(town);
  assert.deepEqual([clock.now, clock.frozen], [now, true]);
  await assertTownIs(before);
  await assertBooksHold(town.databaseAddress);

  assert.equal(said(await collect(town, {}, known)), "201 INS-0", "an old session lives again");
  assert.match(said(await collect(town, {}, laterBearer)), /^401 /, "a later one is over");
  assert.equal((await control(town, "GET", `/markets/vodacomTZN/customers/${customer}`)).status, 404);
  town.forgetSession();
  assert.equal(await makeMandate(), mandate, "the next mandate has the number that it had");
  const fresh = await newCustomer(town, { minor: 500_00n });
  const same = { ...paid, input_CustomerMSISDN: fresh };
  assert.equal(said(await collect(town, same)), "201 INS-0", "its reference was never used");
  await assertBooksHold(town.databaseAddress);
});

test("a running clock goes on from the snapshot's time", async () => {
  await freeze(town, false);
  const { body } = await take("running");
  await advance(town, 86_400);
  assert.equal((await restore("running")).status, 200);
  const clock = await readClock(town);
  assert.equal(clock.frozen, false);
  const past = Date.parse(clock.now) - Date.parse(body.now);
  assert(past >= 0 && past < 20_000, `${past} ms after the snapshot`);
});

beforeEach(() => town.forgetSession());

test("a snapshot is restored as often as somebody likes, and given up", async () => {
  await collect(town);
  await take("again");
  const before = await wholeTown();
  for (let i = 0; i < 3; i += 1) {
    assert.equal(said(await collect(town)), "201 INS-0");
    assert.equal((await restore("again")).status, 200);
    await assertTownIs(before);
  }
  assert.deepEqual(await names(), ["again", "running", "first"]);
  assert.equal((await control(town, "DELETE", "/snapshots/again")).status, 204);
  assert.equal((await control(town, "DELETE", "/snapshots/again")).status, 404);
  assert.equal((await restore("again")).status, 404);
  assert.deepEqual(await names(), ["running", "first"]);
});

test("a name is given up only by somebody who says so", async () => {
  await take("mine");
  assert.equal((await take("mine")).status, 409);
  assert.equal(said(await collect(town)), "201 INS-0");
  const before = await wholeTown();
  assert.equal((await take("mine", { replace: true })).status, 201);
  assert.equal(said(await collect(town)), "201 INS-0");
  await restore("mine");
  await assertTownIs(before);
});

test("names that are none are refused", async () => {
  for (const name of ["", "Mine", "a b", "-a", "a".repeat(41), 'a"; drop schema x; --']) {
    assert.equal((await take(name)).status, 400, name);
  }
  assert.equal((await take("a".repeat(40))).status, 201);
  assert.equal((await restore("A%20b")).status, 404);
  assert.equal((await control(town, "DELETE", `/snapshots/${"a".repeat(40)}`)).status, 204);
});

test("a snapshot of another release is refused in words", async () => {
  await take("older");
  await town.stores.main`update snapshots set rail_version = 1 where name = 'older'`;
  const { status, body } = await restore("older");
  assert.equal(status, 409);
  assert.match(body.message, /was taken by another release/);
});

test("a snapshot whose rows are of another time is refused, and one without rows is not listed", async () => {
  await take("copied");
  await town.stores
    .main`update snapshots set taken_at = taken_at - interval '1 second' where name = 'copied'`;
  const { status, body } = await restore("copied");
  assert.equal(status, 409);
  assert.match(body.message, /are not in its database/);
  await town.stores.main`drop schema snapshot_pesarail_copied cascade`;
  assert(!(await names()).includes("copied"));
  assert.equal((await restore("copied")).status, 404);
});

test("a town that something long works on is left alone, and says so", async () => {
  await take("patient");
  const { now } = await readClock(town);
  const reader = openSql(town.databaseAddress, "sandbox_vodacomTZN");
  try {
    await reader.begin(async (tx) => {
      await tx`select count(*) from accounts`;
      const { status, body } = await restore("patient");
      assert.equal(status, 503);
      assert.match(body.message, /in use by something that takes long/);
      assert.equal((await take("beside-a-reader")).status, 201, "a reader disturbs no snapshot");
    });
  } finally {
    await reader.end();
  }
  assert(Date.parse((await readClock(town)).now) >= Date.parse(now), "the clock is where it was");
  assert.equal(said(await collect(town)), "201 INS-0");
  assert.equal((await restore("patient")).status, 200);
});

test("restoring under traffic leaves books that prove", async () => {
  const msisdn = await newCustomer(town, { minor: 1000_00n });
  assert.equal(said(await collect(town)), "201 INS-0", "the shoppers' session is in the snapshot");
  await take("traffic");
  const going = { on: true };
  const shoppers = Array.from({ length: 3 }, async () => {
    const heard: string[] = [];
    while (going.on) {
      heard.push(said(await collect(town, { input_CustomerMSISDN: msisdn, input_Amount: "1" })));
    }
    return heard;
  });
  for (let i = 0; i < 4; i += 1) {
    const reply = await (i % 2 === 0 ? restore("traffic") : take("traffic", { replace: true }));
    assert(reply.status === 200 || reply.status === 201, JSON.stringify(reply));
    await assertBooksHold(town.databaseAddress);
  }
  going.on = false;
  const heard = (await Promise.all(shoppers)).flat();
  const tally = Object.fromEntries(
    Map.groupBy(heard, (each) => each)
      .entries()
      .map(([each, all]) => [each, all.length]),
  );
  assert((tally["201 INS-0"] ?? 0) > 50, JSON.stringify(tally));
  await assertBooksHold(town.databaseAddress);
  const payments = town.platform.payments(rail("sandbox", "vodacomTZN"));
  const [late] =
    await town.sql()`select 1 from payments where at > ${new Date(payments.context.clock.now())}`;
  assert.equal(late, undefined, "no payment is of a time that has not come");
});

test("what was under way when the town was restored ends in nothing", async () => {
  await using place = await openTown({ sandboxClock: true, synchronousWaitMs: 1_500 });
  const answers: (() => void)[] = [];
  await using listener = await openListener({
    behaviour: (...heard) => void answers.push(() => acknowledge(...heard)),
  });
  const { apiKey } = await makeApplication(place, { responseUrl: listener.url });
  const bearer = await place.session("vodacomTZN", apiKey);
  const silent = await makeApplication(place);
  const silentBearer = await place.session("vodacomTZN", silent.apiKey);
  await control(place, "POST", "/snapshots", { name: "quiet" });

  assert.equal(said(await collect(place, {}, bearer)), "201 INS-0");
  await listener.untilHeard(1);
  const asked = await newCustomer(place, { answer: "ask" });
  const waiting = collect(place, { input_CustomerMSISDN: asked }, silentBearer);
  await promptOf(place, asked);

  assert.equal((await control(place, "POST", "/snapshots/quiet/restore")).status, 200);
  for (const answer of answers) answer();
  assert.equal(said(await waiting), "408 INS-9");
  assert.equal(said(await collect(place, {}, silentBearer)), "201 INS-0");
  const moved = await advance(place, 3 * 86_400);
  assert.deepEqual(
    moved.happened.filter(({ what }) => !/^(day|sessions)_/.test(what)),
    [],
  );
  assert.equal(listener.heard.length, 1);
  const warnings = place.lines.filter((line) => !line.includes('"level":30'));
  assert.deepEqual(warnings, []);
  await assertBooksHold(place.databaseAddress);
});

test("rails in databases of their own are one town all the same", async () => {
  await using here = await testDatabase();
  await using there = await testDatabase();
  const places: Places = {
    main: { address: here.address, setting: "DATABASE_URL" },
    rail: (_environment, market) => ({
      address: market === "vodacomTZN" ? there.address : here.address,
      setting: "SANDBOX_DATABASE_URL",
    }),
  };
  const stores = openStores(places);
  const clock = await openSandboxClock(stores.main);
  const rails = marketNames.map((market) => {
    const { sql } = stores.rails.get(rail("sandbox", market).name) ?? assert.fail();
    return { market, sql, work: [] };
  });
  const deps = { main: stores.main, clock, rails };
  const [ghana, tanzania] = rails.map(({ sql }) => sql);
  assert(ghana !== undefined && tanzania !== undefined);
  const answers = async (): Promise<unknown[]> => {
    const read = (sql: Sql) => sql`select distinct answer from accounts where kind = 'wallet' order by 1`;
    return (await Promise.all([read(ghana), read(tanzania)])).map((rows) => rows.length);
  };
  const allDecline = (sql: Sql) => sql`update accounts set answer = 'decline' where kind = 'wallet'`;
  try {
    await takeSnapshot(deps, "apart", false);
    await Promise.all([allDecline(ghana), allDecline(tanzania)]);
    assert.deepEqual(await answers(), [1, 1]);

    const reader = openSql(there.address, "sandbox_vodacomTZN");
    await reader.begin(async (tx) => {
      await tx`select count(*) from accounts`;
      await assert.rejects(restoreSnapshot(deps, "apart"), TownInUse);
    });
    await reader.end();
    assert.deepEqual(await answers(), [1, 1], "nothing of it happened anywhere");

    await restoreSnapshot(deps, "apart");
    assert.deepEqual(await answers(), [2, 2]);
    await removeSnapshot(deps, "apart");
    for (const sql of [ghana, tanzania]) {
      assert.deepEqual([...(await sql`select nspname from pg_namespace where nspname like 'snapshot%'`)], []);
    }
  } finally {
    clock.close();
    await stores.close();
  }
});
