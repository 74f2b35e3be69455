/** Handsets in the control API: creating, changing, and answering prompts. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { callControl } from "../../../test/support/control.ts";
import { collect, createTestCustomer, summarise } from "../../../test/support/payments.ts";
import { createTestSandbox, type TestSandbox } from "../../../test/support/sandbox.ts";

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox();
});
after(() => sandbox[Symbol.asyncDispose]());

const handsets = "/markets/vodacomTZN/handsets";
const zawadi = "255750000006";

const collectFrom = (msisdn: string) => collect(sandbox, { input_CustomerMSISDN: msisdn });

// 200

test("the seeded handsets are listed with their behaviour", async () => {
  const { status, body } = await callControl(sandbox, "GET", `${handsets}?limit=2`);
  assert.equal(status, 200);
  assert.deepEqual(body, {
    handsets: [
      { msisdn: zawadi, firstName: "Zawadi", lastName: "Mollel", answer: "ask", delaySeconds: 20 },
      { msisdn: "255750000007", firstName: "Salim", lastName: "Mwinyi", answer: "ask", delaySeconds: 20 },
    ],
    next: "255750000007",
  });
});

test("a handset has prompts, messages and PIN attempts", async () => {
  const { status, body } = await callControl(sandbox, "GET", `/markets/vodafoneGHA/handsets/233200000006`);
  assert.equal(status, 200);
  assert.deepEqual(body, {
    msisdn: "233200000006",
    firstName: "Kojo",
    lastName: "Ampofo",
    answer: "ask",
    delaySeconds: 20,
    signal: "on",
    pin: { left: 3, lockedUntil: null },
    blocked: [],
    prompts: [],
    messages: [],
  });
});

test("a new MSISDN gets a customer, a balance and a handset, and an existing one keeps them", async () => {
  const msisdn = "255750009001";
  const newCustomerFields = {
    msisdn,
    pin: "4321",
    firstName: "Neema",
    lastName: "Shirima",
    balance: "500.00",
  };
  const { status, body } = await callControl(sandbox, "POST", handsets, newCustomerFields);
  assert.equal(status, 201);
  assert.deepEqual([body.created, body.handset.answer], [true, "ask"]);
  assert.equal(await sandbox.getAvailable(msisdn), 500_00n);

  const again = await callControl(sandbox, "POST", handsets, { msisdn, firstName: "Other", answer: "slow" });
  assert.deepEqual(
    [again.status, again.body.created, again.body.handset.firstName, again.body.handset.answer],
    [201, false, "Neema", "slow"],
  );
});

test("a registered customer gets a handset with the PIN 1234, by either route", async () => {
  const first = await createTestCustomer(sandbox);
  assert.equal((await callControl(sandbox, "POST", handsets, { msisdn: first })).body.handset.answer, "ask");
  const second = await createTestCustomer(sandbox);
  await callControl(sandbox, "PATCH", `/markets/vodacomTZN/customers/${second}`, { answer: "ask" });
  for (const msisdn of [first, second]) {
    const payment = collectFrom(msisdn);
    const answered = await callControl(sandbox, "POST", `${handsets}/${msisdn}/answer`, {
      says: "approve",
      pin: "1234",
      waitSeconds: 10,
    });
    assert.equal(answered.body.outcome, "accepted");
    assert.equal(summarise(await payment), "201 INS-0");
  }
});

test("a test can answer a prompt without a PIN, or with a PIN that is checked", async () => {
  const payment = collectFrom(zawadi);
  const answer = (body: object) =>
    callControl(sandbox, "POST", `${handsets}/${zawadi}/answer`, { waitSeconds: 10, ...body });
  const wrong = await answer({ says: "approve", pin: "9999" });
  assert.deepEqual([wrong.status, wrong.body.outcome, wrong.body.left], [200, "wrong_pin", 2]);
  assert.equal((await callControl(sandbox, "GET", `${handsets}/${zawadi}`)).body.pin.left, 2);
  const right = await answer({ says: "approve", prompt: wrong.body.transactionId });
  assert.deepEqual(right.body, { transactionId: wrong.body.transactionId, outcome: "accepted" });
  assert.equal(summarise(await payment), "201 INS-0");

  const { body } = await callControl(sandbox, "GET", `${handsets}/${zawadi}`);
  assert.equal(body.prompts[0].says, "You paid.");
  assert.deepEqual(
    body.messages.map((message: { kind: string; state: string }) => [message.kind, message.state]),
    [["paid", "delivered"]],
  );
});

test("the third wrong PIN locks the handset and returns the end of the lock, and a PATCH unlocks it", async () => {
  const msisdn = "255750000007";
  const payment = collectFrom(msisdn);
  const enterWrongPin = () =>
    callControl(sandbox, "POST", `${handsets}/${msisdn}/answer`, {
      says: "approve",
      pin: "0000",
      waitSeconds: 10,
    });
  await enterWrongPin();
  await enterWrongPin();
  const { body } = await enterWrongPin();
  assert.equal(body.outcome, "locked");
  assert.equal(summarise(await payment), "401 INS-6");
  const locked = (await callControl(sandbox, "GET", `${handsets}/${msisdn}`)).body.pin;
  assert.equal(locked.lockedUntil, body.until);
  const unlocked = await callControl(sandbox, "PATCH", `${handsets}/${msisdn}`, {
    unlock: true,
    pin: "7777",
  });
  assert.deepEqual(unlocked.body.pin, { left: 3, lockedUntil: null });
});

test("the behaviour of a handset can be changed", async () => {
  const path = `${handsets}/255750000008`;
  const { body } = await callControl(sandbox, "PATCH", path, { answer: "off", delaySeconds: 5 });
  assert.deepEqual([body.answer, body.delaySeconds, body.signal], ["off", 5, "off"]);
  assert.equal((await callControl(sandbox, "PATCH", path, { answer: "ask" })).body.signal, "on");
});

test("an organisation's messages go to its handset", async () => {
  const shop = "/markets/vodacomTZN/organisations/000000";
  const phone = "255750000008";
  assert.equal((await callControl(sandbox, "GET", shop)).body.phone, null);
  assert.equal((await callControl(sandbox, "PATCH", shop, { phone })).body.phone, phone);
  assert.equal(summarise(await collectFrom("255750000001")), "201 INS-0");
  const { body } = await callControl(sandbox, "GET", `${handsets}/${phone}`);
  assert.equal(body.messages[0].kind, "sold");
  assert.equal((await callControl(sandbox, "PATCH", shop, { phone: null })).body.phone, null);
  assert.equal((await callControl(sandbox, "PATCH", shop, { phone: "255759999999" })).status, 409);
});

test("the network settings can be changed and read", async () => {
  const change = { seed: 42, promptsLostPercent: 5, messagesLostPercent: 6, delaySeconds: 7 };
  assert.deepEqual((await callControl(sandbox, "PATCH", "/network", change)).body, change);
  assert.deepEqual((await callControl(sandbox, "GET", "/network")).body, change);
  const noLosses = { promptsLostPercent: 0, messagesLostPercent: 0, delaySeconds: 0 };
  assert.deepEqual((await callControl(sandbox, "PATCH", "/network", noLosses)).body, {
    seed: 42,
    ...noLosses,
  });
});

// 400, 404, 409

test("an invalid PIN, answer or percentage is refused", async () => {
  const table = [
    ["POST", handsets, { msisdn: "255750009002", pin: "123" }, /^pin is not accepted/],
    ["POST", handsets, { msisdn: "25575000900" }, /^msisdn must have at least 12 digits/],
    [
      "PATCH",
      `${handsets}/${zawadi}`,
      { answer: "maybe" },
      /^answer must be one of: approve, .*loses_signal\.$/,
    ],
    [
      "POST",
      `${handsets}/${zawadi}/answer`,
      { says: "perhaps" },
      /^says must be one of: approve, decline\.$/,
    ],
    ["PATCH", "/network", { promptsLostPercent: 101 }, /^promptsLostPercent must be <= 100/],
  ] as const;
  for (const [method, path, body, message] of table) {
    const reply = await callControl(sandbox, method, path, body);
    assert.equal(reply.status, 400, path);
    assert.match(reply.body.message, message);
  }
});

test("a customer without a handset is not found, and a handset without a prompt cannot answer", async () => {
  const withoutHandset = `${handsets}/255750000001`;
  assert.equal((await callControl(sandbox, "GET", withoutHandset)).status, 404);
  assert.equal((await callControl(sandbox, "PATCH", withoutHandset, { answer: "ask" })).status, 404);
  assert.equal(
    (await callControl(sandbox, "POST", `${withoutHandset}/answer`, { says: "approve" })).status,
    404,
  );
  const idle = await callControl(sandbox, "POST", `${handsets}/${zawadi}/answer`, { says: "approve" });
  assert.deepEqual([idle.status, idle.body.message], [409, "This handset has no open prompt."]);
  await callControl(sandbox, "PATCH", `${handsets}/${zawadi}`, { answer: "no_signal" });
  const noSignal = await callControl(sandbox, "POST", `${handsets}/${zawadi}/answer`, { says: "approve" });
  assert.deepEqual([noSignal.status, noSignal.body.message], [409, "The handset has no signal."]);
});
