/** Every call in the live environment: real paths, the live public key, and money of a live market. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { railFor } from "../../src/core/rails.ts";
import { fund } from "../../src/payments/funding.ts";
import { registerOrganisations } from "../../src/organisations/register-organisations.ts";
import { registerCustomers } from "../../src/payments/register.ts";
import { readAccounts } from "../../src/store/rail/accounts.ts";
import { createTestApplication } from "../../test/support/application.ts";
import { createTestSandbox, getPublicKey, type TestSandbox } from "../../test/support/sandbox.ts";
import { MpesaOpenApi, type Market } from "../src/index.ts";
import { expectAccepted, shoes } from "./support/client.ts";

let sandbox: TestSandbox;
let apiKey: string;
let publicKey: string;
before(async () => {
  sandbox = await createTestSandbox();
  ({ apiKey } = await createTestApplication(sandbox, {
    environment: "live",
    shortcodes: ["400001", "400002"],
  }));
  const der = (await getPublicKey(sandbox, "live")).export({ type: "spki", format: "der" });
  publicKey = der.toString("base64");
  await prepareMarket("vodacomTZN", "255754000002");
  await prepareMarket("vodafoneGHA", "233554000002");
});
after(() => sandbox[Symbol.asyncDispose]());

/** Registers organisations and a customer, and funds their accounts, as an operator does before the first payment. */
async function prepareMarket(market: Market, msisdn: string): Promise<void> {
  const payments = sandbox.platform.payments(railFor("live", market));
  await registerOrganisations(payments.context, [
    { shortcode: "400001", name: "Duka Kuu" },
    { shortcode: "400002", name: "Supplier" },
  ]);
  await registerCustomers(payments.context, [
    { msisdn, firstName: "Imani", lastName: "Komba", behaviour: "approve" },
  ]);
  for (const account of [
    { kind: "wallet", owner: msisdn },
    { kind: "working", owner: "400001" },
  ] as const) {
    await fund(payments, {
      id: sandbox.platform.newId(),
      account,
      amountMinor: 100_00n,
      description: "Cash",
    });
  }
}

const client = (market: Market = "vodacomTZN"): MpesaOpenApi =>
  new MpesaOpenApi({
    environment: "live",
    market,
    apiKey,
    publicKey,
    baseUrl: sandbox.url,
    serviceProviderCode: "400001",
  });

const msisdn = "+255 754 000 002";

async function getBalances(): Promise<Record<string, bigint>> {
  const { sql } = sandbox.platform.payments(railFor("live", "vodacomTZN")).context;
  const of = async (owner: string, wanted: string): Promise<bigint> =>
    (await readAccounts(sql, owner)).find(({ kind }) => kind === wanted)?.availableMinor ?? 0n;
  return {
    imani: await of("255754000002", "wallet"),
    duka: await of("400001", "working"),
    supplier: await of("400002", "working"),
  };
}

test("every call works in live, and the money adds up", async () => {
  const mpesa = client();
  assert.match(expectAccepted(await mpesa.getSession()).sessionKey, /^[0-9a-f]{32}$/);

  const collected = expectAccepted(await mpesa.collect({ ...shoes, amount: "10", msisdn }));
  expectAccepted(await mpesa.reverse({ transactionId: collected.transactionId, amount: "4" }));
  const held = expectAccepted(await mpesa.reserve({ ...shoes, amount: "20", msisdn }));
  expectAccepted(await mpesa.commit({ transactionId: held.transactionId, voucherCode: held.voucherCode }));
  const freed = expectAccepted(await mpesa.reserve({ ...shoes, amount: "30", msisdn }));
  expectAccepted(await mpesa.release({ transactionId: freed.transactionId, voucherCode: freed.voucherCode }));
  expectAccepted(await mpesa.payOut({ ...shoes, amount: "1", msisdn }));
  expectAccepted(await mpesa.transfer({ ...shoes, amount: "5", receiver: "400002" }));
  assert.equal(expectAccepted(await mpesa.queryTransaction({ query: collected.reference })).reversed, true);
  assert.equal(expectAccepted(await mpesa.waitForOutcome(collected.reference)).status, "Completed");

  const mandate = { msisdn, mandateReference: "rent" };
  const { msisdnToken } = expectAccepted(await mpesa.createMandate({ ...mandate, agreedToTerms: true }));
  expectAccepted(await mpesa.debitMandate({ msisdnToken, mandateReference: "rent", amount: 2_50n }));
  assert.equal(expectAccepted(await mpesa.queryMandate(mandate)).mandateStatus, "Active");
  expectAccepted(await mpesa.cancelMandate(mandate));

  assert.deepEqual(await getBalances(), {
    imani: 100_00n - 10_00n + 4_00n - 20_00n + 1_00n - 2_50n,
    duka: 100_00n + 10_00n - 4_00n + 20_00n - 1_00n - 5_00n + 2_50n,
    supplier: 5_00n,
  });

  const ghana = expectAccepted(await client("vodafoneGHA").queryBeneficiary({ msisdn: "0554000002" }));
  assert.deepEqual([ghana.firstName, ghana.lastName], ["Imani", "Komba"]);
});

test("using the sandbox's public key in live is refused, and the advice names the cause", async () => {
  const wrong = new MpesaOpenApi({
    environment: "live",
    market: "vodacomTZN",
    apiKey,
    publicKey: sandbox.clientInfo.publicKey,
    baseUrl: sandbox.url,
    serviceProviderCode: "400001",
  });
  const before = await getBalances();
  const result = await wrong.collect({ ...shoes, amount: "10", msisdn });
  assert(result.outcome === "refused" && result.code === "INS-989", JSON.stringify(result));
  assert.match(result.reason, /other environment/);
  assert.match(result.advice, /one public key for sandbox and another for live/);
  assert.deepEqual(await getBalances(), before);
});
