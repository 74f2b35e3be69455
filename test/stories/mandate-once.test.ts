/**
 * An application has one active mandate with a reference from a customer: a creation that is sent again makes no second
 * one, under which the customer would be debited twice, or debited after a cancellation.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { msPerDay, msPerMinute } from "../../src/core/clock.ts";
import { railFor } from "../../src/core/rails.ts";
import { cancelAsCustomer } from "../../src/payments/rules/cancel-own-mandate.ts";
import { emptyNarrative } from "../../src/payments/payments.ts";
import { createBearer, createTestApplication } from "../support/application.ts";
import { control } from "../support/control.ts";
import { assertInvariantsHold } from "../support/ledger-proof.ts";
import {
  createTestCustomer,
  createTestOrganisation,
  expireDueHolds,
  summarise,
} from "../support/payments.ts";
import { answerPrompt, waitFor, waitForPrompt } from "../support/prompts.ts";
import { createReference, createTestSandbox, type Reply, type TestSandbox } from "../support/sandbox.ts";

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox();
});
after(() => sandbox[Symbol.asyncDispose]());

/** A customer and a reference: what names a mandate, for one application. */
interface Named {
  readonly msisdn: string;
  readonly reference: string;
}

const nameMandate = async (answer: "approve" | "ask" = "approve"): Promise<Named> => ({
  msisdn: await createTestCustomer(sandbox, { amountMinor: 1000_00n, answer }),
  reference: createReference(),
});

function call(method: string, path: string, named: Named, fields: object, bearer?: string): Promise<Reply> {
  const allFields = {
    input_Country: "TZN",
    input_ServiceProviderCode: "000000",
    input_CustomerMSISDN: named.msisdn,
    input_ThirdPartyReference: named.reference,
    input_ThirdPartyConversationID: createReference(),
    ...fields,
  };
  return sandbox.call(method, path, allFields, bearer === undefined ? {} : { bearer });
}

const create = (named: Named, terms: object = {}, bearer?: string): Promise<Reply> =>
  call("POST", "directDebitCreation/", named, { input_AgreedTC: "1", ...terms }, bearer);

const debit = async (named: Named, bearer?: string): Promise<string> =>
  summarise(
    await call("POST", "directDebitPayment/", named, { input_Amount: "10", input_Currency: "TZS" }, bearer),
  );

const cancel = async (named: Named, bearer?: string): Promise<string> =>
  summarise(await call("PUT", "directDebitCancel/", named, {}, bearer));

const getStatus = async (named: Named): Promise<string | undefined> => {
  const fields = { input_QueryBalanceAmount: "False", input_Currency: "TZS" };
  return (await call("GET", "queryDirectDebit/", named, fields)).body["output_MandateStatus"];
};

/** What the request log says about a request. */
async function readLoggedReason(reply: Reply): Promise<string | undefined> {
  const { requests } = await control(sandbox, "GET /markets/{market}/requests", {
    params: { market: "vodacomTZN" },
    query: { reference: reply.body["output_ThirdPartyConversationID"] ?? "" },
  });
  return requests[0]?.decision;
}

async function countMandates({ msisdn }: Named): Promise<number> {
  const rows = await sandbox.sql()`select from mandates where msisdn = ${msisdn}`;
  return rows.length;
}

function advanceClock(days: number): void {
  sandbox.clock.advance(days * msPerDay);
  sandbox.forgetSession();
}

test("a creation that is sent again is INS-10 and makes no second mandate, and cancelled means cancelled", async () => {
  const rent = await nameMandate();
  const monthly = { input_Frequency: "04" };
  assert.equal(summarise(await create(rent, monthly)), "201 INS-0");
  assert.equal(await debit(rent), "201 INS-0");
  const again = await create(rent, monthly);
  assert.equal(summarise(again), "409 INS-10");
  assert.match((await readLoggedReason(again)) ?? "", /already has an active mandate with this reference/);
  assert.equal(await debit(rent), "401 INS-6", "the month is paid");
  assert.equal(await sandbox.getAvailable(rent.msisdn), 990_00n);

  assert.equal(await cancel(rent), "201 INS-0");
  assert.equal(await getStatus(rent), "Cancelled");
  advanceClock(40);
  assert.equal(await debit(rent), "401 INS-6");
  assert.equal(await cancel(rent), "401 INS-6", "there is nothing left to cancel");
  assert.equal(summarise(await create(rent, monthly)), "201 INS-0", "a new one may be made");
  assert.equal(await debit(rent), "201 INS-0");
});

test("the rule is per application, customer and reference, whatever the organisation and the terms", async () => {
  const rent = await nameMandate();
  const bearer = await createBearer(sandbox, {});
  const input_ServiceProviderCode = await createTestOrganisation(sandbox, "778811");
  // prettier-ignore
  const table: [label: string, named: Named, terms: object, bearer: string | undefined, expected: string][] = [
    ["the first",            rent,                                                    {},                              undefined, "201 INS-0"],
    ["other terms",          rent,                                                    { input_Frequency: "02" },       undefined, "409 INS-10"],
    ["another organisation", rent,                                                    { input_ServiceProviderCode },   undefined, "409 INS-10"],
    ["another reference",    { ...rent, reference: createReference() },               {},                              undefined, "201 INS-0"],
    ["another case",         { ...rent, reference: rent.reference.toUpperCase() },    {},                              undefined, "201 INS-0"],
    ["another customer",     { ...(await nameMandate()), reference: rent.reference }, {},                              undefined, "201 INS-0"],
    ["another application",  rent,                                                    {},                              bearer,    "201 INS-0"],
  ];
  for (const [label, named, terms, caller, expected] of table)
    assert.equal(summarise(await create(named, terms, caller)), expected, label);

  assert.equal(await cancel(rent), "201 INS-0");
  assert.equal(await debit(rent), "401 INS-6", "the other application's mandate is not a way around it");
  assert.equal(await debit(rent, bearer), "201 INS-0");
  assert.equal(await cancel(rent, bearer), "201 INS-0");
  assert.equal(await debit(rent, bearer), "401 INS-6");
});

test("after its expiry day a mandate makes room for a new one, and stays expired", async () => {
  const rent = await nameMandate();
  sandbox.clock.set(new Date("2028-01-10T12:00:00+03:00"));
  sandbox.forgetSession();
  const first = await create(rent, { input_ExpiryDate: "20280113" });
  assert.equal(summarise(first), "201 INS-0");
  advanceClock(3);
  assert.equal(summarise(await create(rent)), "409 INS-10", "its last day");
  advanceClock(1);
  assert.equal(await getStatus(rent), "Expired");
  assert.equal(await debit(rent), "401 INS-6");
  const second = await create(rent);
  assert.equal(summarise(second), "201 INS-0");
  assert.equal(summarise(await create(rent)), "409 INS-10");
  assert.equal(await debit(rent), "201 INS-0");
  const [old] = await sandbox.sql()<{ expiredAt: Date | null }[]>`
    select expired_at as "expiredAt" from mandates where id = ${first.body["output_MandateID"] ?? ""}`;
  assert(old?.expiredAt instanceof Date, "the database knows which one is active");
  assert.equal(await cancel(rent), "201 INS-0");
  assert.equal(await getStatus(rent), "Cancelled");
});

test("the all-zero customer of the scenarios may have any number", async () => {
  const scenario = { msisdn: "000000000001", reference: createReference() };
  for (let times = 0; times < 3; times += 1) assert.equal(summarise(await create(scenario)), "201 INS-0");
  assert.equal(await countMandates(scenario), 3);
});

test("of twenty concurrent creations one makes a mandate", async () => {
  const rent = await nameMandate();
  const replies = await Promise.all(Array.from({ length: 20 }, () => create(rent)));
  const results = replies.map(summarise).sort();
  assert.deepEqual(results, ["201 INS-0", ...Array.from({ length: 19 }, () => "409 INS-10")]);
  assert.equal(await countMandates(rent), 1);
});

test("while the customer is asked for a mandate, a second request sends no second prompt", async () => {
  const rent = await nameMandate("ask");
  const first = create(rent);
  const paymentId = await waitForPrompt(sandbox, rent.msisdn);
  const again = await create(rent);
  assert.equal(summarise(again), "409 INS-10");
  assert.match((await readLoggedReason(again)) ?? "", /has not yet answered an earlier request/);
  const prompts = await sandbox.sql()`select from prompts where msisdn = ${rent.msisdn}`;
  assert.equal(prompts.length, 1);

  await answerPrompt(sandbox, paymentId, "decline");
  assert.equal(summarise(await first), "401 INS-6");
  const second = create(rent);
  await answerPrompt(sandbox, await waitForPrompt(sandbox, rent.msisdn), "approve");
  assert.equal(summarise(await second), "201 INS-0");
  assert.equal(summarise(await create(rent)), "409 INS-10");
  assert.equal(await countMandates(rent), 1);
});

test("a prompt that was not answered in time makes room for another request", async () => {
  const rent = await nameMandate("ask");
  const first = create(rent);
  await waitForPrompt(sandbox, rent.msisdn);
  sandbox.clock.advance(2 * msPerMinute);
  await expireDueHolds(sandbox);
  assert.equal(summarise(await first), "408 INS-9");
  const second = create(rent);
  await answerPrompt(sandbox, await waitForPrompt(sandbox, rent.msisdn), "approve");
  assert.equal(summarise(await second), "201 INS-0");
});

test("two open prompts for one mandate, as after a clock that was set back, make one mandate", async () => {
  const rent = await nameMandate("ask");
  const first = create(rent);
  const paymentId = await waitForPrompt(sandbox, rent.msisdn);
  const promptedAt = sandbox.clock.now();
  sandbox.clock.advance(2 * msPerMinute);
  const second = create(rent);
  const other = await waitForOtherPrompt(rent, paymentId);
  assert.equal((await answerPrompt(sandbox, other, "approve")).refusal, null);
  assert.equal(summarise(await second), "201 INS-0");
  sandbox.clock.set(new Date(promptedAt));
  await answerPrompt(sandbox, paymentId, "approve");
  assert.equal(summarise(await first), "409 INS-10");
  assert.equal(await countMandates(rent), 1);
});

const waitForOtherPrompt = ({ msisdn }: Named, paymentId: bigint): Promise<bigint> =>
  waitFor(`a second prompt for ${msisdn}`, async () => {
    const [row] = await sandbox.sql()<{ id: bigint }[]>`
      select payment_id as id from prompts where msisdn = ${msisdn} and payment_id <> ${paymentId}`;
    return row?.id;
  });

test("a cancellation and a new creation in one batch both happen, in their order", async () => {
  const payments = sandbox.platform.payments(railFor("sandbox", "vodacomTZN"));
  const { id: applicationId } = await createTestApplication(sandbox);
  const msisdn = await createTestCustomer(sandbox);
  const request = (operation: string) => ({
    ...emptyNarrative,
    id: sandbox.platform.newId(),
    operation,
    caller: { applicationId, session: null, shortcodes: null, protocol: "openapi-v2", endpoints: null },
    limits: {},
    organisation: "000000",
    organisationAccount: "working" as const,
    reference: createReference(),
    simulation: null,
    msisdn,
    mandateReference: "Rent",
  });
  const terms = { frequency: null, firstPaymentDay: null, expiryDay: null, rangeStart: null, rangeEnd: null };
  const createRent = () => payments.createMandate({ ...request("directDebitCreate"), ...terms });
  const cancelRent = () => payments.cancelMandate({ ...request("directDebitCancel"), mandateId: null });
  const first = await createRent();
  const outcomes = await Promise.all([createRent(), cancelRent(), createRent(), createRent()]);
  const refusals = outcomes.map(({ refusal }) => refusal);
  assert.deepEqual(refusals, ["mandate_exists", null, null, "mandate_exists"]);
  assert.notEqual(outcomes[2]?.mandateId, first.mandateId);

  // The customer's own cancellation makes room, too.
  const mandate = { id: outcomes[2]?.mandateId ?? 0n, organisation: "000000", reference: "Rent" };
  const [cancelled, created] = await Promise.all([
    cancelAsCustomer(payments, { id: sandbox.platform.newId(), msisdn, mandate }),
    createRent(),
  ]);
  assert.deepEqual([cancelled.refusal, created.refusal], [null, null]);
});

test("the database refuses a second active mandate, and all invariants hold", async () => {
  const rent = await nameMandate();
  await create(rent);
  await assert.rejects(
    async () => sandbox.sql()`
      insert into mandates (payment_id, application_id, organisation, msisdn, reference, created_at)
      select -payment_id, application_id, organisation, msisdn, reference, created_at
      from mandates where msisdn = ${rent.msisdn}`,
    /mandates_one_active/,
  );
  await assertInvariantsHold(sandbox.databaseUrl);
});
