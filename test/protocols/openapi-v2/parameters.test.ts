/** Each parameter that is missing, empty or invalid gets its own documented code. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";
import { codeTexts, documented, products, type Call, type DocumentedCall } from "./documented.ts";
import { documentedResult, examplePayload, summarise, sendCall } from "./packets.ts";

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox();
});
after(() => sandbox[Symbol.asyncDispose]());

/** Values that no call accepts for a parameter. The first violates its expression if it has one. */
// prettier-ignore
const invalidValues: Readonly<Record<string, readonly string[]>> = {
  input_Amount:                   ["ten", "-1", "1e2", "1,50", "1.", "+5", " 5", "0x10", "10.005", "10.000", "0", "0.00", "1".repeat(500)],
  input_ReversalAmount:           ["ten", "-1", "10.005", "0"],
  input_BalanceAmount:            ["ten", "1x", "1x5", "0"],
  input_CustomerMSISDN:           ["25575", "25575000000a", "+255750000001", "255750000000001", "255 750 0001", "26651000001"],
  input_Country:                  ["XXX", "gha", "GH", "Ghana", "__proto__"],
  input_Currency:                 ["G$", "GHSX", "XXX", "ghs"],
  input_ServiceProviderCode:      ["123", "1234567890123", "00-000", "0000 0"],
  input_PrimaryPartyCode:         ["123", "00-000"],
  input_ReceiverPartyCode:        ["123", "00-000"],
  input_TransactionReference:     ["has-dash", "x".repeat(21), "é"],
  input_ThirdPartyConversationID: ["1e9b774d-1da3-4af7-8412-a498cbc28f5e", "x".repeat(41), "a\nb\u0000"],
  input_PurchasedItemsDesc:       ["Handbag, Black shoes", "x".repeat(257)],
  input_PaymentItemsDesc:         ["Salary, May", "x".repeat(257)],
  input_QueryReference:           ["has-dash", "x".repeat(33)],
  input_TransactionID:            ["has-dash", "x".repeat(21)],
  input_KycQueryType:             ["Age", "name"],
  input_ThirdPartyReference:      ["has space", "x".repeat(33)],
  input_MsisdnToken:              ["a+b/c", "x".repeat(27)],
  input_MandateID:                ["1a", "1234567890123"],
  input_AgreedTC:                 ["2", "0"],
  input_FirstPaymentDate:         ["2027-1-1", "20270230"],
  input_Frequency:                ["1", "00", "09"],
  input_StartRangeOfDays:         ["1", "00", "32"],
  input_EndRangeOfDays:           ["1", "00", "32"],
  input_ExpiryDate:               ["2027", "20270230"],
  input_QueryBalanceAmount:       ["Maybe", "constructor", "__proto__"],
  input_VoucherCode:              ["abc", "A-1234", "x".repeat(13)],
  input_APIVersion:               ["3.0", "3x1", "3"],
};

/** This field has another meaning in updateTransactionStatus. */
const getInvalidValues = (call: Call, name: string): readonly string[] =>
  call === "updateTransactionStatus" && name === "input_CustomerMSISDN"
    ? ["2", "10"]
    : (invalidValues[name] ?? []);

/** M-Pesa spells one parameter in two ways; the sample has the other spelling. */
const omitField = (fields: Record<string, unknown>, name: string) =>
  Object.fromEntries(Object.entries(fields).filter(([key]) => key.toLowerCase() !== name.toLowerCase()));

for (const [call, { parameters }] of products) {
  test(`${call}: a missing or empty mandatory parameter is INS-20`, async () => {
    for (const { name } of parameters.filter(({ mandatory }) => mandatory)) {
      const rest = omitField(examplePayload(call), name);
      for (const fields of [rest, { ...rest, [name]: "" }]) {
        assert.equal(summarise(await sendCall(sandbox, call, fields)), "400 INS-20", name);
      }
      if (documented[call].method !== "GET") {
        assert.equal(
          summarise(await sendCall(sandbox, call, { ...rest, [name]: null })),
          "400 INS-20",
          `${name} is null`,
        );
      }
    }
  });

  test(`${call}: an invalid value gets the parameter's own code`, async () => {
    const { texts = {} }: DocumentedCall = documented[call];
    for (const { name, code, expression } of parameters) {
      const values = getInvalidValues(call, name);
      assert(values.length > 0, `${name} has no invalid values`);
      if (expression !== null) assert.doesNotMatch(values[0] ?? "", expression);
      for (const value of values) {
        const reply = await sendCall(sandbox, call, {
          ...omitField(examplePayload(call), name),
          [name]: value,
        });
        assert.equal(summarise(reply), documentedResult(call, code), `${name} is ${JSON.stringify(value)}`);
        const responseCode = reply.body["output_ResponseCode"] ?? "";
        assert.equal(reply.body["output_ResponseDesc"], texts[responseCode] ?? codeTexts[responseCode]);
      }
    }
  });

  test(`${call}: an error echoes both conversation ids and has no other field`, async () => {
    const [{ name } = { name: "" }] = parameters.filter(({ mandatory }) => mandatory);
    const fields = omitField(examplePayload(call), name);
    const reply = await sendCall(sandbox, call, fields);
    assert.deepEqual(Object.keys(reply.body), [
      "output_ResponseCode",
      "output_ResponseDesc",
      "output_ConversationID",
      "output_ThirdPartyConversationID",
    ]);
    assert.match(reply.body["output_ConversationID"] ?? "", /^[0-9a-f]{32}$/);
    assert.equal(reply.body["output_ThirdPartyConversationID"], fields["input_ThirdPartyConversationID"]);
  });
}

test("a number of eleven digits is an MSISDN in Lesotho only", async () => {
  const [thabo = ""] = sandbox.clientInfo.markets.vodacomLES.customers;
  assert.match(thabo, /^266\d{8}$/);
  const paid = await sendCall(
    sandbox,
    "c2bSingle",
    examplePayload("c2bSingle", "vodacomLES", { input_CustomerMSISDN: thabo }),
    {
      market: "vodacomLES",
    },
  );
  assert.equal(summarise(paid), "201 INS-0");
  for (const market of ["vodafoneGHA", "vodacomTZN", "vodacomDRC", "vodacomMOZ"] as const) {
    const fields = examplePayload("c2bSingle", market, { input_CustomerMSISDN: thabo });
    assert.equal(summarise(await sendCall(sandbox, "c2bSingle", fields, { market })), "400 INS-2051", market);
  }
});

test("a mandate's dates and days are validated together as documented", async () => {
  const base = {
    input_FirstPaymentDate: undefined,
    input_Frequency: undefined,
    input_StartRangeOfDays: undefined,
    input_EndRangeOfDays: undefined,
    input_ExpiryDate: undefined,
  };
  // prettier-ignore
  const table = [
    { expected: "201 INS-0",  terms: {} },
    { expected: "201 INS-0",  terms: { input_ExpiryDate: "20991231" } },
    { expected: "400 INS-39", terms: { input_FirstPaymentDate: "20270101" } },
    { expected: "400 INS-41", terms: { input_StartRangeOfDays: "01" } },
    { expected: "400 INS-42", terms: { input_EndRangeOfDays: "22" } },
    ...["01", "02", "03", "08"].flatMap((input_Frequency) => [
      { expected: "201 INS-0",  terms: { input_Frequency } },
      { expected: "201 INS-0",  terms: { input_Frequency, input_FirstPaymentDate: "20270101" } },
      { expected: "400 INS-41", terms: { input_Frequency, input_StartRangeOfDays: "01" } },
      { expected: "400 INS-42", terms: { input_Frequency, input_EndRangeOfDays: "22" } },
    ]),
    ...["04", "05", "06", "07"].flatMap((input_Frequency) => [
      { expected: "201 INS-0",  terms: { input_Frequency } },
      { expected: "201 INS-0",  terms: { input_Frequency, input_StartRangeOfDays: "01", input_EndRangeOfDays: "01" } },
      { expected: "400 INS-42", terms: { input_Frequency, input_StartRangeOfDays: "05", input_EndRangeOfDays: "04" } },
    ]),
    { expected: "201 INS-0",  terms: { input_Frequency: "02", input_FirstPaymentDate: "20270101", input_ExpiryDate: "20270101" } },
    { expected: "400 INS-43", terms: { input_Frequency: "02", input_FirstPaymentDate: "20270102", input_ExpiryDate: "20270101" } },
    { expected: "400 INS-43", terms: { input_Frequency: "02", input_ExpiryDate: "20200101" } },
  ];
  for (const { expected, terms } of table) {
    const fields = examplePayload("directDebitCreate", "vodafoneGHA", { ...base, ...terms });
    assert.equal(
      summarise(await sendCall(sandbox, "directDebitCreate", fields)),
      expected,
      JSON.stringify(terms),
    );
  }
});
