/** Handsets by the control API: registered, told how to behave, answered in place of their owners. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { control } from "../../test/town/control.ts";
import { collect, newCustomer, said } from "../../test/town/payments.ts";
import { openTown, type Town } from "../../test/town/town.ts";

let town: Town;
before(async () => {
  town = await openTown();
});
after(() => town[Symbol.asyncDispose]());

const handsets = "/markets/vodacomTZN/handsets";
const zawadi = "255750000006";

const pays = (msisdn: string) => collect(town, { input_CustomerMSISDN: msisdn });

// 200

test("the town's handsets are listed, with how they behave", async () => {
  const { status, body } = await control(town, "GET", `${handsets}?limit=2`);
  assert.equal(status, 200);
  assert.deepEqual(body, {
    handsets: [
      { msisdn: zawadi, firstName: "Zawadi", lastName: "Mollel", answer: "ask", delaySeconds: 20 },
      { msisdn: "255750000007", firstName: "Salim", lastName: "Mwinyi", answer: "ask", delaySeconds: 20 },
    ],
    next: "255750000007",
  });
});

test("a handset is shown with its screen, its messages and its PIN's tries", async () => {
  const { status, body } = await control(town, "GET", `/markets/vodafoneGHA/handsets/233200000006`);
  assert.equal(status, 200);
  assert.deepEqual(body, {
    msisdn: "233200000006",
    firstName: "Kojo",
    lastName: "Ampofo",
    answer: "ask",
    delaySeconds: 20,
    signal: "on",
    pin: { left: 3, lockedUntil: null },
    prompts: [],
    messages: [],
  });
});

test("a new number gets a name, money and a handset; one that is there keeps them", async () => {
  const msisdn = "255750009001";
  const newcomer = { msisdn, pin: "4321", firstName: "Neema", lastName: "Shirima", balance: "500.00" };
  const { status, body } = await control(town, "POST", handsets, newcomer);
  assert.equal(status, 201);
  assert.deepEqual([body.created, body.handset.answer], [true, "ask"]);
  assert.equal(await town.available(msisdn), 500_00n);

  const again = await control(town, "POST", handsets, { msisdn, firstName: "Other", answer: "slow" });
  assert.deepEqual(
    [again.status, again.body.created, again.body.handset.firstName, again.body.handset.answer],
    [201, false, "Neema", "slow"],
  );
});

test("a registered customer gets a handset with the PIN 1234, by either route", async () => {
  const one = await newCustomer(town);
  assert.equal((await control(town, "POST", handsets, { msisdn: one })).body.handset.answer, "ask");
  const two = await newCustomer(town);
  await control(town, "PATCH", `/markets/vodacomTZN/customers/${two}`, { answer: "ask" });
  for (const msisdn of [one, two]) {
    const calling = pays(msisdn);
    const answered = await control(town, "POST", `${handsets}/${msisdn}/answer`, {
      says: "approve",
      pin: "1234",
      waitSeconds: 10,
    });
    assert.equal(answered.body.outcome, "accepted");
    assert.equal(said(await calling), "201 INS-0");
  }
});

test("a test answers in place of the owner: without a PIN, or with one that counts", async () => {
  const calling = pays(zawadi);
  const answer = (body: object) =>
    control(town, "POST", `${handsets}/${zawadi}/answer`, { waitSeconds: 10, ...body });
  const wrong = await answer({ says: "approve", pin: "9999" });
  assert.deepEqual([wrong.status, wrong.body.outcome, wrong.body.left], [200, "wrong_pin", 2]);
  assert.equal((await control(town, "GET", `${handsets}/${zawadi}`)).body.pin.left, 2);
  const right = await answer({ says: "approve", prompt: wrong.body.transactionId });
  assert.deepEqual(right.body, { transactionId: wrong.body.transactionId, outcome: "accepted" });
  assert.equal(said(await calling), "201 INS-0");

  const { body } = await control(town, "GET", `${handsets}/${zawadi}`);
  assert.equal(body.prompts[0].says, "You paid.");
  assert.deepEqual(
    body.messages.map((message: { kind: string; state: string }) => [message.kind, message.state]),
    [["paid", "delivered"]],
  );
});

test("the third wrong PIN says until when the handset is locked, and a PATCH unlocks it", async () => {
  const msisdn = "255750000007";
  const calling = pays(msisdn);
  const guess = () =>
    control(town, "POST", `${handsets}/${msisdn}/answer`, { says: "approve", pin: "0000", waitSeconds: 10 });
  await guess();
  await guess();
  const { body } = await guess();
  assert.equal(body.outcome, "locked");
  assert.equal(said(await calling), "401 INS-6");
  const locked = (await control(town, "GET", `${handsets}/${msisdn}`)).body.pin;
  assert.equal(locked.lockedUntil, body.until);
  const unlocked = await control(town, "PATCH", `${handsets}/${msisdn}`, { unlock: true, pin: "7777" });
  assert.deepEqual(unlocked.body.pin, { left: 3, lockedUntil: null });
});

test("a handset is told to behave otherwise", async () => {
  const path = `${handsets}/255750000008`;
  const { body } = await control(town, "PATCH", path, { answer: "off", delaySeconds: 5 });
  assert.deepEqual([body.answer, body.delaySeconds, body.signal], ["off", 5, "off"]);
  assert.equal((await control(town, "PATCH", path, { answer: "ask" })).body.signal, "on");
});

test("an organisation's messages go to the handset that it names", async () => {
  const shop = "/markets/vodacomTZN/organisations/000000";
  const phone = "255750000008";
  assert.equal((await control(town, "GET", shop)).body.phone, null);
  assert.equal((await control(town, "PATCH", shop, { phone })).body.phone, phone);
  assert.equal(said(await pays("255750000001")), "201 INS-0");
  const { body } = await control(town, "GET", `${handsets}/${phone}`);
  assert.equal(body.messages[0].kind, "sold");
  assert.equal((await control(town, "PATCH", shop, { phone: null })).body.phone, null);
  assert.equal((await control(town, "PATCH", shop, { phone: "255759999999" })).status, 409);
});

test("the network is told what to lose, and says what it was told", async () => {
  const change = { seed: 42, promptsLostPercent: 5, messagesLostPercent: 6, delaySeconds: 7 };
  assert.deepEqual((await control(town, "PATCH", "/network", change)).body, change);
  assert.deepEqual((await control(town, "GET", "/network")).body, change);
  const calm = { promptsLostPercent: 0, messagesLostPercent: 0, delaySeconds: 0 };
  assert.deepEqual((await control(town, "PATCH", "/network", calm)).body, { seed: 42, ...calm });
});

// 400, 404, 409

test("what is no PIN, no answer and no percentage is refused", async () => {
  const table = [
    ["POST", handsets, { msisdn: "255750009002", pin: "123" }, /^pin is not accepted/],
    ["POST", handsets, { msisdn: "25575000900" }, /^msisdn has 12 digits at least/],
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
    const reply = await control(town, method, path, body);
    assert.equal(reply.status, 400, path);
    assert.match(reply.body.message, message);
  }
});

test("a number without a handset is not found, and neither is an answer to nothing", async () => {
  const nobody = `${handsets}/255750000001`;
  assert.equal((await control(town, "GET", nobody)).status, 404);
  assert.equal((await control(town, "PATCH", nobody, { answer: "ask" })).status, 404);
  assert.equal((await control(town, "POST", `${nobody}/answer`, { says: "approve" })).status, 404);
  const idle = await control(town, "POST", `${handsets}/${zawadi}/answer`, { says: "approve" });
  assert.deepEqual([idle.status, idle.body.message], [409, "There is no open prompt on this handset."]);
  await control(town, "PATCH", `${handsets}/${zawadi}`, { answer: "no_signal" });
  const deaf = await control(town, "POST", `${handsets}/${zawadi}/answer`, { says: "approve" });
  assert.deepEqual([deaf.status, deaf.body.message], [409, "The handset has no signal."]);
});
