/** Inputs that real clients send and the documentation does not show: all are accepted. */
import assert from "node:assert/strict";
import { request } from "node:http";
import { after, before, test } from "node:test";
import { createTestSandbox, createReference, type Reply, type TestSandbox } from "../../support/sandbox.ts";
import { examplePayload, toQueryString, summarise, sendCall, type Fields } from "./packets.ts";

let sandbox: TestSandbox;
let bearer: string;
before(async () => {
  sandbox = await createTestSandbox();
  bearer = await sandbox.session("vodafoneGHA");
});
after(() => sandbox[Symbol.asyncDispose]());

/** Sends path and body byte for byte; `fetch` would normalise both. */
function sendExactly(
  method: string,
  path: string,
  body = "",
  headers: Record<string, string> = {},
): Promise<Reply> {
  const { hostname, port } = new URL(sandbox.url);
  return new Promise((resolve, reject) => {
    const outgoing = request({
      hostname,
      port,
      method,
      path,
      headers: { authorization: `Bearer ${bearer}`, ...headers },
    });
    outgoing.once("error", reject);
    outgoing.once("response", (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.once("end", () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: new Headers(response.headers as Record<string, string>),
          body: JSON.parse(text) as Record<string, string>,
        });
      });
    });
    outgoing.setHeader("content-length", Buffer.byteLength(body));
    outgoing.end(body);
  });
}

const renderPayment = (overrides: Fields = {}) =>
  JSON.stringify(examplePayload("c2bSingle", "vodafoneGHA", overrides));

test("a path is accepted in any case, with or without slashes, with doubled and percent-encoded slashes", async () => {
  const paths = [
    "/sandbox/ipg/v2/vodafoneGHA/c2bPayment/singleStage/",
    "/sandbox/ipg/v2/vodafoneGHA/c2bPayment/singleStage",
    "/SANDBOX/IPG/V2/VODAFONEGHA/C2BPAYMENT/SINGLESTAGE/",
    "/sandbox/ipg/v2/vodafonegha/c2bpayment/singlestage",
    "/sandbox/ipg/v2/vodafoneGHA//c2bPayment//singleStage//",
    "//sandbox/ipg/v2/vodafoneGHA/c2bPayment/singleStage/",
    "/sandbox/ipg/v2/vodafoneGHA/c2bPayment%2FsingleStage%2F",
    "/sandbox/ipg/v2/vodafoneGHA%2Fc2bPayment%2fsingleStage",
    "/sandbox/ipg/v2/vodafoneGHA/c2bPayment%2F%2FsingleStage/",
    "/sandbox/ipg/v2/vodafoneGHA/c2bPayment/singleStage/?",
  ];
  for (const path of paths)
    assert.equal(summarise(await sendExactly("POST", path, renderPayment())), "201 INS-0", path);
});

test("the singleStage paths that some clients use for b2c and b2b work", async () => {
  for (const [path, call] of [
    ["b2cPayment/singleStage/", "b2c"],
    ["b2bPayment/singleStage/", "b2b"],
  ] as const) {
    const reply = await sandbox.call("POST", path, examplePayload(call), { market: "vodafoneGHA" });
    assert.equal(summarise(reply), "201 INS-0", path);
  }
});

test("parameters of a GET are read from the query, the body, or both", async () => {
  const path = "/sandbox/ipg/v2/vodafoneGHA/queryTransactionStatus/";
  const fields = examplePayload("queryTransactionStatus");
  const query = (all: Fields) => `${path}?${toQueryString(all)}`;
  const { input_QueryReference = "", ...rest } = fields;

  assert.equal(summarise(await sendExactly("GET", query(fields))), "200 INS-0", "by query");
  assert.equal(summarise(await sendExactly("GET", path, JSON.stringify(fields))), "200 INS-0", "by body");
  assert.equal(
    summarise(await sendExactly("GET", query(rest), JSON.stringify({ input_QueryReference }))),
    "200 INS-0",
    "by both",
  );
  const disagreeing = await sendExactly(
    "GET",
    query({ ...fields, input_Country: "XXX" }),
    JSON.stringify(fields),
  );
  assert.equal(summarise(disagreeing), "200 INS-0", "the body takes precedence");
});

test("a plus sign in a query is a space, as forms send it", async () => {
  const path = "/sandbox/ipg/v2/vodafoneGHA/queryTransactionStatus/";
  const fields = { ...examplePayload("queryTransactionStatus"), input_ThirdPartyConversationID: "two words" };
  const reply = await sendExactly("GET", `${path}?${toQueryString(fields)}`);
  assert.equal(reply.body["output_ThirdPartyConversationID"], "two words");
});

test("any or no Content-Type is accepted", async () => {
  const path = "/sandbox/ipg/v2/vodafoneGHA/c2bPayment/singleStage/";
  const types = [
    "application/json",
    "application/json; charset=utf-8",
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "application/vnd.odd+json; v=1; v=2",
    "nonsense",
    "",
  ];
  for (const type of types) {
    assert.equal(
      summarise(await sendExactly("POST", path, renderPayment(), { "content-type": type })),
      "201 INS-0",
      type,
    );
  }
  assert.equal(summarise(await sendExactly("POST", path, renderPayment())), "201 INS-0", "none");
  const query = toQueryString(examplePayload("queryTransactionStatus"));
  const status = `/sandbox/ipg/v2/vodafoneGHA/queryTransactionStatus/?${query}`;
  assert.equal(
    summarise(await sendExactly("GET", status, "", { "content-type": "application/json" })),
    "200 INS-0",
    "on a GET",
  );
});

test("a byte-order mark and surrounding whitespace change nothing", async () => {
  const path = "/sandbox/ipg/v2/vodafoneGHA/c2bPayment/singleStage/";
  assert.equal(summarise(await sendExactly("POST", path, ` \r\n\t${renderPayment()} \n`)), "201 INS-0");
  assert.equal(summarise(await sendExactly("POST", path, `\ufeff${renderPayment()}`)), "201 INS-0");
});

test("unknown fields are ignored, whatever their value", async () => {
  const extra = {
    input_ResponseURL: "https://example.com",
    other: { deep: [1, null] },
    n: 1.5,
    b: true,
    nothing: null,
  };
  assert.equal(
    summarise(await sendCall(sandbox, "c2bSingle", examplePayload("c2bSingle", "vodafoneGHA", extra))),
    "201 INS-0",
  );
});

test("numbers are accepted as well as strings", async () => {
  const fields = examplePayload("directDebitCreate", "vodafoneGHA", {
    input_AgreedTC: 1,
    input_ThirdPartyReference: 3333,
  });
  assert.equal(summarise(await sendCall(sandbox, "directDebitCreate", fields)), "201 INS-0");
  const step = examplePayload("c2bMultiStage", "vodafoneGHA", { input_APIVersion: 3.1, input_Amount: 10 });
  assert.equal(summarise(await sendCall(sandbox, "c2bMultiStage", step)), "201 INS-0");
  const queryFields = examplePayload("queryDirectDebit", "vodafoneGHA", {
    input_QueryBalanceAmount: true,
    input_BalanceAmount: 100,
  });
  const path = "/sandbox/ipg/v2/vodafoneGHA/queryDirectDebit/";
  assert.equal(summarise(await sendExactly("GET", path, JSON.stringify(queryFields))), "200 INS-0");
});

test("input_KYCQueryType is accepted in both spellings", async () => {
  const { input_KYCQueryType, ...rest } = examplePayload("queryBeneficiaryName");
  assert.equal(input_KYCQueryType, "Name");
  for (const name of ["input_KYCQueryType", "input_KycQueryType"]) {
    const reply = await sendCall(sandbox, "queryBeneficiaryName", { ...rest, [name]: "Name" });
    assert.equal(summarise(reply), "200 INS-0", name);
    assert.deepEqual(
      [reply.body["output_CustomerFirstName"], reply.body["output_CustomerLastName"]],
      ["Jiazhen", "Wuu"],
    );
  }
});

/** Sends a payment with exactly this JSON amount; returns what the organisation received, or the error. */
async function payAmount(
  amount: string,
  market: "vodafoneGHA" | "vodacomTZN" = "vodafoneGHA",
): Promise<bigint | string> {
  const before = await sandbox.getAvailable("000000", market);
  const text = JSON.stringify(examplePayload("c2bSingle", market)).replace(
    '"input_Amount":"10"',
    `"input_Amount":${amount}`,
  );
  const reply = await sendExactly("POST", `/sandbox/ipg/v2/${market}/c2bPayment/singleStage/`, text);
  return reply.status === 201 ? (await sandbox.getAvailable("000000", market)) - before : summarise(reply);
}

test("an amount is taken exactly as written, or refused", async () => {
  // prettier-ignore
  const table: [written: string, moved: bigint | string][] = [
    ['"10"', 10_00n], ['"10.0"', 10_00n], ['"10.00"', 10_00n], ['".5"', 50n], ['"0.01"', 1n], ['"007"', 7_00n],
    ["10", 10_00n], ["1.10", 1_10n], ["0.1", 10n], ["0.3", 30n], ["1.005", "400 INS-15"], ["10.000", "400 INS-15"],
    ["1e2", "400 INS-15"], ["1E2", "400 INS-15"], ["1e-2", "400 INS-15"], ["-10", "400 INS-15"], ["-0", "400 INS-15"],
    ["0", "400 INS-15"], ["0.00", "400 INS-15"], ['"0"', "400 INS-15"], ['"-1"', "400 INS-15"], ['"1,000"', "400 INS-15"],
    ["9007199254740993.01", "400 INS-15"], ['"99999999999999999999"', "400 INS-15"], ["1e400", "400 INS-15"],
    ["true", "400 INS-15"], ["{}", "400 INS-15"], ["[10]", "400 INS-15"], ["null", "400 INS-20"],
  ];
  for (const [written, moved] of table) assert.equal(await payAmount(written), moved, written);
});

test("the largest amount is moved exactly, and one cent more is refused", async () => {
  // The scenario's payer is funded for any amount.
  assert.equal(await payAmount("9999999999999.99", "vodacomTZN"), 9999999999999_99n);
  assert.equal(await payAmount('"10000000000000.00"', "vodacomTZN"), 10000000000000_00n);
  assert.equal(await payAmount("10000000000000.01", "vodacomTZN"), "400 INS-15");
});

test("no response of the gateway has a quote in a header, or redirects", async () => {
  const replies = [
    await sendCall(sandbox, "c2bSingle", examplePayload("c2bSingle")),
    await sendCall(sandbox, "c2bSingle", {}),
    await sandbox.raw("GET", "/sandbox/ipg/v2/vodafoneGHA/getSession", {}),
    await sandbox.raw("GET", "/sandbox/ipg/v2/vodafoneGHA/nowhere/", {}),
    await sandbox.raw("DELETE", "/sandbox/ipg/v2/vodafoneGHA/reversal", {}),
    await sandbox.raw("GET", "/openapi/ipg/v2/", {}),
  ];
  for (const { status, headers } of replies) {
    assert(status < 300 || status >= 400);
    for (const [name, value] of headers) assert.doesNotMatch(value, /["']/, name);
    assert.match(headers.get("content-type") ?? "", /^application\/json/);
  }
});

test("a reference can be used again in another call, market or application, but not in the same one", async () => {
  const sameReference = { input_ThirdPartyConversationID: createReference() };
  assert.equal(
    summarise(
      await sendCall(sandbox, "c2bSingle", examplePayload("c2bSingle", "vodafoneGHA", sameReference)),
    ),
    "201 INS-0",
  );
  assert.equal(
    summarise(await sendCall(sandbox, "b2c", examplePayload("b2c", "vodafoneGHA", sameReference))),
    "201 INS-0",
  );
  const otherMarket = examplePayload("c2bSingle", "vodacomTZN", sameReference);
  assert.equal(
    summarise(await sendCall(sandbox, "c2bSingle", otherMarket, { market: "vodacomTZN" })),
    "201 INS-0",
  );
  assert.equal(
    summarise(
      await sendCall(sandbox, "c2bSingle", examplePayload("c2bSingle", "vodafoneGHA", sameReference)),
    ),
    "409 INS-10",
  );
});

test("the two read-only queries may repeat their reference", async () => {
  for (const call of ["queryTransactionStatus", "queryBeneficiaryName"] as const) {
    const fields = examplePayload(call);
    assert.equal(summarise(await sendCall(sandbox, call, fields)), "200 INS-0");
    assert.equal(summarise(await sendCall(sandbox, call, fields)), "200 INS-0");
  }
  const once = examplePayload("queryDirectDebit");
  assert.equal(summarise(await sendCall(sandbox, "queryDirectDebit", once)), "200 INS-0");
  assert.equal(summarise(await sendCall(sandbox, "queryDirectDebit", once)), "409 INS-10");
});
