/** What real clients send and the documentation does not show: all of it is understood. */
import assert from "node:assert/strict";
import { request } from "node:http";
import { after, before, test } from "node:test";
import { openTown, reference, type Reply, type Town } from "../../town/town.ts";
import { packet, queryString, said, send, type Fields } from "./packets.ts";

let town: Town;
let bearer: string;
before(async () => {
  town = await openTown();
  bearer = await town.session("vodafoneGHA");
});
after(() => town[Symbol.asyncDispose]());

/** A request whose path and body arrive byte for byte as they are written here; `fetch` tidies both. */
function exactly(
  method: string,
  path: string,
  body = "",
  headers: Record<string, string> = {},
): Promise<Reply> {
  const { hostname, port } = new URL(town.url);
  return new Promise((resolve, reject) => {
    const sent = request({
      hostname,
      port,
      method,
      path,
      headers: { authorization: `Bearer ${bearer}`, ...headers },
    });
    sent.once("error", reject);
    sent.once("response", (response) => {
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
    sent.setHeader("content-length", Buffer.byteLength(body));
    sent.end(body);
  });
}

const pay = (change: Fields = {}) => JSON.stringify(packet("c2bSingle", "vodafoneGHA", change));

test("a path is understood in any case, with or without slashes, doubled and percent-encoded ones too", async () => {
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
  for (const path of paths) assert.equal(said(await exactly("POST", path, pay())), "201 INS-0", path);
});

test("the paths that clients make up for single-stage calls lead to the calls", async () => {
  for (const [path, call] of [
    ["b2cPayment/singleStage/", "b2c"],
    ["b2bPayment/singleStage/", "b2b"],
  ] as const) {
    const reply = await town.call("POST", path, packet(call), { market: "vodafoneGHA" });
    assert.equal(said(reply), "201 INS-0", path);
  }
});

test("parameters of a GET are read from the query, from the body, and from both together", async () => {
  const path = "/sandbox/ipg/v2/vodafoneGHA/queryTransactionStatus/";
  const fields = packet("queryTransactionStatus");
  const query = (all: Fields) => `${path}?${queryString(all)}`;
  const { input_QueryReference = "", ...rest } = fields;

  assert.equal(said(await exactly("GET", query(fields))), "200 INS-0", "by query");
  assert.equal(said(await exactly("GET", path, JSON.stringify(fields))), "200 INS-0", "by body");
  assert.equal(
    said(await exactly("GET", query(rest), JSON.stringify({ input_QueryReference }))),
    "200 INS-0",
    "by both",
  );
  const disagreeing = await exactly(
    "GET",
    query({ ...fields, input_Country: "XXX" }),
    JSON.stringify(fields),
  );
  assert.equal(said(disagreeing), "200 INS-0", "the body wins");
  const twice = `${query(fields)}&input_Country=GHA`;
  assert.equal(said(await exactly("GET", twice)), "200 INS-0", "the same parameter twice");
});

test("a plus sign in a query is a space, as forms send it", async () => {
  const path = "/sandbox/ipg/v2/vodafoneGHA/queryTransactionStatus/";
  const fields = { ...packet("queryTransactionStatus"), input_ThirdPartyConversationID: "two words" };
  const reply = await exactly("GET", `${path}?${queryString(fields)}`);
  assert.equal(reply.body["output_ThirdPartyConversationID"], "two words");
});

test("the Content-Type does not matter, nor whether there is one", async () => {
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
    assert.equal(said(await exactly("POST", path, pay(), { "content-type": type })), "201 INS-0", type);
  }
  assert.equal(said(await exactly("POST", path, pay())), "201 INS-0", "none");
  const query = queryString(packet("queryTransactionStatus"));
  const status = `/sandbox/ipg/v2/vodafoneGHA/queryTransactionStatus/?${query}`;
  assert.equal(
    said(await exactly("GET", status, "", { "content-type": "application/json" })),
    "200 INS-0",
    "on a GET",
  );
});

test("a byte-order mark, spaces around the object and a repeated key change nothing", async () => {
  const path = "/sandbox/ipg/v2/vodafoneGHA/c2bPayment/singleStage/";
  assert.equal(said(await exactly("POST", path, ` \r\n\t${pay()} \n`)), "201 INS-0");
  assert.equal(said(await exactly("POST", path, `\ufeff${pay()}`)), "201 INS-0");
  const repeated = pay().replace("{", '{"input_Amount":"nothing",');
  assert.equal(said(await exactly("POST", path, repeated)), "201 INS-0");
});

test("unknown fields are ignored, whatever they hold", async () => {
  const extra = {
    input_ResponseURL: "https://example.com",
    other: { deep: [1, null] },
    n: 1.5,
    b: true,
    nothing: null,
  };
  assert.equal(said(await send(town, "c2bSingle", packet("c2bSingle", "vodafoneGHA", extra))), "201 INS-0");
});

test("numbers are as good as texts", async () => {
  const fields = packet("directDebitCreate", "vodafoneGHA", {
    input_AgreedTC: 1,
    input_ThirdPartyReference: 3333,
  });
  assert.equal(said(await send(town, "directDebitCreate", fields)), "201 INS-0");
  const step = packet("c2bMultiStage", "vodafoneGHA", { input_APIVersion: 3.1, input_Amount: 10 });
  assert.equal(said(await send(town, "c2bMultiStage", step)), "201 INS-0");
  const asked = packet("queryDirectDebit", "vodafoneGHA", {
    input_QueryBalanceAmount: true,
    input_BalanceAmount: 100,
  });
  const path = "/sandbox/ipg/v2/vodafoneGHA/queryDirectDebit/";
  assert.equal(said(await exactly("GET", path, JSON.stringify(asked))), "200 INS-0");
});

test("input_KYCQueryType is understood in both of its spellings", async () => {
  const { input_KYCQueryType, ...rest } = packet("queryBeneficiaryName");
  assert.equal(input_KYCQueryType, "Name");
  for (const name of ["input_KYCQueryType", "input_KycQueryType"]) {
    const reply = await send(town, "queryBeneficiaryName", { ...rest, [name]: "Name" });
    assert.equal(said(reply), "200 INS-0", name);
    assert.deepEqual(
      [reply.body["output_CustomerFirstName"], reply.body["output_CustomerLastName"]],
      ["Jiazhen", "Wuu"],
    );
  }
});

/** A payment whose amount stands in the JSON exactly as written here; says what the organisation got. */
async function paying(
  amount: string,
  market: "vodafoneGHA" | "vodacomTZN" = "vodafoneGHA",
): Promise<bigint | string> {
  const before = await town.available("000000", market);
  const text = JSON.stringify(packet("c2bSingle", market)).replace(
    '"input_Amount":"10"',
    `"input_Amount":${amount}`,
  );
  const reply = await exactly("POST", `/sandbox/ipg/v2/${market}/c2bPayment/singleStage/`, text);
  return reply.status === 201 ? (await town.available("000000", market)) - before : said(reply);
}

test("an amount is exactly what was written, or it is refused", async () => {
  // prettier-ignore
  const table: [written: string, moved: bigint | string][] = [
    ['"10"', 10_00n], ['"10.0"', 10_00n], ['"10.00"', 10_00n], ['".5"', 50n], ['"0.01"', 1n], ['"007"', 7_00n],
    ["10", 10_00n], ["1.10", 1_10n], ["0.1", 10n], ["0.3", 30n], ["1.005", "400 INS-15"], ["10.000", "400 INS-15"],
    ["1e2", "400 INS-15"], ["1E2", "400 INS-15"], ["1e-2", "400 INS-15"], ["-10", "400 INS-15"], ["-0", "400 INS-15"],
    ["0", "400 INS-15"], ["0.00", "400 INS-15"], ['"0"', "400 INS-15"], ['"-1"', "400 INS-15"], ['"1,000"', "400 INS-15"],
    ["9007199254740993.01", "400 INS-15"], ['"99999999999999999999"', "400 INS-15"], ["1e400", "400 INS-15"],
    ["true", "400 INS-15"], ["{}", "400 INS-15"], ["[10]", "400 INS-15"], ["null", "400 INS-20"],
  ];
  for (const [written, moved] of table) assert.equal(await paying(written), moved, written);
});

test("the largest amount moves to the last cent, and one cent more is refused", async () => {
  // The scenario's payer is funded for any of them.
  assert.equal(await paying("9999999999999.99", "vodacomTZN"), 9999999999999_99n);
  assert.equal(await paying('"10000000000000.00"', "vodacomTZN"), 10000000000000_00n);
  assert.equal(await paying("10000000000000.01", "vodacomTZN"), "400 INS-15");
});

test("no answer of the gateway carries a quote in a header, or redirects", async () => {
  const replies = [
    await send(town, "c2bSingle", packet("c2bSingle")),
    await send(town, "c2bSingle", {}),
    await town.raw("GET", "/sandbox/ipg/v2/vodafoneGHA/getSession", {}),
    await town.raw("GET", "/sandbox/ipg/v2/vodafoneGHA/nowhere/", {}),
    await town.raw("DELETE", "/sandbox/ipg/v2/vodafoneGHA/reversal", {}),
    await town.raw("GET", "/openapi/ipg/v2/", {}),
  ];
  for (const { status, headers } of replies) {
    assert(status < 300 || status >= 400);
    for (const [name, value] of headers) assert.doesNotMatch(value, /["']/, name);
    assert.match(headers.get("content-type") ?? "", /^application\/json/);
  }
});

test("a reference may be used again in another call, market and application, and not in its own", async () => {
  const mine = { input_ThirdPartyConversationID: reference() };
  assert.equal(said(await send(town, "c2bSingle", packet("c2bSingle", "vodafoneGHA", mine))), "201 INS-0");
  assert.equal(said(await send(town, "b2c", packet("b2c", "vodafoneGHA", mine))), "201 INS-0");
  const elsewhere = packet("c2bSingle", "vodacomTZN", mine);
  assert.equal(said(await send(town, "c2bSingle", elsewhere, { market: "vodacomTZN" })), "201 INS-0");
  assert.equal(said(await send(town, "c2bSingle", packet("c2bSingle", "vodafoneGHA", mine))), "409 INS-10");
});

test("the two plain queries may repeat their reference", async () => {
  for (const call of ["queryTransactionStatus", "queryBeneficiaryName"] as const) {
    const fields = packet(call);
    assert.equal(said(await send(town, call, fields)), "200 INS-0");
    assert.equal(said(await send(town, call, fields)), "200 INS-0");
  }
  const once = packet("queryDirectDebit");
  assert.equal(said(await send(town, "queryDirectDebit", once)), "200 INS-0");
  assert.equal(said(await send(town, "queryDirectDebit", once)), "409 INS-10");
});
