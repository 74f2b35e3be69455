/**
 * Makes every call of the packed SDK against the server of a given `sandbox.json`. Run by each Node, Bun and Deno.
 * The tests copy this file into the project that has the packages installed. Prints one line on success.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as sdk from "@pesarail/sdk";
import { connectSandbox } from "@pesarail/sdk/testing";

const { MpesaOpenApi, createListener, InvalidArgumentError } = sdk;
const dataDir = process.argv[2];
const { gateway, openapi } = JSON.parse(readFileSync(`${dataDir}/sandbox.json`, "utf8"));
const { apiKey, publicKey, serviceProviderCode, receiverPartyCode, markets } = openapi;

const client = (market) =>
  new MpesaOpenApi({
    environment: "sandbox",
    market,
    apiKey,
    publicKey,
    baseUrl: gateway,
    serviceProviderCode,
  });

function accepted(result) {
  assert.equal(result.outcome, "accepted", JSON.stringify(result));
  return result;
}

const sandbox = connectSandbox(dataDir);
const { msisdn } = await sandbox.createCustomer("vodacomTZN", { balance: 1_000_00n });
const mpesa = client("vodacomTZN");
const shoes = { transactionReference: "T12344C", description: "Shoes" };

accepted(await mpesa.getSession());
const collected = accepted(await mpesa.collect({ ...shoes, amount: "10", msisdn }));
accepted(await mpesa.reverse({ transactionId: collected.transactionId, amount: "4" }));
for (const step of ["commit", "release"]) {
  const { transactionId, voucherCode } = accepted(await mpesa.reserve({ ...shoes, amount: 20_00n, msisdn }));
  accepted(await mpesa[step]({ transactionId, voucherCode }));
}
accepted(await mpesa.payOut({ ...shoes, amount: "1", msisdn }));
accepted(await mpesa.transfer({ ...shoes, amount: "5", receiver: receiverPartyCode }));
accepted(await mpesa.queryTransaction({ query: collected.reference }));
accepted(await mpesa.waitForOutcome(collected.reference));
accepted(await client("vodafoneGHA").queryBeneficiary({ msisdn: markets.vodafoneGHA.customers[0] }));
const mandate = { msisdn, mandateReference: "rent" };
const { msisdnToken } = accepted(await mpesa.createMandate({ ...mandate, agreedToTerms: true }));
accepted(await mpesa.debitMandate({ msisdnToken, mandateReference: "rent", amount: "2.50" }));
accepted(await mpesa.queryMandate(mandate));
accepted(await mpesa.cancelMandate(mandate));
assert.throws(() => client("vodacomXXX"), InvalidArgumentError);

const { available } = await sandbox.callControl("GET", `/markets/vodacomTZN/customers/${msisdn}`);
assert.equal(available, "972.50"); // 1000 - 10 + 4 - 20 + 1 - 2.50

const listener = createListener({ onEvent: () => {} });
const answer = await listener(
  new Request("http://shop.example/callback", { method: "POST", body: "not JSON" }),
);
assert.equal(answer.status, 400);

console.log(`every call works on ${process.versions.bun ?? process.versions.deno ?? process.versions.node}`);
