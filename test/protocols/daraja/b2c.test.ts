/** B2C in both versions: acknowledgement, money, results, and every documented code. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { b2cV1 } from "../../../src/protocols/daraja/operations/b2c-v1.ts";
import { b2cV3 } from "../../../src/protocols/daraja/operations/b2c-v3.ts";
import { resultTexts, type ResultCode } from "../../../src/protocols/daraja/result-codes.ts";
import { formatTrigger } from "../../../src/protocols/daraja/triggers.ts";
import { createDarajaClient, kenya, type DarajaReply, type DarajaTestClient } from "../../support/daraja.ts";
import { formatMinor, getResult, initiate, listKeys, waitForResult } from "../../support/daraja-results.ts";
import { waitForMessages } from "../../support/handsets.ts";
import { createTestListener, type Listener } from "../../support/listener.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";

const payer = "600996";
const customer = "254708374149";

let sandbox: TestSandbox;
let client: DarajaTestClient;
let listener: Listener;
let serial = 0;
before(async () => {
  sandbox = await createTestSandbox();
  client = createDarajaClient(sandbox);
});
after(() => sandbox[Symbol.asyncDispose]());
test.beforeEach(async () => {
  listener = await createTestListener();
});
test.afterEach(() => listener[Symbol.asyncDispose]());

const versions = [
  { operation: b2cV1, hasOwnId: false },
  { operation: b2cV3, hasOwnId: true },
] as const;

type Version = (typeof versions)[number];

function pay(
  { operation, hasOwnId }: Version,
  fields: Readonly<Record<string, unknown>> = {},
): Promise<DarajaReply> {
  serial += 1;
  return client.post(operation.path, {
    ...(hasOwnId ? { OriginatorConversationID: `payout-${serial}` } : {}),
    InitiatorName: initiate(sandbox).name,
    SecurityCredential: initiate(sandbox).credential,
    CommandID: "BusinessPayment",
    Amount: 10,
    PartyA: payer,
    PartyB: customer,
    Remarks: "Remarks",
    QueueTimeOutURL: `${listener.url}/timeout`,
    ResultURL: `${listener.url}/result`,
    Occassion: "Occasion",
    ...fields,
  });
}

const getBalances = async (): Promise<readonly [utility: bigint, wallet: bigint]> =>
  Promise.all([sandbox.getAvailable(payer, kenya, "utility"), sandbox.getAvailable(customer, kenya)]);

const orders = {
  b2cV1: [
    "TransactionReceipt",
    "TransactionAmount",
    "B2CWorkingAccountAvailableFunds",
    "B2CUtilityAccountAvailableFunds",
    "TransactionCompletedDateTime",
    "ReceiverPartyPublicName",
    "B2CChargesPaidAccountAvailableFunds",
    "B2CRecipientIsRegisteredCustomer",
  ],
  b2cV3: [
    "TransactionAmount",
    "TransactionReceipt",
    "ReceiverPartyPublicName",
    "TransactionCompletedDateTime",
    "B2CUtilityAccountAvailableFunds",
    "B2CWorkingAccountAvailableFunds",
    "B2CRecipientIsRegisteredCustomer",
    "B2CChargesPaidAccountAvailableFunds",
  ],
} as const;

for (const version of versions) {
  const { name } = version.operation;

  test(`${name}: the customer is paid from the utility account, and the result says so`, async () => {
    const [utilityBefore, walletBefore] = await getBalances();
    const reply = await pay(version);
    assert.equal(reply.status, 200, reply.text);
    assert.deepEqual(Object.keys(reply.body), [
      "ConversationID",
      "OriginatorConversationID",
      "ResponseCode",
      "ResponseDescription",
    ]);
    assert.match(String(reply.body["ConversationID"]), /^AG_\d{8}_[0-9a-z]{20}$/);
    assert.equal(reply.body["ResponseCode"], "0");
    assert.equal(reply.body["ResponseDescription"], "Accept the service request successfully.");
    const ownId = version.hasOwnId ? `payout-${serial}` : null;
    if (ownId === null)
      assert.match(
        String(reply.body["OriginatorConversationID"]),
        /^[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\d{6}$/,
      );
    else assert.equal(reply.body["OriginatorConversationID"], ownId);

    const { result, text, path } = await waitForResult(listener);
    assert(path.endsWith("/result"), path);
    assert.deepEqual(Object.keys(result), [
      "ResultType",
      "ResultCode",
      "ResultDesc",
      "OriginatorConversationID",
      "ConversationID",
      "TransactionID",
      "ResultParameters",
      "ReferenceData",
    ]);
    assert.equal(result.ResultType, 0);
    assert.equal(result.ResultCode, 0);
    assert.equal(result.ResultDesc, "The service request is processed successfully.");
    assert.equal(result.OriginatorConversationID, reply.body["OriginatorConversationID"]);
    assert.equal(result.ConversationID, reply.body["ConversationID"]);
    assert.match(result.TransactionID, /^[A-Z][A-L][1-9A-V][0-9A-Z]{7}$/);
    assert.deepEqual(listKeys(result), orders[name as keyof typeof orders]);
    assert.equal(getResult(result, "TransactionAmount"), 10);
    assert.equal(getResult(result, "TransactionReceipt"), result.TransactionID);
    assert.equal(getResult(result, "ReceiverPartyPublicName"), `${customer} - John Doe`);
    assert.match(
      String(getResult(result, "TransactionCompletedDateTime")),
      /^\d{2}\.\d{2}\.20\d{2} \d{2}:\d{2}:\d{2}$/,
    );
    assert.equal(getResult(result, "B2CRecipientIsRegisteredCustomer"), "Y");
    const [utility, wallet] = await getBalances();
    assert.equal(utilityBefore - utility, 1000n);
    assert.equal(wallet - walletBefore, 1000n);
    assert(text.includes(`"B2CUtilityAccountAvailableFunds","Value":${formatMinor(utility)}}`), text);
    const working = await sandbox.getAvailable(payer, kenya, "working");
    assert(text.includes(`"B2CWorkingAccountAvailableFunds","Value":${formatMinor(working)}}`), text);
    const charges = await sandbox.getAvailable(payer, kenya, "charges_paid");
    assert(charges < 0n);
    assert(text.includes(`"B2CChargesPaidAccountAvailableFunds","Value":-${formatMinor(-charges)}}`), text);
    assert.deepEqual(result.ReferenceData, {
      ReferenceItem: {
        Key: "QueueTimeoutURL",
        Value: "https://internalsandbox.safaricom.co.ke/mpesa/b2cresults/v1/submit",
      },
    });
  });

  test(`${name}: what real clients send is accepted`, async () => {
    const accepted: readonly Readonly<Record<string, unknown>>[] = [
      { Amount: "10", PartyA: Number(payer), PartyB: Number(customer) },
      { Occassion: undefined, Occasion: "Occasion" },
      { Occassion: undefined, Remarks: undefined },
      { CommandID: "SalaryPayment" },
      { CommandID: "PromotionPayment ", Passkey: "secret" },
      { ResultURL: `${listener.url}/mpesa/query?cmd=exec` },
    ];
    for (const fields of accepted) {
      const reply = await pay(version, fields);
      assert.equal(reply.status, 200, `${JSON.stringify(fields)}: ${reply.text}`);
    }
    for (const { body } of await listener.waitForCallbacks(accepted.length))
      assert.equal((body as unknown as { Result: { ResultCode: unknown } }).Result.ResultCode, 0);
  });

  test(`${name}: a field that is malformed is 400.002.02 with its name`, async () => {
    const invalid: readonly (readonly [string, unknown])[] = [
      ["CommandID", "BusinessPayToPochi"],
      ["Amount", "10.00"],
      ["Amount", 0],
      ["Amount", 250_001],
      ["PartyA", "1743"],
      ["PartyB", "0708374149"],
      ["Remarks", "R"],
      ["Remarks", "R".repeat(101)],
      ["SecurityCredential", "password"],
      ["QueueTimeOutURL", "timeout"],
      ["ResultURL", "ftp://example.com/"],
    ];
    for (const [field, value] of invalid) {
      const reply = await pay(version, { [field]: value });
      assert.equal(reply.status, 400, `${field}: ${reply.text}`);
      assert.equal(reply.body["errorCode"], "400.002.02");
      assert.equal(reply.body["errorMessage"], `Bad Request - Invalid ${field}`);
    }
    assert.equal(listener.received.length, 0);
  });

  test(`${name}: failures keep TransactionID and ReferenceData, and have no ResultParameters`, async () => {
    const failures: readonly (readonly [Readonly<Record<string, unknown>>, number | string])[] = [
      [{ Amount: 9 }, 2],
      [{ PartyB: "254799999999" }, "SFC_IC0003"],
    ];
    for (const [index, [fields, code]] of failures.entries()) {
      const before = await getBalances();
      const reply = await pay(version, fields);
      assert.equal(reply.status, 200, reply.text);
      const { result } = await waitForResult(listener, index);
      assert.equal(result.ResultType, 0);
      assert.equal(result.ResultCode, code);
      assert.deepEqual(Object.keys(result), [
        "ResultType",
        "ResultCode",
        "ResultDesc",
        "OriginatorConversationID",
        "ConversationID",
        "TransactionID",
        "ReferenceData",
      ]);
      assert.match(result.TransactionID, /^[A-Z][A-L][1-9A-V][0-9A-Z]{7}$/);
      assert.deepEqual(await getBalances(), before);
    }
  });

  test(`${name}: every documented result has a trigger, for a customer who need not exist`, async () => {
    const before = await getBalances();
    const codes = Object.keys(version.operation.results) as ResultCode[];
    for (const [index, code] of codes.entries()) {
      const reply = await pay(version, { PartyB: formatTrigger("customer", code), Amount: 77 });
      assert.equal(reply.status, 200, `${code} ${reply.text}`);
      const { result } = await waitForResult(listener, index);
      assert.equal(result.ResultCode, /^\d+$/.test(code) ? Number(code) : code);
      assert.equal(result.ResultDesc, resultTexts[code]);
      assert.equal(result.ResultParameters, undefined);
    }
    assert.deepEqual(await getBalances(), before);
  });

  test(`${name}: silence, and the notice at QueueTimeOutURL`, async () => {
    const silent = await pay(version, { PartyB: formatTrigger("customer", "silence") });
    assert.equal(silent.status, 200, silent.text);
    const reply = await pay(version, { PartyB: formatTrigger("customer", "timeout") });
    const [notice] = await listener.waitForCallbacks(1);
    assert(notice !== undefined && notice.path.endsWith("/timeout"));
    assert.deepEqual(notice.body, {
      Result: {
        ResultType: 1,
        ResultCode: "1",
        ResultDesc: "The service request timed out.",
        OriginatorConversationID: reply.body["OriginatorConversationID"],
        ConversationID: reply.body["ConversationID"],
      },
    });
    assert.equal(listener.received.length, 1);
  });
}

test("the SMS of a promotion congratulates the customer, and that of another payment does not", async () => {
  const handset = "254722000006";
  for (const CommandID of ["PromotionPayment", "BusinessPayment"])
    await pay(versions[1], { CommandID, PartyB: handset, Amount: 11 });
  await listener.waitForCallbacks(2);
  const [usual = "", promotion = ""] = await waitForMessages(sandbox, handset, 2, kenya);
  const received = "You have received Ksh11.00 from Safari Traders (600996)";
  assert.match(usual, /^\w{10} Confirmed\. You have received/);
  assert(usual.includes(received), usual);
  assert.match(promotion, /^\w{10} Confirmed\. Congratulations! You have received/);
  assert(promotion.includes(received), promotion);
});

test("b2cV3: an OriginatorConversationID pays once, whatever the second request says", async () => {
  const version = versions[1];
  const id = "once-and-only-once";
  const first = await pay(version, { OriginatorConversationID: id });
  assert.equal(first.status, 200, first.text);
  await waitForResult(listener);
  const before = await getBalances();
  const second = await pay(version, { OriginatorConversationID: id, Amount: 20 });
  assert.equal(second.status, 500);
  assert.deepEqual(Object.keys(second.body), ["requestId", "errorCode", "errorMessage"]);
  assert.equal(second.body["errorCode"], "500.002.1001");
  assert.equal(second.body["errorMessage"], "Duplicate OriginatorConversationID.");
  assert.deepEqual(await getBalances(), before);
  assert.equal(listener.received.length, 1);
});

test("b2cV1: equal requests pay again", async () => {
  const [, before] = await getBalances();
  await pay(versions[0]);
  await pay(versions[0]);
  await listener.waitForCallbacks(2);
  assert.equal((await getBalances())[1] - before, 2000n);
});

test("a B2C shortcode pays customers, and a shortcode that may not pay customers is 2028", async () => {
  const payers = [
    ["600997", { Amount: 250_000 }, 0],
    ["500102", {}, 2028],
    ["174379", {}, 2028],
  ] as const;
  for (const [index, [shortcode, fields, code]] of payers.entries()) {
    const reply = await pay(versions[1], { PartyA: shortcode, ...fields });
    assert.equal(reply.status, 200, reply.text);
    assert.equal((await waitForResult(listener, index)).result.ResultCode, code, shortcode);
  }
});
