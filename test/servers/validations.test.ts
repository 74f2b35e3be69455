/**
 * Servers that ask validators, and are killed meanwhile: no validator is asked twice about a payment, no money is lost,
 * and every payment has its outcome.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createStores, type Stores } from "../../src/store/databases.ts";
import type { Sql } from "../../src/store/driver/connect.ts";
import { accept, insertMerchant, kenya, reject } from "../support/c2b.ts";
import { createTestDatabase, onOneDatabase } from "../support/cluster.ts";
import { assertInvariantsHold } from "../support/ledger-proof.ts";
import {
  createTestListener,
  neverRespond,
  type Listener,
  type ListenerBehaviour,
} from "../support/listener.ts";
import { waitFor } from "../support/prompts.ts";
import { createDataFolder, startServer, type Server } from "../support/server.ts";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let stores: Stores;
let sql: Sql;
let folders: ReturnType<typeof createDataFolder>[];
before(async () => {
  database = await createTestDatabase();
  stores = createStores(onOneDatabase(database.address));
  sql = stores.rails.get(`sandbox_${kenya}`)!.sql;
  folders = [createDataFolder(), createDataFolder()];
});
after(async () => {
  await stores.close();
  await database[Symbol.asyncDispose]();
  for (const folder of folders) folder[Symbol.dispose]();
});

const start = (index: number, timeout = "60s"): Promise<Server> =>
  startServer(folders[index]?.path ?? "", database.url, { C2B_VALIDATION_TIMEOUT: timeout });

let lastCustomer = 0;

/** A customer with a hundred shillings. */
async function createCustomer(server: Server, balance = "100.00"): Promise<string> {
  const msisdn = `2547990${String((lastCustomer += 1)).padStart(5, "0")}`;
  await server.control("POST", `/markets/${kenya}/customers`, { customers: [{ msisdn, balance }] });
  return msisdn;
}

interface PaymentResponse {
  readonly receipt: string;
  readonly status: string;
  readonly refusal: string | null;
}

/** Pays as a customer. Null if the server was killed before its response. */
const pay = (server: Server, msisdn: string, to: string, account: string): Promise<PaymentResponse | null> =>
  server
    .control("POST", `/markets/${kenya}/customers/${msisdn}/payments`, { to, account, amount: "10" })
    .catch(() => null) as Promise<PaymentResponse | null>;

interface StoredPayment {
  readonly status: string;
  readonly refusal: string | null;
  readonly account: string;
}

const readStored = (organisation: string): Promise<StoredPayment[]> =>
  sql<StoredPayment[]>`
    select status, refusal, customer_reference as account from payments where organisation = ${organisation}`;

const waitForEnd = (organisation: string, timeoutMs = 30_000): Promise<StoredPayment[]> =>
  waitFor(
    "the end of all payments",
    async () => {
      const payments = await readStored(organisation);
      return payments.every(({ status }) => status !== "held") ? payments : undefined;
    },
    timeoutMs,
  );

/** Which payments a validator was asked about, by their account numbers. */
const listValidatedAccounts = ({ received }: Listener): string[] =>
  received.map(({ body }) => body["BillRefNumber"] ?? "");

/** The leases of the servers that were killed end now, and not only after their time. */
async function endLeases(): Promise<void> {
  await sql`update validations set lease_until = clock_timestamp() where ended_at is null`;
  await sql`update deliveries set lease_until = clock_timestamp()`;
}

for (const [responseType, expected] of [
  ["cancelled", "cancelled validation_unanswered"],
  ["completed", "completed null"],
] as const) {
  test(`a payment whose server was killed is ${responseType} by another one, which does not ask again`, async () => {
    await using validator = await createTestListener({ behaviour: neverRespond });
    await using listener = await createTestListener({ behaviour: accept });
    const organisation = await insertMerchant(sql, {
      validationUrl: validator.url,
      confirmationUrl: listener.url,
      responseType,
    });
    await using one = await start(0);
    const msisdn = await createCustomer(one);
    const response = pay(one, msisdn, organisation, "killed");
    await validator.waitForCallbacks(1);
    await using two = await start(1);
    await one.kill();
    assert.equal(await response, null);
    // While the lease lasts, the other server leaves the payment alone.
    assert.equal((await readStored(organisation))[0]?.status, "held");
    validator.setBehaviour(accept);
    await endLeases();

    const [payment] = await waitForEnd(organisation);
    assert.equal(`${payment?.status} ${payment?.refusal}`, expected);
    assert.deepEqual(listValidatedAccounts(validator), ["killed"]);
    if (responseType === "completed")
      assert.equal((await listener.waitForCallbacks(1))[0]?.body["BillRefNumber"], "killed");
    else assert.equal(listener.received.length, 0);
    await two.stop();
    await assertInvariantsHold(database.address);
  });
}

test("two servers ask a validator once about each payment", async () => {
  await using validator = await createTestListener({ behaviour: accept });
  const organisation = await insertMerchant(sql, { validationUrl: validator.url });
  await using one = await start(0);
  await using two = await start(1);
  const msisdn = await createCustomer(one, "10000.00");
  const accounts = Array.from({ length: 100 }, (_, index) => `P${index}`);
  const responses = await Promise.all(
    accounts.map((account, index) => pay(index % 2 === 0 ? one : two, msisdn, organisation, account)),
  );
  assert.deepEqual(new Set(responses.map((response) => response?.status)), new Set(["completed"]));
  assert.deepEqual(listValidatedAccounts(validator).toSorted(), accounts.toSorted());
  assert.equal(new Set(responses.map((response) => response?.receipt)).size, 100);
});

/** Accepts, rejects, is silent or breaks, by the last digit of the account number. */
const answerByAccount: ListenerBehaviour = (request, response, incoming) => {
  const digit = Number((request.body["BillRefNumber"] ?? "").at(-1));
  const behaviours: readonly ListenerBehaviour[] = [
    accept,
    reject("C2B00012"),
    neverRespond,
    (_request, broken) => void broken.destroy(),
    (...args) => void setTimeout(() => accept(...args), 50),
  ];
  behaviours[digit % behaviours.length]?.(request, response, incoming);
};

test("servers that are killed under load, three times, lose no money and ask no validator twice", async () => {
  await using validator = await createTestListener({ behaviour: answerByAccount });
  await using listener = await createTestListener({ behaviour: accept });
  const organisation = await insertMerchant(sql, {
    validationUrl: validator.url,
    confirmationUrl: listener.url,
    responseType: "completed",
  });
  const responses = new Map<string, PaymentResponse | null>();
  let sent = 0;
  let msisdn = "";
  for (let round = 0; round < 3; round += 1) {
    await using server = await start(0, "1s");
    if (round === 0) msisdn = await createCustomer(server, "100000.00");
    let isKilled = false;
    const clients = Array.from({ length: 16 }, async () => {
      for (;;) {
        if (isKilled) return;
        const account = `R${round}-${(sent += 1)}`;
        const response = await pay(server, msisdn, organisation, account);
        responses.set(account, response);
        if (response === null) await sleep(20);
      }
    });
    const before = validator.received.length;
    await validator.waitForCallbacks(before + 60, 30_000);
    await server.kill();
    isKilled = true;
    await Promise.all(clients);
  }
  await endLeases();
  await using survivor = await start(1, "1s");
  const payments = await waitForEnd(organisation);

  const requested = listValidatedAccounts(validator);
  assert.equal(new Set(requested).size, requested.length, "a validator was asked twice about a payment");
  const byAccount = new Map(payments.map((payment) => [payment.account, payment]));
  for (const [account, response] of responses) {
    const stored = byAccount.get(account);
    // A response that arrived is still true, unless it said that the payment was held.
    if (response !== null && response.status !== "held")
      assert.deepEqual(
        [stored?.status, stored?.refusal],
        [response.status, response.refusal],
        `${account}: ${JSON.stringify(response)}`,
      );
  }
  const completed = payments.filter(({ status }) => status === "completed");
  assert(completed.length > 0 && completed.length < payments.length, "some were completed, some refused");
  const [balances] = await sql<{ wallet: bigint; held: bigint; utility: bigint }[]>`
    select sum(available_minor) filter (where kind = 'wallet')::bigint as wallet,
           sum(held_minor)::bigint as held,
           sum(available_minor) filter (where kind = 'utility')::bigint as utility
    from accounts where owner in (${msisdn}, ${organisation})`;
  const paidMinor = BigInt(completed.length) * 10_00n;
  assert.deepEqual({ ...balances }, { wallet: 100_000_00n - paidMinor, held: 0n, utility: paidMinor });

  // A confirmation may arrive twice, if its server was killed before it recorded the first time.
  const confirmed = await waitFor("a confirmation of each completed payment", async () => {
    const accounts = new Set(listValidatedAccounts(listener));
    return accounts.size >= completed.length ? accounts : undefined;
  });
  assert.deepEqual([...confirmed].toSorted(), completed.map(({ account }) => account).toSorted());
  await survivor.stop();
  await assertInvariantsHold(database.address);
});
