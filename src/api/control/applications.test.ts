/** Applications in the control API: changes take effect at once, and invalid settings are refused. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { productNames } from "../../protocols/registry.ts";
import { callControl } from "../../../test/support/control.ts";
import { createTestApplication } from "../../../test/support/application.ts";
import { c2bFields, createTestSandbox, type TestSandbox } from "../../../test/support/sandbox.ts";

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox();
});
after(() => sandbox[Symbol.asyncDispose]());

const registerApplication = async (settings: object) =>
  (await callControl(sandbox, "POST", "/applications", settings)).body;
const getSession = (apiKey: string) =>
  sandbox.raw("GET", "/sandbox/ipg/v2/vodacomTZN/getSession/", { bearer: sandbox.encrypt(apiKey) });
const pay = async (bearer: string, change: object = {}) =>
  (await sandbox.call("POST", "c2bPayment/singleStage/", c2bFields(sandbox, { ...change }), { bearer })).body[
    "output_ResponseCode"
  ];

// 200

test("the seeded application is listed, without its key", async () => {
  const { status, body } = await callControl(sandbox, "GET", "/applications");
  const [seeded] = body.applications;

  assert.equal(status, 200);
  assert.equal(seeded.name, "Sandbox application");
  assert.equal(seeded.apiKeyHint, sandbox.clientInfo.apiKey.slice(-4));
  assert.deepEqual(Object.keys(seeded.products).sort(), [...productNames].sort());
  assert.equal(seeded.shortcodes, null);
  assert.equal(seeded.revoked, false);
  assert(!JSON.stringify(body).includes(sandbox.clientInfo.apiKey));
});

test("a new limit takes effect at once, and the product keeps its hours", async () => {
  const { id, apiKey } = await registerApplication({
    name: "Limited",
    products: { c2bSingle: { from: "00:00", to: "24:00" }, b2c: {} },
  });
  const bearer = await sandbox.session("vodacomTZN", apiKey);
  assert.equal(await pay(bearer), "INS-0");

  const limited = await callControl(sandbox, "PATCH", `/applications/${id}`, {
    limits: { c2bSingle: { singleValue: "9.99" } },
  });
  assert.deepEqual(limited.body.products, {
    c2bSingle: { from: "00:00", to: "24:00", limits: { singleValue: "9.99" } },
    b2c: {},
  });
  assert.equal(await pay(bearer), "INS-995");
  const freed = await callControl(sandbox, "PATCH", `/applications/${id}`, { limits: { c2bSingle: null } });
  assert.deepEqual(freed.body.products["c2bSingle"], { from: "00:00", to: "24:00" });
  assert.equal(await pay(bearer), "INS-0");
});

test("products change one by one; null disables", async () => {
  const { id, apiKey } = await registerApplication({ name: "Products" });
  const bearer = await sandbox.session("vodacomTZN", apiKey);
  const changed = await callControl(sandbox, "PATCH", `/applications/${id}`, {
    products: { c2bSingle: null, b2c: { from: "08:00", to: "20:00" } },
  });

  assert.equal(changed.body.products.c2bSingle, undefined);
  assert.deepEqual(changed.body.products.b2c, { from: "08:00", to: "20:00" });
  assert.deepEqual(changed.body.products.b2b, {});
  assert.equal(await pay(bearer), "INS-997");
});

test("concurrent changes are all kept", async () => {
  const { id } = await registerApplication({ name: "Busy", products: {} });
  await Promise.all(
    productNames.map((product) =>
      callControl(sandbox, "PATCH", `/applications/${id}`, { products: { [product]: {} } }),
    ),
  );
  const { body } = await callControl(sandbox, "PATCH", `/applications/${id}`, {});
  assert.equal(Object.keys(body.products).length, productNames.length);
});

test("every other setting can be changed and reset", async () => {
  const { id } = await registerApplication({ name: "Settings" });
  const settings = {
    name: "Other",
    trustedSources: ["192.0.2.0/24", "2001:db8::1"],
    trustedOrigins: ["https://shop.example"],
    shortcodes: ["000000"],
    sessionLifetimeSeconds: 60,
    responseUrl: "https://shop.example/results",
  };
  const { body } = await callControl(sandbox, "PATCH", `/applications/${id}`, settings);
  for (const [name, value] of Object.entries(settings)) assert.deepEqual(body[name], value);

  const none = { trustedSources: [], trustedOrigins: [], shortcodes: null, responseUrl: null };
  const emptied = (await callControl(sandbox, "PATCH", `/applications/${id}`, none)).body;
  for (const [name, value] of Object.entries(none)) assert.deepEqual(emptied[name], value);
});

// 201

test("the key of a new application opens sessions, and is shown only once", async () => {
  const created = await callControl(sandbox, "POST", "/applications", {
    name: "Shop",
    trustedSources: ["127.0.0.1"],
    shortcodes: ["000001"],
  });

  assert.equal(created.status, 201);
  assert.match(created.body.apiKey, /^[0-9A-Za-z]{32}$/);
  const bearer = await sandbox.session("vodacomTZN", created.body.apiKey);
  assert.equal(await pay(bearer), "INS-13");
  assert.equal(await pay(bearer, { input_ServiceProviderCode: "000001" }), "INS-0");
  assert(
    !JSON.stringify((await callControl(sandbox, "GET", "/applications")).body).includes(created.body.apiKey),
  );
});

test("without an overlap, a renewed key replaces the old one at once, and sessions stay valid", async () => {
  const { id, apiKey } = await registerApplication({ name: "Renewed" });
  const bearer = await sandbox.session("vodacomTZN", apiKey);
  const renewed = await callControl(sandbox, "POST", `/applications/${id}/api-key`, { overlapSeconds: 0 });

  assert.equal(renewed.status, 201);
  assert.equal(renewed.body.previousUntil, null);
  assert.notEqual(renewed.body.apiKey, apiKey);
  assert.equal((await getSession(apiKey)).status, 400);
  assert.equal((await getSession(renewed.body.apiKey)).status, 200);
  assert.equal(await pay(bearer), "INS-0");

  const { body } = await callControl(sandbox, "GET", `/applications/${id}/credentials`);
  const [current, old] = body.credentials.filter(
    ({ kind, protocol }: { kind: string; protocol: string }) =>
      kind === "api_key" && protocol === "openapi-v2",
  );
  assert.equal(current.hint, renewed.body.apiKey.slice(-4));
  assert.deepEqual([current.state, current.endedAt], ["active", null]);
  assert.equal(old.hint, apiKey.slice(-4));
  assert.equal(old.state, "inactive");
  assert(old.endedAt >= old.createdAt && current.createdAt > old.createdAt);
  assert(!JSON.stringify(body).includes(apiKey));
  assert.equal((await callControl(sandbox, "GET", "/applications/999999/credentials")).status, 404);
});

test("consumer keys of Daraja are issued with its products, and can be renewed", async () => {
  const shop = await callControl(sandbox, "POST", "/applications", { name: "Shop with Daraja" });
  const { consumerKey, consumerSecret } = shop.body.daraja;
  for (const secret of [consumerKey, consumerSecret]) assert.match(secret, /^[0-9A-Za-z]{32}$/);
  const getToken = async (key: string, secret: string): Promise<number> => {
    const response = await fetch(`${sandbox.url}/oauth/v1/generate?grant_type=client_credentials`, {
      headers: { authorization: `Basic ${Buffer.from(`${key}:${secret}`).toString("base64")}` },
    });
    return response.status;
  };
  assert.equal(await getToken(consumerKey, consumerSecret), 200);

  const renewed = await callControl(sandbox, "POST", `/applications/${shop.body.id}/daraja-credentials`, {
    overlapSeconds: 0,
  });
  assert.equal(renewed.status, 201);
  assert.equal(await getToken(consumerKey, consumerSecret), 400);
  assert.equal(await getToken(renewed.body.consumerKey, renewed.body.consumerSecret), 200);
  const { body } = await callControl(sandbox, "GET", `/applications/${shop.body.id}/credentials`);
  assert.deepEqual(
    body.credentials
      .filter(({ protocol }: { protocol: string }) => protocol === "daraja")
      .map(({ kind, state }: { kind: string; state: string }) => `${kind} ${state}`)
      .sort(),
    ["consumer_key active", "consumer_key inactive", "consumer_secret active", "consumer_secret inactive"],
  );
  for (const secret of [consumerKey, consumerSecret, renewed.body.consumerKey])
    assert(!JSON.stringify(body).includes(secret));

  const without = await callControl(sandbox, "POST", "/applications", {
    name: "Plain",
    products: { b2c: {} },
  });
  assert.equal(without.body.daraja, null);
  assert.equal(without.body.ipgV1, null);
});

test("a service provider of the SOAP Broker gets its id and secrets with its products, and others when they are renewed", async () => {
  const shop = await callControl(sandbox, "POST", "/applications", { name: "Bank with SOAP" });
  const { soap } = shop.body;
  assert.deepEqual(Object.keys(soap), [
    "spId",
    "serviceId",
    "merchantId",
    "spPassword",
    "passwordKey",
    "passwordVector",
    "lnmoPasskey",
  ]);
  assert.equal(soap.serviceId, `${soap.spId}000`);
  assert.match(soap.spPassword, /^[0-9A-Za-z]{32}$/);
  for (const half of [soap.passwordKey, soap.passwordVector]) assert.match(half, /^[0-9A-Za-z]{16}$/);

  const renewed = await callControl(sandbox, "POST", `/applications/${shop.body.id}/soap-credentials`);
  assert.equal(renewed.status, 201);
  assert.equal(renewed.body.spId, soap.spId);
  for (const name of ["spPassword", "passwordKey", "passwordVector"])
    assert.notEqual(renewed.body[name], soap[name]);
  const { body } = await callControl(sandbox, "GET", `/applications/${shop.body.id}/credentials`);
  for (const secret of [soap.spPassword, soap.passwordKey, renewed.body.spPassword])
    assert(!JSON.stringify(body).includes(secret));

  const without = await callControl(sandbox, "POST", "/applications", {
    name: "No SOAP",
    products: { b2c: {} },
  });
  assert.equal(without.body.soap, null);
});

// 204

test("ended sessions cannot pay, and the key opens new ones", async () => {
  const { id, apiKey } = await registerApplication({ name: "Ended" });
  const bearer = await sandbox.session("vodacomTZN", apiKey);
  assert.equal(await pay(bearer), "INS-0");

  assert.equal((await callControl(sandbox, "DELETE", `/applications/${id}/sessions`)).status, 204);
  assert.equal(await pay(bearer), "INS-989");
  assert.equal(await pay(await sandbox.session("vodacomTZN", apiKey)), "INS-0");
});

test("the sandbox's own application cannot be revoked, and keeps its key", async () => {
  const { applications } = (await callControl(sandbox, "GET", "/applications")).body;
  const seeded = applications.find(({ name }: { name: string }) => name === "Sandbox application");
  for (const [method, path] of [
    ["DELETE", `/applications/${seeded.id}`],
    ["POST", `/applications/${seeded.id}/api-key`],
  ] as const) {
    const { status, body } = await callControl(sandbox, method, path);
    assert.equal(status, 409, path);
    assert.match(body.message, /belongs to the sandbox and cannot be .*Create an application of your own/);
  }
  await sandbox.session();
});

test("neither the key nor the sessions of a revoked application work", async () => {
  const { id, apiKey } = await registerApplication({ name: "Revoked" });
  const bearer = await sandbox.session("vodacomTZN", apiKey);

  assert.equal((await callControl(sandbox, "DELETE", `/applications/${id}`)).status, 204);
  assert.equal(await pay(bearer), "INS-989");
  assert.equal((await getSession(apiKey)).status, 400);
  const { applications } = (await callControl(sandbox, "GET", "/applications")).body;
  assert.equal(applications.find((candidate: { id: string }) => candidate.id === id).revoked, true);
});

// 400

test("an invalid setting is named in the message, and nothing changes", async () => {
  const { id } = await registerApplication({ name: "Strict", products: { c2bSingle: {} } });
  const strict = (await callControl(sandbox, "PATCH", `/applications/${id}`, {})).body;
  const table: [object, RegExp][] = [
    [{ name: "" }, /^name must not have fewer than 1 characters\. The application's name, up to 100/],
    [{ name: "A\u0000" }, /^name is not accepted/],
    [{ nme: "A" }, /^nme is not a field of this request\. The fields: name, trustedSources, /],
    [
      { trustedSources: ["example.org"] },
      /^trustedSources\[0\] is not accepted\. An IP address or CIDR range, such as/,
    ],
    [
      { trustedSources: ["10.0.0.0/33"] },
      /^trustedSources\[0\] is not accepted\. An IP address or CIDR range, such as/,
    ],
    [{ trustedSources: "127.0.0.1" }, /^trustedSources must be array/],
    [{ shortcodes: ["1"] }, /^shortcodes\[0\] is not accepted/],
    [{ sessionLifetimeSeconds: 59 }, /^sessionLifetimeSeconds must be >= 60/],
    [{ sessionLifetimeSeconds: "60" }, /^sessionLifetimeSeconds must be integer/],
    [{ responseUrl: "ftp://x" }, /^responseUrl: A response URL must be an http or https URL/],
    [{ responseUrl: "not a url" }, /^responseUrl: A response URL must be an http or https URL/],
    [{ responseUrl: "http://x/a b" }, /^responseUrl: A response URL must not contain spaces/],
    [
      { responseUrl: "https://name:password@x" },
      /^responseUrl: A response URL must not contain a user name or password/,
    ],
    [{ products: { c2c: {} } }, /^products\.c2c is unknown\. It must be one of: .*c2bSingle/],
    [{ products: { toString: {} } }, /^products\.toString is unknown/],
    [
      { products: { c2bSingle: { from: "8", to: "9" } } },
      /^products\.c2bSingle\.from is not accepted\. A time of day/,
    ],
    [
      { products: { c2bSingle: { from: "08:00" } } },
      /^products\.c2bSingle\.to is missing\. Set it together with from/,
    ],
    [
      { products: { c2bSingle: { limits: { singleValue: 5 } } } },
      /^products\.c2bSingle\.limits\.singleValue must be string/,
    ],
    [
      { products: { c2bSingle: { limits: { singleValue: "5e3" } } } },
      /singleValue is not accepted\. A decimal amount/,
    ],
    [
      { limits: { c2bSingle: { sessionDailyCount: "5" } } },
      /^limits\.c2bSingle\.sessionDailyCount must be integer/,
    ],
    [{ limits: { b2c: { singleValue: "5.00" } } }, /^limits\.b2c: the product is not enabled/],
  ];
  for (const [settings, expected] of table) {
    const reply = await callControl(sandbox, "PATCH", `/applications/${id}`, settings);
    assert.match(reply.body.message, expected);
    assert.equal(reply.status, 400);
  }
  assert.deepEqual((await callControl(sandbox, "PATCH", `/applications/${id}`, {})).body, strict);
});

// 404

test("live applications cannot be read or changed", async () => {
  const live = await createTestApplication(sandbox, { environment: "live", shortcodes: ["000000"] });
  const { applications } = (await callControl(sandbox, "GET", "/applications")).body;
  assert(!applications.some((candidate: { id: string }) => candidate.id === String(live.id)));

  for (const id of [String(live.id), "999999", "x", "%00", "9".repeat(30)]) {
    assert.equal((await callControl(sandbox, "PATCH", `/applications/${id}`, { name: "Mine" })).status, 404);
    assert.equal((await callControl(sandbox, "DELETE", `/applications/${id}`)).status, 404);
    assert.equal((await callControl(sandbox, "DELETE", `/applications/${id}/sessions`)).status, 404);
    assert.equal((await callControl(sandbox, "POST", `/applications/${id}/api-key`)).status, 404);
  }
});
