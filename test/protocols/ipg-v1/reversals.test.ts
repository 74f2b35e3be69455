/** Reversals of IPG v1: an API operator authorises them, with its password as it is. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { control } from "../../support/control.ts";
import {
  call,
  collect,
  createApplication,
  getTransactionId,
  mozambique,
  readLastRequest,
  summarise,
} from "../../support/ipg-v1.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";

let sandbox: TestSandbox;
let payment: string;
before(async () => {
  sandbox = await createTestSandbox();
  payment = getTransactionId(await collect(sandbox, { input_Amount: "1000" }));
});
after(() => sandbox[Symbol.asyncDispose]());

const reverse = (overrides: object = {}, options: { bearer?: string } = {}) =>
  call(
    sandbox,
    "ipgV1Reversal",
    { input_TransactionID: payment, input_ReversalAmount: "1", ...overrides },
    options,
  );

test("a wrong initiator or password is INS-2001, and the log says which", async () => {
  assert.equal(summarise(await reverse({ input_InitiatorIdentifier: "Unknown2018" })), "400 INS-2001");
  assert.match((await readLastRequest(sandbox)).decision, /has no operator with this InitiatorIdentifier/);
  assert.equal(summarise(await reverse({ input_SecurityCredential: "Mpesa2018" })), "400 INS-2001");
  assert.match((await readLastRequest(sandbox)).decision, /is not the operator's password/);
  assert.equal(summarise(await reverse()), "201 INS-0");
});

test("three wrong passwords in a row lock the operator, and the log says how to unlock it", async () => {
  await control(sandbox, "POST /markets/{market}/organisations/{shortcode}/operators", {
    params: { market: mozambique, shortcode: "171717" },
    body: { username: "Locked2026", password: "right password", roles: ["reversal"] },
  });
  const initiator = { input_InitiatorIdentifier: "Locked2026", input_SecurityCredential: "right password" };
  assert.equal(summarise(await reverse(initiator)), "201 INS-0");
  for (let times = 0; times < 3; times += 1)
    assert.equal(
      summarise(await reverse({ ...initiator, input_SecurityCredential: "wrong password" })),
      "400 INS-2001",
    );
  assert.equal(summarise(await reverse(initiator)), "400 INS-2001");
  assert.match(
    (await readLastRequest(sandbox)).decision,
    /is locked.* Unlock it with: pesarail admin operator unlock Locked2026 --market vodacomMOZ --shortcode 171717 --environment sandbox/,
  );
  await control(sandbox, "PATCH /markets/{market}/organisations/{shortcode}/operators/{username}", {
    params: { market: mozambique, shortcode: "171717", username: "Locked2026" },
    body: { status: "active" },
  });
  assert.equal(summarise(await reverse(initiator)), "201 INS-0");
});

test("an operator without the role may not reverse", async () => {
  await control(sandbox, "POST /markets/{market}/organisations/{shortcode}/operators", {
    params: { market: mozambique, shortcode: "171717" },
    body: { username: "Query2026", password: "right password", roles: [] },
  });
  const initiator = { input_InitiatorIdentifier: "Query2026", input_SecurityCredential: "right password" };
  assert.equal(summarise(await reverse(initiator)), "400 INS-2001");
  assert.match((await readLastRequest(sandbox)).decision, /does not have the role reversal/);
});

test("an application cannot guess the password of an organisation that it may not act for", async () => {
  const { bearer } = await createApplication(sandbox, { shortcodes: ["979797"] });
  for (let times = 0; times < 4; times += 1)
    assert.equal(
      summarise(await reverse({ input_SecurityCredential: "wrong password" }, { bearer })),
      "400 INS-13",
    );
  assert.equal(summarise(await reverse()), "201 INS-0");
});

test("what cannot be reversed has the documented code", async () => {
  const foreign = { input_ServiceProviderCode: "979797" };
  assert.equal(summarise(await reverse(foreign)), "400 INS-26");
  assert.equal(summarise(await reverse({ input_TransactionID: "hv9ahxcg4ccv" })), "400 INS-18");
  assert.equal(summarise(await reverse({ input_ReversalAmount: "100000" })), "400 INS-15");
  const failed = await collect(sandbox, {
    input_ThirdPartyReference: "failed2",
    input_CustomerMSISDN: "850000006",
  });
  const conversationId = failed.body["output_ConversationID"] ?? "";
  // A ConversationID is longer than a TransactionID may be.
  assert.equal(summarise(await reverse({ input_TransactionID: conversationId })), "400 INS-18");
});

test("a reversal's own TransactionID is not that of the payment, and its reference is used once", async () => {
  const reference = { input_ThirdPartyReference: "reversal1" };
  const reply = await reverse(reference);
  assert.equal(summarise(reply), "201 INS-0");
  assert.notEqual(getTransactionId(reply), payment);
  assert.equal(summarise(await reverse(reference)), "409 INS-10");
});
