/** One clock for all servers: they agree, it never goes back, and neither a dead mover nor a frozen clock holds anything up. */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { readSandboxClock } from "../../src/store/sandbox-clock.ts";
import { openStores, type Stores } from "../../src/store/stores.ts";
import { makeApplication } from "../town/application.ts";
import { assertBooksHold } from "../town/books.ts";
import type { ClockReading } from "../town/clock.ts";
import { onOneDatabase, testDatabase } from "../town/cluster.ts";
import { acknowledge, hang, openListener } from "../town/listener.ts";
import { eventually } from "../town/prompts.ts";
import { collectPath, dataFolder, paymentFields, startServer, type Server } from "../town/server.ts";

let database: Awaited<ReturnType<typeof testDatabase>>;
let stores: Stores;
let folders: ReturnType<typeof dataFolder>[];
let two: Server;
const others: Server[] = [];

before(async () => {
  database = await testDatabase();
  stores = openStores(onOneDatabase(database.address));
  folders = [dataFolder(), dataFolder()];
  two = await start(1);
});
afterEach(async () => {
  for (const server of others.splice(0)) await server[Symbol.asyncDispose]();
});
after(async () => {
  await two[Symbol.asyncDispose]();
  await stores.close();
  await database[Symbol.asyncDispose]();
  for (const folder of folders) folder[Symbol.dispose]();
});

const start = (folder: number): Promise<Server> => startServer(folders[folder]?.path ?? "", database.url);

/** A second server on the same database, for one test. */
async function another(): Promise<Server> {
  const server = await start(0);
  others.push(server);
  return server;
}

const clockOf = (server: Server) => server.control("GET", "/clock") as Promise<ClockReading>;
const setFrozen = (server: Server, frozen: boolean) =>
  server.control("PATCH", "/clock", { frozen }) as Promise<ClockReading>;
const advance = (server: Server, seconds: number) => server.control("POST", "/clock/advance", { seconds });

/** Has the lease that a dead server left end in a second, so that nobody has to wait for half a minute. */
async function shortenLeases(): Promise<void> {
  const { sql } = stores.rails.get("sandbox_vodacomTZN") ?? assert.fail();
  await sql`
    update deliveries set lease_until = clock_timestamp() + interval '1 second'
    where lease_until > clock_timestamp()`;
}

async function collectOn(server: Server, responseUrl: string): Promise<void> {
  const { apiKey } = await makeApplication({ stores }, { responseUrl });
  const bearer = await server.session(apiKey);
  const heard = await server.call("POST", collectPath, paymentFields(server), bearer);
  assert.equal(heard.status, 201, JSON.stringify(heard.body));
}

test("what one server does to the clock, the other shows within a quarter of a second", async () => {
  const one = await another();
  const delays: number[] = [];
  for (let i = 0; i < 6; i += 1) {
    const [asked, looks] = i % 2 === 0 ? [one, two] : [two, one];
    const shows = async (now: string): Promise<void> => {
      const since = performance.now();
      await eventually(`${now} on the other server`, async () =>
        (await clockOf(looks)).now === now ? true : undefined,
      );
      delays.push(performance.now() - since);
    };
    await shows((await setFrozen(asked, true)).now);
    await shows(((await advance(asked, 86_400)) as { to: string }).to);
    await setFrozen(asked, false);
    await eventually("a clock that runs", async () => ((await clockOf(looks)).frozen ? undefined : true));
    const [here, there] = await Promise.all([clockOf(asked), clockOf(looks)]);
    assert(
      Math.abs(here.offsetSeconds - there.offsetSeconds) < 0.25,
      `${here.offsetSeconds}, ${there.offsetSeconds}`,
    );
  }
  // The slowest may have waited for this machine to have time for it.
  const [median = Infinity] = delays.toSorted((a, b) => a - b).slice(delays.length / 2);
  assert(median < 250, `${delays.map(Math.round).join(", ")} ms`);
});

test("no server's clock ever goes back, whoever moves it", async () => {
  const one = await another();
  const watching = { on: true };
  const watched = [one, two].map(async (server) => {
    let last = "";
    let looks = 0;
    for (; watching.on; looks += 1) {
      const { now } = await clockOf(server);
      assert(now >= last, `${now} after ${last}`);
      last = now;
    }
    return looks;
  });
  for (let i = 0; i < 6; i += 1) {
    const [asked, next] = i % 2 === 0 ? [one, two] : [two, one];
    await setFrozen(asked, true);
    await setFrozen(next, false);
    await advance(asked, 3600);
    await advance(next, 1);
  }
  watching.on = false;
  for (const looks of await Promise.all(watched)) assert(looks > 10, `${looks} looks`);
});

test("two who move it at once move it one after the other, or one is told to wait", async () => {
  const one = await another();
  const before = await setFrozen(one, true);
  const told = await Promise.allSettled([one, two, one, two].map((server) => advance(server, 3600)));
  const done = told.filter(({ status }) => status === "fulfilled").length;
  assert(done >= 1);
  for (const each of told) {
    if (each.status === "rejected")
      assert.match(String(each.reason), /"status":409.*The clock is being moved/);
  }
  const there = new Date(Date.parse(before.now) + done * 3600_000).toISOString();
  for (const server of [one, two]) {
    await eventually(`${done} hours later`, async () =>
      (await clockOf(server)).now === there ? true : undefined,
    );
  }
  await setFrozen(one, false);
});

test("a mover that is killed is forgotten, and the clock goes on from where it stood", async () => {
  const one = await another();
  await using listener = await openListener({ behaviour: hang });
  await collectOn(one, listener.url);
  await listener.untilHeard(1);
  const before = await clockOf(two);
  const moving = advance(one, 86_400).catch(() => "broke off");
  await eventually("a clock that is moved", async () =>
    (await readSandboxClock(stores.main)).movingAt === null ? undefined : true,
  );
  await assert.rejects(advance(two, 60), /"status":409.*The clock is being moved/);
  await one.kill();
  assert.equal(await moving, "broke off");

  listener.behave(acknowledge);
  await shortenLeases();
  const moved = await eventually("a clock that can be moved again", () =>
    advance(two, 60).catch(() => undefined),
  );
  const passed = Date.parse((moved as { to: string }).to) - Date.parse(before.now);
  assert(passed > 60_000 && passed < 120_000, `${passed} ms passed in all`);
  assert.equal((await clockOf(two)).frozen, false);
  assert.equal(listener.heard.length, 2, "once by the server that died, once by the other");
});

test("a frozen clock keeps no dead server's lease alive", async () => {
  const one = await another();
  const { now } = await setFrozen(one, true);
  await using listener = await openListener({ behaviour: hang });
  await collectOn(one, listener.url);
  await listener.untilHeard(1);
  await one.kill();
  await shortenLeases();
  listener.behave(acknowledge);
  await listener.untilHeard(2);
  assert.equal((await clockOf(two)).now, now, "all that in no time");
  await setFrozen(two, false);
});

test("a snapshot that one server restores is what the other serves", async () => {
  const one = await another();
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
  await eventually("the snapshot's time on the other server", async () => {
    const { now } = await clockOf(two);
    return Date.parse(now) - Date.parse(taken.now) < 5_000 ? true : undefined;
  });
  await eventually("a session that is over on the other server", async () =>
    (await collectOnTwo(later)).startsWith("401") ? true : undefined,
  );
  assert.equal(await collectOnTwo(known), "201 INS-0");
  await assertBooksHold(database.address);
});

test("a server that is killed while it restores leaves the town and the time as they were", async () => {
  const one = await another();
  await one.control("POST", "/snapshots", { name: "unreached" });
  await two.control("POST", "/markets/vodacomTZN/customers", { customers: [{ msisdn: "255750009999" }] });
  await advance(two, 10 * 86_400);
  const before = await clockOf(two);
  const { sql } = stores.rails.get("sandbox_vodacomTZN") ?? assert.fail();
  await sql.begin(async (tx) => {
    await tx`select count(*) from customers`;
    const restoring = one.control("POST", "/snapshots/unreached/restore").catch(() => "broke off");
    await eventually("a restore that waits for a reader", async () => {
      const rows = await stores.main`
        select 1 from pg_locks where mode = 'AccessExclusiveLock' and not granted`;
      return rows[0];
    });
    await one.kill();
    assert.equal(await restoring, "broke off");
  });
  await eventually("a clock that can be moved again", () => advance(two, 1).catch(() => undefined));
  const passed = Date.parse((await clockOf(two)).now) - Date.parse(before.now);
  assert(passed > 0 && passed < 120_000, `${passed} ms`);
  const { msisdn } = (await two.control("GET", "/markets/vodacomTZN/customers/255750009999")) as {
    msisdn: string;
  };
  assert.equal(msisdn, "255750009999");
  await assertBooksHold(database.address);
});

test("a server that is stopped while it moves the clock does not wait for a listener that hangs", async () => {
  const one = await another();
  await using listener = await openListener({ behaviour: hang });
  await collectOn(one, listener.url);
  await listener.untilHeard(1);
  const moving = advance(one, 86_400).catch((error: unknown) => String(error));
  await eventually("a clock that is moved", async () =>
    (await readSandboxClock(stores.main)).movingAt === null ? undefined : true,
  );
  const since = performance.now();
  await one[Symbol.asyncDispose]();
  assert(performance.now() - since < 14_000, "less than the listener would have been given");
  assert.match(String(await moving), /"status":503.*The server was told to stop/);
  assert.equal((await readSandboxClock(stores.main)).movingAt, null);
  listener.behave(acknowledge);
  await shortenLeases();
  await listener.untilHeard(2);
});
