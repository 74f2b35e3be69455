/** Integrators first send M-Pesa's sample packets: each works, in every market. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { markets } from "../../../src/core/markets.ts";
import { openapiV2Markets } from "../../../src/protocols/openapi-v2/markets.ts";
import { createTestSandbox, createReference, type TestSandbox } from "../../support/sandbox.ts";
import {
  commonResponseFields,
  calls,
  codeTexts,
  documented,
  products,
  type DocumentedCall,
} from "./documented.ts";
import { documentedResult, examplePayload, summarise, sendCall } from "./packets.ts";

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox();
});
after(() => sandbox[Symbol.asyncDispose]());

for (const [call, { codes, responseFields: answers, markets: offered, sample }] of products) {
  const [success = ""] = Object.keys(codes);

  test(`the sample of ${call} succeeds, and its response has the documented fields`, async () => {
    const fields = call === "queryDirectDebit" ? examplePayload(call) : sample;
    const reply = await sendCall(sandbox, call, fields);
    assert.equal(summarise(reply), `${codes[success]} ${success}`);
    assert.deepEqual(Object.keys(reply.body).sort(), [...commonResponseFields, ...answers].sort());
    assert.equal(reply.body["output_ResponseDesc"], codeTexts[success]);
    assert.equal(reply.body["output_ThirdPartyConversationID"], fields["input_ThirdPartyConversationID"]);
    assert.match(reply.body["output_ConversationID"] ?? "", /^[0-9a-f]{32}$/);
  });

  for (const market of offered) {
    test(`${call} works in ${market}, with that market's country and currency only`, async () => {
      assert.equal(
        summarise(await sendCall(sandbox, call, examplePayload(call, market), { market })),
        `${codes[success]} ${success}`,
      );

      const other = market === "vodacomTZN" ? markets.vodafoneGHA : markets.vodacomTZN;
      const otherCountry = examplePayload(call, market, { input_Country: other.country });
      assert.equal(summarise(await sendCall(sandbox, call, otherCountry, { market })), "400 INS-998");
      if ("input_Currency" in examplePayload(call, market)) {
        const otherCurrency = examplePayload(call, market, { input_Currency: other.currency });
        assert.equal(
          summarise(await sendCall(sandbox, call, otherCurrency, { market })),
          documentedResult(call, "INS-26"),
        );
      }
    });
  }

  test(`${call} is INS-998 in an unknown market or one that does not offer it`, async () => {
    const otherMarkets = ["safaricomKEN", ...openapiV2Markets.filter((market) => !offered.includes(market))];
    for (const market of otherMarkets) {
      const reply = await sendCall(sandbox, call, examplePayload(call), { market: market as never });
      assert.equal(summarise(reply), "400 INS-998", market);
    }
  });
}

test("getSession answers with a session key and nothing else, in every market", async () => {
  for (const market of openapiV2Markets) {
    const bearer = sandbox.encrypt(sandbox.clientInfo.apiKey);
    const reply = await sandbox.raw("GET", `/sandbox/ipg/v2/${market}/getSession/`, { bearer });
    assert.equal(summarise(reply), "200 INS-0");
    const { responseFields: answers }: DocumentedCall = documented.getSession;
    assert.deepEqual(
      Object.keys(reply.body).sort(),
      ["output_ResponseCode", "output_ResponseDesc", ...answers].sort(),
    );
  }
});

test("every sample matches the documented expressions", () => {
  for (const [call, { parameters, sample }] of calls) {
    for (const { name, expression } of parameters) {
      const value = (sample as Record<string, string>)[name];
      if (value !== undefined && expression !== null) assert.match(value, expression, `${call} ${name}`);
    }
  }
});

test("the direct debit sample works with the values from its creation, although the printed token is unknown", async () => {
  const [msisdn = ""] = sandbox.clientInfo.markets.vodafoneGHA.customers;
  const create = examplePayload("directDebitCreate", "vodafoneGHA", {
    input_CustomerMSISDN: msisdn,
    input_ThirdPartyReference: "Test123",
    input_ExpiryDate: "20991126",
  });
  const created = await sendCall(sandbox, "directDebitCreate", create);
  const { output_MsisdnToken: token, output_MandateID: mandate } = created.body;

  const queried = await sendCall(sandbox, "queryDirectDebit", {
    ...documented.queryDirectDebit.sample,
    input_CustomerMSISDN: msisdn,
    input_ServiceProviderCode: "000000",
    input_MsisdnToken: token,
    input_MandateID: mandate,
    input_ThirdPartyConversationID: createReference(),
  });

  assert.equal(summarise(queried), "200 INS-0");
  assert.deepEqual(
    Object.keys(queried.body).sort(),
    [...commonResponseFields, ...documented.queryDirectDebit.responseFields].sort(),
  );
  assert.equal(queried.body["output_MandateID"], mandate);
  assert.equal(queried.body["output_SufficientBalance"], "True");
});
