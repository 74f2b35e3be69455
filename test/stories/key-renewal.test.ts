/** A renewed key stays valid beside the new one until its overlap ends. Then it is inactive, listed and logged. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { msPerHour } from "../../src/core/clock.ts";
import { protocols } from "../../src/protocols/registry.ts";
import { callControl, control } from "../support/control.ts";
import { createDarajaClient, kenya, type DarajaKeys } from "../support/daraja.ts";
import { checkOutFields, createLnmoClient } from "../support/lnmo.ts";
import { createTestSandbox, type TestSandbox } from "../support/sandbox.ts";
import { createSoapClient, getSoapKeys } from "../support/soap.ts";

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox();
});
after(() => sandbox[Symbol.asyncDispose]());

const market = "vodacomTZN";

interface NewApplication {
  readonly id: string;
  readonly apiKey: string;
  readonly daraja: DarajaKeys;
}

const register = async (name: string): Promise<NewApplication> => {
  const created = await control(sandbox, "POST /applications", { body: { name } });
  assert(created.daraja !== null);
  return { id: created.id, apiKey: created.apiKey, daraja: created.daraja };
};

const renew = (id: string, overlapSeconds?: number) =>
  control(sandbox, "POST /applications/{id}/api-key", {
    params: { id },
    body: overlapSeconds === undefined ? {} : { overlapSeconds },
  });

const listKeys = async (id: string) => {
  const { credentials } = await control(sandbox, "GET /applications/{id}/credentials", { params: { id } });
  return credentials.filter(({ protocol, kind }) => protocol === "openapi-v2" && kind === "api_key");
};
const listStates = async (id: string): Promise<string[]> => (await listKeys(id)).map(({ state }) => state);

/** Whether a key opens a session. */
async function opensSession(apiKey: string): Promise<boolean> {
  const reply = await sandbox.raw("GET", `/sandbox/ipg/v2/${market}/getSession/`, {
    bearer: sandbox.encrypt(apiKey),
  });
  if (reply.status === 200) return true;
  assert.equal(reply.body["output_error"], "The API key was revoked.");
  return false;
}

/** Moves the end of an application's overlaps to now, as if the time had passed. */
async function endOverlaps(id: string): Promise<void> {
  const { count } = await sandbox.stores.main`
    update credentials set retires_at = clock_timestamp() where application_id = ${id} and state = 'retiring'`;
  assert(count > 0);
}

test("both keys open sessions during the overlap, and then only the new one", async () => {
  const { id, apiKey } = await register("Overlap");
  const renewed = await renew(id, 3600);
  const until = Date.parse(renewed.previousUntil ?? "");
  assert(Math.abs(until - Date.now() - msPerHour) < 60_000, renewed.previousUntil ?? "null");
  assert.deepEqual([await opensSession(apiKey), await opensSession(renewed.apiKey)], [true, true]);
  assert.deepEqual(await listStates(id), ["active", "retiring"]);

  await endOverlaps(id);
  assert.deepEqual([await opensSession(apiKey), await opensSession(renewed.apiKey)], [false, true]);
  const [, old] = await listKeys(id);
  assert.equal(old?.state, "inactive");
  assert.equal(old?.endedAt, old?.retiresAt, "it ended when its overlap did, not when it was listed");
});

test("the overlap is wall time: the sandbox clock does not end it", async () => {
  await using other = await createTestSandbox();
  const { id, apiKey } = (await callControl(other, "POST", "/applications", { name: "Clock" })).body;
  await callControl(other, "POST", `/applications/${id}/api-key`, { overlapSeconds: 3600 });
  other.clock.advance(400 * 24 * msPerHour);
  await other.session(market, apiKey);
});

test("without a request for one, the overlap is that of the protocol", async () => {
  const { id } = await register("Default");
  for (const { name, credentialOverlapMs } of protocols) {
    const { previousUntil } = await control(sandbox, "POST /applications/{id}/credentials", {
      params: { id },
      body: { protocol: name },
    });
    const lastsMs = previousUntil === null ? 0 : Date.parse(previousUntil) - Date.now();
    assert(Math.abs(lastsMs - credentialOverlapMs) < 60_000, `${name}: ${previousUntil}`);
  }
  const withoutBody = await callControl(sandbox, "POST", `/applications/${id}/api-key`);
  assert.equal(withoutBody.status, 201);
});

test("renewing again ends the older overlap, and revoking ends all", async () => {
  const { id, apiKey } = await register("Again");
  const second = await renew(id, 3600);
  const third = await renew(id, 3600);
  assert.deepEqual(
    [await opensSession(apiKey), await opensSession(second.apiKey), await opensSession(third.apiKey)],
    [false, true, true],
  );
  const fourth = await renew(id, 0);
  assert.deepEqual([await opensSession(third.apiKey), await opensSession(fourth.apiKey)], [false, true]);
  assert.deepEqual(await listStates(id), ["active", "inactive", "inactive", "inactive"]);

  await renew(id, 3600);
  await callControl(sandbox, "DELETE", `/applications/${id}`);
  assert.equal(await opensSession(fourth.apiKey), false);
  assert.deepEqual(new Set(await listStates(id)), new Set(["inactive"]));
});

test("the database refuses a second overlap of one kind", async () => {
  const { id } = await register("Invariant");
  await renew(id, 3600);
  await assert.rejects(
    sandbox.stores.main`
      update credentials set state = 'retiring', retires_at = now() + interval '1 hour'
      where application_id = ${id} and protocol = 'openapi-v2' and kind = 'api_key' and state = 'active'`.execute(),
    /credentials_retiring_of_application/,
  );
});

test("requests are logged under the key that was used: the old one in its overlap, and after it", async () => {
  const { id, apiKey } = await register("Logged");
  const renewed = await renew(id, 3600);
  const [, old] = await listKeys(id);
  assert(old !== undefined);
  const readLog = async () => {
    const { requests } = await control(sandbox, "GET /markets/{market}/requests", {
      params: { market },
      query: { key: old.id },
    });
    return requests.map(({ httpStatus, code, apiKeyHint, application }) => [
      httpStatus,
      code,
      apiKeyHint,
      application,
    ]);
  };
  assert.equal(await opensSession(apiKey), true);
  assert.deepEqual(await readLog(), [[200, "INS-0", apiKey.slice(-4), id]]);
  await endOverlaps(id);
  assert.equal(await opensSession(apiKey), false);
  assert.deepEqual((await readLog())[0], [400, "INS-989", apiKey.slice(-4), id]);

  // An inactive API key instead of a session key is logged under that key too.
  const call = await sandbox.raw("POST", `/sandbox/ipg/v2/${market}/c2bPayment/singleStage/`, {
    bearer: sandbox.encrypt(apiKey),
    fields: {},
  });
  assert.deepEqual([call.status, call.body["output_error"]], [401, "The API key was revoked."]);
  assert.deepEqual((await readLog())[0], [401, "INS-989", apiKey.slice(-4), id]);
  assert.equal(await opensSession(renewed.apiKey), true);
});

test("Daraja refuses an inactive consumer key as invalid credentials, and logs it under that key", async () => {
  const { id, daraja } = await register("Daraja");
  const client = createDarajaClient(sandbox);
  const request = async (keys: DarajaKeys) => {
    const basic = Buffer.from(`${keys.consumerKey}:${keys.consumerSecret}`).toString("base64");
    const headers = { authorization: `Basic ${basic}` };
    const reply = await client.send("/oauth/v1/generate?grant_type=client_credentials", { headers });
    return reply.status === 200 ? "token" : `${reply.status} ${String(reply.body["errorCode"])}`;
  };
  const renewed = await control(sandbox, "POST /applications/{id}/daraja-credentials", {
    params: { id },
    body: { overlapSeconds: 60 },
  });
  assert.deepEqual([await request(daraja), await request(renewed)], ["token", "token"]);
  await endOverlaps(id);
  assert.deepEqual([await request(daraja), await request(renewed)], ["400 400.008.01", "token"]);
  // Without its secret, a consumer key is not known to be its owner's: the request is logged under none.
  const wrong = await request({ ...daraja, consumerSecret: renewed.consumerSecret.toLowerCase() });
  assert.equal(wrong, "400 400.008.01");

  const { requests } = await control(sandbox, "GET /markets/{market}/requests", {
    params: { market: kenya },
    query: { application: id, code: "400.008.01" },
  });
  assert.deepEqual(
    requests.map(({ apiKeyHint, decision }) => [apiKeyHint, decision]),
    [[daraja.consumerKey.slice(-4), "The consumer key was renewed, and is no longer valid."]],
  );
  assert.notEqual(requests[0]?.key, null);
});

test("the SOAP Broker and its checkout log a request under the secret that is no longer valid", async () => {
  const created = await control(sandbox, "POST /applications", { body: { name: "SOAP" } });
  const { id, soap: old } = created;
  assert(old !== null);
  const renewSoap = async (overlapSeconds: number): Promise<string> => {
    const { secrets } = await control(sandbox, "POST /applications/{id}/credentials", {
      params: { id },
      body: { protocol: "soap", overlapSeconds },
    });
    return secrets["lnmoPasskey"] ?? "";
  };
  const bank = createSoapClient(sandbox, { ...getSoapKeys(sandbox), ...old });
  const pay = async (): Promise<string> => (await bank.run("BusinessPayment")).code;
  const checkOut = async (passkey: string): Promise<string | undefined> => {
    const lnmo = createLnmoClient(sandbox.url, { merchantId: old.merchantId, passkey });
    return (await lnmo.checkOut(checkOutFields())).get("RETURN_CODE");
  };
  const request = async (newPasskey: string): Promise<unknown[]> => [
    await pay(),
    await checkOut(old.lnmoPasskey),
    await checkOut(newPasskey),
  ];
  assert.deepEqual(await request(await renewSoap(60)), ["0", "00", "00"]);
  assert.deepEqual(await request(await renewSoap(0)), ["100000007", "42", "00"]);
  assert.equal(await checkOut("stranger"), "42");

  const listRefused = async (code: string) => {
    const { requests } = await control(sandbox, "GET /markets/{market}/requests", {
      params: { market: kenya },
      query: { application: id, code },
    });
    return requests.map(({ apiKeyHint, decision }) => [apiKeyHint, decision]);
  };
  assert.deepEqual(await listRefused("100000007"), [
    [old.spPassword.slice(-4), "spPassword is the digest of a password that is no longer valid."],
  ]);
  const [stranger, refused] = await listRefused("42");
  assert.equal(stranger?.[0], null, "who has no passkey is not the application's");
  assert.deepEqual(refused, [
    old.lnmoPasskey.slice(-4),
    "PASSWORD is the digest of a passkey that is no longer valid.",
  ]);
});

test("an overlap that is not accepted changes nothing", async () => {
  const { id, apiKey } = await register("Strict");
  for (const overlapSeconds of [-1, 604_801, 1.5, "60", null]) {
    const { status, body } = await callControl(sandbox, "POST", `/applications/${id}/api-key`, {
      overlapSeconds,
    });
    assert.equal(status, 400, JSON.stringify(body));
    assert.match(body.message, /^overlapSeconds /);
  }
  const unknown = await callControl(sandbox, "POST", `/applications/${id}/credentials`, { protocol: "x" });
  assert.equal(unknown.status, 400);
  const missing = await callControl(sandbox, "POST", `/applications/${id}/credentials`);
  assert.equal(missing.status, 400);
  assert.deepEqual(await listStates(id), ["active"]);
  assert.equal(await opensSession(apiKey), true);
});
