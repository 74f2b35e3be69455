/** B2B and tax remittance: the accounts of each command, results, and every documented code. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { BusinessCommandId } from "../../../src/protocols/g2/business-commands.ts";
import { b2b } from "../../../src/protocols/daraja/operations/b2b.ts";
import { taxRemittance } from "../../../src/protocols/daraja/operations/tax-remittance.ts";
import { toResultText } from "../../../src/protocols/daraja/call-results.ts";
import type { ResultCode } from "../../../src/protocols/daraja/result-codes.ts";
import { formatTrigger } from "../../../src/protocols/daraja/triggers.ts";
import { encryptPassword } from "../../../src/protocols/g2/security-credential.ts";
import { control } from "../../support/control.ts";
import {
  createDarajaClient,
  kenya,
  registerShortcodes,
  type DarajaReply,
  type DarajaTestClient,
} from "../../support/daraja.ts";
import { formatMinor, getResult, initiate, listKeys, waitForResult } from "../../support/daraja-results.ts";
import { createTestListener, type Listener } from "../../support/listener.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";

const paybill = "600996";
const otherPaybill = "600000";
const b2cShortcode = "600997";
const store = "500101";
const till = "500102";
const stkOnly = "174379";

let sandbox: TestSandbox;
let client: DarajaTestClient;
let listener: Listener;
before(async () => {
  sandbox = await createTestSandbox();
  client = createDarajaClient(sandbox);
  await registerShortcodes(sandbox, [
    { shortcode: "700001", name: "Agency", kind: "agency" },
    { shortcode: "700003", name: "Another agency", kind: "agency" },
    { shortcode: "700002", name: "Another till", kind: "till" },
  ]);
});
after(() => sandbox[Symbol.asyncDispose]());
test.beforeEach(async () => {
  listener = await createTestListener();
});
test.afterEach(() => listener[Symbol.asyncDispose]());

const buildRequest = (fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
  Initiator: "testapi",
  SecurityCredential: initiate(sandbox).credential,
  SenderIdentifierType: "4",
  RecieverIdentifierType: "4",
  Amount: "239",
  PartyA: paybill,
  PartyB: otherPaybill,
  AccountReference: "353353",
  Requester: "254708374149",
  Remarks: "OK",
  QueueTimeOutURL: `${listener.url}/timeout`,
  ResultURL: `${listener.url}/result`,
  ...fields,
});

const move = (
  command: BusinessCommandId,
  fields: Readonly<Record<string, unknown>> = {},
): Promise<DarajaReply> => client.post(b2b.path, buildRequest({ CommandID: command, ...fields }));

const remit = (fields: Readonly<Record<string, unknown>> = {}): Promise<DarajaReply> =>
  client.post(taxRemittance.path, buildRequest({ CommandID: "PayTaxToKRA", PartyB: "572572", ...fields }));

type Account = readonly [kind: "working" | "utility" | "merchant", owner: string];

const getAvailable = ([kind, owner]: Account): Promise<bigint> => sandbox.getAvailable(owner, kenya, kind);

const commands: readonly (readonly [BusinessCommandId, from: Account, to: Account])[] = [
  ["BusinessPayBill", ["working", paybill], ["utility", otherPaybill]],
  ["BusinessBuyGoods", ["working", paybill], ["merchant", till]],
  ["BusinessPayToBulk", ["working", paybill], ["utility", b2cShortcode]],
  ["DisburseFundsToBusiness", ["utility", paybill], ["working", otherPaybill]],
  ["BusinessToBusinessTransfer", ["working", paybill], ["working", otherPaybill]],
  ["BusinessTransferFromMMFToUtility", ["working", paybill], ["utility", paybill]],
  ["MerchantToMerchantTransfer", ["merchant", till], ["merchant", store]],
  ["MerchantServicesMMFAccountTransfer", ["merchant", till], ["merchant", store]],
  ["MerchantTransferFromMerchantToWorking", ["merchant", till], ["working", till]],
  ["MerchantTransferFromWorkingToMerchant", ["working", till], ["merchant", till]],
];

for (const [command, from, to] of commands) {
  test(`${command} moves money from the ${from[0]} account of ${from[1]} to the ${to[0]} account of ${to[1]}`, async () => {
    const [fromBefore, toBefore] = await Promise.all([getAvailable(from), getAvailable(to)]);
    const reply = await move(command, { PartyA: from[1], PartyB: to[1] });
    assert.equal(reply.status, 200, reply.text);
    assert.equal((await waitForResult(listener)).result.ResultCode, "0");
    assert.equal(fromBefore - (await getAvailable(from)), 23_900n);
    assert.equal((await getAvailable(to)) - toBefore, 23_900n);
  });
}

const successKeys = [
  "DebitAccountBalance",
  "Amount",
  "DebitPartyAffectedAccountBalance",
  "TransCompletedTime",
  "DebitPartyCharges",
  "ReceiverPartyPublicName",
  "Currency",
  "InitiatorAccountCurrentBalance",
];

const calls: readonly (readonly [string, typeof remit, string])[] = [
  ["b2b", (fields) => move("BusinessPayBill", fields), `${otherPaybill} - Umoja Wholesalers`],
  ["taxRemittance", remit, "572572 - Kenya Revenue Authority"],
];

for (const [name, send, receiver] of calls) {
  test(`${name}: the acknowledgement and the result have their fields, types and order`, async () => {
    const reply = await send();
    assert.equal(reply.status, 200, reply.text);
    assert.deepEqual(Object.keys(reply.body), [
      "ConversationID",
      "OriginatorConversationID",
      "ResponseCode",
      "ResponseDescription",
    ]);
    const { result } = await waitForResult(listener);
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
    assert.equal(result.ResultType, "0");
    assert.equal(result.ResultCode, "0");
    assert.equal(result.OriginatorConversationID, reply.body["OriginatorConversationID"]);
    assert.equal(result.ConversationID, reply.body["ConversationID"]);
    assert.deepEqual(listKeys(result), successKeys);
    const availableMinor = await getAvailable(["working", paybill]);
    const balance = formatMinor(availableMinor);
    const debit = `{Amount={CurrencyCode=KES, MinimumAmount=${availableMinor}, BasicAmount=${balance}}}`;
    assert.equal(getResult(result, "DebitAccountBalance"), debit);
    assert.equal(getResult(result, "InitiatorAccountCurrentBalance"), debit);
    assert.equal(
      getResult(result, "DebitPartyAffectedAccountBalance"),
      `Working Account|KES|${balance}|${balance}|0.00|0.00`,
    );
    assert.equal(getResult(result, "Amount"), "239.00");
    assert.match(String(getResult(result, "TransCompletedTime")), /^20\d{12}$/);
    assert.equal(typeof getResult(result, "TransCompletedTime"), "string");
    assert.equal(getResult(result, "DebitPartyCharges"), "20.00");
    assert.equal(getResult(result, "ReceiverPartyPublicName"), receiver);
    assert.equal(getResult(result, "Currency"), "KES");
    const items = result.ReferenceData?.ReferenceItem;
    assert(Array.isArray(items));
    assert.deepEqual(items[0], { Key: "BillReferenceNumber", Value: "353353" });
    assert.equal((items[1] as { Key: string }).Key, "QueueTimeoutURL");
  });

  test(`${name}: every documented result has a trigger, and a failure has one parameter, as an object`, async () => {
    const operation = name === "b2b" ? b2b : taxRemittance;
    const codes = Object.keys(operation.results) as ResultCode[];
    for (const [index, code] of codes.entries()) {
      const reply = await send({ PartyB: formatTrigger("shortcode", code) });
      assert.equal(reply.status, 200, `${code} ${reply.text}`);
      const { result } = await waitForResult(listener, index);
      assert.equal(result.ResultType, name === "b2b" ? 0 : "0");
      assert.equal(result.ResultCode, /^\d+$/.test(code) ? Number(code) : code);
      assert.equal(result.ResultDesc, toResultText(operation, code));
      assert.match(result.TransactionID, /^[A-Z][A-L][1-9A-V]0{7}$/);
      const parameter = result.ResultParameters?.ResultParameter as { Key: string; Value: unknown };
      assert.equal(parameter.Key, "BOCompletedTime");
      assert.equal(typeof parameter.Value, name === "b2b" ? "number" : "string");
    }
  });

  test(`${name}: silence, and the notice at QueueTimeOutURL`, async () => {
    await send({ PartyB: formatTrigger("shortcode", "silence") });
    await send({ PartyB: formatTrigger("shortcode", "timeout") });
    const [notice] = await listener.waitForCallbacks(1);
    assert(notice !== undefined && notice.path.endsWith("/timeout"));
    assert.equal(listener.received.length, 1);
  });
}

test("a top-up's failure has the account as a number", async () => {
  await move("BusinessPayToBulk", { PartyB: "690001", AccountReference: "12323333" });
  const { result } = await waitForResult(listener);
  assert.deepEqual(result.ResultParameters, {
    ResultParameter: { Key: "BillReferenceNumber", Value: 12_323_333 },
  });
});

test("what real clients send is accepted", async () => {
  const requests: readonly Readonly<Record<string, unknown>>[] = [
    { CommandID: undefined, "Command ID": "BusinessPayBill" },
    { RecieverIdentifierType: undefined, ReceiverIdentifierType: "4" },
    { RecieverIdentifierType: 4, SenderIdentifierType: 4, Amount: 239, PartyA: 600996, PartyB: 600000 },
    { CommandID: "BusinessToBusinessTransfer", AccountReference: null, Remarks: undefined },
    { CommandID: "BusinessBuyGoods", PartyB: till, RecieverIdentifierType: "2", AccountReference: undefined },
    { Requester: undefined, SenderIdentifierType: undefined, Occasion: "May" },
  ];
  for (const fields of requests) {
    const reply = await move("BusinessPayBill", fields);
    assert.equal(reply.status, 200, `${JSON.stringify(fields)}: ${reply.text}`);
  }
  const { path } = taxRemittance;
  const spaced = buildRequest({ "Command ID": "PayTaxToKRA", PartyB: "572572" });
  assert.equal((await client.post(path, spaced)).status, 200);
  for (const { text } of await listener.waitForCallbacks(requests.length + 1))
    assert.match(text, /"ResultCode":"0"/);
});

test("a field that is missing or malformed is 400.003.02 with its name", async () => {
  const invalid: readonly (readonly [string, unknown])[] = [
    ["CommandID", "BusinessPayment"],
    ["RecieverIdentifierType", "1"],
    ["Amount", "10.5"],
    ["Amount", 0],
    ["PartyB", "254708374149"],
    ["AccountReference", "12345678901234"],
    ["AccountReference", null],
    ["Requester", "0708374149"],
    ["ResultURL", "result"],
  ];
  for (const [field, value] of invalid) {
    for (const reply of [
      await move("BusinessPayBill", { [field]: value }),
      await remit({ [field]: value }),
    ]) {
      assert.equal(reply.status, 400, `${field}: ${reply.text}`);
      assert.equal(reply.body["errorCode"], "400.003.02");
      assert.equal(reply.body["errorMessage"], `Bad Request - Invalid ${field}`);
    }
  }
});

test("organisations without the account of a command are refused, and no money moves", async () => {
  const accounts: readonly Account[] = [
    ["working", paybill],
    ["utility", paybill],
    ["merchant", till],
  ];
  const before = await Promise.all(accounts.map(getAvailable));
  const requests: readonly (readonly [
    BusinessCommandId,
    Readonly<Record<string, unknown>>,
    number | string,
  ])[] = [
    ["BusinessPayBill", { PartyB: till }, "SFC_IC0003"],
    ["BusinessPayBill", { PartyB: "600111" }, "SFC_IC0003"],
    ["BusinessBuyGoods", { PartyB: otherPaybill }, "SFC_IC0003"],
    ["BusinessPayBill", { PartyB: paybill }, "SFC_IC0003"],
    ["DisburseFundsToBusiness", { PartyB: paybill }, "SFC_IC0003"],
    ["BusinessTransferFromMMFToUtility", { PartyB: otherPaybill }, "SFC_IC0003"],
    ["MerchantToMerchantTransfer", { PartyB: till }, 2028],
    ["MerchantServicesMMFAccountTransfer", { PartyA: till, PartyB: "700002" }, "SFC_IC0003"],
    ["AgencyFloatAdvance", { PartyB: "700001" }, 2028],
    ["BusinessTransferFromUtilityToMMF", { PartyB: paybill }, 21],
    ["BusinessPayBill", { PartyA: stkOnly }, 2028],
    ["BusinessPayBill", { Amount: 50_000_000 }, 1],
  ];
  for (const [index, [command, fields, code]] of requests.entries()) {
    const reply = await move(command, fields);
    assert.equal(reply.status, 200, reply.text);
    const { result } = await waitForResult(listener, index);
    assert.equal(result.ResultCode, code, `${command} ${JSON.stringify(fields)}`);
  }
  assert.deepEqual(await Promise.all(accounts.map(getAvailable)), before);
});

test("a transfer within an organisation is free, so its charge is an empty text", async () => {
  await move("BusinessTransferFromMMFToUtility", { PartyB: paybill });
  assert.equal(getResult((await waitForResult(listener)).result, "DebitPartyCharges"), "");
});

test("AgencyFloatAdvance moves float from one agency to another", async () => {
  const organisation = { market: kenya, shortcode: "700001" } as const;
  const password = "Agency#Pass1";
  await control(sandbox, "POST /markets/{market}/organisations/{shortcode}/operators", {
    params: organisation,
    body: { username: "agent", password, roles: ["b2b"] },
  });
  const { certificate } = sandbox.platform.sandboxInfo["daraja"] as { readonly certificate: string };
  const SecurityCredential = encryptPassword(certificate, password);
  await move("BusinessToBusinessTransfer", { PartyB: "700001" });
  const advance = { Initiator: "agent", SecurityCredential, PartyA: "700001" };
  await move("AgencyFloatAdvance", { ...advance, PartyB: "700003" });
  const { result } = await waitForResult(listener, 1);
  assert.equal(result.ResultCode, "0");
  assert.equal(
    getResult(result, "DebitPartyAffectedAccountBalance"),
    "Float Account|KES|0.00|0.00|0.00|0.00",
  );
  assert.equal(await getAvailable(["working", "700003"]), 23_900n);
  await move("AgencyFloatAdvance", { ...advance, PartyB: paybill });
  assert.equal((await waitForResult(listener, 2)).result.ResultCode, "SFC_IC0003");
});

test("an organisation's settings may allow the move from utility to working", async () => {
  await control(sandbox, "PATCH /markets/{market}/organisations/{shortcode}", {
    params: { market: kenya, shortcode: b2cShortcode },
    body: { utilityToWorking: true },
  });
  const before = await getAvailable(["working", b2cShortcode]);
  await move("BusinessTransferFromUtilityToMMF", { PartyA: b2cShortcode, PartyB: b2cShortcode });
  assert.equal((await waitForResult(listener)).result.ResultCode, "0");
  assert.equal((await getAvailable(["working", b2cShortcode])) - before, 23_900n);
});

test("tax goes to the revenue authority alone", async () => {
  const before = await getAvailable(["utility", "572572"]);
  await remit();
  assert.equal((await waitForResult(listener)).result.ResultCode, "0");
  assert.equal((await getAvailable(["utility", "572572"])) - before, 23_900n);
  await remit({ PartyB: otherPaybill });
  const { result } = await waitForResult(listener, 1);
  assert.equal(result.ResultCode, "SFC_IC0003");
  assert.equal(result.ResultDesc, "Receiver party is invalid");
});
