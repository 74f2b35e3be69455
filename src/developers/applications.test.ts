import assert from "node:assert/strict";
import { test } from "node:test";
import { marketNames } from "../core/markets.ts";
import { productNames } from "../protocols/openapi-v2/products.ts";
import type { ApplicationRow } from "../store/main/applications.ts";
import { parseAddressRange } from "./address-ranges.ts";
import { findProductProblem } from "./application-settings.ts";
import { enableProducts } from "./enabled-products.ts";
import { toApplication, resolveResultUrl } from "./applications.ts";

const row: ApplicationRow = {
  id: 1n,
  developerId: 1n,
  environment: "sandbox",
  name: "Shop",
  version: "1.0",
  description: "",
  apiKeyHint: "abcd",
  sessionLifetimeMs: 60_000n,
  trustedSources: [],
  trustedOrigins: [],
  shortcodes: null,
  products: enableProducts(productNames),
  callbackUrls: {},
  pullEnabled: false,
  isSeed: false,
  revokedAt: null,
  createdAt: new Date(),
};

test("an application without trusted sources trusts every address", () => {
  const application = toApplication(row);
  for (const address of ["127.0.0.1", "203.0.113.7", "2001:db8::1"])
    assert(application.trustsSource(address));
});

test("a trusted source is an address or range in IPv4 or IPv6, whatever the notation of the caller's address", () => {
  // prettier-ignore
  const table: [range: string, address: string, trusted: boolean][] = [
    ["203.0.113.7",        "203.0.113.7",          true],
    ["203.0.113.7",        "203.0.113.8",          false],
    ["203.0.113.7",        "::ffff:203.0.113.7",   true],
    ["203.0.113.7",        "::ffff:cb00:7107",     true],
    ["10.0.0.0/8",         "10.255.255.255",       true],
    ["10.0.0.0/8",         "11.0.0.0",             false],
    ["10.0.0.0/8",         "::ffff:10.1.2.3",      true],
    ["10.1.2.3/8",         "10.9.9.9",             true],
    ["0.0.0.0/0",          "198.51.100.1",         true],
    ["0.0.0.0/0",          "2001:db8::1",          false],
    ["2001:db8::1",        "2001:db8::1",          true],
    ["2001:db8::1",        "2001:0DB8:0:0::0001",  true],
    ["2001:db8::/32",      "2001:db8:ffff::1",     true],
    ["2001:db8::/32",      "2001:db9::1",          false],
    ["::/0",               "2001:db8::1",          true],
    ["::ffff:203.0.113.7", "203.0.113.7",          true],
    ["::ffff:10.0.0.0/104", "10.200.0.1",          true],
    ["::ffff:10.0.0.0/104", "11.0.0.1",            false],
    ["203.0.113.7",        "not an address",       false],
    ["203.0.113.7",        "",                     false],
  ];
  for (const [range, address, trusted] of table) {
    const application = toApplication({ ...row, trustedSources: ["192.0.2.1", range] });
    assert.equal(application.trustsSource(address), trusted, `${address} in ${range}`);
  }
});

test("invalid addresses and ranges are rejected", () => {
  for (const text of [
    "10.1",
    "012.0.0.1",
    "10.0.0.0/33",
    "10.0.0.0/x",
    "::/129",
    "1.2.3.4/",
    "example.com",
    "",
    "/8",
    "0x7f.1",
  ]) {
    assert.throws(() => parseAddressRange(text), text);
  }
});

test("an Origin must match exactly, and every Origin is trusted if none is listed", () => {
  const application = toApplication({ ...row, trustedOrigins: ["https://shop.example", "*"] });
  assert(application.trustsOrigin("https://shop.example"));
  assert(application.trustsOrigin("*"));
  for (const origin of [undefined, "", "https://shop.example.evil", "HTTPS://shop.example"]) {
    assert(!application.trustsOrigin(origin), origin ?? "none");
    assert(toApplication(row).trustsOrigin(origin));
  }
});

test("with every product enabled and no limits, nothing is limited in any market", () => {
  const application = toApplication(row);
  for (const product of productNames) {
    for (const market of marketNames) {
      const scope = application.limitsFor(product, market);
      assert(scope !== null && Object.values(scope).every((limit) => limit === undefined));
    }
  }
});

test("a product that is not listed is not enabled", () => {
  const application = toApplication({ ...row, products: { c2bSingle: {} } });
  assert.notEqual(application.limitsFor("c2bSingle", "vodacomTZN"), null);
  assert.equal(application.limitsFor("b2c", "vodacomTZN"), null);
});

test("value limits apply to markets with their currency, counts and hours to all markets", () => {
  const limits = {
    currency: "TZS",
    singleValue: "50.00",
    sessionDailyValue: "100",
    sessionDailyCount: 3,
    customerDailyValue: "60.5",
    customerDailyCount: 0,
  };
  const application = toApplication({
    ...row,
    products: { c2bSingle: { from: "08:30", to: "24:00", limits } },
  });
  const commonLimits = { usageFrom: 510, usageUntil: 1440, sessionDailyCount: 3, customerDailyCount: 0 };
  assert.deepEqual(application.limitsFor("c2bSingle", "vodacomTZN"), {
    ...commonLimits,
    singleValueMinor: 50_00n,
    sessionDailyValueMinor: 100_00n,
    customerDailyValueMinor: 60_50n,
  });
  assert.deepEqual(application.limitsFor("c2bSingle", "vodafoneGHA"), {
    ...commonLimits,
    singleValueMinor: undefined,
    sessionDailyValueMinor: undefined,
    customerDailyValueMinor: undefined,
  });
});

test("invalid settings are rejected with a message", () => {
  // prettier-ignore
  const table: [product: string, settings: unknown, error: RegExp | null][] = [
    ["c2bSingle", {},                                           null],
    ["c2bSingle", { from: "08:00", to: "20:00", limits: {} },   null],
    ["c2bSingle", { from: "22:00", to: "04:00" },               null],
    ["c2bSingle", { from: "00:00", to: "24:00" },               null],
    ["c2bSingle", { limits: { currency: "TZS", singleValue: "0.01", sessionDailyCount: 0 } }, null],
    ["c2bSingle", null,                                         null],
    ["c2bSingle", { limits: { singleValue: "9999999999999.99", customerDailyValue: ".5" } }, null],
    ["getSession", {},                                          /^products\.getSession is unknown\. It must be one of: .*c2bSingle/],
    ["constructor", {},                                         /^products\.constructor is unknown/],
    ["c2bSingle", [],                                           /^products\.c2bSingle must be either object or null/],
    ["c2bSingle", "on",                                         /^products\.c2bSingle must be either object or null/],
    ["c2bSingle", { from: "08:00" },                            /^products\.c2bSingle\.to is missing\. Set it together with from/],
    ["c2bSingle", { to: "08:00" },                              /^products\.c2bSingle\.from is missing\. Set it together with to/],
    ["c2bSingle", { from: "8:00", to: "20:00" },                /^products\.c2bSingle\.from is not accepted\. A time of day .*"08:00"/],
    ["c2bSingle", { from: "08:00", to: "24:01" },               /^products\.c2bSingle\.to is not accepted\. A time of day/],
    ["c2bSingle", { from: 8, to: 20 },                          /^products\.c2bSingle\.from must be string\. A time of day/],
    ["c2bSingle", { hours: 1 },                                 /hours is not a field of this request\. The fields: from, to, limits/],
    ["c2bSingle", { limits: null },                             /limits must be object/],
    ["c2bSingle", { limits: [] },                               /limits must be object/],
    ["c2bSingle", { limits: { singleValue: 50 } },              /limits\.singleValue must be string\. A decimal amount in quotes/],
    ["c2bSingle", { limits: { singleValue: "0" } },             /decimal amount/],
    ["c2bSingle", { limits: { singleValue: "0.00" } },          /decimal amount/],
    ["c2bSingle", { limits: { singleValue: "." } },             /decimal amount/],
    ["c2bSingle", { limits: { singleValue: "1.005" } },         /decimal amount/],
    ["c2bSingle", { limits: { sessionDailyCount: -1 } },        /must be >= 0\. A whole number/],
    ["c2bSingle", { limits: { customerDailyCount: 1.5 } },      /must be integer\. A whole number/],
    ["c2bSingle", { limits: { currency: "EUR" } },              /limits\.currency must be one of: .*TZS/],
    ["c2bSingle", { limits: { weekly: 1 } },                    /limits\.weekly is not a field of this request/],
  ];
  for (const [product, settings, error] of table) {
    const result = findProductProblem({ [product]: settings }, productNames);
    if (error === null) assert.equal(result, null, JSON.stringify(settings));
    else assert.match(result ?? "nothing", error, JSON.stringify(settings));
  }
});

test("the callback URL is the request's, the application's, a pull URL, or null", () => {
  const own = "https://shop.example/own";
  const requested = "https://shop.example/requested";
  // prettier-ignore
  const table: [relay: boolean, responseUrl: string | null, requested: string | null, call: "payment" | "query", expected: string | null][] = [
    [false, null, null,  "payment",  null],
    [false, own,  null,  "query", own],
    [false, own,  requested, "payment",  requested],
    [true,  null, null,  "payment",  "relay:"],
    [true,  null, null,  "query", null],
    [true,  null, requested, "query", `relay:${requested}`],
    [true,  own,  null,  "query", `relay:${own}`],
    [true,  own,  requested, "payment",  `relay:${requested}`],
  ];
  for (const [relay, responseUrl, requested, call, expected] of table) {
    assert.equal(resolveResultUrl(requested, responseUrl, { pullEnabled: relay }, call), expected);
  }
});
