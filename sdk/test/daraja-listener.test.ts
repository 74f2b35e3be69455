/** Every callback of Daraja as an event, whatever its order and its types; and the answers to validations. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { buildExampleContext } from "../../src/protocols/daraja/examples.ts";
import { operations } from "../../src/protocols/daraja/operations.ts";
import type { DarajaSettings } from "../../src/protocols/daraja/settings.ts";
import { toJson } from "../../src/protocols/daraja/wire-json.ts";
import {
  createListener,
  createValidator,
  type DarajaEvent,
  type ListenerProblem,
  type ValidationDecision,
} from "../src/daraja/index.ts";

const settings: DarajaSettings = {
  callbackAttempts: null,
  invalidatePreviousTokens: false,
  oauthFault: "off",
  numericResultCodes: false,
  stkBalanceItem: { sandbox: false, live: true },
  stkDecimalAmount: false,
  stkPendingAsError: false,
  stkBusyInCallback: false,
  refuseRepeatedPush: false,
  maskStyle: "short",
  acceptForeignCredentials: false,
  lenientCredentials: true,
};

function createRecorder() {
  const events: DarajaEvent[] = [];
  const problems: ListenerProblem[] = [];
  const listener = createListener({
    onEvent: (event) => void events.push(event),
    onProblem: (problem) => void problems.push(problem),
  });
  const send = async (body: unknown): Promise<{ status: number; answer: Record<string, unknown> }> => {
    const response = await listener(
      new Request("http://localhost/", {
        method: "POST",
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    );
    return { status: response.status, answer: (await response.json()) as Record<string, unknown> };
  };
  return { events, problems, send };
}

for (const operation of operations)
  for (const [kind, form] of Object.entries(operation.notifications))
    test(`the listener understands what ${operation.name} owes to its URL ${kind}`, async () => {
      const { events, problems, send } = createRecorder();
      const isSuccess = kind !== "timeout" && kind !== "stk_busy";
      const refusal = kind === "timeout" ? "timed_out" : kind === "stk_busy" ? "customer_prompt_limit" : null;
      const { status } = await send(toJson(form.render(buildExampleContext(operation, refusal, settings))));
      assert.deepEqual(problems, []);
      assert.equal(status, 200);
      const [event] = events;
      assert(event !== undefined);
      assert.equal(event.outcome, isSuccess ? "accepted" : kind === "timeout" ? "unknown" : "refused");
      if (isSuccess) assert.notEqual(event.receipt, null);
      if (event.kind === "result") assert.notEqual(event.result, null);
    });

for (const operation of operations)
  for (const [code, refusal] of Object.entries(operation.results)) {
    const [kind, form] =
      Object.entries(operation.notifications).find(
        ([name]) => !["timeout", "confirmation", "invoice"].includes(name),
      ) ?? [];
    // 4999 is a result of the query alone.
    if (form === undefined || kind === undefined || refusal === undefined || code === "4999") continue;
    test(`the listener never takes ${operation.name}:${code} for a payment`, async () => {
      const { events, problems, send } = createRecorder();
      await send(toJson(form.render(buildExampleContext(operation, refusal, settings))));
      assert.deepEqual(problems, []);
      assert.equal(events[0]?.code, code);
      assert.equal(events[0]?.outcome, code === "15" ? "unknown" : "refused");
    });
  }

const stk = (change: object = {}, items: readonly object[] = stkItems) => ({
  Body: {
    stkCallback: {
      MerchantRequestID: "29115-34620561-1",
      CheckoutRequestID: "ws_CO_191220191020363925",
      ResultCode: 0,
      ResultDesc: "The service request is processed successfully.",
      CallbackMetadata: { Item: items },
      ...change,
    },
  },
});

const stkItems = [
  { Name: "Amount", Value: 1.5 },
  { Name: "MpesaReceiptNumber", Value: "NLJ7RT61SV" },
  { Name: "Balance" },
  { Name: "TransactionDate", Value: 20191219102115 },
  { Name: "PhoneNumber", Value: 254708374149 },
];

test("a collection has the same event whatever the order of its items and the types of its values", async () => {
  const { events, problems, send } = createRecorder();
  await send(stk());
  await send(stk({ CheckoutRequestID: "ws_CO_2", ResultCode: "0" }, stkItems.toReversed()));
  const texts = stkItems.map(({ Name, Value }) => ({
    Name,
    ...(Value === undefined ? {} : { Value: String(Value) }),
  }));
  await send(stk({ CheckoutRequestID: "ws_CO_3" }, texts));
  assert.deepEqual(problems, []);
  for (const event of events) {
    assert(event.kind === "collection");
    const { outcome, receipt, amount, msisdn, paidAt } = event;
    assert.deepEqual(
      [outcome, receipt, amount, msisdn, paidAt?.toISOString()],
      ["accepted", "NLJ7RT61SV", "1.50", "254708374149", "2019-12-19T07:21:15.000Z"],
    );
  }
  assert.equal(events.length, 3);
});

test("a repeated callback is acknowledged, and handled once", async () => {
  const { events, send } = createRecorder();
  const first = await send(stk());
  const second = await send(stk());
  assert.deepEqual([first.status, second.status, events.length], [200, 200, 1]);
  assert.deepEqual(first.answer, { ResultCode: 0, ResultDesc: "Success" });
});

test("a failure has no items, and its code may be a text", async () => {
  const { events, send } = createRecorder();
  await send(
    stk({
      ResultCode: "SFC_IC0003",
      ResultDesc: "The operator does not exist.",
      CallbackMetadata: undefined,
    }),
  );
  const [event] = events;
  assert(event?.kind === "collection" && event.outcome === "refused" && event.receipt === null);
  assert.equal(event.code, "SFC_IC0003");
});

test("a success without a receipt, and anything that is no callback, is refused", async () => {
  const { events, problems, send } = createRecorder();
  const bodies = [
    stk({ CallbackMetadata: undefined }),
    {},
    [],
    "null",
    "no JSON",
    { Result: {} },
    { TransID: "X" },
    { requestId: "r" },
  ];
  for (const body of bodies) assert.equal((await send(body)).status, 400, JSON.stringify(body));
  assert.equal(events.length, 0);
  assert(problems.every(({ kind }) => kind === "malformed"));
});

const confirmation = {
  TransactionType: "Pay Bill",
  TransID: "NLJ7RT61SV",
  TransTime: "20191122063845",
  TransAmount: "10.00",
  BusinessShortCode: "600638",
  BillRefNumber: "invoice008",
  InvoiceNumber: "",
  OrgAccountBalance: "49197.00",
  ThirdPartyTransID: "1234567890",
  MSISDN: "25470****149",
  FirstName: "John",
  MiddleName: "",
  LastName: "Doe",
};

test("the STK callback and the confirmation of one payment have one receipt", async () => {
  const { events, send } = createRecorder();
  await send(stk());
  await send(confirmation);
  assert.deepEqual(
    events.map(({ kind, receipt }) => [kind, receipt]),
    [
      ["collection", "NLJ7RT61SV"],
      ["confirmation", "NLJ7RT61SV"],
    ],
  );
});

test("one result parameter is an object, several are a list, and none is absent", async () => {
  const { events, send } = createRecorder();
  const result = (change: object) => ({
    Result: {
      ResultType: 0,
      ResultCode: 2001,
      ResultDesc: "no",
      OriginatorConversationID: "o",
      ConversationID: "c",
      TransactionID: "OFP0000000",
      ...change,
    },
  });
  await send(
    result({
      ResultParameters: { ResultParameter: { Key: "BOCompletedTime", Value: 20200109125710 } },
      ReferenceData: { ReferenceItem: { Key: "Occasion" } },
    }),
  );
  await send(
    result({
      ConversationID: "c2",
      ResultCode: "0",
      ResultParameters: {
        ResultParameter: [
          {
            Key: "AccountBalance",
            Value: "Working Account|KES|1.00|1.00|0.00|0.00&Utility Account|KES|2.00|2.00|0.00|0.00",
          },
        ],
      },
    }),
  );
  await send(result({ ConversationID: "c3" }));
  const [failed, balances, bare] = events;
  assert(failed?.kind === "result" && failed.outcome === "refused" && failed.result === null);
  assert.deepEqual(
    [failed.parameters, failed.references],
    [{ BOCompletedTime: "20200109125710" }, { Occasion: null }],
  );
  assert(balances?.kind === "result" && balances.result?.call === "queryBalance");
  assert.deepEqual(
    balances.result.accounts.map(({ name, available }) => [name, available]),
    [
      ["Working Account", "1.00"],
      ["Utility Account", "2.00"],
    ],
  );
  assert(bare?.kind === "result");
  assert.deepEqual(bare.parameters, {});
});

test("the flat callbacks of checkout, standing order and invoice are events, too", async () => {
  const { events, problems, send } = createRecorder();
  await send({
    resultCode: "0",
    resultDesc: "ok",
    amount: "71.0",
    requestId: "r1",
    resultType: "0",
    conversationID: "AG_1",
    transactionId: "RDQ01NFT1Q",
    status: "SUCCESS",
  });
  await send({
    resultCode: "4001",
    resultDesc: "User cancelled transaction",
    requestId: "r2",
    amount: "71.0",
    paymentReference: "p",
  });
  await send({
    responseHeader: { responseRefID: "s1", requestRefID: "s1", responseCode: "0", responseDescription: "ok" },
    responseBody: {
      responseData: [
        { name: "TransactionID", value: "SC8F2IQMH5" },
        { name: "Msisdn", value: "254******867" },
      ],
    },
  });
  await send({
    ResponseHeader: { responseRefID: "s2", responseCode: "1037", responseDescription: "no" },
    ResponseBody: { ResponseData: [{ Name: "TransactionID", Value: "0000000000" }] },
  });
  const paid = await send({
    transactionId: "RJB53MYR1N",
    paidAmount: "5000",
    msisdn: "254710119383",
    dateCreated: "2021-10-01",
    accountReference: "LGHJIO789",
    shortCode: 349350555,
  });
  assert.deepEqual(problems, []);
  assert.deepEqual(
    events.map(({ kind, outcome, code, receipt }) => [kind, outcome, code, receipt]),
    [
      ["checkout", "accepted", "0", "RDQ01NFT1Q"],
      ["checkout", "refused", "4001", null],
      ["ratiba-order", "accepted", "0", "SC8F2IQMH5"],
      ["ratiba-order", "refused", "1037", null],
      ["invoice", "accepted", "0", "RJB53MYR1N"],
    ],
  );
  assert.deepEqual(paid.answer, { resmsg: "Success", rescode: "200" });
});

test("a validator accepts or rejects with the documented codes, each time", async () => {
  const decisions: readonly (readonly [ValidationDecision, object])[] = [
    [{ accept: true }, { ResultCode: "0", ResultDesc: "Accepted" }],
    [
      { accept: true, thirdPartyTransactionId: "17" },
      { ResultCode: "0", ResultDesc: "Accepted", ThirdPartyTransID: "17" },
    ],
    [
      { accept: false, because: "invalid_account" },
      { ResultCode: "C2B00012", ResultDesc: "Rejected" },
    ],
    [{ accept: false }, { ResultCode: "C2B00016", ResultDesc: "Rejected" }],
  ];
  let attempts = 0;
  const validator = createValidator({
    decide({ receipt, accountReference }) {
      assert.deepEqual([receipt, accountReference], ["NLJ7RT61SV", "invoice008"]);
      return decisions[attempts++]?.[0] ?? { accept: false };
    },
  });
  for (const [, expected] of decisions) {
    const body = JSON.stringify({ ...confirmation, OrgAccountBalance: "" });
    const response = await validator(new Request("http://localhost/", { method: "POST", body }));
    assert.deepEqual([response.status, await response.json()], [200, expected]);
  }
  const silent = createValidator({
    decide: () => Promise.reject(new Error("database")),
    onProblem: () => {},
  });
  const failed = await silent(
    new Request("http://localhost/", { method: "POST", body: JSON.stringify(confirmation) }),
  );
  assert.equal(failed.status, 500);
});
