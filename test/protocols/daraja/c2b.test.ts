/** C2B: registering URLs, and simulated payments that are validated and confirmed at them. */
import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { after, before, test } from "node:test";
import { createC2bRegistry } from "../../../src/organisations/c2b-registration.ts";
import { railFor } from "../../../src/core/rails.ts";
import { registeredUrl } from "../../../src/protocols/daraja/registered-url.ts";
import { c2bRegisterV2 } from "../../../src/protocols/daraja/operations/c2b-register.ts";
import { InvalidValue } from "../../../src/protocols/daraja/fields.ts";
import { accept, answerWith, createMerchant, getKenyanBalances, reject } from "../../support/c2b.ts";
import { callControl } from "../../support/control.ts";
import {
  createDarajaApplication,
  createDarajaClient,
  darajaCustomer,
  kenya,
  type DarajaReply,
  type DarajaTestClient,
} from "../../support/daraja.ts";
import { createTestListener, type Listener } from "../../support/listener.ts";
import { createTestCustomer } from "../../support/payments.ts";
import { waitFor } from "../../support/prompts.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";

let sandbox: TestSandbox;
let client: DarajaTestClient;
before(async () => {
  sandbox = await createTestSandbox({ validationTimeoutMs: 2_000 });
  client = createDarajaClient(sandbox);
});
after(() => sandbox[Symbol.asyncDispose]());

const paybill = "600984";

const register = (fields: object = {}, version = "v2", token?: string): Promise<DarajaReply> =>
  client.post(
    `/mpesa/c2b/${version}/registerurl`,
    {
      ShortCode: paybill,
      ResponseType: "Cancelled",
      ConfirmationURL: "https://shop.example/confirmation",
      ...fields,
    },
    token === undefined ? {} : { token },
  );

const simulate = (fields: object = {}, version = "v2", token?: string): Promise<DarajaReply> =>
  client.post(
    `/mpesa/c2b/${version}/simulate`,
    {
      ShortCode: paybill,
      CommandID: "CustomerPayBillOnline",
      Amount: 10,
      Msisdn: darajaCustomer,
      BillRefNumber: "invoice008",
      ...fields,
    },
    token === undefined ? {} : { token },
  );

const assertError = (reply: DarajaReply, status: number, code: string, message: string): void => {
  assert.deepEqual(
    [reply.status, reply.body["errorCode"], reply.body["errorMessage"]],
    [status, code, message],
    reply.text,
  );
};

const requestId = "[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}[0-9]{6}";

test("both versions acknowledge a registration, each with its own spelling of success", async () => {
  for (const [version, text] of [
    ["v1", "success"],
    ["v2", "Success"],
  ] as const) {
    const reply = await register({}, version);
    assert.equal(reply.status, 200, reply.text);
    assert.match(
      reply.text,
      new RegExp(
        `^\\{"OriginatorCoversationID":"${requestId}","ResponseCode":"0","ResponseDescription":"${text}"\\}$`,
      ),
    );
  }
});

test("a registration takes what clients send: Canceled, http, no ValidationURL or an empty one", async () => {
  for (const fields of [
    { ResponseType: "Canceled" },
    { ResponseType: "Completed" },
    { ConfirmationURL: "http://127.0.0.1:8080/confirmation" },
    { ValidationURL: "" },
    { ValidationURL: null },
    { ShortCode: Number(paybill) },
  ])
    assert.equal((await register(fields)).status, 200, JSON.stringify(fields));
  for (const ResponseType of ["completed", "CANCELLED", "Cancel", 1])
    assertError(await register({ ResponseType }), 400, "400.003.02", "Bad Request - Invalid ResponseType");
});

test("a word that M-Pesa refuses is named with its field, in any case and anywhere in the URL", async () => {
  const words = ["mpesa", "M-Pesa", "Safaricom", "exe", "EXEC", "cmd", "sql", "query"];
  for (const word of words) {
    for (const field of ["ConfirmationURL", "ValidationURL"]) {
      for (const url of [
        `https://shop.example/${word}/c2b`,
        `https://${word}.example/c2b`,
        `https://shop.example/?a=${word}`,
      ])
        assertError(
          await register({ [field]: url }),
          400,
          "400.003.02",
          `Bad Request - Invalid ${field} - URL has the word ${word.toUpperCase()}`,
        );
    }
  }
});

test("an invalid URL has no word in its error, and the first invalid field is named", async () => {
  const invalid = "Bad Request - Invalid ConfirmationURL";
  for (const ConfirmationURL of ["shop.example/c2b", "ftp://shop.example/c2b", "https://shop.example/a b"])
    assertError(await register({ ConfirmationURL }), 400, "400.003.02", invalid);
  assertError(
    await register({ ShortCode: "x", ConfirmationURL: "x" }),
    400,
    "400.003.02",
    "Bad Request - Invalid ShortCode",
  );
});

test("in live, tunnels are refused", () => {
  const field = registeredUrl({ description: "", example: "" });
  const parse = (text: string, environment: "sandbox" | "live") =>
    field.parse(
      { text, type: "string", json: text },
      { environment, validateUrl: () => null, note: () => {} },
    );
  for (const url of [
    "https://a1b2.ngrok.io/c2b",
    "https://x.ngrok-free.app/",
    "https://mockbin.org/bin/1",
    "https://REQUESTBIN.net/r/1",
  ]) {
    const refused = parse(url, "live");
    assert(refused instanceof InvalidValue, url);
    assert.match(refused.detail ?? "", /^URL has the word (?:NGROK|MOCKBIN|REQUESTBIN)$/);
    assert.equal(parse(url, "sandbox"), url);
  }
  assert.equal(parse("https://shop.example/ngrok", "live"), "https://shop.example/ngrok");
});

test("the sandbox registers again and again, live once", async () => {
  const first = { shortcode: paybill, protocol: "daraja", version: "v2", applicationId: 1n } as const;
  const urls = { ...first, responseType: "cancelled", validationUrl: null } as const;
  for (const environment of ["sandbox", "live"] as const) {
    const { context } = sandbox.platform.payments(railFor(environment, kenya));
    await context.sql`
      insert into organisations (shortcode, name) values (${paybill}, 'Tausi') on conflict do nothing`;
    const registry = createC2bRegistry(context);
    assert.equal(await registry.registerC2bUrls({ ...urls, confirmationUrl: "https://a.example/" }), true);
    const again = await registry.registerC2bUrls({ ...urls, confirmationUrl: "https://b.example/" });
    assert.equal(again, environment === "sandbox");
    assert.equal(
      (await registry.findC2bUrls(paybill))?.confirmationUrl,
      environment === "sandbox" ? "https://b.example/" : "https://a.example/",
    );
  }
});

test("a second registration in live is an error of its own", async () => {
  const call = {
    id: 1n,
    application: { id: 1n, shortcodes: null },
    identifiers: { requestId: () => "x" },
    organisations: {
      find: () => Promise.resolve({ kind: "paybill", stkOnly: false }),
      registerC2bUrls: () => Promise.resolve(false),
    },
    values: {
      ShortCode: paybill,
      ResponseType: "Completed",
      ConfirmationURL: "https://shop.example/",
      ValidationURL: null,
    },
  };
  const reply = await c2bRegisterV2.handle(call as unknown as Parameters<typeof c2bRegisterV2.handle>[0]);
  assert.deepEqual("error" in reply && reply.error, {
    status: 500,
    code: "500.003.1001",
    message: "Urls are already registered.",
  });
});

test("shortcodes that take no customers' payments are refused by both calls", async () => {
  const invalid = "Bad Request - Invalid ShortCode";
  for (const ShortCode of ["174379", "999999", "600997", "500100"]) {
    assertError(await register({ ShortCode }), 400, "400.003.02", invalid);
    assertError(await simulate({ ShortCode }), 400, "400.003.02", invalid);
  }
});

test("version 1 and version 2 are products of their own", async () => {
  const token = await client.getToken(await createDarajaApplication(sandbox, ["darajaC2bV2"]));
  assert.equal((await register({}, "v2", token)).status, 200);
  assert.equal((await simulate({}, "v2", token)).status, 200);
  const message = "Error Occurred - Invalid Access Token - Invalid API call as no apiproduct match found";
  for (const reply of [await register({}, "v1", token), await simulate({}, "v1", token)])
    assertError(reply, 401, "401.003.01", message);
});

test("a simulated payment is acknowledged by both versions, the first with a ConversationID", async () => {
  const accepted = '"ResponseCode":"0","ResponseDescription":"Accept the service request successfully."}';
  const [first, second] = [await simulate({}, "v1"), await simulate({}, "v2")];
  assert.match(
    first.text,
    new RegExp(
      `^\\{"OriginatorCoversationID":"${requestId}","ConversationID":"AG_\\d{8}_[0-9a-z]{20}",${accepted}$`,
    ),
  );
  assert.match(second.text, new RegExp(`^\\{"OriginatorCoversationID":"${requestId}",${accepted}$`));
});

test("numbers and texts are both taken, and a payment to a till needs no account", async () => {
  const organisation = await createMerchant(sandbox, { kind: "till" });
  const reply = await simulate({
    ShortCode: Number(organisation),
    CommandID: "CustomerBuyGoodsOnline",
    Amount: "25",
    Msisdn: Number(darajaCustomer),
    BillRefNumber: null,
  });
  assert.equal(reply.status, 200, reply.text);
  assert.equal((await getKenyanBalances(sandbox, organisation, "merchant")).available, 25_00n);
});

const toUrl = (listener: Listener, path: string): string => new URL(path, listener.url).href;

/** What the ConfirmationURL gets for a simulated payment to a new paybill. */
async function getConfirmation(
  listener: Listener,
  { version, setting }: { readonly version: "v1" | "v2"; readonly setting?: string },
): Promise<Readonly<Record<string, string>>> {
  const organisation = await createMerchant(sandbox);
  if (setting !== undefined) {
    const path = `/markets/${kenya}/organisations/${organisation}`;
    assert.equal((await callControl(sandbox, "PATCH", path, { confirmationMsisdn: setting })).status, 200);
  }
  const count = listener.received.length;
  await register({ ShortCode: organisation, ConfirmationURL: toUrl(listener, "/confirm") }, version);
  await simulate({ ShortCode: organisation }, version);
  return (await listener.waitForCallbacks(count + 1)).at(-1)?.body ?? {};
}

test("the version of the registration decides how a confirmation names the customer, unless the organisation has chosen", async () => {
  await using listener = await createTestListener({ behaviour: answerWith({ ResultCode: 0 }) });
  const hashed = hash("sha256", darajaCustomer, "hex");
  const table = [
    [{ version: "v1" }, hashed],
    [{ version: "v2" }, "25470****149"],
    [{ version: "v1", setting: "plain" }, darajaCustomer],
    [{ version: "v1", setting: "masked" }, "25470****149"],
    [{ version: "v2", setting: "hashed" }, hashed],
  ] as const;
  for (const [options, expected] of table) {
    const { MSISDN, FirstName, LastName, TransactionType, OrgAccountBalance } = await getConfirmation(
      listener,
      options,
    );
    assert.equal(MSISDN, expected, JSON.stringify(options));
    assert.deepEqual(
      [FirstName, LastName, TransactionType, OrgAccountBalance],
      ["John", "Doe", "Pay Bill", "10.00"],
    );
  }
});

test("external validation is off until the operator turns it on for the shortcode", async () => {
  await using listener = await createTestListener({ behaviour: accept });
  const ShortCode = await createMerchant(sandbox, { validates: false });
  await register({
    ShortCode,
    ConfirmationURL: toUrl(listener, "/confirm"),
    ValidationURL: toUrl(listener, "/validate"),
  });
  await simulate({ ShortCode, BillRefNumber: "before" });
  await listener.waitForCallbacks(1);
  const path = `/markets/${kenya}/organisations/${ShortCode}`;
  await callControl(sandbox, "PATCH", path, { externalValidation: true });
  await simulate({ ShortCode, BillRefNumber: "after" });
  const received = await listener.waitForCallbacks(3);
  assert.deepEqual(
    received.map(({ path: at, body }) => `${at} ${body["BillRefNumber"]}`),
    ["/confirm before", "/validate after", "/confirm after"],
  );
});

test("a rejection cancels a simulated payment, which was acknowledged before", async () => {
  await using listener = await createTestListener({ behaviour: reject("C2B00012") });
  const ShortCode = await createMerchant(sandbox, { validationUrl: listener.url });
  const msisdn = await createTestCustomer(sandbox, { market: kenya });
  const reply = await simulate({ ShortCode, Msisdn: msisdn });
  assert.equal(reply.status, 200);
  await waitFor("the release of the money", async () => {
    const { held, available } = await getKenyanBalances(sandbox, msisdn, "wallet");
    return listener.received.length === 1 && held === 0n && available === 100_00n ? true : undefined;
  });
});

test("what fails is acknowledged too, and confirmed to no one", async () => {
  await using listener = await createTestListener({ behaviour: answerWith({ ResultCode: 0 }) });
  const ShortCode = await createMerchant(sandbox, { confirmationUrl: listener.url });
  const table = [
    [{ Msisdn: "254700000001" }, "customer_balance_too_low"],
    [{ Msisdn: "254700000008" }, "account_full"],
    [{ Msisdn: "254700002001" }, "customer_pin_wrong"],
    [{ Msisdn: "254700090003" }, "receiver_invalid"],
    [{ Msisdn: "254700099999" }, "timed_out"],
    [{ Msisdn: "254799999999" }, "customer_unknown"],
    [{ CommandID: "CustomerBuyGoodsOnline" }, "receiver_invalid"],
  ] as const;
  for (const [fields, expected] of table) {
    const reply = await simulate({ ShortCode, ...fields });
    assert.equal(reply.status, 200, reply.text);
    const [row] = await sandbox.sql(kenya)`
      select refusal, notifications_owed from payments where organisation = ${ShortCode} order by id desc limit 1`;
    assert.deepEqual({ ...row }, { refusal: expected, notifications_owed: 0 }, JSON.stringify(fields));
  }
  await simulate({ ShortCode, BillRefNumber: "good" });
  const [confirmation, ...more] = await listener.waitForCallbacks(1);
  assert.deepEqual([confirmation?.body["BillRefNumber"], more.length], ["good", 0]);
});
