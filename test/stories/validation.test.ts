/**
 * A customer pays a paybill or a till, and the organisation's server is asked first: money is held meanwhile, and the
 * answer, or the registered response type, decides.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { msPerDay } from "../../src/core/clock.ts";
import { expireHolds } from "../../src/payments/expire-holds.ts";
import {
  accept,
  answerWith,
  createMerchant,
  getKenyanBalances,
  getKenyanPayments,
  holdAnswers,
  kenya,
  reject,
  startPayment,
  summarisePayment,
  waitForOutcome,
} from "../support/c2b.ts";
import { advanceClock } from "../support/clock.ts";
import { callControl } from "../support/control.ts";
import { assertInvariantsHold } from "../support/ledger-proof.ts";
import {
  createTestListener,
  neverRespond,
  resetConnection,
  respondWith,
  type Listener,
  type ListenerBehaviour,
} from "../support/listener.ts";
import { createTestCustomer } from "../support/payments.ts";
import { waitFor } from "../support/prompts.ts";
import { createTestSandbox, type TestSandbox } from "../support/sandbox.ts";

/** Short, so that a silent validator does not delay the tests. */
const validationTimeoutMs = 600;

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox({ validationTimeoutMs });
});
after(async () => {
  await assertInvariantsHold(sandbox.databaseAddress);
  await sandbox[Symbol.asyncDispose]();
});

const createCustomer = (): Promise<string> =>
  createTestCustomer(sandbox, { market: kenya, amountMinor: 100_00n });

const toUrl = (listener: Listener, path: string): string => new URL(path, listener.url).href;

interface ValidatedCase {
  readonly behaviour: ListenerBehaviour;
  readonly responseType?: "completed" | "cancelled";
  readonly expected: string;
  /** A part of the reason why there is no answer. */
  readonly failure?: RegExp;
}

const nonsense: Readonly<Record<string, ListenerBehaviour>> = {
  "an empty body": respondWith(200),
  "a text": respondWith(200, {}, "Accepted"),
  "a page": respondWith(404, { "content-type": "text/html" }, "<html>Not found</html>"),
  "another field": answerWith({ resultCode: 0 }),
  "an error": respondWith(500, {}, '{"error":"x"}'),
  "an acceptance with status 500": respondWith(500, {}, '{"ResultCode":"0"}'),
  "a redirect": respondWith(302, { location: "http://127.0.0.1:9/" }),
  "a body of a megabyte": respondWith(200, {}, `{"ResultCode":"0","x":"${"x".repeat(1024 * 1024)}"}`),
};

const cases: Readonly<Record<string, ValidatedCase>> = {
  "accepted with a string": { behaviour: accept, expected: "completed null" },
  "accepted with a number": { behaviour: answerWith({ ResultCode: 0 }), expected: "completed null" },
  "rejected for its account": {
    behaviour: reject("C2B00012"),
    expected: "cancelled validation_rejected_account",
  },
  "rejected for its amount, with status 400": {
    behaviour: respondWith(400, {}, '{"ResultCode":"C2B00013"}'),
    expected: "cancelled validation_rejected_amount",
  },
  "rejected by an unknown code": { behaviour: reject("1"), expected: "cancelled validation_rejected" },
  "not answered, and cancelled": {
    behaviour: neverRespond,
    responseType: "cancelled",
    expected: "cancelled validation_unanswered",
    failure: /No answer within 0\.6 s/,
  },
  "not answered, and completed": {
    behaviour: neverRespond,
    responseType: "completed",
    expected: "completed null",
    failure: /No answer within 0\.6 s/,
  },
  "reset, and completed": {
    behaviour: resetConnection,
    responseType: "completed",
    expected: "completed null",
    failure: /closed the connection/,
  },
  ...Object.fromEntries(
    Object.entries(nonsense).flatMap(([name, behaviour]): [string, ValidatedCase][] => [
      [
        `answered with ${name}, and cancelled`,
        { behaviour, responseType: "cancelled", expected: "cancelled validation_unanswered", failure: /./ },
      ],
      [
        `answered with ${name}, and completed`,
        { behaviour, responseType: "completed", expected: "completed null", failure: /./ },
      ],
    ]),
  ),
};

for (const [name, { behaviour, responseType = "cancelled", expected, failure }] of Object.entries(cases)) {
  test(`a payment that is ${name}`, async () => {
    await using validator = await createTestListener({ behaviour });
    const organisation = await createMerchant(sandbox, { validationUrl: validator.url, responseType });
    const msisdn = await createCustomer();
    const { id, status, refusal } = await startPayment(sandbox, { msisdn, organisation });
    assert.equal(summarisePayment({ status, refusal }), "held null");

    const payment = await waitForOutcome(sandbox, id);
    assert.equal(summarisePayment(payment), expected);
    const paid = expected.startsWith("completed") ? 10_00n : 0n;
    assert.deepEqual(await getKenyanBalances(sandbox, msisdn, "wallet"), {
      available: 100_00n - paid,
      held: 0n,
    });
    assert.equal((await getKenyanBalances(sandbox, organisation, "utility")).available, paid);
    assert.equal(validator.received.length, 1, "the validator is asked once");
    if (failure === undefined) assert.equal(payment.validation?.failure, null);
    else assert.match(payment.validation?.failure ?? "", failure);
  });
}

test("the validator gets the payment as documented, and the confirmation repeats its id", async () => {
  await using validator = await createTestListener({
    behaviour: answerWith({ ResultCode: "0", ResultDesc: "Accepted", ThirdPartyTransID: "shop-77" }),
  });
  await using listener = await createTestListener({ behaviour: answerWith({ ResultCode: 0 }) });
  const organisation = await createMerchant(sandbox, {
    validationUrl: toUrl(validator, "/validate"),
    confirmationUrl: toUrl(listener, "/confirm"),
  });
  const msisdn = await createCustomer();
  const { id, receipt } = await startPayment(sandbox, { msisdn, organisation, amountMinor: 12_50n });
  const [confirmation] = await listener.waitForCallbacks(1);
  const [request] = validator.received;
  assert(request !== undefined && confirmation !== undefined);

  assert.equal(request.path, "/validate");
  assert.equal(request.headers["content-type"], "application/json");
  const { TransTime, ...fields } = request.body;
  assert.match(TransTime ?? "", /^20\d{12}$/);
  assert.deepEqual(fields, {
    TransactionType: "Pay Bill",
    TransID: receipt,
    TransAmount: "12.50",
    BusinessShortCode: organisation,
    BillRefNumber: "INV1",
    InvoiceNumber: "",
    OrgAccountBalance: "",
    ThirdPartyTransID: "",
    MSISDN: `${msisdn.slice(0, 5)}****${msisdn.slice(-3)}`,
    FirstName: "New",
    MiddleName: "",
    LastName: "Customer",
  });
  assert.equal(confirmation.path, "/confirm");
  assert.deepEqual(Object.keys(confirmation.body), Object.keys(request.body));
  assert.deepEqual(
    { ...confirmation.body, TransTime: "" },
    { ...fields, TransTime: "", OrgAccountBalance: "12.50", ThirdPartyTransID: "shop-77" },
  );
  // A listener that ignores repeated ids must not take the confirmation for the validation.
  assert.notEqual(confirmation.headers["webhook-id"], request.headers["webhook-id"]);
  assert.equal((await waitForOutcome(sandbox, id)).validation?.answer, "accepted");
});

test("a payment that is cancelled owes no confirmation", async () => {
  await using validator = await createTestListener({ behaviour: reject("C2B00011") });
  await using listener = await createTestListener({ behaviour: answerWith({ ResultCode: 0 }) });
  const organisation = await createMerchant(sandbox, {
    validationUrl: validator.url,
    confirmationUrl: listener.url,
  });
  const msisdn = await createCustomer();
  const rejected = await startPayment(sandbox, { msisdn, organisation });
  await waitForOutcome(sandbox, rejected.id);
  // The next payment is confirmed, so a confirmation of the first one would have arrived before.
  validator.setBehaviour(accept);
  await startPayment(sandbox, { msisdn, organisation, account: "second" });
  const [first, ...more] = await listener.waitForCallbacks(1);
  assert.deepEqual([first?.body["BillRefNumber"], more.length], ["second", 0]);
});

test("held money cannot be spent while the validator is asked", async () => {
  const validator = holdAnswers();
  await using server = await createTestListener({ behaviour: validator.behaviour });
  const organisation = await createMerchant(sandbox, { validationUrl: server.url });
  const msisdn = await createCustomer();
  const { id } = await startPayment(sandbox, { msisdn, organisation, amountMinor: 60_00n });
  assert.deepEqual(await getKenyanBalances(sandbox, msisdn, "wallet"), { available: 40_00n, held: 60_00n });
  const second = await startPayment(sandbox, { msisdn, organisation, amountMinor: 40_01n });
  assert.equal(second.refusal, "customer_balance_too_low");
  await server.waitForCallbacks(1);
  validator.answerAll({ ResultCode: 0 });
  assert.equal(summarisePayment(await waitForOutcome(sandbox, id)), "completed null");
  assert.deepEqual(await getKenyanBalances(sandbox, msisdn, "wallet"), { available: 40_00n, held: 0n });
});

test("a slow validator does not delay another one, and has a few requests at a time", async () => {
  await using slow = await createTestListener({ behaviour: neverRespond });
  await using quick = await createTestListener({ behaviour: accept });
  const slowOrganisation = await createMerchant(sandbox, { validationUrl: slow.url });
  const quickOrganisation = await createMerchant(sandbox, { validationUrl: quick.url });
  const msisdn = await createTestCustomer(sandbox, { market: kenya, amountMinor: 10_000_00n });
  const slowPayments = await Promise.all(
    Array.from({ length: 60 }, () => startPayment(sandbox, { msisdn, organisation: slowOrganisation })),
  );
  await slow.waitForCallbacks(16);
  const { id } = await startPayment(sandbox, { msisdn, organisation: quickOrganisation });
  assert.equal(summarisePayment(await waitForOutcome(sandbox, id)), "completed null");
  assert.equal(slow.inFlight, 16, "the slow validator's requests still wait");

  const outcomes = await Promise.all(slowPayments.map((payment) => waitForOutcome(sandbox, payment.id)));
  assert.deepEqual(new Set(outcomes.map(summarisePayment)), new Set(["cancelled validation_unanswered"]));
  assert.equal(slow.maxInFlight, 16);
  assert(slow.received.length < 60, "those that waited too long are not sent");
  assert(outcomes.some(({ validation }) => /too many other requests/.test(validation?.failure ?? "")));
});

test("without a validation the payment completes at once, and is confirmed", async () => {
  await using listener = await createTestListener({ behaviour: answerWith({ ResultCode: 0 }) });
  const confirmationUrl = listener.url;
  const msisdn = await createCustomer();
  const withoutUrl = await createMerchant(sandbox, { confirmationUrl });
  const switchedOff = await createMerchant(sandbox, {
    confirmationUrl,
    validationUrl: "http://127.0.0.1:9/",
    validates: false,
  });
  for (const organisation of [withoutUrl, switchedOff]) {
    const { status } = await startPayment(sandbox, { msisdn, organisation });
    assert.equal(status, "completed");
  }
  assert.equal((await listener.waitForCallbacks(2)).length, 2);
});

test("a till is paid on its merchant account, as goods without an account number", async () => {
  await using listener = await createTestListener({ behaviour: answerWith({ ResultCode: 0 }) });
  const organisation = await createMerchant(sandbox, { kind: "till", confirmationUrl: listener.url });
  const msisdn = await createCustomer();
  const { status } = await startPayment(sandbox, { msisdn, organisation });
  assert.equal(status, "completed");
  const [confirmation] = await listener.waitForCallbacks(1);
  const { TransactionType, BillRefNumber, OrgAccountBalance } = confirmation?.body ?? {};
  assert.deepEqual([TransactionType, BillRefNumber, OrgAccountBalance], ["Buy Goods", "", "10.00"]);
  assert.equal((await getKenyanBalances(sandbox, organisation, "merchant")).available, 10_00n);
});

test("an organisation without registered URLs is paid silently, in no application's name", async () => {
  const msisdn = await createCustomer();
  const { id, status } = await startPayment(sandbox, { msisdn, organisation: "600984" });
  assert.equal(status, "completed");
  const [row] = await sandbox.sql(kenya)`
    select application_id, protocol, notifications_owed from payments where id = ${id}`;
  assert.deepEqual({ ...row }, { application_id: null, protocol: null, notifications_owed: 0 });
});

test("payments to a shortcode that takes none, or for another purpose, are refused", async () => {
  const msisdn = await createCustomer();
  const till = await createMerchant(sandbox, { kind: "till" });
  const table = [
    [{ organisation: "999999" }, "receiver_unknown"],
    [{ organisation: "600997" }, "receiver_invalid"],
    [{ organisation: "500100" }, "receiver_invalid"],
    [{ organisation: "174379" }, "receiver_invalid"],
    [{ organisation: till, purpose: "pay_bill" }, "receiver_invalid"],
    [{ organisation: "600984", purpose: "buy_goods" }, "receiver_invalid"],
  ] as const;
  for (const [payment, expected] of table)
    assert.equal((await startPayment(sandbox, { msisdn, ...payment })).refusal, expected);
});

test("a customer who cannot afford a payment again and again may still be asked for money", async () => {
  const organisation = await createMerchant(sandbox);
  const msisdn = await createCustomer();
  for (let i = 0; i < 30; i += 1) {
    const { refusal } = await startPayment(sandbox, { msisdn, organisation, amountMinor: 100_01n });
    assert.equal(refusal, "customer_balance_too_low");
  }
  const [row] = await sandbox.sql(kenya)`
    select customer_usage from accounts where owner = ${msisdn} and kind = 'wallet'`;
  assert.equal(row?.["customer_usage"], "", "the refusals are not counted against the application");
});

test("a customer learns by SMS how it ended", async () => {
  const msisdn = "254722000006";
  await using validator = await createTestListener({ behaviour: reject("C2B00012") });
  const organisation = await createMerchant(sandbox, { validationUrl: validator.url });
  const rejected = await startPayment(sandbox, { msisdn, organisation });
  await waitForOutcome(sandbox, rejected.id);
  validator.setBehaviour(accept);
  const accepted = await startPayment(sandbox, { msisdn, organisation });
  await waitForOutcome(sandbox, accepted.id);
  const texts = await waitFor("two messages", async () => {
    const state = await sandbox.platform.handsets(getKenyanPayments(sandbox).context.rail).getState(msisdn);
    const messages = state?.messages.map(({ text }) => text) ?? [];
    return messages.length >= 2 ? messages : undefined;
  });
  assert.match(
    texts[0] ?? "",
    new RegExp(
      `^${accepted.receipt} Confirmed\\. Ksh10\\.00 sent to Umoja Stores for account INV1 on \\d+/\\d+/\\d\\d at \\d+:\\d\\d [AP]M\\. New M-PESA balance is Ksh`,
    ),
  );
  assert.match(
    texts[1] ?? "",
    new RegExp(`^${rejected.receipt} Failed\\. Umoja Stores did not accept your payment of Ksh10\\.00`),
  );
});

test("the control API pays for a customer, and waits for the validation", async () => {
  await using validator = await createTestListener({ behaviour: accept });
  const organisation = await createMerchant(sandbox, { validationUrl: validator.url });
  const msisdn = await createCustomer();
  const path = `/markets/${kenya}/customers/${msisdn}/payments`;
  const paid = await callControl(sandbox, "POST", path, { to: organisation, account: "INV9", amount: "25" });
  assert.equal(paid.status, 201, JSON.stringify(paid.body));
  assert.equal(summarisePayment(paid.body), "completed null");
  const { receipt, amount, customerReference, validation, moves } = paid.body;
  assert.match(receipt, /^[A-Z0-9]{10}$/);
  assert.deepEqual([amount, customerReference, validation.answer], ["25.00", "INV9", "accepted"]);
  assert.deepEqual(
    moves.map(({ from, to }: { from: object; to: object }) => [from, to]),
    [
      [
        { kind: "wallet", owner: msisdn },
        { kind: "utility", owner: organisation },
      ],
    ],
  );

  validator.setBehaviour(reject("C2B00013"));
  const rejected = await callControl(sandbox, "POST", path, { to: organisation, amount: "1.00" });
  assert.equal(rejected.status, 201);
  assert.equal(summarisePayment(rejected.body), "cancelled validation_rejected_amount");
  const tooMuch = await callControl(sandbox, "POST", path, { to: organisation, amount: "75.01" });
  assert.equal(summarisePayment(tooMuch.body), "failed customer_balance_too_low");
});

test("the control API refuses what is no such payment", async () => {
  const msisdn = await createCustomer();
  const post = (market: string, customer: string, body: object) =>
    callControl(sandbox, "POST", `/markets/${market}/customers/${customer}/payments`, body);
  const [amina = ""] = sandbox.clientInfo.markets.vodacomTZN.customers;
  const table = [
    [kenya, "254799999999", { to: "600984", amount: "1" }, 404, /No customer/],
    [kenya, msisdn, { to: "999999", amount: "1" }, 404, /No organisation/],
    [kenya, msisdn, { to: "600984", amount: "0" }, 400, /zero/],
    [kenya, msisdn, { to: "600984" }, 400, /amount/],
    [kenya, msisdn, { to: "600984", amount: "1", from: "x" }, 400, /from/],
    [kenya, msisdn, { to: "600984", amount: "1.001" }, 400, /amount/],
    ["vodacomTZN", amina, { to: "000000", amount: "1" }, 409, /cannot start payments/],
  ] as const;
  for (const [market, customer, body, status, message] of table) {
    const response = await post(market, customer, body);
    assert.equal(response.status, status, JSON.stringify([body, response.body]));
    assert.match(response.body.message, message);
  }
});

test("a validation does not expire, however far the business clock is advanced", async () => {
  const validator = holdAnswers();
  await using server = await createTestListener({ behaviour: validator.behaviour });
  await using own = await createTestSandbox({ validationTimeoutMs: 20_000 });
  const organisation = await createMerchant(own, { validationUrl: server.url });
  const msisdn = await createTestCustomer(own, { market: kenya });
  const { id } = await startPayment(own, { msisdn, organisation });
  await server.waitForCallbacks(1);
  own.clock.advance(40 * msPerDay);
  assert.deepEqual(await expireHolds(getKenyanPayments(own), own.platform.newId), []);
  assert.equal((await getKenyanBalances(own, msisdn, "wallet")).held, 10_00n);
  validator.answerAll({ ResultCode: 0 });
  assert.equal(summarisePayment(await waitForOutcome(own, id)), "completed null");
});

/** A sandbox with its own clock, which the control API can advance and restore. */
const createClockSandbox = (): Promise<TestSandbox> =>
  createTestSandbox({ sandboxClock: true, validationTimeoutMs: 20_000 });

test("an advance of the clock waits for the validations of before, so that they end at their own time", async () => {
  const validator = holdAnswers();
  await using server = await createTestListener({ behaviour: validator.behaviour });
  await using own = await createClockSandbox();
  const organisation = await createMerchant(own, { validationUrl: server.url });
  const msisdn = await createTestCustomer(own, { market: kenya });
  const { id } = await startPayment(own, { msisdn, organisation });
  await server.waitForCallbacks(1);
  const advance = advanceClock(own, 7 * 86_400);
  await waitFor("the advance", async () => own.clock.moving() || undefined);
  validator.answerAll({ ResultCode: 0 });
  await advance;
  const { status, at, endedAt } = await waitForOutcome(own, id);
  assert.equal(status, "completed");
  assert(Date.parse(endedAt ?? "") - Date.parse(at) < 3_600_000, `${at} ${endedAt}`);
});

test("a payment of a restored snapshot is decided without asking again, and a later one is forgotten", async () => {
  const validator = holdAnswers();
  await using server = await createTestListener({ behaviour: validator.behaviour });
  await using own = await createClockSandbox();
  const organisation = await createMerchant(own, { validationUrl: server.url, responseType: "completed" });
  const msisdn = await createTestCustomer(own, { market: kenya });
  const first = await startPayment(own, { msisdn, organisation, account: "first" });
  await server.waitForCallbacks(1);
  const taken = await callControl(own, "POST", "/snapshots", { name: "held" });
  assert.equal(taken.status, 201, JSON.stringify(taken.body));
  validator.answerAll({ ResultCode: "C2B00011" });
  await waitForOutcome(own, first.id);
  await startPayment(own, { msisdn, organisation, account: "later" });
  await server.waitForCallbacks(2);

  const restored = await callControl(own, "POST", "/snapshots/held/restore");
  assert.equal(restored.status, 200, JSON.stringify(restored.body));
  assert.deepEqual(await getKenyanBalances(own, msisdn, "wallet"), { available: 90_00n, held: 10_00n });
  // The answer to a payment that does not exist any more has no effect.
  validator.answerAll({ ResultCode: 0 });
  await own.sql(kenya)`update validations set lease_until = clock_timestamp()`;
  assert.equal(summarisePayment(await waitForOutcome(own, first.id)), "completed null");
  assert.deepEqual(
    server.received.map(({ body }) => body["BillRefNumber"]),
    ["first", "later"],
  );
  assert.deepEqual(await getKenyanBalances(own, msisdn, "wallet"), { available: 90_00n, held: 0n });
  await assertInvariantsHold(own.databaseAddress);
});
