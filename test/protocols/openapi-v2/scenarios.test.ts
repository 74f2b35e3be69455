/** Every trigger value of the sandbox: its response, the money it moves, and that it has no effect in live. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { msPerDay } from "../../../src/core/clock.ts";
import { railFor } from "../../../src/core/rails.ts";
import { registerOrganisations } from "../../../src/organisations/register-organisations.ts";
import { createTestApplication } from "../../support/application.ts";
import { liveBearer, createTestSandbox, createReference, type TestSandbox } from "../../support/sandbox.ts";
import { documented, type Call, type DocumentedCall } from "./documented.ts";
import { examplePayload, summarise, sendCall, type Fields } from "./packets.ts";

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox();
});
after(() => sandbox[Symbol.asyncDispose]());

const customer = "000000000001";

// The result of each last digit. Where a call does not have a code, another code of the call replaces it.
// prettier-ignore
const collection = {
  1: "201 INS-0", 2: "408 INS-9", 3: "408 INS-9", 4: "401 INS-6", 5: "400 INS-1",
  6: "401 INS-6", 7: "400 INS-15", 8: "422 INS-2006", 9: "400 INS-1",
};
// prettier-ignore
const payout = {
  1: "201 INS-0", 2: "400 INS-1", 3: "401 INS-6", 4: "408 INS-9", 5: "400 INS-15", 6: "422 INS-2006", 7: "400 INS-1",
};
const mandate = { 1: "201 INS-0", 2: "400 INS-1", 3: "401 INS-6", 4: "408 INS-9", 5: "400 INS-1" };

interface ScenarioRow {
  readonly call: Call;
  readonly field: string;
  readonly length: number;
  readonly results: Readonly<Record<string, string>>;
}

// prettier-ignore
const rows: readonly ScenarioRow[] = [
  { call: "c2bSingle",              field: "input_CustomerMSISDN",      length: 12, results: collection },
  { call: "c2bMultiStage",          field: "input_CustomerMSISDN",      length: 12, results: collection },
  { call: "b2c",                    field: "input_CustomerMSISDN",      length: 12, results: payout },
  { call: "b2b",                    field: "input_ReceiverPartyCode",   length: 6,  results: payout },
  { call: "queryTransactionStatus", field: "input_QueryReference",      length: 12, results: { 1: "200 INS-0", 2: "400 INS-1", 3: "401 INS-6", 7: "400 INS-1" } },
  { call: "queryTransactionStatus", field: "input_QueryReference",      length: 21, results: { 1: "200 INS-0", 2: "400 INS-20", 3: "400 INS-1", 4: "401 INS-6", 5: "400 INS-1" } },
  { call: "reversal",               field: "input_TransactionID",       length: 13, results: { 1: "201 INS-0", 2: "400 INS-1", 3: "401 INS-6", 4: "400 INS-15", 5: "422 INS-2006", 6: "400 INS-35", 7: "400 INS-1" } },
  { call: "updateTransactionStatus", field: "input_TransactionID",      length: 13, results: { 1: "200 INS-GAR-0", 2: "400 INS-1", 3: "401 INS-6", 4: "400 INS-1" } },
  { call: "directDebitCreate",      field: "input_CustomerMSISDN",      length: 12, results: mandate },
  { call: "directDebitPayment",     field: "input_CustomerMSISDN",      length: 12, results: mandate },
  { call: "directDebitPayment",     field: "input_CustomerMSISDN",      length: 20, results: mandate },
  { call: "queryDirectDebit",       field: "input_ThirdPartyReference", length: 20, results: { 1: "200 INS-0", 2: "500 INS-1", 3: "500 INS-1", 4: "408 INS-9", 5: "500 INS-1", 99: "400 INS-21" } },
  { call: "directDebitCancel",      field: "input_ThirdPartyReference", length: 20, results: { 1: "201 INS-0", 2: "400 INS-1", 3: "401 INS-6", 4: "408 INS-9", 5: "400 INS-1", 99: "400 INS-21" } },
];

const buildTrigger = (length: number, digit: string): string =>
  digit === "99" ? "9".repeat(length) : digit.padStart(length, "0");

/** The balances of all accounts of the rail, and the number of postings. */
async function readLedger(): Promise<unknown> {
  const sql = sandbox.sql("vodafoneGHA");
  const accounts = await sql`select owner, kind, available_minor, held_minor from accounts order by id`;
  const postings = await sql`select count(*) as count from postings`;
  return { accounts: [...accounts], moves: [...postings] };
}

for (const { call, field, length, results } of rows) {
  test(`${call}: each ${field} of ${length} digits has its documented result, and moves money only on success`, async () => {
    for (const [digit, expected] of Object.entries(results)) {
      const fields = examplePayload(call, "vodafoneGHA", { [field]: buildTrigger(length, digit) });
      const before = await readLedger();
      const reply = await sendCall(sandbox, call, fields);
      assert.equal(summarise(reply), expected, `last digit ${digit}`);
      if (reply.status >= 300)
        assert.deepEqual(await readLedger(), before, `last digit ${digit} moved money`);
    }
  });

  test(`${call}: a ${field} of ${length} digits that is almost a trigger is an ordinary value`, async () => {
    const nearTriggers = ["0".repeat(length), "0".repeat(length - 2) + "11", "0".repeat(length - 1) + "x"];
    // The customer of queryDirectDebit is a trigger of its own, so this uses another customer.
    const [ordinaryCustomer] = sandbox.clientInfo.markets.vodafoneGHA.customers;
    const ordinary = call === "queryDirectDebit" ? { input_CustomerMSISDN: ordinaryCustomer } : {};
    for (const value of nearTriggers) {
      const reply = await sendCall(
        sandbox,
        call,
        examplePayload(call, "vodafoneGHA", { ...ordinary, [field]: value }),
      );
      assert.doesNotMatch(summarise(reply), /INS-(0|GAR-0|6|9|1)$/, value);
    }
  });
}

test("a success moves the stated amount, and the float pays for it", async () => {
  const table: [Call, Fields, Record<string, bigint>][] = [
    ["c2bSingle", { input_Amount: "12.50" }, { "000000": 12_50n, operator: -12_50n }],
    ["b2c", { input_Amount: "12.50" }, { [customer]: 12_50n, operator: -12_50n }],
    ["b2b", { input_Amount: "12.50" }, { "000001": 12_50n, operator: -12_50n }],
    ["directDebitPayment", { input_Amount: "12.50" }, { "000000": 12_50n, operator: -12_50n }],
    ["reversal", { input_ReversalAmount: "25" }, { [customer]: 25_00n, operator: -25_00n }],
    ["reversal", { input_ReversalAmount: undefined }, { [customer]: 10_00n, operator: -10_00n }],
  ];
  const owners = ["000000", "000001", customer, "operator"];
  const balances = () =>
    Promise.all(
      owners.map((owner) =>
        sandbox.getAvailable(owner, "vodafoneGHA", owner === "operator" ? "float" : undefined),
      ),
    );

  for (const [call, change, moved] of table) {
    const before = await balances();
    assert.match(
      summarise(await sendCall(sandbox, call, examplePayload(call, "vodafoneGHA", change))),
      /^201 /,
    );
    const after = await balances();
    const difference = Object.fromEntries(
      owners
        .map((owner, index) => [owner, (after[index] ?? 0n) - (before[index] ?? 0n)])
        .filter(([, amountMinor]) => amountMinor !== 0n),
    );
    assert.deepEqual(difference, moved, call);
  }
});

test("a scenario never runs out of money, whatever the payer's balance", async () => {
  const maxAmount = "10000000000000.00";
  for (const call of ["c2bSingle", "b2c", "b2b", "directDebitPayment"] as const) {
    for (let again = 0; again < 3; again += 1) {
      assert.equal(
        summarise(
          await sendCall(sandbox, call, examplePayload(call, "vodafoneGHA", { input_Amount: maxAmount })),
        ),
        "201 INS-0",
      );
    }
  }
});

for (const [call, field, value] of [
  ["c2bSingle", "input_CustomerMSISDN", "000000000002"],
  ["b2c", "input_CustomerMSISDN", "000000000004"],
  ["b2b", "input_ReceiverPartyCode", "000004"],
  ["directDebitPayment", "input_CustomerMSISDN", "00000000000000000004"],
] as const) {
  test(`${call}: a payment that timed out can be queried, and is expired`, async () => {
    const fields = examplePayload(call, "vodafoneGHA", { [field]: value });
    const timedOut = await sendCall(sandbox, call, fields);
    assert.equal(summarise(timedOut), "408 INS-9");
    for (const name of [fields["input_ThirdPartyConversationID"], timedOut.body["output_ConversationID"]]) {
      const status = await sendCall(
        sandbox,
        "queryTransactionStatus",
        examplePayload("queryTransactionStatus", "vodafoneGHA", { input_QueryReference: name }),
      );
      assert.equal(summarise(status), "200 INS-0");
      assert.equal(status.body["output_ResponseTransactionStatus"], "Expired");
      assert.equal(status.body["output_Reversed"], "False");
    }
  });
}

test("a scenario's status is completed, and reversed if the reference has twenty-one digits", async () => {
  for (const [value, reversed] of [
    ["000000000001", "False"],
    ["000000000000000000001", "True"],
  ]) {
    const fields = examplePayload("queryTransactionStatus", "vodafoneGHA", { input_QueryReference: value });
    const { body } = await sendCall(sandbox, "queryTransactionStatus", fields);
    assert.equal(body["output_ResponseTransactionStatus"], "Completed");
    assert.equal(body["output_Reversed"], reversed);
    assert.equal(body["output_OriginalTransactionID"], value);
  }
});

test("queryDirectDebit returns the account, mandate and balance states that its digits select", async () => {
  // prettier-ignore
  const table: [Fields, Record<string, string>][] = [
    [{ input_CustomerMSISDN: "000000000001" }, { output_AccountStatus: "Active" }],
    [{ input_CustomerMSISDN: "000000000002" }, { output_AccountStatus: "Pending Approval" }],
    [{ input_CustomerMSISDN: "000000000003" }, { output_AccountStatus: "Locked" }],
    [{ input_CustomerMSISDN: "000000000004" }, { output_AccountStatus: "Inactive" }],
    [{ input_MandateID: "000001" }, { output_MandateStatus: "Active", output_MandateID: "000001" }],
    [{ input_MandateID: "000002" }, { output_MandateStatus: "Pending Approval" }],
    [{ input_MandateID: "000003" }, { output_MandateStatus: "Cancelled" }],
    [{ input_MandateID: "000004" }, { output_MandateStatus: "Expired" }],
    [{ input_BalanceAmount: "100" }, { output_SufficientBalance: "True" }],
    [{ input_BalanceAmount: "500" }, { output_SufficientBalance: "True" }],
    [{ input_BalanceAmount: "500.01" }, { output_SufficientBalance: "False" }],
    [{ input_BalanceAmount: "600" }, { output_SufficientBalance: "False" }],
    [{ input_QueryBalanceAmount: "False" }, { output_SufficientBalance: "N/A" }],
  ];
  for (const [change, expected] of table) {
    for (const input_ThirdPartyReference of ["00000000000000000001", "Test123"]) {
      const fields = examplePayload("queryDirectDebit", "vodafoneGHA", {
        ...change,
        input_ThirdPartyReference,
      });
      const reply = await sendCall(sandbox, "queryDirectDebit", fields);
      assert.equal(summarise(reply), "200 INS-0", JSON.stringify(change));
      for (const [name, value] of Object.entries(expected))
        assert.equal(reply.body[name], value, JSON.stringify(change));
    }
  }
});

test("the balance trigger applies to all-zero numbers only; other customers have their real balance", async () => {
  const [ordinaryCustomer = ""] = sandbox.clientInfo.markets.vodafoneGHA.customers;
  const fields = examplePayload("queryDirectDebit", "vodafoneGHA", {
    input_CustomerMSISDN: ordinaryCustomer,
    input_BalanceAmount: "600",
  });
  assert.equal(
    (await sendCall(sandbox, "queryDirectDebit", fields)).body["output_SufficientBalance"],
    "True",
  );
});

test("in live a trigger has no effect: it is an unknown number", async () => {
  const live = sandbox.platform.payments(railFor("live", "vodafoneGHA"));
  await registerOrganisations(live.context, [{ shortcode: "000000", name: "Real shop" }]);
  const { apiKey } = await createTestApplication(sandbox, {
    environment: "live",
    shortcodes: ["000000"],
    sessionLifetimeMs: msPerDay,
  });
  const bearer = await liveBearer(sandbox, apiKey);
  // prettier-ignore
  const expected: Partial<Record<Call, string>> = {
    c2bSingle: "400 INS-2051", c2bMultiStage: "400 INS-2051", b2c: "400 INS-2051", b2b: "400 INS-13",
    queryTransactionStatus: "400 INS-23", reversal: "400 INS-18", updateTransactionStatus: "400 INS-18",
    directDebitCreate: "400 INS-2051", directDebitPayment: "400 INS-2051", queryDirectDebit: "400 INS-2051",
    directDebitCancel: "400 INS-2051",
  };
  for (const [call, result] of Object.entries(expected) as [Call, string][]) {
    const { method, path }: DocumentedCall = documented[call];
    for (const { field, length } of rows.filter((row) => row.call === call && row.length !== 20)) {
      const fields = examplePayload(call, "vodafoneGHA", {
        [field]: buildTrigger(length, "1"),
        input_ThirdPartyConversationID: createReference(),
      });
      const reply = await sandbox.raw(method, `/openapi/ipg/v2/vodafoneGHA/${path}/`, { bearer, fields });
      assert.equal(summarise(reply), result, `${call} ${field}`);
    }
  }
  const longTrigger = examplePayload("directDebitPayment", "vodafoneGHA", {
    input_CustomerMSISDN: buildTrigger(20, "1"),
  });
  const reply = await sandbox.raw("POST", "/openapi/ipg/v2/vodafoneGHA/directDebitPayment/", {
    bearer,
    fields: longTrigger,
  });
  assert.equal(summarise(reply), "400 INS-2051", "twenty digits are too many for an MSISDN");
  const [{ count } = { count: 1n }] = await live.context.sql<
    { count: bigint }[]
  >`select count(*) as count from postings`;
  assert.equal(count, 0n, "no money moved");
});
