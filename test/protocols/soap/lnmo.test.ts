/** The LNMO checkout: announced, confirmed, paid on the handset, and reported to the merchant. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Webhook, WebhookVerificationError } from "standardwebhooks";
import { checkoutLifeMs, maxOpenCheckouts } from "../../../src/payments/checkouts.ts";
import { lnmoPath } from "../../../src/protocols/soap/lnmo/names.ts";
import { triggerRefusals, type TriggeredCode } from "../../../src/protocols/soap/lnmo/return-codes.ts";
import { formatTrigger } from "../../../src/protocols/soap/lnmo/triggers.ts";
import { callControl, control } from "../../support/control.ts";
import { kenya, registerDarajaCustomers, registerShortcodes } from "../../support/daraja.ts";
import { createTestListener, respondWith, type Listener } from "../../support/listener.ts";
import {
  buildEnvelope,
  buildHeader,
  checkOutFields,
  createLnmoClient,
  digestPassword,
  getField,
  type LnmoKeys,
  type LnmoReply,
  type LnmoTestClient,
  type LnmoTestFields,
} from "../../support/lnmo.ts";
import { readPageTable } from "../../support/page-tables.ts";
import { answerPrompt, waitFor, waitForPrompt } from "../../support/prompts.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";

const paybill = "600996";
const payer = "254711000001";
const prompted = "254711000002";

let sandbox: TestSandbox;
let client: LnmoTestClient;
let listener: Listener;

const getKeys = ({ platform }: TestSandbox): LnmoKeys =>
  (platform.sandboxInfo["soap"] as { readonly lnmo: LnmoKeys }).lnmo;

async function createLnmoSandbox(): Promise<TestSandbox> {
  const created = await createTestSandbox({ promptLifeMs: 60_000 });
  await registerShortcodes(created, [
    { shortcode: paybill, name: "Paybill" },
    { shortcode: "600992", name: "Till", kind: "till" },
  ]);
  await registerDarajaCustomers(created, [
    { msisdn: payer },
    { msisdn: prompted, answer: "ask" },
    { msisdn: "254711000003", balance: "1.00" },
    { msisdn: "254711000004", answer: "decline" },
    { msisdn: "254711000006", answer: "off" },
  ]);
  return created;
}

before(async () => {
  sandbox = await createLnmoSandbox();
  client = createLnmoClient(sandbox.url, getKeys(sandbox));
});
after(() => sandbox[Symbol.asyncDispose]());
test.beforeEach(async () => {
  listener = await createTestListener({ behaviour: respondWith(200, {}, "success") });
});
test.afterEach(() => listener[Symbol.asyncDispose]());

const getUtility = (): Promise<bigint> => sandbox.getAvailable(paybill, kenya, "utility");

/** Announces a checkout that is accepted. */
async function announce(
  overrides: LnmoTestFields = {},
): Promise<{ trxId: string; id: string; reply: LnmoReply }> {
  const fields = checkOutFields({ CALL_BACK_URL: listener.url, ...overrides });
  const reply = await client.checkOut(fields);
  assert.equal(reply.get("RETURN_CODE"), "00", reply.text);
  return { trxId: reply.get("TRX_ID") ?? "", id: fields["MERCHANT_TRANSACTION_ID"] ?? "", reply };
}

const getDelivery = async (trxId: string) =>
  (await callControl(sandbox, "GET", `/markets/${kenya}/deliveries/${trxId}`)).body;

test("a checkout is announced, confirmed and paid, and its result is posted as XML", async () => {
  const before = await getUtility();
  const { trxId, id, reply } = await announce({ ENC_PARAMS: "a=1&b=<2>" });
  assert.match(trxId, /^[0-9a-f]{32}$/);
  assert.equal(reply.get("ENC_PARAMS"), "a=1&b=<2>");
  assert.notEqual(reply.get("CUST_MSG"), "");

  const confirmed = await client.confirm({ TRX_ID: trxId });
  assert.deepEqual(
    ["RETURN_CODE", "MERCHANT_TRANSACTION_ID", "TRX_ID"].map((name) => confirmed.get(name)),
    ["00", id, trxId],
  );
  const [received] = await listener.waitForCallbacks(1);
  assert(received !== undefined);
  assert.match(received.headers["content-type"] ?? "", /^text\/xml/);
  assert.match(received.text, /^<\?xml .*<SOAP-ENV:Body><ns1:ResultMsg>/s);
  const receipt = getField(received.text, "MPESA_TRX_ID") ?? "";
  assert.match(receipt, /^[A-Z0-9]{10}$/);
  assert.match(getField(received.text, "MPESA_TRX_DATE") ?? "", /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  const expected = {
    MSISDN: payer,
    AMOUNT: "54",
    TRX_STATUS: "Success",
    RETURN_CODE: "00",
    MERCHANT_TRANSACTION_ID: id,
    ENC_PARAMS: "a=1&b=<2>",
    TRX_ID: trxId,
  };
  for (const [name, value] of Object.entries(expected))
    assert.equal(getField(received.text, name), value, name);
  assert.equal(await getUtility(), before + 54_00n);

  const status = await client.queryStatus({ MERCHANT_TRANSACTION_ID: id });
  for (const [name, value] of Object.entries({ ...expected, MPESA_TRX_ID: receipt }))
    assert.equal(status.get(name), value, name);
  const { body: payment } = await callControl(sandbox, "GET", `/markets/${kenya}/payments/${trxId}`);
  assert.deepEqual([payment.status, payment.amount, payment.counterparty], ["completed", "54.00", payer]);
});

test("the result is posted as a form or sent in a query string, with hyphens in two names", async () => {
  for (const method of ["post", "GET"] as const) {
    const url = `${listener.url}?shop=1`;
    const { trxId, id } = await announce({ CALL_BACK_METHOD: method, CALL_BACK_URL: url, AMOUNT: "54.50" });
    await client.confirm({ MERCHANT_TRANSACTION_ID: id });
    const count = method === "post" ? 1 : 2;
    const received = (await listener.waitForCallbacks(count))[count - 1];
    assert(received !== undefined);
    const search = new URL(received.path, listener.url).searchParams;
    assert.equal(search.get("shop"), "1");
    const fields = method === "post" ? new URLSearchParams(received.text) : search;
    assert.deepEqual(
      ["TRX_ID", "AMOUNT", "TRX_STATUS", "RETURN_CODE", "ENC_PARAMS"].map((name) => fields.get(name)),
      [trxId, "54.5", "Success", "00", ""],
    );
    assert.match(fields.get("M-PESA_TRX_ID") ?? "", /^[A-Z0-9]{10}$/);
    assert.match(fields.get("M-PESA_TRX_DATE") ?? "", /^\d{4}-/);
    assert.equal(fields.get("MPESA_TRX_ID"), null);
    if (method === "post")
      assert.equal(received.headers["content-type"], "application/x-www-form-urlencoded");
    else assert.deepEqual([received.text, received.headers["content-type"]], ["", undefined]);

    const delivery = await waitFor("the attempt", async () => {
      const each = await getDelivery(trxId);
      return each.state === "delivered" ? each : undefined;
    });
    const [attempt] = delivery.attempts;
    assert.deepEqual([attempt.method, attempt.url, attempt.flag], [method.toUpperCase(), url, null]);
    assert.match(delivery.text, new RegExp(trxId));
  }
});

test("the signature of a result covers its body, and of a GET what it adds to the query string", async () => {
  const { body: keys } = await callControl(sandbox, "GET", "/applications/1/callback-secret");
  const verify = (content: string, headers: Readonly<Record<string, string>>): void => {
    try {
      new Webhook(keys.secret).verify(content, headers);
    } catch (error) {
      // The content is no JSON: the library only parses what it has verified.
      if (!(error instanceof SyntaxError)) throw error;
    }
  };
  for (const method of ["post", "get", "xml"] as const) {
    const { id } = await announce({ CALL_BACK_METHOD: method, CALL_BACK_URL: `${listener.url}?shop=1` });
    await client.confirm({ MERCHANT_TRANSACTION_ID: id });
    const count = ["post", "get", "xml"].indexOf(method) + 1;
    const { path, text, headers } =
      (await listener.waitForCallbacks(count))[count - 1] ?? assert.fail(method);
    const [, content = text] = /\?shop=1&(.+)$/.exec(path) ?? [];
    verify(content, headers);
    assert.throws(() => verify(content.replace("54", "55"), headers), WebhookVerificationError, method);
  }
});

test("each call accepts the kinds of names that the page says", async () => {
  const rows = readPageTable("docs/payment-names.md", "Call of the checkout");
  assert.deepEqual(
    rows.map(([name, field]) => `${name} ${field}`),
    ["confirmTransaction", "transactionStatusQuery"].flatMap((name) =>
      ["TRX_ID", "MERCHANT_TRANSACTION_ID"].map((field) => `${name} ${field}`),
    ),
  );
  for (const [name = "", field = "", ...cells] of rows)
    for (const [index, cell] of cells.entries()) {
      const { trxId, id } = await announce();
      await client.confirm({ TRX_ID: trxId });
      const receipt = (await client.queryStatus({ TRX_ID: trxId })).get("MPESA_TRX_ID");
      const named = { [field]: [trxId, id, receipt][index] };
      const reply = await (name === "confirmTransaction" ? client.confirm(named) : client.queryStatus(named));
      assert.equal(reply.get("RETURN_CODE"), cell === "yes" ? "00" : cell, `${name} ${field} ${index}`);
    }
});

test("no phone rings before the confirmation, and a second confirmation does nothing twice", async () => {
  const readPrompts = async () =>
    (await callControl(sandbox, "GET", `/markets/${kenya}/handsets/${prompted}`)).body.prompts;
  const before = await getUtility();
  const { trxId, id } = await announce({ MSISDN: prompted });
  assert.deepEqual(await readPrompts(), []);
  const pending = await client.queryStatus({ TRX_ID: trxId });
  assert.deepEqual([pending.get("TRX_STATUS"), pending.get("RETURN_CODE")], ["Pending", "00"]);

  const replies = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      client.confirm(index % 2 === 0 ? { TRX_ID: trxId } : { MERCHANT_TRANSACTION_ID: id }),
    ),
  );
  const codes = replies.map((reply) => reply.get("RETURN_CODE") ?? "");
  assert(codes.includes("00"), "one of them makes the payment");
  assert.deepEqual(
    codes.filter((code) => !["00", "34"].includes(code)),
    [],
    "34 is: another one is making it",
  );
  const prompt = await waitForPrompt(sandbox, prompted, kenya);
  assert.equal((await readPrompts()).length, 1);
  assert.equal((await client.queryStatus({ TRX_ID: trxId })).get("TRX_STATUS"), "Pending");
  assert.equal((await answerPrompt(sandbox, prompt, "approve", kenya)).refusal, null);
  await listener.waitForCallbacks(1);
  assert.equal((await client.confirm({ TRX_ID: trxId })).get("RETURN_CODE"), "00");
  assert.equal(await getUtility(), before + 54_00n);
  assert.equal((await client.queryStatus({ TRX_ID: trxId })).get("TRX_STATUS"), "Success");
  assert.equal(listener.received.length, 1);
});

test("a payment that fails has its code in the callback and in the status", async () => {
  for (const [msisdn, code] of [
    ["254711000003", "01"],
    ["254711000004", "06"],
    ["254711000006", "06"],
    ["254711999999", "10"],
  ] as const) {
    const count = listener.received.length;
    const { trxId } = await announce({ MSISDN: msisdn });
    assert.equal((await client.confirm({ TRX_ID: trxId })).get("RETURN_CODE"), "00");
    const received = (await listener.waitForCallbacks(count + 1)).at(-1);
    const summary = ["TRX_STATUS", "RETURN_CODE", "MPESA_TRX_ID"].map((name) =>
      getField(received?.text ?? "", name),
    );
    assert.deepEqual(summary, ["Failed", code, "N/A"], msisdn);
    const status = await client.queryStatus({ TRX_ID: trxId });
    assert.deepEqual([status.get("TRX_STATUS"), status.get("RETURN_CODE")], ["Failed", code]);
  }
});

for (const code of Object.keys(triggerRefusals) as TriggeredCode[])
  test(`the sandbox's number of RETURN_CODE ${code} has that result`, async () => {
    const { trxId } = await announce({ MSISDN: formatTrigger(code) });
    await client.confirm({ TRX_ID: trxId });
    const [received] = await listener.waitForCallbacks(1);
    assert.deepEqual(
      [getField(received?.text ?? "", "TRX_STATUS"), getField(received?.text ?? "", "RETURN_CODE")],
      ["Failed", code],
    );
  });

test("a password is base64 of a hexadecimal digest in either case, and anything else is 42", async () => {
  const { keys } = client;
  const password = digestPassword(keys, "20140827081011");
  const hex = Buffer.from(password, "base64").toString();
  const encode = (text: string | Buffer): string => Buffer.from(text).toString("base64");
  const tryWith = async (overrides: LnmoTestFields): Promise<string | undefined> =>
    (await client.checkOut(checkOutFields(), { header: buildHeader(keys, overrides) })).get("RETURN_CODE");
  assert.equal(await tryWith({ PASSWORD: encode(hex.toUpperCase()) }), "00");
  assert.equal(await tryWith({ PASSWORD: password.replace(/(.{76})/, "$1\r\n") }), "00");
  assert.equal(await tryWith({ TIMESTAMP: "any text", PASSWORD: digestPassword(keys, "any text") }), "00");
  assert.equal(await tryWith({ TIMESTAMP: undefined, PASSWORD: digestPassword(keys, "") }), "00");
  const wrongOnes = [
    hex,
    encode(Buffer.from(hex, "hex")),
    encode(`${hex.slice(0, 63)}G`),
    encode(hex.slice(1)),
    digestPassword({ ...keys, passkey: "wrong" }, "20140827081011"),
    digestPassword(keys, "20140827081012"),
    "",
    undefined,
  ];
  for (const wrong of wrongOnes) assert.equal(await tryWith({ PASSWORD: wrong }), "42", wrong ?? "none");
  assert.equal(await tryWith({ MERCHANT_ID: undefined }), "42");
  for (const unknown of ["898998", "999999999999999999", "x", "100000"])
    assert.equal(await tryWith({ MERCHANT_ID: unknown }), "36", unknown);
});

test("each field is checked, in the order of the table", async () => {
  // prettier-ignore
  const table: [fields: LnmoTestFields, code: string][] = [
    [{ MERCHANT_TRANSACTION_ID: undefined }, "40"],
    [{ MERCHANT_TRANSACTION_ID: "x".repeat(101) }, "40"],
    [{ REFERENCE_ID: undefined }, "30"],
    [{ REFERENCE_ID: "  " }, "30"],
    [{ AMOUNT: undefined }, "31"],
    [{ AMOUNT: "" }, "31"],
    [{ AMOUNT: "ten" }, "31"],
    [{ AMOUNT: "-5" }, "31"],
    [{ AMOUNT: "0" }, "31"],
    [{ AMOUNT: "1.005" }, "31"],
    [{ AMOUNT: "9".repeat(500) }, "31"],
    [{ AMOUNT: "0.50" }, "03"],
    [{ AMOUNT: "250000.01" }, "04"],
    [{ AMOUNT: "54.000000" }, "00"],
    [{ MSISDN: undefined }, "41"],
    [{ MSISDN: "0711000001" }, "41"],
    [{ MSISDN: "+254711000001" }, "41"],
    [{ MSISDN: "254811000001" }, "41"],
    [{ CALL_BACK_URL: undefined }, "40"],
    [{ CALL_BACK_URL: "ftp://x" }, "40"],
    [{ CALL_BACK_URL: `http://x/${"y".repeat(2000)}` }, "40"],
    [{ CALL_BACK_METHOD: undefined }, "40"],
    [{ CALL_BACK_METHOD: "put" }, "40"],
    [{ ENC_PARAMS: "x".repeat(1001) }, "40"],
    [{ ENC_PARAMS: undefined, TIMESTAMP: undefined }, "00"],
    [{ REFERENCE_ID: undefined, AMOUNT: undefined, MSISDN: undefined }, "30"],
  ];
  for (const [fields, code] of table) {
    const reply = await client.checkOut(checkOutFields(fields));
    assert.deepEqual(
      [reply.status, reply.get("RETURN_CODE")],
      [200, code],
      JSON.stringify(fields).slice(0, 200),
    );
  }
  assert.equal((await client.confirm({})).get("RETURN_CODE"), "40");
  assert.equal((await client.queryStatus({})).get("RETURN_CODE"), "40");
});

test("an id is used once, and unknown or contradicting ids are 12", async () => {
  const { trxId, id } = await announce();
  const other = await announce();
  assert.equal(
    (await client.checkOut(checkOutFields({ MERCHANT_TRANSACTION_ID: id }))).get("RETURN_CODE"),
    "35",
  );
  for (const names of [
    { TRX_ID: "0".repeat(32) },
    { TRX_ID: "x" },
    { MERCHANT_TRANSACTION_ID: "unknown" },
    { TRX_ID: trxId, MERCHANT_TRANSACTION_ID: other.id },
  ]) {
    assert.equal((await client.confirm(names)).get("RETURN_CODE"), "12", JSON.stringify(names));
    const status = await client.queryStatus(names);
    assert.deepEqual([status.get("RETURN_CODE"), status.get("TRX_STATUS")], ["12", "Error"]);
  }
  const both = await client.queryStatus({ TRX_ID: trxId, MERCHANT_TRANSACTION_ID: id });
  assert.equal(both.get("TRX_STATUS"), "Pending");
});

test("a checkout of another application is not found", async () => {
  const { trxId } = await announce();
  const made = (await callControl(sandbox, "POST", "/applications", { name: "Other shop" })).body;
  const issued = await control(sandbox, "POST /applications/{id}/credentials", {
    params: { id: made.id },
    body: { protocol: "soap" },
  });
  const merchantId = String(100_000 + Number(made.id));
  const other = createLnmoClient(sandbox.url, { merchantId, passkey: issued.secrets["lnmoPasskey"] ?? "" });
  assert.equal((await other.checkOut(checkOutFields())).get("RETURN_CODE"), "00");
  assert.equal((await other.queryStatus({ TRX_ID: trxId })).get("RETURN_CODE"), "12");
  assert.equal((await other.confirm({ TRX_ID: trxId })).get("RETURN_CODE"), "12");

  const setShortcodes = (shortcodes: string[]) =>
    callControl(sandbox, "PATCH", `/applications/${made.id}`, { shortcodes });
  const named = async (shortcode: string): Promise<string | undefined> => {
    const keys = { ...other.keys, merchantId: `${merchantId}-${shortcode}` };
    return (await createLnmoClient(sandbox.url, keys).checkOut(checkOutFields())).get("RETURN_CODE");
  };
  await setShortcodes([paybill, "600992"]);
  assert.equal(
    (await other.checkOut(checkOutFields())).get("RETURN_CODE"),
    "09",
    "it does not say which one",
  );
  assert.deepEqual([await named(paybill), await named("600992"), await named("600000")], ["00", "09", "09"]);
  await callControl(sandbox, "PATCH", `/applications/${made.id}`, { products: { soapLnmo: null } });
  assert.equal(await named(paybill), "33");
  await callControl(sandbox, "DELETE", `/applications/${made.id}`);
  assert.equal(await named(paybill), "36", "the application is revoked");
});

test("a checkout that is not confirmed expires", async () => {
  await using other = await createLnmoSandbox();
  const own = createLnmoClient(other.url, getKeys(other));
  const trxId = (await own.checkOut(checkOutFields())).get("TRX_ID") ?? "";
  other.clock.advance(checkoutLifeMs - 1_000);
  assert.equal((await own.queryStatus({ TRX_ID: trxId })).get("TRX_STATUS"), "Pending");
  other.clock.advance(2_000);
  const expired = await own.queryStatus({ TRX_ID: trxId });
  assert.deepEqual([expired.get("TRX_STATUS"), expired.get("RETURN_CODE")], ["Failed", "05"]);
  assert.equal((await own.confirm({ TRX_ID: trxId })).get("RETURN_CODE"), "05");
});

test("an application has a bound of unconfirmed checkouts", async () => {
  await using other = await createLnmoSandbox();
  const own = createLnmoClient(other.url, getKeys(other));
  const first = (await own.checkOut(checkOutFields())).get("TRX_ID") ?? "";
  await other.sql(kenya)`
    insert into checkouts (id, application_id, reference, organisation, msisdn, amount_minor, account_reference, passthrough,
                           callback_kind, callback_url, expires_at)
    select n, application_id, 'more' || n, organisation, msisdn, amount_minor, account_reference, passthrough,
           callback_kind, callback_url, expires_at
    from checkouts, generate_series(1, ${maxOpenCheckouts - 1}) n`;
  assert.equal((await own.checkOut(checkOutFields())).get("RETURN_CODE"), "11");
  assert.equal((await own.confirm({ TRX_ID: first })).get("RETURN_CODE"), "00");
  assert.equal((await own.checkOut(checkOutFields())).get("RETURN_CODE"), "00", "a confirmed one makes room");
});

test("hostile and broken XML is refused at once with a fault, and other documents too", async () => {
  const valid = buildEnvelope("processCheckOutRequest", buildHeader(client.keys), checkOutFields());
  const entity = '<!DOCTYPE x [<!ENTITY a "b"><!ENTITY c "&a;&a;&a;">]>';
  const bodies: readonly (string | Buffer)[] = [
    entity + valid,
    `<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>${valid}`,
    "<a>".repeat(10_000),
    `<a ${Array.from({ length: 5_000 }, (_, n) => `b${n}="c"`).join(" ")}/>`,
    valid.slice(0, -20),
    valid.replace("1112254500", "&unknown;"),
    "not XML",
    "",
    "{}",
    "<a/>",
    buildEnvelope("unknownRequest", {}, {}),
    Buffer.from([0xff, 0xfe, 0x00]),
    "x".repeat(10_000_000),
  ];
  for (const body of bodies) {
    const startedAt = performance.now();
    const reply = await client.send(body);
    assert.equal(reply.status, 500, `${body.toString().slice(0, 80)}: ${reply.text}`);
    assert.match(reply.text, /<faultstring>[^<]{10,}<\/faultstring>/);
    assert(performance.now() - startedAt < 1_000, "it took too long");
  }
});

test("the request log keeps nothing of a message that is no call, and only known fields of a call", async () => {
  await client.call("unknownRequest", { PASSWORD: "MESSAGE-SECRET", AMOUNT: "1" });
  await client.checkOut({ ...checkOutFields(), PIN: "FIELD-SECRET", MSISDN: "0711000001" });
  const { requests } = await control(sandbox, "GET /markets/{market}/requests", {
    params: { market: kenya },
    query: { limit: "2" },
  });
  assert.deepEqual(
    requests.map(({ code }) => code),
    ["41", "fault"],
  );
  const text = JSON.stringify(requests);
  for (const secret of ["MESSAGE-SECRET", "FIELD-SECRET", "0711000001"])
    assert(!text.includes(secret), secret);
});

test("a request of SOAP 1.2 has a response of SOAP 1.2", async () => {
  const soap12 = "http://www.w3.org/2003/05/soap-envelope";
  const body = buildEnvelope("processCheckOutRequest", buildHeader(client.keys), checkOutFields());
  const response = await fetch(sandbox.url + lnmoPath, {
    method: "POST",
    headers: { "content-type": "application/soap+xml" },
    body: body.replace("http://schemas.xmlsoap.org/soap/envelope/", soap12),
  });
  assert.match(response.headers.get("content-type") ?? "", /^application\/soap\+xml;/);
  const text = await response.text();
  assert(text.includes(`"${soap12}"`) && !text.includes("schemas.xmlsoap.org"), text);
  assert.equal(getField(text, "RETURN_CODE"), "00");
});

test("the request log has the fields without the password, and masks the number", async () => {
  const { id } = await announce();
  await client.checkOut(checkOutFields({ AMOUNT: "" }));
  const { requests } = await control(sandbox, "GET /markets/{market}/requests", {
    params: { market: kenya },
    query: { limit: "2" },
  });
  const [refused, accepted] = requests;
  assert.deepEqual(
    [accepted?.protocol, accepted?.call, accepted?.code, accepted?.reference, accepted?.httpStatus],
    ["soap", "processCheckOut", "00", id, 200],
  );
  assert.notEqual(accepted?.key, null);
  assert.deepEqual(
    [refused?.code, refused?.decision],
    ["31", "AMOUNT is not a decimal number above zero with at most two decimals."],
  );
  const text = JSON.stringify(requests);
  assert(!text.includes(payer) && !text.includes(client.keys.passkey));
  assert(!text.includes(digestPassword(client.keys, "20140827081011")));
});

test("the WSDL has the genuine names, and the address at which it was read", async () => {
  const response = await fetch(`${sandbox.url}${lnmoPath}?wsdl`);
  assert.match(response.headers.get("content-type") ?? "", /^text\/xml/);
  const wsdl = await response.text();
  for (const name of [
    "LNMO_portType",
    "LNMO_binding",
    "lnmo_checkout_Service",
    "transactionConfirmRequest",
    "LNMOResult",
  ])
    assert(wsdl.includes(`"${name}"`), name);
  assert(wsdl.includes(`location="${sandbox.url}${lnmoPath}"`), wsdl);
  assert.equal((await fetch(sandbox.url + lnmoPath)).status, 405);
  assert.equal((await fetch(`${sandbox.url}${lnmoPath}?WSDL`)).status, 200);
});
