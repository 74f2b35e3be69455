/**
 * One clock for all servers: they agree, it never goes back, and neither a dead server nor a frozen clock blocks
 * deliveries.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { readSandboxClock } from "../../src/store/main/sandbox-clock.ts";
import { createStores, type Stores } from "../../src/store/databases.ts";
import { createTestApplication } from "../support/application.ts";
import { assertInvariantsHold } from "../support/ledger-proof.ts";
import type { ClockBody } from "../support/clock.ts";
import { onOneDatabase, createTestDatabase } from "../support/cluster.ts";
import { acknowledge, neverRespond, createTestListener } from "../support/listener.ts";
import { waitFor } from "../support/prompts.ts";
import { collectPath, createDataFolder, paymentFields, startServer, type Server } from "../support/server.ts";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let stores: Stores;
let folders: ReturnType<typeof createDataFolder>[];
let two: Server;
const otherServers: Server[] = [];

before(async () => {
  database = await createTestDatabase();
  stores = createStores(onOneDatabase(database.address));
  folders = [createDataFolder(), createDataFolder()];
  two = await start(1);
});
afterEach(async () => {
  for (const server of otherServers.splice(0)) await server[Symbol.asyncDispose]();
});
after(async () => {
  await two[Symbol.asyncDispose]();
  await stores.close();
  await database[Symbol.asyncDispose]();
  for (const folder of folders) folder[Symbol.dispose]();
});

const start = (folder: number): Promise<Server> => startServer(folders[folder]?.path ?? "", database.url);

/** Starts a second server on the same database, for one test. */
async function startSecondServer(): Promise<Server> {
  const server = await start(0);
  otherServers.push(server);
  return server;
}

const getClock = (server: Server) => server.control("GET", "/clock") as Promise<ClockBody>;
const setFrozen = (server: Server, frozen: boolean) =>
  server.control("PATCH", "/clock", { frozen }) as Promise<ClockBody>;
const advance = (server: Server, seconds: number) => server.control("POST", "/clock/advance", { seconds });

/** Shortens a dead server's lease to a second, so that the test does not wait for half a minute. */
async function shortenLeases(): Promise<void> {
  const { sql } = stores.rails.get("sandbox_vodacomTZN") ?? assert.fail();
  await sql`
    update deliveries set lease_until = clock_timestamp() + interval '1 second'
    where lease_until > clock_timestamp()`;
}

async function collectOn(server: Server, responseUrl: string): Promise<void> {
  const { apiKey } = await createTestApplication({ stores }, { responseUrl });
  const bearer = await server.session(apiKey);
  const result = await server.call("POST", collectPath, paymentFields(server), bearer);
  assert.equal(result.status, 201, JSON.stringify(result.body));
}

test("a clock change by one server is visible on the other within a quarter of a second", async () => {
  const one = await startSecondServer();
  const delays: number[] = [];
  for (let i = 0; i < 6; i += 1) {
    const [acting, observing] = i % 2 === 0 ? [one, two] : [two, one];
    const waitForTime = async (now: string): Promise<void> => {
      const since = performance.now();
      await waitFor(`${now} on the other server`, async () =>
        (await getClock(observing)).now === now ? true : undefined,
      );
      delays.push(performance.now() - since);
    };
    await waitForTime((await setFrozen(acting, true)).now);
    await waitForTime(((await advance(acting, 86_400)) as { to: string }).to);
    await setFrozen(acting, false);
    await waitFor("a running clock", async () => ((await getClock(observing)).frozen ? undefined : true));
    const [actingClock, otherClock] = await Promise.all([getClock(acting), getClock(observing)]);
    assert(
      Math.abs(actingClock.offsetSeconds - otherClock.offsetSeconds) < 0.25,
      `${actingClock.offsetSeconds}, ${otherClock.offsetSeconds}`,
    );
  }
  // The slowest sample may have waited for this busy machine.
  const [median = Infinity] = delays.toSorted((a, b) => a - b).slice(delays.length / 2);
  assert(median < 250, `${delays.map(Math.round).join(", ")} ms`);
});

test("no server's clock ever goes back, whichever server advances it", async () => {
  const one = await startSecondServer();
  const watching = { on: true };
  const observers = [one, two].map(async (server) => {
    let last = "";
    let polls = 0;
    for (; watching.on; polls += 1) {
      const { now } = await getClock(server);
      assert(now >= last, `${now} after ${last}`);
      last = now;
    }
    return polls;
  });
  for (let i = 0; i < 6; i += 1) {
    const [acting, next] = i % 2 === 0 ? [one, two] : [two, one];
    await setFrozen(acting, true);
    await setFrozen(next, false);
    await advance(acting, 3600);
    await advance(next, 1);
  }
  watching.on = false;
  for (const polls of await Promise.all(observers)) assert(polls > 10, `${polls} polls`);
});

test("concurrent advances happen one after the other, or are refused", async () => {
  const one = await startSecondServer();
  const before = await setFrozen(one, true);
  const results = await Promise.allSettled([one, two, one, two].map((server) => advance(server, 3600)));
  const done = results.filter(({ status }) => status === "fulfilled").length;
  assert(done >= 1);
  for (const each of results) {
    if (each.status === "rejected")
      assert.match(String(each.reason), /"status":409.*Another request is advancing the clock/);
  }
  const expectedNow = new Date(Date.parse(before.now) + done * 3600_000).toISOString();
  for (const server of [one, two]) {
    await waitFor(`${done} hours later`, async () =>
      (await getClock(server)).now === expectedNow ? true : undefined,
    );
  }
  await setFrozen(one, false);
});

test("the lock of a killed server is released, and the clock continues from where it was", async () => {
  const one = await startSecondServer();
  await using listener = await createTestListener({ behaviour: neverRespond });
  await collectOn(one, listener.url);
  await listener.waitForCallbacks(1);
  const before = await getClock(two);
  const advancing = advance(one, 86_400).catch(() => "connection lost");
  await waitFor("a clock that is advancing", async () =>
    (await readSandboxClock(stores.main)).movingAt === null ? undefined : true,
  );
  await assert.rejects(advance(two, 60), /"status":409.*Another request is advancing the clock/);
  await one.kill();
  assert.equal(await advancing, "connection lost");

  listener.setBehaviour(acknowledge);
  await shortenLeases();
  const moved = await waitFor("a clock that can be advanced again", () =>
    advance(two, 60).catch(() => undefined),
  );
  const passed = Date.parse((moved as { to: string }).to) - Date.parse(before.now);
  assert(passed > 60_000 && passed < 120_000, `${passed} ms passed in total`);
  assert.equal((await getClock(two)).frozen, false);
  assert.equal(listener.received.length, 2, "once by the killed server, once by the other");
});

test("a frozen clock does not extend a dead server's lease", async () => {
  const one = await startSecondServer();
  const { now } = await setFrozen(one, true);
  await using listener = await createTestListener({ behaviour: neverRespond });
  await collectOn(one, listener.url);
  await listener.waitForCallbacks(1);
  await one.kill();
  await shortenLeases();
  listener.setBehaviour(acknowledge);
  await listener.waitForCallbacks(2);
  assert.equal((await getClock(two)).now, now, "no sandbox time passed");
  await setFrozen(two, false);
});

test("a snapshot restored by one server is served by the other", async () => {
  const one = await startSecondServer();
  const known = await two.session();
  const collectOnTwo = async (bearer: string): Promise<string> => {
    const { status, body } = await two.call("POST", collectPath, paymentFields(two), bearer);
    return `${status} ${body["output_ResponseCode"]}`;
  };
  assert.equal(await collectOnTwo(known), "201 INS-0");
  const taken = (await one.control("POST", "/snapshots", { name: "shared" })) as { now: string };
  const later = await two.session();
  assert.equal(await collectOnTwo(later), "201 INS-0");
  await advance(two, 40 * 86_400);

  await one.control("POST", "/snapshots/shared/restore");
  await waitFor("the snapshot's time on the other server", async () => {
    const { now } = await getClock(two);
    return Date.parse(now) - Date.parse(taken.now) < 5_000 ? true : undefined;
  });
  await waitFor("an ended session on the other server", async () =>
    (await collectOnTwo(later)).startsWith("401") ? true : undefined,
  );
  assert.equal(await collectOnTwo(known), "201 INS-0");
  await assertInvariantsHold(database.address);
});

test("a server killed during a restore leaves data and time unchanged", async () => {
  const one = await startSecondServer();
  await one.control("POST", "/snapshots", { name: "unreached" });
  await two.control("POST", "/markets/vodacomTZN/customers", { customers: [{ msisdn: "255750009999" }] });
  await advance(two, 10 * 86_400);
  const before = await getClock(two);
  const { sql } = stores.rails.get("sandbox_vodacomTZN") ?? assert.fail();
  await sql.begin(async (tx) => {
    await tx`select count(*) from customers`;
    const restoring = one.control("POST", "/snapshots/unreached/restore").catch(() => "connection lost");
    await waitFor("a restore that waits for a reader", async () => {
      const rows = await stores.main`
        select 1 from pg_locks where mode = 'AccessExclusiveLock' and not granted`;
      return rows[0];
    });
    await one.kill();
    assert.equal(await restoring, "connection lost");
  });
  await waitFor("a clock that can be advanced again", () => advance(two, 1).catch(() => undefined));
  const passed = Date.parse((await getClock(two)).now) - Date.parse(before.now);
  assert(passed > 0 && passed < 120_000, `${passed} ms`);
  const { msisdn } = (await two.control("GET", "/markets/vodacomTZN/customers/255750009999")) as {
    msisdn: string;
  };
  assert.equal(msisdn, "255750009999");
  await assertInvariantsHold(database.address);
});

test("a server that stops while it advances the clock does not wait for a hanging listener", async () => {
  const one = await startSecondServer();
  await using listener = await createTestListener({ behaviour: neverRespond });
  await collectOn(one, listener.url);
  await listener.waitForCallbacks(1);
  const advancing = advance(one, 86_400).catch((error: unknown) => String(error));
  await waitFor("a clock that is advancing", async () =>
    (await readSandboxClock(stores.main)).movingAt === null ? undefined : true,
  );
  const since = performance.now();
  await one[Symbol.asyncDispose]();
  assert(performance.now() - since < 14_000, "less than the listener's timeout");
  assert.match(String(await advancing), /"status":503.*The server is stopping/);
  assert.equal((await readSandboxClock(stores.main)).movingAt, null);
  listener.setBehaviour(acknowledge);
  await shortenLeases();
  await listener.waitForCallbacks(2);
});
