/** The seed data of Kenya: the parties that clients of the real sandbox know, with money where they pay from. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { railFor } from "../../src/core/rails.ts";
import { handsetCustomers, seedCustomers, seedOrganisations } from "../../src/sandbox/seed-data.ts";
import { readOrganisationProfile } from "../../src/store/rail/organisations.ts";
import { callControl } from "../support/control.ts";
import { assertInvariantsHold } from "../support/ledger-proof.ts";
import { createTestSandbox, type TestSandbox } from "../support/sandbox.ts";

const market = "safaricomKEN";

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox();
});
after(() => sandbox[Symbol.asyncDispose]());

const read = async (path: string) => {
  const { status, body } = await callControl(sandbox, "GET", `/markets/${market}/${path}`);
  assert.equal(status, 200, path);
  return body;
};

test("each organisation has the accounts of its kind and its opening balances", async () => {
  const kinds = {
    paybill: ["working", "utility", "charges_paid", "settlement"],
    b2c: ["working", "utility", "charges_paid"],
    till: ["working", "merchant", "charges_paid"],
    store: ["working", "merchant", "settlement", "charges_paid"],
    head_office: ["working", "settlement", "charges_paid"],
    agency: [],
  } as const;
  for (const { shortcode, name, kind = "paybill", parent = null, balances } of seedOrganisations(market)) {
    const body = await read(`organisations/${shortcode}`);
    assert.deepEqual(
      [body.name, body.kind, body.parent, body.currency],
      [name, kind, parent, "KES"],
      shortcode,
    );
    assert.deepEqual(
      body.accounts.map((account: { kind: string; available: string }) => [account.kind, account.available]),
      kinds[kind].map((account) => [account, (balances as Record<string, string>)[account] ?? "0.00"]),
      shortcode,
    );
  }
});

test("the shortcodes of the real sandbox are paybills, and 174379 takes payments by prompt alone", async () => {
  const { sql } = sandbox.platform.payments(railFor("sandbox", market)).context;
  const profiles = await Promise.all(
    ["174379", "600996", "600000", "600984", "600638", "572572"].map((shortcode) =>
      readOrganisationProfile(sql, shortcode),
    ),
  );
  assert.deepEqual(
    profiles.map((profile) => [profile?.kind, profile?.stkEnabled, profile?.stkOnly]),
    [
      ["paybill", true, true],
      ["paybill", true, false],
      ["paybill", true, false],
      ["paybill", false, false],
      ["paybill", false, false],
      ["paybill", false, false],
    ],
  );
});

test("the till belongs to a store of a head office, and its owner has a handset", async () => {
  const { sql } = sandbox.platform.payments(railFor("sandbox", market)).context;
  const till = await readOrganisationProfile(sql, "500102");
  assert(till !== undefined);
  const store = await readOrganisationProfile(sql, till.parent ?? "");
  assert.deepEqual(
    [till.kind, store?.kind, (await readOrganisationProfile(sql, store?.parent ?? ""))?.kind],
    ["till", "store", "head_office"],
  );
  const handsets = handsetCustomers(market).map(({ msisdn }) => msisdn);
  assert(handsets.includes(till.nominatedNumber ?? ""));
  assert.equal((await read("organisations/500102")).phone, till.nominatedNumber);
});

test("John Doe and the other customers approve at once, and handsets ask a person", async () => {
  assert.deepEqual(
    [seedCustomers(market)[0]?.msisdn, seedCustomers(market)[0]?.firstName],
    ["254708374149", "John"],
  );
  for (const { msisdn, firstName, lastName } of seedCustomers(market)) {
    assert.match(msisdn, /^254[17]/);
    const body = await read(`customers/${msisdn}`);
    assert.deepEqual(
      [body.firstName, body.lastName, body.answer, body.status, body.available],
      [firstName, lastName, "approve", "active", "1000000.00"],
    );
  }
  for (const { msisdn, pin } of handsetCustomers(market)) {
    assert.match(pin, /^\d{4}$/);
    assert.equal((await read(`handsets/${msisdn}`)).answer, "ask");
  }
});

test("no party has a number that selects an outcome", () => {
  for (const { msisdn } of [...seedCustomers(market), ...handsetCustomers(market)])
    assert.doesNotMatch(msisdn, /^2547000/);
  for (const { shortcode } of seedOrganisations(market)) assert.doesNotMatch(shortcode, /^69/);
});

test("the ledger of the new sandbox is consistent", () => assertInvariantsHold(sandbox.databaseAddress));
