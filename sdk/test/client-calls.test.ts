/** Every call in the sandbox: the money it moves, and the result that the client returns. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { createTestListener } from "../../test/support/listener.ts";
import type { Server } from "../../test/support/server.ts";
import { createReference, type MpesaOpenApi, type Result } from "../src/index.ts";
import {
  expectAccepted,
  createApplicationClient,
  createClient,
  startTestServer,
  shoes,
  getTillBalance,
  getWalletBalance,
} from "./support/client.ts";

let fixture: Awaited<ReturnType<typeof startTestServer>>;
let server: Server;
let mpesa: MpesaOpenApi;
let amina: string;
before(async () => {
  fixture = await startTestServer();
  ({ server } = fixture);
  mpesa = createClient(server);
  amina = server.clientInfo.markets.vodacomTZN.customers[0] ?? "";
});
after(() => fixture[Symbol.asyncDispose]());

/** Measures how much `work` changes the customer's and the organisation's balance. */
async function measureChange(work: () => Promise<unknown>): Promise<{ amina: bigint; duka: bigint }> {
  const [wasAmina, wasDuka] = await Promise.all([getWalletBalance(server, amina), getTillBalance(server)]);
  await work();
  const [isAmina, isDuka] = await Promise.all([getWalletBalance(server, amina), getTillBalance(server)]);
  return { amina: isAmina - wasAmina, duka: isDuka - wasDuka };
}

test("waitForOutcome is about the payment, whatever calls used its ID or its reference since", async () => {
  const paid = expectAccepted(await mpesa.collect({ ...shoes, amount: "10", msisdn: amina }));
  const { transactionId } = paid;
  const tooMuch = await mpesa.reverse({ transactionId, amount: "11", reference: transactionId });
  assert.equal(tooMuch.outcome, "refused");
  const settled = expectAccepted(await mpesa.waitForOutcome(transactionId));
  assert.deepEqual(
    [settled.status, settled.transactionId, settled.reversed],
    ["Completed", transactionId, false],
  );

  const reference = createReference();
  const reserved = expectAccepted(await mpesa.reserve({ ...shoes, amount: "10", msisdn: amina, reference }));
  const released = await mpesa.release({
    transactionId: reserved.transactionId.toUpperCase(),
    voucherCode: reserved.voucherCode,
    reference,
  });
  assert.equal(expectAccepted(released).transactionId, reserved.transactionId);
  const ended = await mpesa.waitForOutcome(reference);
  assert(ended.outcome === "refused" && ended.code === null);
  assert.deepEqual([ended.status, ended.transactionId], ["Cancelled", reserved.transactionId]);
});

test("collect debits a customer, and waitForOutcome finds the payment by reference, transaction ID and conversation ID", async () => {
  const reference = createReference();
  const difference = await measureChange(async () => {
    const paid = expectAccepted(
      await mpesa.collect({
        ...shoes,
        amount: "12.50",
        msisdn: `+${amina.slice(0, 3)} ${amina.slice(3)}`,
        reference,
      }),
    );
    assert.equal(paid.reference, reference);
    assert.equal(paid.code, "INS-0");
    assert.equal(paid.httpStatus, 201);
    assert.equal(paid.fields["output_TransactionID"], paid.transactionId);
    for (const name of [reference, paid.transactionId, paid.conversationId ?? ""]) {
      const settled = expectAccepted(await mpesa.waitForOutcome(name));
      assert.deepEqual(
        [settled.status, settled.transactionId, settled.reversed, settled.reference],
        ["Completed", paid.transactionId, false, name],
      );
    }
  });
  assert.deepEqual(difference, { amina: -12_50n, duka: 12_50n });
});

test("the same reference pays once, and the second result does not show the first one's outcome", async () => {
  const payment = { ...shoes, amount: 100n, msisdn: amina, reference: createReference() };
  const difference = await measureChange(async () => {
    const all = await Promise.all([1, 2, 3].map(() => mpesa.collect(payment)));
    const outcomes = all
      .map((result) => (result.outcome === "unknown" ? result.unknownReason : result.outcome))
      .sort();
    assert.deepEqual(outcomes, ["accepted", "duplicate", "duplicate"]);
  });
  assert.deepEqual(difference, { amina: -1_00n, duka: 1_00n });
  assert.equal((await mpesa.waitForOutcome(payment.reference)).outcome, "accepted");
});

test("reserve holds money; commit takes it, release returns it", async () => {
  const hold = { ...shoes, amount: "30", msisdn: amina };
  const committed = await measureChange(async () => {
    const { transactionId, voucherCode } = expectAccepted(await mpesa.reserve(hold));
    assert.match(voucherCode, /^[0-9A-Z]{4,12}$/);
    expectAccepted(await mpesa.commit({ transactionId, voucherCode }));
    const again = await mpesa.release({ transactionId, voucherCode });
    assert(again.outcome === "refused" && again.code === "INS-6", JSON.stringify(again));
    assert.match(again.reason, /committed or released, or it expired/);
  });
  assert.deepEqual(committed, { amina: -30_00n, duka: 30_00n });

  const released = await measureChange(async () => {
    const { transactionId, voucherCode, reference } = expectAccepted(await mpesa.reserve(hold));
    const open = await mpesa.waitForOutcome(reference, { timeoutMs: 0 });
    assert(open.outcome === "unknown" && open.unknownReason === "still_open", JSON.stringify(open));
    expectAccepted(await mpesa.release({ transactionId, voucherCode }));
    const ended = await mpesa.waitForOutcome(reference);
    assert(ended.outcome === "refused" && ended.status === "Cancelled", JSON.stringify(ended));
  });
  assert.deepEqual(released, { amina: 0n, duka: 0n });
});

test("payOut pays a customer, reverse reverses part of it, and waitForOutcome reports the reversal", async () => {
  const difference = await measureChange(async () => {
    const paid = expectAccepted(await mpesa.payOut({ ...shoes, amount: "20", msisdn: amina }));
    expectAccepted(await mpesa.reverse({ transactionId: paid.transactionId, amount: "5" }));
    assert.equal(expectAccepted(await mpesa.waitForOutcome(paid.reference)).reversed, true);
    const tooMuch = await mpesa.reverse({ transactionId: paid.transactionId, amount: "15.01" });
    assert(tooMuch.outcome === "refused" && tooMuch.code === "INS-15", JSON.stringify(tooMuch));
  });
  assert.deepEqual(difference, { amina: 15_00n, duka: -15_00n });
});

test("transfer pays another organisation", async () => {
  await server.control("POST", "/markets/vodacomTZN/organisations", {
    organisations: [{ shortcode: "300300", name: "Supplier" }],
  });
  const difference = await measureChange(async () => {
    expectAccepted(await mpesa.transfer({ ...shoes, amount: "7.05", receiver: "300300" }));
  });
  assert.deepEqual(difference, { amina: 0n, duka: -7_05n });
  assert.equal(await getTillBalance(server, "300300"), 7_05n);
});

test("a mandate is created, queried, debited and cancelled", async () => {
  const mandateReference = createReference();
  const customer = { msisdn: amina, mandateReference };
  const difference = await measureChange(async () => {
    const terms = {
      frequency: "monthly",
      expiryDate: "2099-12-31",
      firstDayOfMonth: 1,
      lastDayOfMonth: 31,
    } as const;
    const created = expectAccepted(await mpesa.createMandate({ ...customer, agreedToTerms: true, ...terms }));
    const { mandateId, msisdnToken } = created;
    const mandate = expectAccepted(await mpesa.queryMandate({ ...customer, balanceAmount: "1" }));
    assert.deepEqual(
      [
        mandate.mandateId,
        mandate.mandateStatus,
        mandate.accountStatus,
        mandate.sufficientBalance,
        mandate.frequency,
      ],
      [mandateId, "Active", "Active", true, "04"],
    );
    assert.deepEqual(
      [mandate.expiryDate, mandate.firstDayOfMonth, mandate.lastDayOfMonth],
      ["20991231", "01", "31"],
    );
    assert.equal(expectAccepted(await mpesa.queryMandate(customer)).sufficientBalance, null);
    const rich = expectAccepted(await mpesa.queryMandate({ ...customer, balanceAmount: "99999999" }));
    assert.equal(rich.sufficientBalance, false);

    expectAccepted(await mpesa.debitMandate({ mandateReference, msisdnToken, mandateId, amount: "9" }));
    const twice = await mpesa.debitMandate({ ...customer, amount: "9" });
    assert(
      twice.outcome === "refused" && /already debited in this period/.test(twice.reason),
      JSON.stringify(twice),
    );
    expectAccepted(await mpesa.cancelMandate(customer));
    const gone = await mpesa.cancelMandate({ ...customer, mandateReference: "unknown" });
    assert(gone.outcome === "refused" && /has no mandate/.test(gone.reason), JSON.stringify(gone));
  });
  assert.deepEqual(difference, { amina: -9_00n, duka: 9_00n });
});

test("queryBeneficiary returns the name in Ghana, and is refused in other markets", async () => {
  const ghana = createClient(server, { market: "vodafoneGHA" });
  const msisdn = server.clientInfo.markets.vodafoneGHA.customers[0] ?? "";
  const { firstName, lastName } = expectAccepted(await ghana.queryBeneficiary({ msisdn }));
  const known = await server.control("GET", `/markets/vodafoneGHA/customers/${msisdn}`);
  assert.deepEqual([firstName, lastName], [known.firstName, known.lastName]);

  const here = await mpesa.queryBeneficiary({ msisdn: amina });
  assert(here.outcome === "refused" && here.code === "INS-998", JSON.stringify(here));
  assert.match(here.advice, /Ghana/);
});

test("numbers of Lesotho with eleven digits are accepted", async () => {
  const lesotho = createClient(server, { market: "vodacomLES" });
  const msisdn = server.clientInfo.markets.vodacomLES.customers[0] ?? "";
  const before = await getWalletBalance(server, msisdn, "vodacomLES");
  expectAccepted(await lesotho.collect({ ...shoes, amount: 250n, msisdn: msisdn.slice(3) }));
  assert.equal(await getWalletBalance(server, msisdn, "vodacomLES"), before - 2_50n);
});

test("getSession returns the session key that the calls share", async () => {
  const [one, other] = [expectAccepted(await mpesa.getSession()), expectAccepted(await mpesa.getSession())];
  assert.match(one.sessionKey, /^[0-9a-f]{32}$/);
  assert.equal(one.sessionKey, other.sessionKey);
});

test("a declined prompt is refused; an unanswered one is unknown until waitForOutcome returns the status", async () => {
  const [no, silent] = ["255750900001", "255750900002"] as const;
  await server.control("POST", "/markets/vodacomTZN/customers", {
    customers: [
      { msisdn: no, balance: "100.00", answer: "decline" },
      { msisdn: silent, balance: "100.00", answer: "ignore" },
    ],
  });
  const declined = await mpesa.collect({ ...shoes, amount: "1", msisdn: no });
  assert(declined.outcome === "refused" && declined.code === "INS-6", JSON.stringify(declined));
  const cancelled = await mpesa.waitForOutcome(declined.reference);
  assert(cancelled.outcome === "refused" && cancelled.status === "Cancelled", JSON.stringify(cancelled));
  assert.equal(cancelled.code, null);

  const unanswered = await mpesa.collect({ ...shoes, amount: "1", msisdn: silent });
  assert(
    unanswered.outcome === "unknown" && unanswered.unknownReason === "timed_out",
    JSON.stringify(unanswered),
  );
  const expired = await mpesa.waitForOutcome(unanswered.reference);
  assert(expired.outcome === "refused" && expired.status === "Expired", JSON.stringify(expired));
  assert.equal(await getWalletBalance(server, no), 100_00n);
  assert.equal(await getWalletBalance(server, silent), 100_00n);
});

test("with a response URL, a call is only acknowledged; callback and waitForOutcome then agree", async () => {
  await using listener = await createTestListener();
  const listening = createClient(server, { responseUrl: listener.url });
  const difference = await measureChange(async () => {
    const result = await listening.collect({ ...shoes, amount: "3", msisdn: amina });
    assert(result.outcome === "unknown" && result.unknownReason === "acknowledged", JSON.stringify(result));
    assert.match(result.reason, /Nothing is paid yet/);
    const settled = expectAccepted(await listening.waitForOutcome(result.reference));
    const [callback] = await listener.waitForCallbacks(1);
    assert.equal(callback?.body["input_TransactionID"], settled.transactionId);
    assert.equal(callback?.body["input_OriginalConversationID"], result.conversationId);
  });
  assert.deepEqual(difference, { amina: -3_00n, duka: 3_00n });

  const poor = await listening.collect({ ...shoes, amount: "999999999", msisdn: amina });
  assert(poor.outcome === "unknown" && poor.unknownReason === "acknowledged", JSON.stringify(poor));
  const failed = await listening.waitForOutcome(poor.reference);
  assert(failed.outcome === "refused" && failed.status === "Failed", JSON.stringify(failed));
});

test("if the application has a response URL, query results go there, and waitForOutcome stops polling", async () => {
  await using listener = await createTestListener();
  const { mpesa } = await createApplicationClient(server, { responseUrl: listener.url });
  const { reference } = await mpesa.collect({ ...shoes, amount: "3", msisdn: amina });
  const settled = await mpesa.waitForOutcome(reference);
  assert(settled.outcome === "unknown" && settled.unknownReason === "acknowledged", JSON.stringify(settled));
  assert.match(settled.advice, /remove the response URL from the application/);
});

/** The client's call for each section of docs/scenarios.md. */
const byScenario: Readonly<Record<string, (value: string) => Promise<Result<object>>>> = {
  "C2B single stage": (msisdn) => mpesa.collect({ ...shoes, amount: "10", msisdn }),
  "C2B two-step, first step": (msisdn) => mpesa.reserve({ ...shoes, amount: "10", msisdn }),
  "C2B two-step, second step": (transactionId) => mpesa.commit({ transactionId, voucherCode: "TGS81345" }),
  B2C: (msisdn) => mpesa.payOut({ ...shoes, amount: "10", msisdn }),
  B2B: (receiver) => mpesa.transfer({ ...shoes, amount: "10", receiver }),
  "Query transaction status": (query) => mpesa.queryTransaction({ query }),
  "Direct debit: create a mandate": (msisdn) =>
    mpesa.createMandate({ msisdn, mandateReference: createReference(), agreedToTerms: true }),
  "Direct debit: pay": (msisdn) => mpesa.debitMandate({ msisdn, mandateReference: "Test123", amount: "10" }),
  "Direct debit: query a mandate": (mandateReference) =>
    mpesa.queryMandate({ msisdn: amina, mandateReference }),
  "Direct debit: cancel a mandate": (mandateReference) =>
    mpesa.cancelMandate({ msisdn: amina, mandateReference }),
  Reversal: (transactionId) => mpesa.reverse({ transactionId }),
};

test("every row of docs/scenarios.md gives the outcome of its code, and doubtful codes are never refused", async () => {
  const [, ...sections] =
    readFileSync("docs/scenarios.md", "utf8").split("## queryDirectDebit with zeros")[0]?.split("\n## ") ??
    [];
  const seen: string[] = [];
  for (const section of sections) {
    const [title = ""] = section.split("\n", 1);
    const send = byScenario[title];
    assert(send !== undefined, `${title} has no call in this test`);
    for (const [row] of section.matchAll(/^\| `\d.*$/gm)) {
      const values = [...row.matchAll(/`(\d+)`/g)].map(([, value = ""]) => value);
      const code = /`(INS-[^`]+)`/.exec(row)?.[1] ?? "";
      for (const value of values) {
        const result: Result<object> = await send(value);
        const outcome: string = result.outcome === "unknown" ? result.unknownReason : result.outcome;
        const isQuery = /query/i.test(title);
        const label: string = `${title} ${value}: ${JSON.stringify(result)}`;
        assert.equal(result.code, code, label);
        assert.equal(outcome, outcomes[code === "INS-1" && isQuery ? "question" : code] ?? "refused", label);
        assert(
          result.reason.length > 10 && (result.outcome === "accepted" || result.advice.length > 5),
          label,
        );
        if (isQuery) assert.doesNotMatch(result.reason, /payment failed|may still complete/i, label);
        seen.push(value);
      }
    }
  }
  assert(seen.length >= 70, `${seen.length} rows`);
});

const outcomes: Readonly<Record<string, string>> = {
  "INS-0": "accepted",
  "INS-GAR-0": "accepted",
  "INS-9": "timed_out",
  "INS-1": "platform_error",
};
