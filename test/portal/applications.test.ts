/** Applications in the portal: each change is in effect at the gateway, recorded in the history, and the developer's own. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { callControl } from "../support/control.ts";
import { callPortal, usePortal } from "../support/portal.ts";
import { c2bFields, createTestSandbox, type TestSandbox } from "../support/sandbox.ts";

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox();
});
after(() => sandbox[Symbol.asyncDispose]());

interface IssuedGroup {
  readonly protocol: string;
  readonly secrets: readonly { readonly name: string; readonly value: string }[];
}

const findSecret = (groups: readonly IssuedGroup[], protocol: string, name: string): string =>
  groups.find((group) => group.protocol === protocol)?.secrets.find((secret) => secret.name === name)
    ?.value ?? "";

/** Creates an application, and returns its id and its API key. */
async function create(name: string, fields: object = {}): Promise<{ id: string; apiKey: string }> {
  const { id, secrets } = await usePortal(sandbox, "POST", "/applications", { name, ...fields });
  return { id, apiKey: findSecret(secrets, "openapi-v2", "apiKey") };
}

const getSession = (apiKey: string) =>
  sandbox.raw("GET", "/sandbox/ipg/v2/vodacomTZN/getSession/", { bearer: sandbox.encrypt(apiKey) });

const pay = async (bearer: string, change: object = {}): Promise<string | undefined> =>
  (await sandbox.call("POST", "c2bPayment/singleStage/", c2bFields(sandbox, { ...change }), { bearer })).body[
    "output_ResponseCode"
  ];

const change = (id: string, body: object) => usePortal(sandbox, "PATCH", `/applications/${id}`, body);

test("a new application has a key of every protocol, which works at the gateway", async () => {
  const { id, secrets } = await usePortal(sandbox, "POST", "/applications", { name: "Shop" });
  assert.deepEqual(
    secrets.map(({ protocol }: IssuedGroup) => protocol),
    ["openapi-v2", "ipg-v1", "daraja", "soap"],
  );
  const apiKey = findSecret(secrets, "openapi-v2", "apiKey");
  assert.equal(await pay(await sandbox.session("vodacomTZN", apiKey)), "INS-0");
  const { applications } = await usePortal(sandbox, "GET", "/applications");
  const listed = applications.find((application: { id: string }) => application.id === id);
  assert.equal(listed.apiKeyHint, apiKey.slice(-4));
  assert(!JSON.stringify(applications).includes(apiKey));
});

test("a product that is switched off is refused, and limits are in effect", async () => {
  const { id, apiKey } = await create("Limited");
  const bearer = await sandbox.session("vodacomTZN", apiKey);
  await change(id, { products: { c2bSingle: { limits: { singleValue: "9.99" } } } });
  assert.equal(await pay(bearer), "INS-995");
  const changed = await change(id, { products: { c2bSingle: null } });
  assert.equal(changed.settings.products.c2bSingle, undefined);
  assert.deepEqual(changed.settings.products.b2c, {});
  assert.equal(await pay(bearer), "INS-997");
});

test("what is used of a limit is counted where the limit is", async () => {
  const { id, apiKey } = await create("Counted");
  await change(id, {
    products: {
      c2bSingle: { limits: { sessionDailyValue: "40", sessionDailyCount: 10, customerDailyCount: 2 } },
    },
  });
  const bearer = await sandbox.session("vodacomTZN", apiKey);
  await pay(bearer);
  await pay(bearer);
  const { products, currency } = await usePortal(
    sandbox,
    "GET",
    `/applications/${id}/usage?market=vodacomTZN`,
  );
  const usage = products.find(({ product }: { product: string }) => product === "c2bSingle");
  assert.equal(currency, "TZS");
  assert.deepEqual(usage.sessionDailyValue, { used: "20.00", limit: "40.00", percent: 50 });
  assert.deepEqual(usage.sessionDailyCount, { used: "2", limit: "10", percent: 20 });
  assert.deepEqual(usage.customerDailyCount, { used: "2", limit: "2", percent: 100 });
  assert.equal(usage.customerDailyValue, null);
  assert.notEqual(await pay(bearer), "INS-0");
});

test("an untrusted source and an untrusted Origin are refused", async () => {
  const { id, apiKey } = await create("Sources");
  assert.equal((await getSession(apiKey)).status, 200);
  await change(id, { trustedSources: ["192.0.2.0/24"] });
  assert.notEqual((await getSession(apiKey)).status, 200);
  await change(id, {
    trustedSources: ["192.0.2.0/24", "127.0.0.1"],
    trustedOrigins: ["https://shop.example"],
  });
  assert.notEqual((await getSession(apiKey)).status, 200);
  await change(id, { trustedOrigins: [] });
  assert.equal((await getSession(apiKey)).status, 200);
});

test("a field that is not accepted is named", async () => {
  const { id } = await create("Fields");
  const cases = [
    [{ trustedSources: ["127.0.0.1", "300.0.0.1"] }, "trustedSources[1]"],
    [{ products: { c2bSingle: { limits: { singleValue: "-1" } } } }, "products.c2bSingle.limits.singleValue"],
    [{ sessionLifetimeSeconds: 1 }, "sessionLifetimeSeconds"],
    [{ callbackUrls: { "openapi-v2/result": "ftp://shop.example" } }, "callbackUrls.openapi-v2/result"],
    [{ name: "Sandbox application" }, "name"],
  ] as const;
  for (const [body, field] of cases) {
    const response = await callPortal(sandbox, "PATCH", `/applications/${id}`, body);
    assert.equal(response.status, 400, field);
    assert.equal(response.body.field, field);
  }
  const { versions } = await usePortal(sandbox, "GET", `/applications/${id}/versions`);
  assert.equal(versions.length, 1, "a refused change left a version");
});

test("a renewed key works beside the old one, whose callers are counted, until that is revoked", async () => {
  const { id, apiKey } = await create("Renewed");
  const oldSession = await sandbox.session("vodacomTZN", apiKey);
  assert.equal(await pay(oldSession), "INS-0");
  const renewed = await usePortal(sandbox, "POST", `/applications/${id}/credentials`, {
    protocol: "openapi-v2",
  });
  const overlapMs = Date.parse(renewed.previousUntil) - Date.now();
  assert(overlapMs > 23 * 3_600_000 && overlapMs <= 24 * 3_600_000, renewed.previousUntil);
  const newKey = renewed.secrets[0].value;
  assert.equal((await getSession(apiKey)).status, 200);
  assert.equal((await getSession(newKey)).status, 200);

  await callControl(sandbox, "GET", "/markets/vodacomTZN/requests?limit=1");
  const { protocols } = await usePortal(sandbox, "GET", `/applications/${id}/credentials`);
  const [current, old] = protocols[0].credentials;
  assert.deepEqual([current.state, current.hint, current.requests], ["active", newKey.slice(-4), 1]);
  assert.deepEqual([old.state, old.hint, old.requests, old.callers], ["retiring", apiKey.slice(-4), 3, 1]);
  assert.equal(old.percent, 75);
  assert.notEqual(old.lastUsedAt, null);

  const path = `/applications/${id}/credentials`;
  assert.equal((await callPortal(sandbox, "DELETE", `${path}/${current.id}`)).status, 409);
  await usePortal(sandbox, "DELETE", `${path}/${old.id}`);
  assert.notEqual((await getSession(apiKey)).status, 200);
  assert.notEqual(await pay(oldSession), "INS-0", "a session of the old key went on");
  assert.equal((await getSession(newKey)).status, 200);
  const after = await usePortal(sandbox, "GET", path);
  assert.equal(after.protocols[0].credentials[1].state, "inactive");
});

test("an IPG v1 key has no overlap by default, and others have the one of the request", async () => {
  const { id } = await create("Overlaps");
  const path = `/applications/${id}/credentials`;
  assert.equal((await usePortal(sandbox, "POST", path, { protocol: "ipg-v1" })).previousUntil, null);
  const daraja = await usePortal(sandbox, "POST", path, { protocol: "daraja", overlapSeconds: 60 });
  assert(Date.parse(daraja.previousUntil) <= Date.now() + 60_000);
  assert.deepEqual(
    daraja.secrets.map(({ name }: { name: string }) => name),
    ["consumerKey", "consumerSecret"],
  );
  const tooLong = { protocol: "daraja", overlapSeconds: 604_801 };
  assert.equal((await callPortal(sandbox, "POST", path, tooLong)).status, 400);
});

test("the history has every change with before and after and its author, and restores one", async () => {
  const { id } = await create("History", { description: "First" });
  await change(id, { trustedSources: ["10.0.0.0/8"], products: { b2c: null } });
  await callControl(sandbox, "PATCH", `/applications/${id}`, { sessionLifetimeSeconds: 60 });
  await change(id, {});
  await usePortal(sandbox, "POST", `/applications/${id}/credentials`, { protocol: "openapi-v2" });
  await callControl(sandbox, "POST", `/applications/${id}/callback-secret/rotate`, {});

  const { versions } = await usePortal(sandbox, "GET", `/applications/${id}/versions`);
  assert.deepEqual(
    versions.map(({ number, action, isOwn }: { number: number; action: string; isOwn: boolean }) => [
      number,
      action,
      isOwn,
    ]),
    [
      [5, "rotate-callback-secret", false],
      [4, "renew-key", true],
      [3, "change", false],
      [2, "change", true],
      [1, "create", true],
    ],
  );
  assert.equal(versions[2].who, "control API");
  assert.deepEqual(versions[3].changes, [
    { field: "trustedSources", item: "10.0.0.0/8", setting: null, before: null, after: "10.0.0.0/8" },
    { field: "products", item: "b2c", setting: "enabled", before: "on", after: null },
  ]);

  const compared = await usePortal(sandbox, "GET", `/applications/${id}/versions/1?with=3`);
  assert.equal(compared.changes.length, 3);
  await usePortal(sandbox, "POST", `/applications/${id}/versions/1/restore`);
  const restored = await usePortal(sandbox, "GET", `/applications/${id}`);
  assert.deepEqual(restored.settings.trustedSources, []);
  assert.deepEqual(restored.settings.products.b2c, {});
  assert.equal(restored.settings.sessionLifetimeSeconds, 86_400);
  assert.equal(restored.settings.description, "First");
  assert.equal(restored.versionNumber, 6);
});

test("a duplicate has the settings and keys of its own; a revoked application keeps neither", async () => {
  const { id, apiKey } = await create("Original", { trustedSources: ["127.0.0.1"], version: "2.1" });
  const copy = await usePortal(sandbox, "POST", `/applications/${id}/duplicate`, { name: "Copy" });
  const details = await usePortal(sandbox, "GET", `/applications/${copy.id}`);
  assert.deepEqual(details.settings.trustedSources, ["127.0.0.1"]);
  assert.equal(details.version, "2.1");
  assert.notEqual(findSecret(copy.secrets, "openapi-v2", "apiKey"), apiKey);

  await usePortal(sandbox, "DELETE", `/applications/${id}`);
  assert.notEqual((await getSession(apiKey)).status, 200);
  assert.equal((await callPortal(sandbox, "PATCH", `/applications/${id}`, { name: "Again" })).status, 409);
  const renewal = { protocol: "openapi-v2" };
  assert.equal((await callPortal(sandbox, "POST", `/applications/${id}/credentials`, renewal)).status, 409);
});

test("the sandbox's own application cannot be revoked or renewed", async () => {
  const { applications } = await usePortal(sandbox, "GET", "/applications");
  const { id } = applications.find(({ isSeed }: { isSeed: boolean }) => isSeed);
  const revoked = await callPortal(sandbox, "DELETE", `/applications/${id}`);
  assert.deepEqual([revoked.status, /sandbox\.json/.test(revoked.body.message)], [409, true]);
  const renewal = { protocol: "daraja" };
  assert.equal((await callPortal(sandbox, "POST", `/applications/${id}/credentials`, renewal)).status, 409);
});

test("the callback secret is created on demand, and rotated with an overlap", async () => {
  const { id } = await create("Signed");
  const path = `/applications/${id}/callback-secret`;
  const { secret } = await usePortal(sandbox, "GET", path);
  assert.match(secret, /^whsec_/);
  const rotated = await usePortal(sandbox, "POST", path, { overlapSeconds: 60 });
  assert.notEqual(rotated.secret, secret);
  assert.deepEqual(
    rotated.retiring.map((retiring: { secret: string }) => retiring.secret),
    [secret],
  );
  assert.deepEqual(await usePortal(sandbox, "GET", `/applications/${id}/pull-delivery`), {
    enabled: false,
    waiting: 0,
  });
});

test("the public keys are those of sandbox.json", async () => {
  const { publicKey, certificate } = await usePortal(sandbox, "GET", "/environment-keys");
  assert.equal(publicKey, sandbox.clientInfo.publicKey);
  assert.match(certificate, /^-----BEGIN CERTIFICATE-----/);
});

test("another developer's application does not exist, on every route, and nothing changes", async () => {
  const { main } = sandbox.stores;
  const [stranger] = await main<{ id: bigint }[]>`
    insert into developers (email, name) values ('stranger@shop.example', 'Stranger') returning id`;
  const { id } = await create("Of a stranger");
  await usePortal(sandbox, "POST", `/applications/${id}/credentials`, { protocol: "openapi-v2" });
  const { protocols } = await usePortal(sandbox, "GET", `/applications/${id}/credentials`);
  const retiring = protocols[0].credentials[1].id;
  await main`update applications set developer_id = ${stranger?.id ?? 0n} where id = ${id}`;
  const readState = () => main`
    select a.*, (select jsonb_agg(c order by c.id) from credentials c where c.application_id = a.id) as credentials,
           (select count(*) from application_versions v where v.application_id = a.id) as versions,
           (select count(*) from applications) as applications
    from applications a where a.id = ${id}`;
  const before = JSON.stringify(await readState(), stringifyBigint);

  const attempts = [
    ["GET", ""],
    ["PATCH", "", { name: "Taken" }],
    ["DELETE", ""],
    ["POST", "/duplicate", { name: "Taken" }],
    ["GET", "/credentials"],
    ["POST", "/credentials", { protocol: "daraja" }],
    ["DELETE", `/credentials/${retiring}`],
    ["GET", "/usage?market=vodacomTZN"],
    ["GET", "/versions"],
    ["GET", "/versions/1"],
    ["POST", "/versions/1/restore"],
    ["GET", "/callback-secret"],
    ["POST", "/callback-secret", {}],
    ["GET", "/pull-delivery"],
  ] as const;
  for (const [method, path, body] of attempts) {
    const { status } = await callPortal(sandbox, method, `/applications/${id}${path}`, body);
    assert.equal(status, 404, `${method} ${path}`);
  }
  // A credential of another application, below one's own.
  const own = await create("Own");
  const foreign = await callPortal(sandbox, "DELETE", `/applications/${own.id}/credentials/${retiring}`);
  assert.equal(foreign.status, 404);
  await main`delete from access_tokens where application_id = ${own.id}`;
  const after = JSON.stringify(await readState(), stringifyBigint);
  assert.equal(after.replace(/"applications":"\d+"/, ""), before.replace(/"applications":"\d+"/, ""));
  const { applications } = await usePortal(sandbox, "GET", "/applications");
  assert(!applications.some((application: { id: string }) => application.id === id));
});

const stringifyBigint = (_key: string, value: unknown): unknown =>
  typeof value === "bigint" ? value.toString() : value;
