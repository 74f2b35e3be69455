/**
 * Live handsets behind an operator's USSD gateway and SMS centre: the requests in both directions, and what happens
 * to money when the gateway is slow, wrong or down.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { msPerDay, msPerMinute, msPerSecond } from "../../src/core/clock.ts";
import { createUssdGatewayTransport, messageRetryMs } from "../../src/handset/transports/ussd-gateway.ts";
import { railFor } from "../../src/core/rails.ts";
import { expireHolds } from "../../src/payments/expire-holds.ts";
import { fund } from "../../src/payments/funding.ts";
import type { Outcome } from "../../src/payments/instruction.ts";
import { registerOrganisations } from "../../src/organisations/register-organisations.ts";
import { registerCustomers } from "../../src/payments/register.ts";
import { insertHandsets, enableHandset } from "../../src/store/rail/handsets.ts";
import { hashPin } from "../../src/handset/pin.ts";
import { loadSecrets } from "../../src/vault/secrets.ts";
import { assertInvariantsHold } from "../support/ledger-proof.ts";
import { testSecretKey } from "../support/cluster.ts";
import { waitFor } from "../support/prompts.ts";
import { createTestSandbox, createReference, type TestSandbox } from "../support/sandbox.ts";
import { createUssdGateway, type GatewayRequest, type UssdGateway } from "../support/ussd-gateway.ts";

const market = "vodacomTZN";
const live = railFor("live", market);
const msisdn = "255754000001";
const pin = "2468";

interface GatewayScene extends AsyncDisposable {
  readonly sandbox: TestSandbox;
  readonly gateway: UssdGateway;
}

/** A live rail with an organisation, and a customer whose handset is behind the gateway. */
async function createScene(): Promise<GatewayScene> {
  const gateway = await createUssdGateway();
  const sandbox = await createTestSandbox({
    handsets: {
      liveHandsets: "gateway",
      handsetGatewayUrl: gateway.url,
      handsetGatewaySecret: gateway.secret,
    },
  });
  const payments = sandbox.platform.payments(live);
  await registerOrganisations(payments.context, [{ shortcode: "400001", name: "Duka Kuu" }]);
  await registerCustomers(payments.context, [
    { msisdn, firstName: "Imani", lastName: "Komba", behaviour: "ask" },
  ]);
  await enableHandset(payments.context.sql, msisdn);
  const account = { kind: "wallet", owner: msisdn } as const;
  await fund(payments, { id: sandbox.platform.newId(), account, amountMinor: 1_000_00n, description: "" });
  return {
    sandbox,
    gateway,
    async [Symbol.asyncDispose]() {
      await sandbox[Symbol.asyncDispose]();
      await gateway[Symbol.asyncDispose]();
    },
  };
}

function collectFrom(
  { platform }: TestSandbox,
  amountMinor = 12_50n,
  method: "collect" | "collectInTwoSteps" = "collect",
): Promise<Outcome> {
  return platform.payments(live)[method]({
    id: platform.newId(),
    operation: "c2bSingle",
    caller: { applicationId: 1n, session: "ab", shortcodes: null, protocol: "openapi-v2", endpoints: null },
    limits: {},
    organisation: "400001",
    organisationAccount: "working",
    reference: createReference(),
    simulation: null,
    customerReference: "Invoice 7",
    description: "",
    msisdn,
    amountMinor,
  });
}

const getSql = (sandbox: TestSandbox) => sandbox.platform.payments(live).context.sql;

async function getAvailable(sandbox: TestSandbox): Promise<bigint> {
  const [row] = await getSql(sandbox)<{ balance: bigint }[]>`
    select available_minor as balance from accounts where owner = ${msisdn} and kind = 'wallet'`;
  return row?.balance ?? 0n;
}

/** The final status of a payment, once it has one. */
const waitForFinalStatus = (sandbox: TestSandbox, { id }: Outcome): Promise<string> =>
  waitFor("a final status", async () => {
    const [row] = await getSql(sandbox)<{ status: string; refusal: string | null }[]>`
      select status, refusal from payments where id = ${id}`;
    return row === undefined || row.status === "held" ? undefined : `${row.status} ${row.refusal}`;
  });

const getRequestId = ({ body }: GatewayRequest): string => body["id"] as string;

test("the gateway gets the signed prompt; its customer approves there, and gets the receipt", async () => {
  await using scene = await createScene();
  const { sandbox, gateway } = scene;
  const outcome = await collectFrom(sandbox);
  const [prompt] = await gateway.waitForRequests("/prompts");
  assert(prompt !== undefined);
  assert.equal(prompt.verified, true);
  const { expiresAt, ...body } = prompt.body;
  const transactionId = sandbox.platform.payments(live).context.publicIds.receipt(outcome.id);
  assert.deepEqual(body, {
    id: transactionId,
    market,
    msisdn,
    kind: "payment",
    text: `Pay TZS 12.50 to Duka Kuu (400001), ref Invoice 7? Enter your PIN to pay.`,
    amount: "12.50",
    currency: "TZS",
    organisation: { shortcode: "400001", name: "Duka Kuu" },
    reference: "Invoice 7",
  });
  const seconds = (Date.parse(expiresAt as string) - Date.now()) / 1000;
  assert(seconds > 80 && seconds <= 90, `${seconds}`);
  assert.equal(prompt.headers["webhook-id"], transactionId);

  const reply = await gateway.sendReply(sandbox.url, market, { id: transactionId, says: "approve" });
  assert.deepEqual(reply, { status: 200, body: { outcome: "accepted" } });
  assert.equal(await waitForFinalStatus(sandbox, outcome), "completed null");
  const [receipt] = await gateway.waitForRequests("/messages");
  assert.equal(receipt?.verified, true);
  assert.equal(receipt?.body["msisdn"], msisdn);
  assert.match(
    receipt?.body["text"] as string,
    /: you paid TZS 12\.50 to Duka Kuu \(400001\), ref Invoice 7, .* Balance TZS 987\.50\.$/,
  );
  await assertInvariantsHold(sandbox.databaseUrl);
});

test("a repeated reply is accepted again, a different one is not, and neither changes anything", async () => {
  await using scene = await createScene();
  const { sandbox, gateway } = scene;
  const outcome = await collectFrom(sandbox);
  const [prompt] = await gateway.waitForRequests("/prompts");
  const id = getRequestId(prompt as GatewayRequest);
  const sendReply = (reply: string) => gateway.sendReply(sandbox.url, market, { id, says: reply });
  const accepted = { status: 200, body: { outcome: "accepted" } };
  const tooLate = { status: 409, body: { outcome: "prompt_not_open" } };
  const all = await Promise.all(Array.from({ length: 5 }, () => sendReply("approve")));
  for (const each of all) assert.deepEqual(each, accepted);
  assert.deepEqual([await sendReply("decline"), await sendReply("no_answer")], [tooLate, tooLate]);
  assert.equal(await waitForFinalStatus(sandbox, outcome), "completed null");
  assert.equal(await getAvailable(sandbox), 987_50n);
});

test("every reply that closed a prompt may be repeated, whatever happened to the payment since", async () => {
  await using scene = await createScene();
  const { sandbox, gateway } = scene;
  const statuses = async (id: string): Promise<number[]> => {
    const replies = ["approve", "decline", "no_answer"];
    const answers = await Promise.all(
      replies.map((reply) => gateway.sendReply(sandbox.url, market, { id, says: reply })),
    );
    return answers.map(({ status }) => status);
  };
  for (const [index, [reply, ends]] of (
    [
      ["decline", [409, 200, 409]],
      ["no_answer", [409, 409, 200]],
    ] as const
  ).entries()) {
    await collectFrom(sandbox);
    const id = getRequestId((await gateway.waitForRequests("/prompts", index + 1))[index] as GatewayRequest);
    assert.equal((await gateway.sendReply(sandbox.url, market, { id, says: reply })).status, 200);
    assert.deepEqual(await statuses(id), ends);
  }

  await collectFrom(sandbox, 12_50n, "collectInTwoSteps");
  const id = getRequestId((await gateway.waitForRequests("/prompts", 3))[2] as GatewayRequest);
  assert.equal((await gateway.sendReply(sandbox.url, market, { id, says: "approve" })).status, 200);
  assert.deepEqual(await statuses(id), [200, 409, 409], "the money is held for the organisation");
  sandbox.clock.advance(365 * msPerDay);
  await expireHolds(sandbox.platform.payments(live), sandbox.platform.newId);
  assert.deepEqual(await statuses(id), [200, 409, 409], "the customer has the money again");
  await assertInvariantsHold(sandbox.databaseUrl);
});

test("a repeated request with a wrong PIN counts once, and gets the same response", async () => {
  await using scene = await createScene();
  const { sandbox, gateway } = scene;
  const { pinKey } = await loadSecrets(sandbox.stores.main, testSecretKey, "live");
  await getSql(sandbox).begin((tx) =>
    insertHandsets(tx, [{ msisdn, pinHash: hashPin(pinKey, msisdn, pin) }]),
  );
  await collectFrom(sandbox);
  const id = getRequestId((await gateway.waitForRequests("/prompts"))[0] as GatewayRequest);
  const types = (typed: string, webhookId: string, at = new Date()) =>
    gateway.sendReply(sandbox.url, market, { id, says: "approve", pin: typed }, { webhookId, at });
  const twoLeft = { status: 403, body: { outcome: "wrong_pin", left: 2 } };
  const minuteAgo = new Date(Date.now() - msPerMinute);
  const again = [types("0000", "one"), types("0000", "one"), types("0000", "one", minuteAgo)];
  assert.deepEqual(await Promise.all(again), [twoLeft, twoLeft, twoLeft]);
  assert.deepEqual(await types("0000", "one"), twoLeft);
  assert.deepEqual(await types("0000", "two"), { status: 403, body: { outcome: "wrong_pin", left: 1 } });
  assert.equal((await types(pin, "two")).status, 200, "another body is another request");
});

test("the gateway reports that the customer declined, did not answer, or cannot be reached", async () => {
  await using scene = await createScene();
  const { sandbox, gateway } = scene;
  const declined = await collectFrom(sandbox);
  const [one] = await gateway.waitForRequests("/prompts");
  await gateway.sendReply(sandbox.url, market, { id: getRequestId(one as GatewayRequest), says: "decline" });
  assert.equal(await waitForFinalStatus(sandbox, declined), "cancelled customer_declined");

  const unanswered = await collectFrom(sandbox);
  const [, two] = await gateway.waitForRequests("/prompts", 2);
  await gateway.sendReply(sandbox.url, market, {
    id: getRequestId(two as GatewayRequest),
    says: "no_answer",
  });
  assert.equal(await waitForFinalStatus(sandbox, unanswered), "expired customer_did_not_answer");

  for (const status of [404, 410]) {
    gateway.setBehaviour("/prompts", status);
    assert.equal(
      await waitForFinalStatus(sandbox, await collectFrom(sandbox)),
      "failed customer_unreachable",
    );
  }
  assert.equal(await getAvailable(sandbox), 1_000_00n);
  await assertInvariantsHold(sandbox.databaseUrl);
});

test("a PIN that the gateway forwards is checked and counted", async () => {
  await using scene = await createScene();
  const { sandbox, gateway } = scene;
  const { pinKey } = await loadSecrets(sandbox.stores.main, testSecretKey, "live");
  await getSql(sandbox).begin((tx) =>
    insertHandsets(tx, [{ msisdn, pinHash: hashPin(pinKey, msisdn, pin) }]),
  );
  const paid = await collectFrom(sandbox);
  const [prompt] = await gateway.waitForRequests("/prompts");
  const id = getRequestId(prompt as GatewayRequest);
  const approveWith = (typed: string) =>
    gateway.sendReply(sandbox.url, market, { id, says: "approve", pin: typed });
  assert.deepEqual(await approveWith("0000"), { status: 403, body: { outcome: "wrong_pin", left: 2 } });
  assert.deepEqual(await approveWith(pin), { status: 200, body: { outcome: "accepted" } });
  assert.equal(await waitForFinalStatus(sandbox, paid), "completed null");

  const locked = await collectFrom(sandbox);
  const [, next] = await gateway.waitForRequests("/prompts", 2);
  const again = getRequestId(next as GatewayRequest);
  const guess = () => gateway.sendReply(sandbox.url, market, { id: again, says: "approve", pin: "0000" });
  await guess();
  await guess();
  const third = await guess();
  assert.deepEqual([third.status, third.body.outcome], [423, "locked"]);
  assert.equal(await waitForFinalStatus(sandbox, locked), "failed customer_pin_wrong");
});

test("a reply is accepted only with a valid, recent signature for its own prompt", async () => {
  await using scene = await createScene();
  const { sandbox, gateway } = scene;
  const outcome = await collectFrom(sandbox);
  const other = await collectFrom(sandbox);
  const all = await gateway.waitForRequests("/prompts", 2);
  const id = getRequestId(all[0] as GatewayRequest);
  const otherId = getRequestId(all[1] as GatewayRequest);
  const body = { id, says: "approve" };
  const foreign = `whsec_${Buffer.alloc(32, 8).toString("base64")}`;
  const table = [
    [{ secret: foreign }, 401],
    [{ at: new Date(Date.now() - 6 * msPerMinute) }, 401],
    [{ at: new Date(Date.now() + 6 * msPerMinute) }, 401],
    [{ text: JSON.stringify({ ...body, says: "decline" }) }, 401],
    [{ path: otherId }, 400],
  ] as const;
  for (const [unusual, status] of table) {
    assert.equal(
      (await gateway.sendReply(sandbox.url, market, body, unusual)).status,
      status,
      JSON.stringify(unusual),
    );
  }
  const wrong = [
    [{ id, says: "perhaps" }, 400],
    [{ id, says: "approve", pin: "12" }, 400],
    [{ id: "aaaaaaaaaaaa", says: "approve" }, 404],
  ] as const;
  for (const [body, status] of wrong) {
    assert.equal((await gateway.sendReply(sandbox.url, market, body)).status, status, JSON.stringify(body));
  }
  assert.equal((await gateway.sendReply(sandbox.url, "nowhere", body)).status, 404);
  const [{ count } = { count: 0n }] = await getSql(sandbox)<{ count: bigint }[]>`
    select count(*) as count from payments where id in (${outcome.id}, ${other.id}) and status = 'held'`;
  assert.equal(count, 2n);
});

test("a prompt that the gateway cannot take is posted again with the same id until it expires", async () => {
  await using scene = await createScene();
  const { sandbox, gateway } = scene;
  gateway.setBehaviour("/prompts", 503);
  const outcome = await collectFrom(sandbox);
  await gateway.waitForRequests("/prompts");
  gateway.setBehaviour("/prompts", 429);
  await gateway.waitForRequests("/prompts", 2);
  gateway.setBehaviour("/prompts", "vanish");
  await gateway.waitForRequests("/prompts", 3);
  gateway.setBehaviour("/prompts", 200);
  const all = await gateway.waitForRequests("/prompts", 4);
  assert.equal(new Set(all.map(getRequestId)).size, 1);
  assert.equal(new Set(all.map(({ headers }) => headers["webhook-id"])).size, 1);
  await gateway.sendReply(sandbox.url, market, {
    id: getRequestId(all[0] as GatewayRequest),
    says: "approve",
  });
  assert.equal(await waitForFinalStatus(sandbox, outcome), "completed null");
});

test("a gateway that is down holds money no longer than the prompt's lifetime", async () => {
  await using scene = await createScene();
  const { sandbox, gateway } = scene;
  gateway.setBehaviour("/prompts", 503);
  const outcome = await collectFrom(sandbox);
  await gateway.waitForRequests("/prompts");
  sandbox.clock.advance(90 * msPerSecond);
  await expireHolds(sandbox.platform.payments(live), sandbox.platform.newId);
  assert.equal(await waitForFinalStatus(sandbox, outcome), "expired prompt_undelivered");
  assert.equal(await getAvailable(sandbox), 1_000_00n);
});

test("a hanging gateway delays neither payments nor other messages", async () => {
  await using scene = await createScene();
  const { sandbox, gateway } = scene;
  gateway.setBehaviour("/prompts", "hang");
  await collectFrom(sandbox);
  await gateway.waitForRequests("/prompts");
  const before = performance.now();
  const payments = sandbox.platform.payments(live);
  const account = { kind: "wallet", owner: msisdn } as const;
  await Promise.all(
    Array.from({ length: 20 }, () =>
      fund(payments, { id: sandbox.platform.newId(), account, amountMinor: 1n, description: "" }),
    ),
  );
  gateway.setBehaviour("/prompts", 202);
  const open = await collectFrom(sandbox);
  const all = await gateway.waitForRequests("/prompts", 2);
  await gateway.sendReply(sandbox.url, market, {
    id: getRequestId(all[1] as GatewayRequest),
    says: "approve",
  });
  assert.equal(await waitForFinalStatus(sandbox, open), "completed null");
  await gateway.waitForRequests("/messages");
  assert(performance.now() - before < 5_000, "all of it while the first prompt still hangs");
});

test("a prompt that a killed server was sending is posted by another, with the same id", async () => {
  await using scene = await createScene();
  const { sandbox, gateway } = scene;
  const outcome = await collectFrom(sandbox);
  const [first] = await gateway.waitForRequests("/prompts");
  await waitFor("the recorded request", async () => {
    const [prompt] = await getSql(sandbox)<{ displayed: boolean }[]>`
      select shown_at is not null as displayed from prompts where payment_id = ${outcome.id}`;
    return prompt?.displayed === true ? true : undefined;
  });
  // The state after a server died between the request and its record: a lease, and not shown.
  await getSql(sandbox)`
    update prompts set shown_at = null, lease_until = clock_timestamp() - interval '1 second'
    where payment_id = ${outcome.id}`;
  const all = await gateway.waitForRequests("/prompts", 2);
  assert.equal(getRequestId(all[1] as GatewayRequest), getRequestId(first as GatewayRequest));
  await gateway.sendReply(sandbox.url, market, {
    id: getRequestId(all[0] as GatewayRequest),
    says: "approve",
  });
  assert.equal(await waitForFinalStatus(sandbox, outcome), "completed null");
});

test("two servers post each prompt once", async () => {
  await using scene = await createScene();
  const { sandbox, gateway } = scene;
  const payments = sandbox.platform.payments(live);
  const context = {
    ...payments.context,
    payments,
    newId: sandbox.platform.newId,
    pinKey: Buffer.alloc(64),
    pinLockMs: 1,
  };
  const errors: string[] = [];
  const secondTransport = createUssdGatewayTransport(context, {
    url: gateway.url,
    secret: gateway.secret,
    onError: (error) => errors.push(error),
  });
  const outcomes: Outcome[] = [];
  for (let i = 0; i < 20; i += 1) {
    const collecting = collectFrom(sandbox, 1_00n);
    await Promise.all([secondTransport.deliverPrompts(), secondTransport.deliverPrompts(), collecting]);
    outcomes.push(await collecting);
  }
  await gateway.waitForRequests("/prompts", 20);
  await secondTransport.close();
  const ids = gateway.requests.filter(({ path }) => path === "/prompts").map(getRequestId);
  assert.equal(ids.length, 20, "no prompt twice");
  assert.equal(new Set(ids).size, 20);
  assert.deepEqual(errors, []);
});

test("messages wait for an SMS centre that is down, and are dropped for a number that it does not know", async () => {
  await using scene = await createScene();
  const { sandbox, gateway } = scene;
  const approve = async (index: number) => {
    await collectFrom(sandbox);
    const all = await gateway.waitForRequests("/prompts", index);
    await gateway.sendReply(sandbox.url, market, {
      id: getRequestId(all[index - 1] as GatewayRequest),
      says: "approve",
    });
  };
  gateway.setBehaviour("/messages", 500);
  await approve(1);
  await gateway.waitForRequests("/messages");
  gateway.setBehaviour("/messages", 202);
  const [first, again] = await gateway.waitForRequests("/messages", 2);
  assert.equal(getRequestId(first as GatewayRequest), getRequestId(again as GatewayRequest));

  gateway.setBehaviour("/messages", 404);
  await approve(2);
  const state = await waitFor("a dropped message", async () => {
    const rows = await getSql(sandbox)<{ state: string }[]>`select state from messages order by id`;
    return rows.length === 2 && rows[1]?.state !== "queued" ? rows.map((row) => row.state) : undefined;
  });
  assert.deepEqual(state, ["delivered", "lost"]);
});

test("the older a message, the longer the interval between attempts", () => {
  const table = [
    [0, 2 * msPerSecond],
    [4 * msPerSecond, 2 * msPerSecond],
    [msPerMinute, 15 * msPerSecond],
    [60 * msPerMinute, 10 * msPerMinute],
  ] as const;
  for (const [age, gap] of table) assert.equal(messageRetryMs(age), gap);
});

test("without the setting the routes do not exist, and prompts expire", async () => {
  await using sandbox = await createTestSandbox();
  await using gateway = await createUssdGateway();
  const reply = await gateway.sendReply(sandbox.url, market, { id: "aaaaaaaaaaaa", says: "approve" });
  assert.equal(reply.status, 404);
});
