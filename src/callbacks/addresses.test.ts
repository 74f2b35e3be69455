/** Which callback URLs and addresses are refused, and with which message. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { LookupAddress } from "node:dns";
import {
  validateAddress,
  ForbiddenAddressError,
  createCheckedLookup,
  resolveWithSystem,
  resolveWithDns,
  resolverFor,
  validateCallbackUrl,
  type OutboundRules,
  type ResolveHostname,
} from "./addresses.ts";

const live: OutboundRules = { environment: "live", privateListeners: false };
const laptop: OutboundRules = { environment: "sandbox", privateListeners: true };
const publicSandbox: OutboundRules = { environment: "sandbox", privateListeners: false };

const portalPorts = { httpsOnly: true, ports: { from: 11_000, until: 19_000 } };
const liveRules = {
  "openapi-v2": portalPorts,
  "ipg-v1": portalPorts,
  soap: { httpsOnly: true, ports: null },
};
const sandboxRules = { httpsOnly: false, ports: null };

test("a live URL must use https, a port that the portal allows, and a public address", () => {
  const table: [keyof typeof liveRules, string, RegExp | null][] = [
    ["openapi-v2", "https://shop.example:11000/callbacks", null],
    ["openapi-v2", "https://shop.example:19000/callbacks?shop=1", null],
    ["openapi-v2", "https://8.8.8.8:12000/", null],
    ["openapi-v2", "https://[2606:4700::1111]:12000/", null],
    ["soap", "https://shop.example/callbacks", null],
    ["ipg-v1", "https://shop.example:10999/", /from 11000 to 19000, not 10999/],
    ["openapi-v2", "https://shop.example:19001/", /from 11000 to 19000/],
    ["openapi-v2", "https://shop.example/", /not 443/],
    ["openapi-v2", "http://shop.example:12000/", /must use https/],
    ["openapi-v2", "ftp://shop.example/", /http or https/],
    ["openapi-v2", "callbacks", /http or https/],
    ["openapi-v2", "", /http or https/],
    ["openapi-v2", "https://me:secret@shop.example:12000/", /must not contain a user name/],
    ["openapi-v2", "https://me@shop.example:12000/", /must not contain a user name/],
    ["openapi-v2", `https://shop.example:12000/${"x".repeat(2000)}`, /longer than 2000/],
    ["openapi-v2", "https://10.0.0.1:12000/", /10\.0\.0\.1 is private/],
    ["openapi-v2", "https://0x7f.1:12000/", /127\.0\.0\.1 is this machine/],
    ["openapi-v2", "https://2130706433:12000/", /127\.0\.0\.1 is this machine/],
    ["openapi-v2", "https://[::ffff:10.0.0.1]:12000/", /IPv4 inside IPv6/],
    ["openapi-v2", "https://localhost:12000/", /localhost is this machine/],
    ["openapi-v2", "https://shop.localhost.:12000/", /this machine/],
  ];
  for (const [protocol, url, expected] of table)
    assertRefusal(validateCallbackUrl(live, liveRules[protocol], url), expected, url);
});

test("a sandbox accepts http and any port, and private addresses if configured", () => {
  for (const url of ["http://127.0.0.1:3000/callbacks", "http://localhost:80/", "https://192.168.1.7/"]) {
    assert.equal(validateCallbackUrl(laptop, sandboxRules, url), null);
    assertRefusal(validateCallbackUrl(publicSandbox, sandboxRules, url), /private|this machine/, url);
  }
  assert.equal(validateCallbackUrl(publicSandbox, sandboxRules, "http://shop.example:81/"), null);
  assertRefusal(
    validateCallbackUrl(laptop, sandboxRules, "http://a:b@shop.example/"),
    /must not contain a user name/,
    "",
  );
});

test("every range that is not public is refused", () => {
  const refused = `
    0.0.0.0 0.1.2.3 10.1.2.3 100.64.0.1 127.0.0.1 127.255.255.254 169.254.169.254 172.16.0.1 172.31.255.255
    192.0.0.8 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1
    239.255.255.255 240.0.0.1 255.255.255.255
    :: ::1 ::7f00:1 ::ffff:8.8.8.8 ::ffff:127.0.0.1 64:ff9b::7f00:1 64:ff9b:1::1 100::1 2001::1 2001:2::1
    2001:10::1 2001:db8::1 2002:7f00:1::1 3fff::1 4000::1 5f00::1 fc00::1 fd12::1 fe80::1 fe80::1%eth0 fec0::1
    ff02::1 nonsense`;
  for (const address of refused.trim().split(/\s+/)) {
    assert.match(
      validateAddress(address) ?? "let through",
      /public addresses only|not a valid IP address/,
      address,
    );
  }
  for (const address of [
    "1.1.1.1",
    "8.8.8.8",
    "172.32.0.1",
    "100.128.0.1",
    "2606:4700::1111",
    "2a00:1450::1",
  ])
    assert.equal(validateAddress(address), null, address);
});

test("the lookup of a connection refuses a name if any of its addresses is forbidden", async () => {
  const four = (...addresses: string[]): LookupAddress[] =>
    addresses.map((address) => ({ address, family: 4 }));
  const table: [OutboundRules, LookupAddress[], string | RegExp][] = [
    [live, four("8.8.8.8"), "8.8.8.8"],
    [live, four("10.0.0.1"), /10\.0\.0\.1 is private/],
    [live, four("8.8.8.8", "169.254.169.254"), /169\.254\.169\.254 is link-local/],
    [laptop, four("10.0.0.1"), "10.0.0.1"],
    [laptop, [], /ENOTFOUND/],
  ];
  for (const [rules, addresses, expected] of table) {
    for (const all of [true, false]) {
      const result = await resolveHost(rules, async () => addresses, all).catch((error: Error) => error);
      if (typeof expected === "string") assert.equal(result, expected);
      else {
        assert(result instanceof Error);
        assert.match(`${result.message} ${(result as NodeJS.ErrnoException).code}`, expected);
        assert.equal(result instanceof ForbiddenAddressError, !expected.source.includes("ENOTFOUND"));
      }
    }
  }
});

test("names of public listeners are resolved with DNS queries, not on worker threads", () => {
  assert.equal(resolverFor(live), resolveWithDns);
  assert.equal(resolverFor(publicSandbox), resolveWithDns);
  assert.equal(resolverFor(laptop), resolveWithSystem);
});

function resolveHost(rules: OutboundRules, resolve: ResolveHostname, all: boolean): Promise<string> {
  return new Promise((resolveAddress, reject) => {
    createCheckedLookup(rules, resolve)("shop.example", { all }, (error, address) => {
      if (error !== null) reject(error);
      else resolveAddress(typeof address === "string" ? address : (address[0]?.address ?? ""));
    });
  });
}

function assertRefusal(refusal: string | null, expected: RegExp | null, url: string): void {
  if (expected === null) assert.equal(refusal, null, url);
  else assert.match(refusal ?? "let through", expected, url);
}
