/**
 * Where the gateway is strict because leniency would cost money: duplicates, empty values, names of other versions, and
 * parameters of a payment in the query string.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { control } from "../../support/control.ts";
import { collect, createTestCustomer, getTransactionId, reverse } from "../../support/payments.ts";
import { c2bFields, createReference, createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";
import { examplePayload, sendCall, summarise, toQueryString, type Fields } from "./packets.ts";

let sandbox: TestSandbox;
let bearer: string;
before(async () => {
  sandbox = await createTestSandbox();
  bearer = await sandbox.session();
});
after(() => sandbox[Symbol.asyncDispose]());

const path = "/sandbox/ipg/v2/vodacomTZN/c2bPayment/singleStage/";

const post = (body: string, target = path) => sandbox.raw("POST", target, { bearer, body });

/** The log line of the last request of a market. */
async function readLastLogLine(market: "vodacomTZN" | "vodafoneGHA" = "vodacomTZN") {
  const { requests } = await control(sandbox, "GET /markets/{market}/requests", {
    params: { market },
    query: { limit: "1" },
  });
  const [line] = requests;
  assert(line !== undefined, "the request is in the log");
  return line;
}

const readReason = async (market?: "vodafoneGHA") => (await readLastLogLine(market)).decision;

/** The JSON of a valid payment, with text at its beginning and at its end. */
function renderPayment(first: string, last = ""): string {
  const json = JSON.stringify(c2bFields(sandbox));
  return `{${first}${json.slice(1, -1)}${last}}`;
}

test("a name that stands twice in the body is INS-21, moves no money, and is named in the log", async () => {
  // prettier-ignore
  const table: [body: string, named: string][] = [
    [renderPayment('"input_Amount":"1",'), '"input_Amount" is in the body twice'],
    [renderPayment("", ',"input_Amount":"1"'), '"input_Amount" is in the body twice'],
    [renderPayment('"input_Amount":"10",'), '"input_Amount" is in the body twice'],
    [renderPayment('"\\u0069nput_Amount":"1",'), '"input_Amount" is in the body twice'],
    [renderPayment('"input_Amount":null,'), '"input_Amount" is in the body twice'],
    [renderPayment('"input_Amount":{"a":"b"},'), '"input_Amount" is in the body twice'],
    [renderPayment('"input_Amount,omitempty":"1",'), '"input_Amount" is in the body twice'],
    [renderPayment('"other":1,"other":2,'), '"other" is in the body twice'],
    [renderPayment('"__proto__":1,"__proto__":2,'), '"__proto__" is in the body twice'],
    [renderPayment('"a\\u0000b":1,"a\\u0000b":2,'), '"a\\u0000b" is in the body twice'],
  ];
  const before = await sandbox.getAvailable("000000");
  for (const [body, named] of table) {
    assert.equal(summarise(await post(body)), "400 INS-21", body);
    assert((await readReason()).includes(named), named);
  }
  assert.equal(await sandbox.getAvailable("000000"), before);
});

test("names inside nested values, and names that differ in case, are no duplicates", async () => {
  const bodies = [
    renderPayment('"other":{"a":"1","a":"2"},'),
    renderPayment('"other":["input_Amount","input_Amount"],'),
    renderPayment('"input_amount":"1",'),
    renderPayment('"other":"\\"input_Amount\\":\\"1\\"",'),
  ];
  for (const body of bodies) assert.equal(summarise(await post(body)), "201 INS-0", body);
});

test("a name that stands twice in a query string is INS-21, and the body still takes precedence over it", async () => {
  const target = "/sandbox/ipg/v2/vodafoneGHA/queryTransactionStatus/";
  const query = toQueryString(examplePayload("queryTransactionStatus"));
  const repeated = [
    "&input_Country=GHA",
    "&input_Country",
    "&%69nput_Country=GHA",
    "&input_Country%2Comitempty=GHA",
    "&a=1&a=2",
  ];
  for (const more of repeated) {
    const reply = await sandbox.raw("GET", `${target}?${query}${more}`, { bearer });
    assert.equal(summarise(reply), "400 INS-21", more);
    assert.match(await readReason("vodafoneGHA"), /"(?:input_Country|a)" is in the query string twice/);
  }
  assert.equal(summarise(await sandbox.raw("GET", `${target}?${query}`, { bearer })), "200 INS-0");
});

test("two spellings of one parameter are INS-21", async () => {
  const fields = examplePayload("queryBeneficiaryName", "vodafoneGHA", { input_KycQueryType: "Name" });
  assert.equal(summarise(await sendCall(sandbox, "queryBeneficiaryName", fields)), "400 INS-21");
  assert.match(await readReason("vodafoneGHA"), /input_KycQueryType and input_KYCQueryType/);
});

test("a payment whose parameters are in the query string is INS-20, also if only one of them is", async () => {
  const msisdn = await createTestCustomer(sandbox);
  const fields = c2bFields(sandbox, { input_CustomerMSISDN: msisdn }) as Record<string, string>;
  const { input_Amount = "", ...rest } = fields;
  const requests: [target: string, body: string][] = [
    [`${path}?${toQueryString(fields)}`, ""],
    [`${path}?${toQueryString(fields)}`, "{}"],
    [`${path}?input_Amount=${input_Amount}`, JSON.stringify(rest)],
    [`${path}?input_Amount=1`, JSON.stringify(fields)],
    [`${path}?INPUT_ResponseURL=x`, JSON.stringify(fields)],
  ];
  for (const [target, body] of requests) {
    assert.equal(summarise(await post(body, target)), "400 INS-20", target);
    assert.match(await readReason(), /is in the query string\. A POST has its parameters in its JSON body/);
  }
  assert.equal(await sandbox.getAvailable(msisdn), 100_00n);
  assert.equal(summarise(await post(JSON.stringify(fields), `${path}?utm=1&utm=2`)), "201 INS-0");
});

test("an optional amount in the query string of a reversal does not turn it into a full reversal", async () => {
  const msisdn = await createTestCustomer(sandbox);
  const paid = await collect(sandbox, { input_CustomerMSISDN: msisdn, input_Amount: "30" });
  const fields = {
    input_TransactionID: getTransactionId(paid),
    input_Country: "TZN",
    input_ServiceProviderCode: "000000",
    input_ThirdPartyConversationID: createReference(),
  };
  const target = "/sandbox/ipg/v2/vodacomTZN/reversal/?input_ReversalAmount=10";
  const reply = await sandbox.raw("PUT", target, { bearer, body: JSON.stringify(fields) });
  assert.equal(summarise(reply), "400 INS-20");
  assert.equal(await sandbox.getAvailable(msisdn), 70_00n);
});

test("a reversal whose amount is empty, null or misnamed is INS-15 and reverses nothing", async () => {
  const msisdn = await createTestCustomer(sandbox);
  const paid = getTransactionId(await collect(sandbox, { input_CustomerMSISDN: msisdn, input_Amount: "30" }));
  const refused: [fields: Fields, reason: RegExp][] = [
    [{ input_ReversalAmount: "" }, /input_ReversalAmount is present, but empty/],
    [{ input_ReversalAmount: null }, /input_ReversalAmount is present, but empty/],
    [{ "input_ReversalAmount,omitempty": "" }, /input_ReversalAmount is present, but empty/],
    [{ input_ReversalAmount: " " }, /input_ReversalAmount does not match/],
    [{ input_Amount: "10" }, /no input_Amount: the parameter is input_ReversalAmount/],
    [{ input_Amount: 10 }, /no input_Amount: the parameter is input_ReversalAmount/],
    [{ input_Amount: null }, /no input_Amount: the parameter is input_ReversalAmount/],
    [{ input_Amount: "10", input_ReversalAmount: "10" }, /no input_Amount/],
  ];
  for (const [fields, reason] of refused) {
    assert.equal(summarise(await reverse(sandbox, paid, fields)), "400 INS-15", JSON.stringify(fields));
    assert.match(await readReason(), reason);
  }
  assert.equal(await sandbox.getAvailable(msisdn), 70_00n);
  const part = await reverse(sandbox, paid, { "input_ReversalAmount,omitempty": "10" });
  assert.equal(summarise(part), "201 INS-0");
  assert.equal(await sandbox.getAvailable(msisdn), 80_00n);
  assert.equal(
    summarise(await reverse(sandbox, paid)),
    "201 INS-0",
    "without an amount, the rest is reversed",
  );
});

test("a limit of a mandate that is empty is refused with its own code; an empty way to name the customer is not", async () => {
  const limits = {
    input_FirstPaymentDate: "INS-39",
    input_Frequency: "INS-40",
    input_StartRangeOfDays: "INS-41",
    input_EndRangeOfDays: "INS-42",
    input_ExpiryDate: "INS-43",
  };
  for (const [name, code] of Object.entries(limits)) {
    const fields = examplePayload("directDebitCreate", "vodafoneGHA", { [name]: "" });
    assert.equal(summarise(await sendCall(sandbox, "directDebitCreate", fields)), `400 ${code}`, name);
    const absent = examplePayload("directDebitCreate", "vodafoneGHA", {
      ...Object.fromEntries(Object.keys(limits).map((limit) => [limit, undefined])),
      [name]: null,
    });
    assert.equal(summarise(await sendCall(sandbox, "directDebitCreate", absent)), "201 INS-0", name);
  }
  for (const name of ["input_MsisdnToken", "input_MandateID", "input_ResponseURL"]) {
    const fields = examplePayload("queryDirectDebit", "vodafoneGHA", { [name]: "" });
    assert.equal(summarise(await sendCall(sandbox, "queryDirectDebit", fields)), "200 INS-0", name);
  }
});

test("an unknown name is ignored, and the log suggests a parameter that it resembles", async () => {
  // prettier-ignore
  const table: [name: string, suggested: string | null][] = [
    ["input_amount", "input_Amount"], ["input_Amout", "input_Amount"], ["Input_Amuont", "input_Amount"],
    ["input_CustomerMsisdn", "input_CustomerMSISDN"], ["input_ResponseUrl", "input_ResponseURL"],
    ["input_Colour", null], ["input_", null], ["Amount", null], [`input_${"x".repeat(5000)}`, null],
  ];
  for (const [name, suggested] of table) {
    assert.equal(
      summarise(await post(JSON.stringify(c2bFields(sandbox, { [name]: "1" })))),
      "201 INS-0",
      name,
    );
    const reason = await readReason();
    if (suggested === null) assert.doesNotMatch(reason, /is no parameter/, name);
    else assert(reason.includes(`"${name}" is no parameter and was ignored: is ${suggested} meant?`), reason);
  }
  const { input_Amount: _, ...rest } = c2bFields(sandbox);
  assert.equal(summarise(await post(JSON.stringify({ ...rest, input_amount: "1" }))), "400 INS-20");
  assert.match(await readReason(), /input_Amount is missing\. "input_amount" is no parameter/);
});

test("a payment that cannot be queried by its reference is made, and the log warns", async () => {
  for (const reference of [
    "two words",
    "with_underscore",
    "x".repeat(33),
    createReference().padEnd(40, "0"),
  ]) {
    const paid = await collect(sandbox, { input_ThirdPartyConversationID: reference });
    assert.equal(summarise(paid), "201 INS-0", reference);
    assert.match(
      await readReason(),
      /queryTransactionStatus does not accept this input_ThirdPartyConversationID/,
    );
  }
  await collect(sandbox);
  assert.doesNotMatch(await readReason(), /does not accept/);
});

test("the log does not contain voucher codes", async () => {
  const held = await sandbox.call("POST", "c2bPayment/multiStage/", {
    ...c2bFields(sandbox),
    input_APIVersion: "3.1",
  });
  const voucher = held.body["output_VoucherCode"] ?? "";
  assert.match(voucher, /^[0-9A-Z]{4,12}$/);
  assert.doesNotMatch(JSON.stringify(await readLastLogLine()), new RegExp(voucher));
  const completed = await sandbox.call("PUT", "updateTransactionStatus/", {
    input_CustomerMSISDN: "1",
    input_VoucherCode: voucher,
    input_Country: "TZN",
    input_TransactionID: getTransactionId(held),
    input_ServiceProviderCode: "000000",
    input_ThirdPartyConversationID: createReference(),
    input_APIVersion: "3.1",
  });
  assert.equal(summarise(completed), "200 INS-GAR-0");
  assert.doesNotMatch(JSON.stringify(await readLastLogLine()), new RegExp(voucher));
});
