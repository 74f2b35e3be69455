/**
 * The order of refusals is fixed, because integrators build their messages from the first one.
 *
 * Each row fixes what the row above was refused for and leaves the rest invalid, so each row proves its own refusal
 * and that it precedes those below.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { msPerDay } from "../../../src/core/clock.ts";
import { enableProducts } from "../../../src/developers/enabled-products.ts";
import { productNames } from "../../../src/protocols/openapi-v2/products.ts";
import { railFor } from "../../../src/core/rails.ts";
import { registerCustomers } from "../../../src/payments/register.ts";
import { createBearer } from "../../support/application.ts";
import {
  c2bFields,
  createTestSandbox,
  createReference,
  type Reply,
  type TestSandbox,
} from "../../support/sandbox.ts";
import { products } from "./documented.ts";
import { documentedResult, examplePayload, summarise, sendCall, type Fields } from "./packets.ts";

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox();
  // Noon in Dar es Salaam, so that usage hours do not depend on when the tests run.
  sandbox.clock.set(new Date(Math.floor(Date.now() / msPerDay) * msPerDay + msPerDay + 9 * 3_600_000));
});
after(() => sandbox[Symbol.asyncDispose]());

/** Sends one payment with the given bearer, market and fields. */
async function pay(bearer: string | undefined, market: string, fields: Fields): Promise<Reply> {
  const path = `/sandbox/ipg/v2/${market}/c2bPayment/singleStage/`;
  return sandbox.raw("POST", path, { ...(bearer === undefined ? {} : { bearer }), fields });
}

test("a payment with many errors gets one refusal after the other, in order", async () => {
  const { c2bSingle: _, ...others } = enableProducts(productNames);
  const bearerWithoutProduct = await createBearer(sandbox, { products: others });
  const bearerForNight = await createBearer(sandbox, {
    products: { c2bSingle: { from: "22:00", to: "04:00", limits: { singleValue: "50.00" } } },
  });
  const limited = await createBearer(sandbox, {
    products: { c2bSingle: { limits: { singleValue: "50.00" } } },
    shortcodes: ["000000"],
  });
  const used = createReference();
  assert.equal(
    summarise(await pay(limited, "vodacomTZN", c2bFields(sandbox, { input_ThirdPartyConversationID: used }))),
    "201 INS-0",
  );

  await registerCustomers(sandbox.platform.payments(railFor("sandbox", "vodacomTZN")).context, [
    { msisdn: "255759000001", firstName: "Poor", lastName: "Decliner", behaviour: "decline" },
    { msisdn: "255759000002", firstName: "Poor", lastName: "Approver", behaviour: "approve" },
  ]);
  const [richCustomer = ""] = sandbox.clientInfo.markets.vodacomTZN.customers;

  /** Each step changes one field and names the refusal of the resulting payment. */
  const steps: [expected: string, fix: Fields][] = [
    ["400 INS-20", { input_PurchasedItemsDesc: "" }],
    ["400 INS-15", { input_PurchasedItemsDesc: "Handbag, Black shoes" }],
    ["400 INS-2051", { input_Amount: "100" }],
    ["400 INS-998", { input_CustomerMSISDN: "000000000009" }],
    ["400 INS-26", { input_Country: "TZN" }],
    ["400 INS-13", { input_Currency: "TZS" }],
    ["400 INS-17", { input_ServiceProviderCode: "999999" }],
    ["400 INS-28", { input_TransactionReference: "T12344C" }],
    ["400 INS-30", { input_ThirdPartyConversationID: used }],
    ["409 INS-10", { input_PurchasedItemsDesc: "Shoes" }],
    ["400 INS-995", { input_ThirdPartyConversationID: "fresh" }],
    ["400 INS-1", { input_Amount: "49" }],
    ["400 INS-13", { input_CustomerMSISDN: "255759999999" }],
    ["400 INS-2051", { input_ServiceProviderCode: "000000" }],
    ["401 INS-6", { input_CustomerMSISDN: "255759000001" }],
    ["422 INS-2006", { input_CustomerMSISDN: "255759000002" }],
    ["201 INS-0", { input_CustomerMSISDN: richCustomer }],
  ];
  const [[, firstFix] = ["", {}]] = steps;
  const allWrong: Fields = {
    input_Amount: "1,5",
    input_CustomerMSISDN: "25575",
    input_Country: "XXX",
    input_Currency: "XXX",
    input_ServiceProviderCode: "00-0",
    input_TransactionReference: "has-dash",
    input_ThirdPartyConversationID: "has-dash",
    ...firstFix,
  };
  assert.equal(
    summarise(await pay(undefined, "nowhere", allWrong)),
    "401 INS-989",
    "no bearer, unknown market",
  );
  assert.equal(
    summarise(await pay(bearerWithoutProduct, "nowhere", allWrong)),
    "400 INS-998",
    "an unknown market",
  );
  assert.equal(
    summarise(await pay(bearerWithoutProduct, "vodacomTZN", allWrong)),
    "400 INS-997",
    "a product that is not enabled",
  );
  assert.equal(
    summarise(await pay(bearerForNight, "vodacomTZN", allWrong)),
    "400 INS-996",
    "outside the usage hours",
  );
  let fields: Fields = allWrong;
  for (const [expected, fix] of steps) {
    fields = { ...fields, ...fix };
    const fresh =
      fields["input_ThirdPartyConversationID"] === "fresh"
        ? { input_ThirdPartyConversationID: createReference() }
        : {};
    assert.equal(
      summarise(await pay(limited, "vodacomTZN", { ...fields, ...fresh })),
      expected,
      JSON.stringify(fix),
    );
  }
});

test("authorisation is checked before the body", async () => {
  const path = "/sandbox/ipg/v2/vodacomTZN/c2bPayment/singleStage/";
  const bearerWithoutProduct = await createBearer(sandbox, { products: {} });
  const body = "this is no JSON";
  assert.equal(summarise(await sandbox.raw("POST", path, { body })), "401 INS-989");
  assert.equal(
    summarise(await sandbox.raw("POST", path, { body, bearer: bearerWithoutProduct })),
    "400 INS-997",
  );
  assert.equal(
    summarise(await sandbox.raw("POST", path, { body, bearer: await sandbox.session() })),
    "400 INS-21",
  );
});

/** A value that is invalid for every parameter with an expression, and for country and flag. */
const wrongAnywhere = "-";

for (const [call, { parameters }] of products) {
  test(`${call} checks its parameters in the documented order`, async () => {
    const good = examplePayload(call);
    const value = (name: string): unknown =>
      Object.entries(good).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
    const fields: Fields = Object.fromEntries(parameters.map(({ name }) => [name, wrongAnywhere]));
    for (const { name, code } of parameters) {
      const reply = await sendCall(sandbox, call, fields);
      assert.equal(summarise(reply), documentedResult(call, code), `${name} is the first invalid one`);
      fields[name] = value(name);
      if (fields[name] === undefined) delete fields[name];
    }
    assert.match(summarise(await sendCall(sandbox, call, fields)), /^20[01] INS-(0|GAR-0)$/);
  });
}
