/** The sample packets that M-Pesa prints are what integrators send first: each works, in every market. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { marketNames, markets } from "../../../src/money.ts";
import { openTown, reference, type Town } from "../../town/town.ts";
import { alwaysAnswered, calls, codeTexts, documented, products, type DocumentedCall } from "./documented.ts";
import { documentedAs, packet, said, send } from "./packets.ts";

let town: Town;
before(async () => {
  town = await openTown();
});
after(() => town[Symbol.asyncDispose]());

for (const [call, { codes, answers, markets: offered, sample }] of products) {
  const [success = ""] = Object.keys(codes);

  test(`the sample of ${call} succeeds, and its answer has the documented fields`, async () => {
    const fields = call === "queryDirectDebit" ? packet(call) : sample;
    const reply = await send(town, call, fields);
    assert.equal(said(reply), `${codes[success]} ${success}`);
    assert.deepEqual(Object.keys(reply.body).sort(), [...alwaysAnswered, ...answers].sort());
    assert.equal(reply.body["output_ResponseDesc"], codeTexts[success]);
    assert.equal(reply.body["output_ThirdPartyConversationID"], fields["input_ThirdPartyConversationID"]);
    assert.match(reply.body["output_ConversationID"] ?? "", /^[0-9a-f]{32}$/);
  });

  for (const market of offered) {
    test(`${call} works in ${market}, in its own country and currency alone`, async () => {
      assert.equal(
        said(await send(town, call, packet(call, market), { market })),
        `${codes[success]} ${success}`,
      );

      const other = market === "vodacomTZN" ? markets.vodafoneGHA : markets.vodacomTZN;
      const abroad = packet(call, market, { input_Country: other.country });
      assert.equal(said(await send(town, call, abroad, { market })), "400 INS-998");
      if ("input_Currency" in packet(call, market)) {
        const exotic = packet(call, market, { input_Currency: other.currency });
        assert.equal(said(await send(town, call, exotic, { market })), documentedAs(call, "INS-26"));
      }
    });
  }

  test(`${call} answers INS-998 in a market that is none, or not its own`, async () => {
    const elsewhere = ["safaricomKEN", ...marketNames.filter((market) => !offered.includes(market))];
    for (const market of elsewhere) {
      const reply = await send(town, call, packet(call), { market: market as never });
      assert.equal(said(reply), "400 INS-998", market);
    }
  });
}

test("getSession answers with a session key and nothing else, in every market", async () => {
  for (const market of marketNames) {
    const bearer = town.encrypt(town.facts.apiKey);
    const reply = await town.raw("GET", `/sandbox/ipg/v2/${market}/getSession/`, { bearer });
    assert.equal(said(reply), "200 INS-0");
    const { answers }: DocumentedCall = documented.getSession;
    assert.deepEqual(
      Object.keys(reply.body).sort(),
      ["output_ResponseCode", "output_ResponseDesc", ...answers].sort(),
    );
  }
});

test("every sample is a packet that the documentation's own expressions let through", () => {
  for (const [call, { parameters, sample }] of calls) {
    for (const { name, expression } of parameters) {
      const value = (sample as Record<string, string>)[name];
      if (value !== undefined && expression !== null) assert.match(value, expression, `${call} ${name}`);
    }
  }
});

test("a sample of direct debit works with what its creation answered, although the printed token is nobody's", async () => {
  const [msisdn = ""] = town.facts.markets.vodafoneGHA.customers;
  const create = packet("directDebitCreate", "vodafoneGHA", {
    input_CustomerMSISDN: msisdn,
    input_ThirdPartyReference: "Test123",
    input_ExpiryDate: "20991126",
  });
  const created = await send(town, "directDebitCreate", create);
  const { output_MsisdnToken: token, output_MandateID: mandate } = created.body;

  const asked = await send(town, "queryDirectDebit", {
    ...documented.queryDirectDebit.sample,
    input_CustomerMSISDN: msisdn,
    input_ServiceProviderCode: "000000",
    input_MsisdnToken: token,
    input_MandateID: mandate,
    input_ThirdPartyConversationID: reference(),
  });

  assert.equal(said(asked), "200 INS-0");
  assert.deepEqual(
    Object.keys(asked.body).sort(),
    [...alwaysAnswered, ...documented.queryDirectDebit.answers].sort(),
  );
  assert.equal(asked.body["output_MandateID"], mandate);
  assert.equal(asked.body["output_SufficientBalance"], "True");
});
