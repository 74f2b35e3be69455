/**
 * Live handsets behind an operator's USSD gateway and SMS centre: what it is posted, what it posts back, and
 * what becomes of money when it is slow, wrong or gone.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { day, minute, second } from "../../src/clock.ts";
import { gatewayCarrier, messageAgainMs } from "../../src/handset/gateway.ts";
import { rail } from "../../src/money.ts";
import { expireHolds } from "../../src/payments/expiry.ts";
import { fund } from "../../src/payments/funding.ts";
import type { Outcome } from "../../src/payments/order.ts";
import { registerCustomers, registerOrganisations } from "../../src/payments/registry.ts";
import { insertHandsets, sendMessages } from "../../src/store/handsets.ts";
import { pinHash } from "../../src/handset/pin.ts";
import { loadSecrets } from "../../src/vault/secrets.ts";
import { assertBooksHold } from "../town/books.ts";
import { testSecretKey } from "../town/cluster.ts";
import { eventually } from "../town/prompts.ts";
import { openTown, reference, type Town } from "../town/town.ts";
import { openUssdGateway, type Posted, type UssdGateway } from "../town/ussd-gateway.ts";

const market = "vodacomTZN";
const live = rail("live", market);
const msisdn = "255754000001";
const pin = "2468";

interface Scene extends AsyncDisposable {
  readonly town: Town;
  readonly gateway: UssdGateway;
}

/** A live rail with a shop, and a customer whose phone is behind the gateway. */
async function openScene(): Promise<Scene> {
  const gateway = await openUssdGateway();
  const town = await openTown({
    handsets: {
      liveHandsets: "gateway",
      handsetGatewayUrl: gateway.url,
      handsetGatewaySecret: gateway.secret,
    },
  });
  const payments = town.platform.payments(live);
  await registerOrganisations(payments.context, [{ shortcode: "400001", name: "Duka Kuu" }]);
  await registerCustomers(payments.context, [
    { msisdn, firstName: "Imani", lastName: "Komba", answer: "ask" },
  ]);
  await sendMessages(payments.context.sql, msisdn);
  const account = { kind: "wallet", owner: msisdn } as const;
  await fund(payments, { id: town.platform.newId(), account, minor: 1_000_00n, description: "" });
  return {
    town,
    gateway,
    async [Symbol.asyncDispose]() {
      await town[Symbol.asyncDispose]();
      await gateway[Symbol.asyncDispose]();
    },
  };
}

function collects(
  { platform }: Town,
  amountMinor = 12_50n,
  how: "collect" | "collectInTwoSteps" = "collect",
): Promise<Outcome> {
  return platform.payments(live)[how]({
    id: platform.newId(),
    product: "c2bSingle",
    caller: { applicationId: 1n, session: "ab", shortcodes: null, protocol: "openapi-v2", responseUrl: null },
    scope: {},
    organisation: "400001",
    reference: reference(),
    scenario: null,
    customerReference: "Invoice 7",
    description: "",
    msisdn,
    amountMinor,
  });
}

const sql = (town: Town) => town.platform.payments(live).context.sql;

async function available(town: Town): Promise<bigint> {
  const [row] = await sql(town)<{ minor: bigint }[]>`
    select available_minor as minor from accounts where owner = ${msisdn} and kind = 'wallet'`;
  return row?.minor ?? 0n;
}

/** How a payment ended, once it has. */
const endingOf = (town: Town, { id }: Outcome): Promise<string> =>
  eventually("an ending", async () => {
    const [row] = await sql(town)<{ status: string; refusal: string | null }[]>`
      select status, refusal from payments where id = ${id}`;
    return row === undefined || row.status === "held" ? undefined : `${row.status} ${row.refusal}`;
  });

const idOf = ({ body }: Posted): string => body["id"] as string;

test("the gateway is posted the prompt, signed; its customer approves there, and gets the receipt", async () => {
  await using scene = await openScene();
  const { town, gateway } = scene;
  const outcome = await collects(town);
  const [prompt] = await gateway.heard("/prompts");
  assert(prompt !== undefined);
  assert.equal(prompt.verified, true);
  const { expiresAt, ...body } = prompt.body;
  const transactionId = town.platform.payments(live).context.wire.transactionId(outcome.id);
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

  const told = await gateway.answer(town.url, market, { id: transactionId, says: "approve" });
  assert.deepEqual(told, { status: 200, body: { outcome: "accepted" } });
  assert.equal(await endingOf(town, outcome), "completed null");
  const [receipt] = await gateway.heard("/messages");
  assert.equal(receipt?.verified, true);
  assert.equal(receipt?.body["msisdn"], msisdn);
  assert.match(
    receipt?.body["text"] as string,
    /: you paid TZS 12\.50 to Duka Kuu \(400001\), ref Invoice 7, .* Balance TZS 987\.50\.$/,
  );
  await assertBooksHold(town.databaseUrl);
});

test("an answer that is given again is accepted again, another one is not, and neither changes anything", async () => {
  await using scene = await openScene();
  const { town, gateway } = scene;
  const outcome = await collects(town);
  const [prompt] = await gateway.heard("/prompts");
  const id = idOf(prompt as Posted);
  const says = (word: string) => gateway.answer(town.url, market, { id, says: word });
  const accepted = { status: 200, body: { outcome: "accepted" } };
  const tooLate = { status: 409, body: { outcome: "prompt_not_open" } };
  const all = await Promise.all(Array.from({ length: 5 }, () => says("approve")));
  for (const each of all) assert.deepEqual(each, accepted);
  assert.deepEqual([await says("decline"), await says("no_answer")], [tooLate, tooLate]);
  assert.equal(await endingOf(town, outcome), "completed null");
  assert.equal(await available(town), 987_50n);
});

test("every answer that ended a prompt may be given again, whatever became of the payment since", async () => {
  await using scene = await openScene();
  const { town, gateway } = scene;
  const statuses = async (id: string): Promise<number[]> => {
    const words = ["approve", "decline", "no_answer"];
    const answers = await Promise.all(words.map((says) => gateway.answer(town.url, market, { id, says })));
    return answers.map(({ status }) => status);
  };
  for (const [index, [says, ends]] of (
    [
      ["decline", [409, 200, 409]],
      ["no_answer", [409, 409, 200]],
    ] as const
  ).entries()) {
    await collects(town);
    const id = idOf((await gateway.heard("/prompts", index + 1))[index] as Posted);
    assert.equal((await gateway.answer(town.url, market, { id, says })).status, 200);
    assert.deepEqual(await statuses(id), ends);
  }

  await collects(town, 12_50n, "collectInTwoSteps");
  const id = idOf((await gateway.heard("/prompts", 3))[2] as Posted);
  assert.equal((await gateway.answer(town.url, market, { id, says: "approve" })).status, 200);
  assert.deepEqual(await statuses(id), [200, 409, 409], "the money is held for the shop");
  town.clock.advance(365 * day);
  await expireHolds(town.platform.payments(live), town.platform.newId);
  assert.deepEqual(await statuses(id), [200, 409, 409], "the money is the customer's again");
  await assertBooksHold(town.databaseUrl);
});

test("a request that comes again with its wrong PIN counts once, and is answered the same", async () => {
  await using scene = await openScene();
  const { town, gateway } = scene;
  const { pinKey } = await loadSecrets(town.stores.main, testSecretKey, "live");
  await sql(town).begin((tx) => insertHandsets(tx, [{ msisdn, pinHash: pinHash(pinKey, msisdn, pin) }]));
  await collects(town);
  const id = idOf((await gateway.heard("/prompts"))[0] as Posted);
  const types = (typed: string, webhookId: string, at = new Date()) =>
    gateway.answer(town.url, market, { id, says: "approve", pin: typed }, { webhookId, at });
  const twoLeft = { status: 403, body: { outcome: "wrong_pin", left: 2 } };
  const minuteAgo = new Date(Date.now() - minute);
  const again = [types("0000", "one"), types("0000", "one"), types("0000", "one", minuteAgo)];
  assert.deepEqual(await Promise.all(again), [twoLeft, twoLeft, twoLeft]);
  assert.deepEqual(await types("0000", "one"), twoLeft);
  assert.deepEqual(await types("0000", "two"), { status: 403, body: { outcome: "wrong_pin", left: 1 } });
  assert.equal((await types(pin, "two")).status, 200, "another body is another request");
});

test("the gateway says that the customer declined, or did not answer, or cannot be reached", async () => {
  await using scene = await openScene();
  const { town, gateway } = scene;
  const declined = await collects(town);
  const [one] = await gateway.heard("/prompts");
  await gateway.answer(town.url, market, { id: idOf(one as Posted), says: "decline" });
  assert.equal(await endingOf(town, declined), "cancelled customer_declined");

  const unanswered = await collects(town);
  const [, two] = await gateway.heard("/prompts", 2);
  await gateway.answer(town.url, market, { id: idOf(two as Posted), says: "no_answer" });
  assert.equal(await endingOf(town, unanswered), "expired customer_did_not_answer");

  for (const status of [404, 410]) {
    gateway.behave("/prompts", status);
    assert.equal(await endingOf(town, await collects(town)), "failed customer_unreachable");
  }
  assert.equal(await available(town), 1_000_00n);
  await assertBooksHold(town.databaseUrl);
});

test("a PIN that the gateway passes on is checked and counted here", async () => {
  await using scene = await openScene();
  const { town, gateway } = scene;
  const { pinKey } = await loadSecrets(town.stores.main, testSecretKey, "live");
  await sql(town).begin((tx) => insertHandsets(tx, [{ msisdn, pinHash: pinHash(pinKey, msisdn, pin) }]));
  const paid = await collects(town);
  const [prompt] = await gateway.heard("/prompts");
  const id = idOf(prompt as Posted);
  const says = (typed: string) => gateway.answer(town.url, market, { id, says: "approve", pin: typed });
  assert.deepEqual(await says("0000"), { status: 403, body: { outcome: "wrong_pin", left: 2 } });
  assert.deepEqual(await says(pin), { status: 200, body: { outcome: "accepted" } });
  assert.equal(await endingOf(town, paid), "completed null");

  const locked = await collects(town);
  const [, next] = await gateway.heard("/prompts", 2);
  const again = idOf(next as Posted);
  const guess = () => gateway.answer(town.url, market, { id: again, says: "approve", pin: "0000" });
  await guess();
  await guess();
  const third = await guess();
  assert.deepEqual([third.status, third.body.outcome], [423, "locked"]);
  assert.equal(await endingOf(town, locked), "failed customer_pin_wrong");
});

test("only whoever has the secret is heard, for the prompt that they signed, and not for ever", async () => {
  await using scene = await openScene();
  const { town, gateway } = scene;
  const outcome = await collects(town);
  const other = await collects(town);
  const all = await gateway.heard("/prompts", 2);
  const id = idOf(all[0] as Posted);
  const otherId = idOf(all[1] as Posted);
  const says = { id, says: "approve" };
  const foreign = `whsec_${Buffer.alloc(32, 8).toString("base64")}`;
  const table = [
    [{ secret: foreign }, 401],
    [{ at: new Date(Date.now() - 6 * minute) }, 401],
    [{ at: new Date(Date.now() + 6 * minute) }, 401],
    [{ text: JSON.stringify({ ...says, says: "decline" }) }, 401],
    [{ path: otherId }, 400],
  ] as const;
  for (const [unusual, status] of table) {
    assert.equal(
      (await gateway.answer(town.url, market, says, unusual)).status,
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
    assert.equal((await gateway.answer(town.url, market, body)).status, status, JSON.stringify(body));
  }
  assert.equal((await gateway.answer(town.url, "nowhere", says)).status, 404);
  const [{ count } = { count: 0n }] = await sql(town)<{ count: bigint }[]>`
    select count(*) as count from payments where id in (${outcome.id}, ${other.id}) and status = 'held'`;
  assert.equal(count, 2n);
});

test("what the gateway cannot take now is posted again, under the same id, until the prompt expires", async () => {
  await using scene = await openScene();
  const { town, gateway } = scene;
  gateway.behave("/prompts", 503);
  const outcome = await collects(town);
  await gateway.heard("/prompts");
  gateway.behave("/prompts", 429);
  await gateway.heard("/prompts", 2);
  gateway.behave("/prompts", "vanish");
  await gateway.heard("/prompts", 3);
  gateway.behave("/prompts", 200);
  const all = await gateway.heard("/prompts", 4);
  assert.equal(new Set(all.map(idOf)).size, 1);
  assert.equal(new Set(all.map(({ headers }) => headers["webhook-id"])).size, 1);
  await gateway.answer(town.url, market, { id: idOf(all[0] as Posted), says: "approve" });
  assert.equal(await endingOf(town, outcome), "completed null");
});

test("a gateway that is away holds no money longer than the prompt lives", async () => {
  await using scene = await openScene();
  const { town, gateway } = scene;
  gateway.behave("/prompts", 503);
  const outcome = await collects(town);
  await gateway.heard("/prompts");
  town.clock.advance(90 * second);
  await expireHolds(town.platform.payments(live), town.platform.newId);
  assert.equal(await endingOf(town, outcome), "expired customer_did_not_answer");
  assert.equal(await available(town), 1_000_00n);
});

test("a gateway that hangs delays nobody's money, and no other message", async () => {
  await using scene = await openScene();
  const { town, gateway } = scene;
  gateway.behave("/prompts", "hang");
  await collects(town);
  await gateway.heard("/prompts");
  const before = performance.now();
  const payments = town.platform.payments(live);
  const account = { kind: "wallet", owner: msisdn } as const;
  await Promise.all(
    Array.from({ length: 20 }, () =>
      fund(payments, { id: town.platform.newId(), account, minor: 1n, description: "" }),
    ),
  );
  gateway.behave("/prompts", 202);
  const open = await collects(town);
  const all = await gateway.heard("/prompts", 2);
  await gateway.answer(town.url, market, { id: idOf(all[1] as Posted), says: "approve" });
  assert.equal(await endingOf(town, open), "completed null");
  await gateway.heard("/messages");
  assert(performance.now() - before < 5_000, "all of it while the first prompt still hangs");
});

test("a prompt that a killed server had in hand is posted by another, under the same id", async () => {
  await using scene = await openScene();
  const { town, gateway } = scene;
  const outcome = await collects(town);
  const [first] = await gateway.heard("/prompts");
  await eventually("the record of the call", async () => {
    const [prompt] = await sql(town)<{ shown: boolean }[]>`
      select shown_at is not null as shown from prompts where payment_id = ${outcome.id}`;
    return prompt?.shown === true ? true : undefined;
  });
  // What a server leaves that dies between the call and its record: a lease, and nothing shown.
  await sql(town)`
    update prompts set shown_at = null, lease_until = clock_timestamp() - interval '1 second'
    where payment_id = ${outcome.id}`;
  const all = await gateway.heard("/prompts", 2);
  assert.equal(idOf(all[1] as Posted), idOf(first as Posted));
  await gateway.answer(town.url, market, { id: idOf(all[0] as Posted), says: "approve" });
  assert.equal(await endingOf(town, outcome), "completed null");
});

test("two servers post a prompt once between them", async () => {
  await using scene = await openScene();
  const { town, gateway } = scene;
  const payments = town.platform.payments(live);
  const context = {
    ...payments.context,
    payments,
    newId: town.platform.newId,
    pinKey: Buffer.alloc(64),
    pinLockMs: 1,
  };
  const trouble: string[] = [];
  const another = gatewayCarrier(context, {
    url: gateway.url,
    secret: gateway.secret,
    onTrouble: (each) => trouble.push(each),
  });
  const outcomes: Outcome[] = [];
  for (let i = 0; i < 20; i += 1) {
    const collecting = collects(town, 1_00n);
    await Promise.all([another.prompts(), another.prompts(), collecting]);
    outcomes.push(await collecting);
  }
  await gateway.heard("/prompts", 20);
  await another.close();
  const ids = gateway.posted.filter(({ path }) => path === "/prompts").map(idOf);
  assert.equal(ids.length, 20, "no prompt twice");
  assert.equal(new Set(ids).size, 20);
  assert.deepEqual(trouble, []);
});

test("messages wait for an SMS centre that is away, and are given up for a number that it does not know", async () => {
  await using scene = await openScene();
  const { town, gateway } = scene;
  const approve = async (index: number) => {
    await collects(town);
    const all = await gateway.heard("/prompts", index);
    await gateway.answer(town.url, market, { id: idOf(all[index - 1] as Posted), says: "approve" });
  };
  gateway.behave("/messages", 500);
  await approve(1);
  await gateway.heard("/messages");
  gateway.behave("/messages", 202);
  const [first, again] = await gateway.heard("/messages", 2);
  assert.equal(idOf(first as Posted), idOf(again as Posted));

  gateway.behave("/messages", 404);
  await approve(2);
  const state = await eventually("a message that was given up", async () => {
    const rows = await sql(town)<{ state: string }[]>`select state from messages order by id`;
    return rows.length === 2 && rows[1]?.state !== "queued" ? rows.map((row) => row.state) : undefined;
  });
  assert.deepEqual(state, ["delivered", "lost"]);
});

test("the older a message, the rarer it is tried", () => {
  const table = [
    [0, 2 * second],
    [4 * second, 2 * second],
    [minute, 15 * second],
    [60 * minute, 10 * minute],
  ] as const;
  for (const [age, gap] of table) assert.equal(messageAgainMs(age), gap);
});

test("without the setting there are no such routes, and prompts expire", async () => {
  await using town = await openTown();
  await using gateway = await openUssdGateway();
  const reply = await gateway.answer(town.url, market, { id: "aaaaaaaaaaaa", says: "approve" });
  assert.equal(reply.status, 404);
});
