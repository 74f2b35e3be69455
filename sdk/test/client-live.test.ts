/** Every call in the live environment: real paths, the live public key, and money of a live market. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { rail } from "../../src/money.ts";
import { fund } from "../../src/payments/funding.ts";
import { registerCustomers, registerOrganisations } from "../../src/payments/registry.ts";
import { readAccounts } from "../../src/store/accounts.ts";
import { makeApplication } from "../../test/town/application.ts";
import { openTown, publicKeyOf, type Town } from "../../test/town/town.ts";
import { OpenApi, type Market } from "../src/index.ts";
import { accepted, shoes } from "./town/client.ts";

let town: Town;
let apiKey: string;
let publicKey: string;
before(async () => {
  town = await openTown();
  ({ apiKey } = await makeApplication(town, { environment: "live", shortcodes: ["400001", "400002"] }));
  const der = (await publicKeyOf(town, "live")).export({ type: "spki", format: "der" });
  publicKey = der.toString("base64");
  await openMarket("vodacomTZN", "255754000002");
  await openMarket("vodafoneGHA", "233554000002");
});
after(() => town[Symbol.asyncDispose]());

/** What an operator does before the first payment: organisations, a customer, and cash on their accounts. */
async function openMarket(market: Market, msisdn: string): Promise<void> {
  const payments = town.platform.payments(rail("live", market));
  await registerOrganisations(payments.context, [
    { shortcode: "400001", name: "Duka Kuu" },
    { shortcode: "400002", name: "Supplier" },
  ]);
  await registerCustomers(payments.context, [
    { msisdn, firstName: "Imani", lastName: "Komba", answer: "approve" },
  ]);
  for (const account of [
    { kind: "wallet", owner: msisdn },
    { kind: "working", owner: "400001" },
  ] as const) {
    await fund(payments, { id: town.platform.newId(), account, minor: 100_00n, description: "Cash" });
  }
}

const client = (market: Market = "vodacomTZN"): OpenApi =>
  new OpenApi({
    environment: "live",
    market,
    apiKey,
    publicKey,
    baseUrl: town.url,
    serviceProviderCode: "400001",
  });

const msisdn = "+255 754 000 002";

async function balances(): Promise<Record<string, bigint>> {
  const { sql } = town.platform.payments(rail("live", "vodacomTZN")).context;
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
  assert.match(accepted(await mpesa.session()).sessionKey, /^[0-9a-f]{32}$/);

  const collected = accepted(await mpesa.collect({ ...shoes, amount: "10", msisdn }));
  accepted(await mpesa.reverse({ transactionId: collected.transactionId, amount: "4" }));
  const held = accepted(await mpesa.reserve({ ...shoes, amount: "20", msisdn }));
  accepted(await mpesa.commit({ transactionId: held.transactionId, voucherCode: held.voucherCode }));
  const freed = accepted(await mpesa.reserve({ ...shoes, amount: "30", msisdn }));
  accepted(await mpesa.release({ transactionId: freed.transactionId, voucherCode: freed.voucherCode }));
  accepted(await mpesa.payOut({ ...shoes, amount: "1", msisdn }));
  accepted(await mpesa.transfer({ ...shoes, amount: "5", receiver: "400002" }));
  assert.equal(accepted(await mpesa.queryTransaction({ query: collected.reference })).reversed, true);
  assert.equal(accepted(await mpesa.settle(collected.reference)).status, "Completed");

  const mandate = { msisdn, mandateReference: "rent" };
  const { msisdnToken } = accepted(await mpesa.createMandate({ ...mandate, agreedToTerms: true }));
  accepted(await mpesa.debitMandate({ msisdnToken, mandateReference: "rent", amount: 2_50n }));
  assert.equal(accepted(await mpesa.queryMandate(mandate)).mandateStatus, "Active");
  accepted(await mpesa.cancelMandate(mandate));

  assert.deepEqual(await balances(), {
    imani: 100_00n - 10_00n + 4_00n - 20_00n + 1_00n - 2_50n,
    duka: 100_00n + 10_00n - 4_00n + 20_00n - 1_00n - 5_00n + 2_50n,
    supplier: 5_00n,
  });

  const ghana = accepted(await client("vodafoneGHA").queryBeneficiary({ msisdn: "0554000002" }));
  assert.deepEqual([ghana.firstName, ghana.lastName], ["Imani", "Komba"]);
});

test("the sandbox's public key in live is a refusal that says what to look at", async () => {
  const wrong = new OpenApi({
    environment: "live",
    market: "vodacomTZN",
    apiKey,
    publicKey: town.facts.publicKey,
    baseUrl: town.url,
    serviceProviderCode: "400001",
  });
  const before = await balances();
  const result = await wrong.collect({ ...shoes, amount: "10", msisdn });
  assert(result.outcome === "refused" && result.code === "INS-989", JSON.stringify(result));
  assert.match(result.reason, /other environment/);
  assert.match(result.advice, /one public key for sandbox and another for live/);
  assert.deepEqual(await balances(), before);
});
