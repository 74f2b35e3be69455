/**
 * Two servers on one database act as one: it does not matter which one gets a request, and that the date of the second one's
 * machine is five seconds behind.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { registerOrganisations } from "../../src/organisations/register-organisations.ts";
import type { RailContext } from "../../src/payments/payments.ts";
import { createStores, type Stores } from "../../src/store/databases.ts";
import { revokeAccessTokens } from "../../src/store/main/access-tokens.ts";
import { updateApplication } from "../../src/store/main/applications.ts";
import { createTestApplication } from "../support/application.ts";
import { assertInvariantsHold } from "../support/ledger-proof.ts";
import { onOneDatabase, createTestDatabase } from "../support/cluster.ts";
import {
  collectPath,
  createDataFolder,
  paymentFields,
  startServer,
  type CallResult,
  type Server,
} from "../support/server.ts";
import { createReference } from "../support/sandbox.ts";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let stores: Stores;
let folders: ReturnType<typeof createDataFolder>[];
let one: Server;
let two: Server;

before(async () => {
  database = await createTestDatabase();
  stores = createStores(onOneDatabase(database.address));
  folders = [createDataFolder(), createDataFolder()];
  const skewed = {
    NODE_OPTIONS: `--import=${import.meta.dirname}/../support/skewed-date.mjs`,
    SKEW_MS: "-5000",
  };
  const [first, second] = await Promise.all(
    folders.map(({ path }, index) => startServer(path, database.url, index === 0 ? {} : skewed)),
  );
  assert(first !== undefined && second !== undefined);
  [one, two] = [first, second];
});
after(async () => {
  await Promise.all([one, two].map((server) => server[Symbol.asyncDispose]()));
  await stores.close();
  await database[Symbol.asyncDispose]();
  for (const folder of folders) folder[Symbol.dispose]();
});

const summarise = (result: CallResult): string => `${result.status} ${result.body["output_ResponseCode"]}`;

const countResults = (all: readonly CallResult[], expected: string): number =>
  all.filter((result) => summarise(result) === expected).length;

/** Sends a number of payments, alternating between the servers. */
function sendInTurn(
  times: number,
  bearer: string,
  fields: (index: number) => object,
  path = collectPath,
): Promise<CallResult[]> {
  return Promise.all(
    Array.from({ length: times }, (_, index) =>
      (index % 2 === 0 ? one : two).call("POST", path, fields(index), bearer),
    ),
  );
}

async function getAvailable(owner: string): Promise<bigint> {
  const [row] = await stores.rails.get("sandbox_vodacomTZN")!.sql<{ balance: bigint }[]>`
    select available_minor as balance from accounts where owner = ${owner} and kind in ('wallet', 'working')`;
  return row?.balance ?? 0n;
}

test("a session of one server is accepted by the other at once, and both have the same time", async () => {
  for (const [opening, paying] of [
    [one, two],
    [two, one],
  ] as const) {
    for (let i = 0; i < 5; i += 1) {
      const bearer = await opening.session();
      const result = await paying.call("POST", collectPath, paymentFields(paying), bearer);
      assert.equal(summarise(result), "201 INS-0", JSON.stringify(result.body));
    }
  }
  const clocks = await Promise.all([one, two].map((server) => server.control("GET", "/clock")));
  const [wallOne = 0, wallTwo = 0] = clocks.map(({ wall }) => Date.parse(wall));
  assert(Math.abs(wallOne - wallTwo) < 1_000, `${wallOne}, ${wallTwo}`);
});

test("both servers have the same keys, and a session of one is valid at the other", async () => {
  assert.equal(one.clientInfo.publicKey, two.clientInfo.publicKey);
  assert.equal(one.clientInfo.apiKey, two.clientInfo.apiKey);
  assert.equal(
    summarise(await two.call("POST", collectPath, paymentFields(two), await one.session())),
    "201 INS-0",
  );
});

test("a payment sent to both servers at the same time is one payment", async () => {
  const bearer = await one.session();
  for (let round = 0; round < 5; round += 1) {
    const before = await getAvailable("000000");
    const sameFields = paymentFields(one, { input_ThirdPartyConversationID: createReference() });
    const results = await sendInTurn(20, bearer, () => sameFields);
    assert.deepEqual([countResults(results, "201 INS-0"), countResults(results, "409 INS-10")], [1, 19]);
    assert.equal((await getAvailable("000000")) - before, 10_00n);
  }
});

test("two servers that create the same mandate at the same time make one", async () => {
  const bearer = await one.session();
  const [amina = ""] = one.clientInfo.markets.vodacomTZN.customers;
  for (let round = 0; round < 5; round += 1) {
    const input_ThirdPartyReference = createReference();
    const fields = () => ({
      input_CustomerMSISDN: amina,
      input_Country: "TZN",
      input_ServiceProviderCode: "000000",
      input_ThirdPartyReference,
      input_ThirdPartyConversationID: createReference(),
      input_AgreedTC: "1",
    });
    const results = await sendInTurn(20, bearer, fields, "directDebitCreation/");
    assert.deepEqual([countResults(results, "201 INS-0"), countResults(results, "409 INS-10")], [1, 19]);
  }
});

test("a limit is reached exactly when both servers compete for it", async () => {
  const bearerFor = async (limits: object) =>
    one.session((await createTestApplication({ stores }, { products: { c2bSingle: { limits } } })).apiKey);
  const bySession = await sendInTurn(60, await bearerFor({ sessionDailyCount: 25 }), () =>
    paymentFields(one),
  );
  assert.deepEqual([countResults(bySession, "201 INS-0"), countResults(bySession, "400 INS-993")], [25, 35]);
  const byCustomer = await sendInTurn(60, await bearerFor({ customerDailyValue: "100" }), () =>
    paymentFields(one, { input_Amount: "7" }),
  );
  assert.deepEqual(
    [countResults(byCustomer, "201 INS-0"), countResults(byCustomer, "400 INS-990")],
    [14, 46],
  );
});

test("the last money of an account is paid out once", async () => {
  const rail = stores.rails.get("sandbox_vodacomTZN")!.sql;
  const [, baraka = ""] = one.clientInfo.markets.vodacomTZN.customers;
  await one.call(
    "POST",
    collectPath,
    paymentFields(one, { input_CustomerMSISDN: baraka, input_Amount: "999950" }),
    await one.session(),
  );
  const [{ balance } = { balance: 0n }] = await rail<{ balance: bigint }[]>`
    select available_minor as balance from accounts where owner = ${baraka} and kind = 'wallet'`;
  assert.equal(balance, 50_00n);
  const results = await sendInTurn(20, await one.session(), () =>
    paymentFields(one, { input_CustomerMSISDN: baraka, input_Amount: "20" }),
  );
  assert.deepEqual([countResults(results, "201 INS-0"), countResults(results, "422 INS-2006")], [2, 18]);
});

test("both servers refuse a revoked key within a second", async () => {
  const { id, apiKey } = await createTestApplication({ stores });
  const bearer = await one.session(apiKey);
  for (const server of [one, two]) {
    assert.equal(
      summarise(await server.call("POST", collectPath, paymentFields(server), bearer)),
      "201 INS-0",
    );
  }
  await updateApplication(stores.main, id, { revokedAt: new Date() });
  await revokeAccessTokens(stores.main, id);
  const revokedAt = performance.now();
  for (const server of [one, two]) {
    let last: CallResult;
    do last = await server.call("POST", collectPath, paymentFields(server), bearer);
    while (last.status === 201 && performance.now() - revokedAt < 1000);
    assert.equal(summarise(last), "401 INS-989", `after ${Math.round(performance.now() - revokedAt)} ms`);
  }
});

test("opposite transfers all succeed, without a deadlock", async () => {
  const bearer = await one.session();
  // Not the seed receiver: its shortcode is a trigger, and the float would pay.
  const context = { sql: stores.rails.get("sandbox_vodacomTZN")!.sql } as RailContext;
  await registerOrganisations(context, [{ shortcode: "445566", name: "Other organisation" }]);
  const pay = (from: string, to: string, input_Amount: string) => {
    const {
      input_CustomerMSISDN: _,
      input_ServiceProviderCode: __,
      ...fields
    } = paymentFields(one, { input_Amount });
    return { ...fields, input_PrimaryPartyCode: from, input_ReceiverPartyCode: to };
  };
  assert.equal(
    summarise(await one.call("POST", "b2bPayment/", pay("000000", "445566", "5000"), bearer)),
    "201 INS-0",
  );
  const before = await Promise.all(["000000", "445566"].map(getAvailable));
  const startedAt = performance.now();
  const results = await sendInTurn(
    400,
    bearer,
    (index) => (index % 4 < 2 ? pay("000000", "445566", "10") : pay("445566", "000000", "10")),
    "b2bPayment/",
  );
  assert.equal(countResults(results, "201 INS-0"), 400);
  assert(performance.now() - startedAt < 10_000, "a deadlock would take longer");
  assert.deepEqual(await Promise.all(["000000", "445566"].map(getAvailable)), before);
  const [{ deadlocks } = { deadlocks: 1n }] = await stores.main<{ deadlocks: bigint }[]>`
    select deadlocks from pg_stat_database where datname = current_database()`;
  assert.equal(deadlocks, 0n);
});

test("all invariants hold afterwards", () => assertInvariantsHold(database.address));

test("a renewed key is valid at both servers until its overlap ends, and then at neither", async () => {
  const made = await one.control("POST", "/applications", { name: "Renewed at one server" });
  const renewed = await one.control("POST", `/applications/${made.id}/api-key`, { overlapSeconds: 3600 });
  for (const server of [one, two]) {
    await server.session(made.apiKey);
    await server.session(renewed.apiKey);
  }
  const last = await two.control("POST", `/applications/${made.id}/api-key`, { overlapSeconds: 0 });
  for (const server of [one, two]) {
    await assert.rejects(server.session(made.apiKey));
    await assert.rejects(server.session(renewed.apiKey));
    await server.session(last.apiKey);
  }
  const renewals = await Promise.all(
    [one, two, one, two].map((server) =>
      server.control("POST", `/applications/${made.id}/api-key`, { overlapSeconds: 60 }),
    ),
  );
  const { credentials } = await one.control("GET", `/applications/${made.id}/credentials`);
  const states = credentials
    .filter(({ protocol }: { protocol: string }) => protocol === "openapi-v2")
    .map(({ state }: { state: string }) => state);
  assert.deepEqual(states.slice(0, 3), ["active", "retiring", "inactive"]);
  assert.equal(new Set(renewals.map(({ apiKey }) => apiKey)).size, 4);
});
