/** Confirmations of the LNMO checkout that fail, that meet each other, and that come too late. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { msPerDay } from "../../../src/core/clock.ts";
import { railFor } from "../../../src/core/rails.ts";
import { DatabaseUnavailable } from "../../../src/payments/engine/database-unavailable.ts";
import { checkoutLifeMs } from "../../../src/payments/checkouts.ts";
import type { Outcome } from "../../../src/payments/instruction.ts";
import { claimCheckout, deleteOldCheckouts } from "../../../src/store/rail/checkouts.ts";
import { kenya, registerDarajaCustomers, registerShortcodes } from "../../support/daraja.ts";
import { createTestListener, respondWith } from "../../support/listener.ts";
import {
  checkOutFields,
  createLnmoClient,
  getField,
  type LnmoKeys,
  type LnmoTestClient,
} from "../../support/lnmo.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";

let sandbox: TestSandbox;
let client: LnmoTestClient;

before(async () => {
  sandbox = await createTestSandbox();
  await registerShortcodes(sandbox, [{ shortcode: "600996", name: "Paybill" }]);
  await registerDarajaCustomers(sandbox, [{ msisdn: "254711000001" }]);
  const { lnmo } = sandbox.platform.sandboxInfo["soap"] as { readonly lnmo: LnmoKeys };
  client = createLnmoClient(sandbox.url, lnmo);
});
after(() => sandbox[Symbol.asyncDispose]());

async function announce(url?: string): Promise<string> {
  const fields = checkOutFields(url === undefined ? {} : { CALL_BACK_URL: url });
  const reply = await client.checkOut(fields);
  assert.equal(reply.get("RETURN_CODE"), "00", reply.text);
  return reply.get("TRX_ID") ?? "";
}

const confirm = async (trxId: string): Promise<string | undefined> =>
  (await client.confirm({ TRX_ID: trxId })).get("RETURN_CODE");

async function readStatus(trxId: string): Promise<[status: string | undefined, code: string | undefined]> {
  const reply = await client.queryStatus({ TRX_ID: trxId });
  return [reply.get("TRX_STATUS"), reply.get("RETURN_CODE")];
}

type Collect = () => Promise<Outcome>;

/** Replaces what makes payments until the returned object is disposed. */
function interceptPayments(replace: (collect: Collect) => Promise<Outcome>): Disposable {
  const payments = sandbox.platform.payments(railFor("sandbox", kenya));
  const { collect } = payments;
  const setCollect = (value: typeof collect): void => {
    Object.defineProperty(payments, "collect", { value, configurable: true, writable: true });
  };
  setCollect((payment) => replace(() => collect(payment)));
  return { [Symbol.dispose]: () => setCollect(collect) };
}

const failing = (mayHaveCommitted: boolean): Disposable =>
  interceptPayments(() => Promise.reject(new DatabaseUnavailable(mayHaveCommitted, new Error("a test"))));

test("a confirmation that failed before anything was sent is repeated at once, and pays", async () => {
  await using listener = await createTestListener({ behaviour: respondWith(200, {}, "ok") });
  const trxId = await announce(listener.url);
  {
    using _ = failing(false);
    assert.equal(await confirm(trxId), "29");
    assert.equal(await confirm(trxId), "29");
  }
  assert.deepEqual(await readStatus(trxId), ["Pending", "00"]);
  assert.equal(await confirm(trxId), "00");
  const [received] = await listener.waitForCallbacks(1);
  assert.equal(getField(received?.text ?? "", "TRX_STATUS"), "Success");
});

test("a confirmation whose outcome is unknown is repeated when its claim has ended, and is 34 until then", async () => {
  const trxId = await announce();
  {
    using _ = failing(true);
    assert.equal(await confirm(trxId), "29");
  }
  assert.equal(await confirm(trxId), "34");
  await sandbox.sql(kenya)`update checkouts set claimed_until = clock_timestamp()`;
  assert.equal(await confirm(trxId), "00");
  assert.deepEqual(await readStatus(trxId), ["Success", "00"]);
});

test("a checkout whose confirmation is under way is pending after its time, and is never reported as expired", async () => {
  const trxId = await announce();
  let started = (): void => {};
  let proceed = (): void => {};
  const isStarted = new Promise<void>((resolve) => {
    started = resolve;
  });
  const mayProceed = new Promise<void>((resolve) => {
    proceed = resolve;
  });
  using _ = interceptPayments(async (collect) => {
    started();
    await mayProceed;
    return collect();
  });
  const first = confirm(trxId);
  await isStarted;
  sandbox.clock.advance(checkoutLifeMs + 1_000);
  assert.deepEqual(await readStatus(trxId), ["Pending", "00"]);
  assert.equal(await confirm(trxId), "34");
  proceed();
  assert.equal(await first, "00");
  assert.deepEqual(await readStatus(trxId), ["Success", "00"]);
});

test("a checkout that expired is not claimed, and not paid", async () => {
  const trxId = await announce();
  const sql = sandbox.sql(kenya);
  sandbox.clock.advance(checkoutLifeMs);
  assert.deepEqual(await readStatus(trxId), ["Failed", "05"]);
  assert.equal(await confirm(trxId), "05");
  const [row] = await sql<{ id: bigint }[]>`select id from checkouts order by id desc limit 1`;
  const terms = { leaseMs: 1_000, now: sandbox.clock.now() };
  assert.equal(await claimCheckout(sql, row?.id ?? 0n, terms), null);
  assert.notEqual(
    await claimCheckout(sql, row?.id ?? 0n, { ...terms, now: terms.now - checkoutLifeMs }),
    null,
  );
});

test("an unconfirmed checkout is deleted a day after it expired, and a confirmed one after thirty", async () => {
  const sql = sandbox.sql(kenya);
  const count = async (): Promise<[confirmed: number, unconfirmed: number]> => {
    const [row] = await sql<{ confirmed: number; unconfirmed: number }[]>`
      select count(*) filter (where claimed_until > '-infinity')::int as confirmed,
             count(*) filter (where claimed_until = '-infinity')::int as unconfirmed from checkouts`;
    return [row?.confirmed ?? 0, row?.unconfirmed ?? 0];
  };
  const clean = (days: number): Promise<void> =>
    deleteOldCheckouts(sql, sandbox.clock.now() + days * msPerDay);
  await sql`delete from checkouts`;
  assert.equal(await confirm(await announce()), "00");
  await announce();
  await sql`
    insert into checkouts (id, application_id, reference, organisation, msisdn, amount_minor, account_reference, passthrough,
                           callback_kind, callback_url, expires_at)
    select n, application_id, 'more' || n, organisation, msisdn, amount_minor, account_reference, passthrough,
           callback_kind, callback_url, expires_at
    from (select * from checkouts limit 1) one, generate_series(1, 10001) n`;
  await clean(0);
  assert.deepEqual(await count(), [1, 10_002]);
  await clean(1.1);
  assert.deepEqual(await count(), [1, 0]);
  await clean(29);
  assert.deepEqual(await count(), [1, 0]);
  await clean(30.1);
  assert.deepEqual(await count(), [0, 0]);
});
