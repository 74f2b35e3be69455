/** Programs written with the API of M-Pesa's own documentation, against a real server. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { inspect } from "node:util";
import { createTestDatabase } from "../../test/support/cluster.ts";
import { createDataFolder, startServer, type Server } from "../../test/support/server.ts";
import { createReference } from "../../test/support/sandbox.ts";
import {
  APIContext,
  APIMethodType,
  APIMethodTypes,
  APIRequest,
  InvalidArgumentError,
  TransportError,
  type APIContextOptions,
  type APIResponse,
} from "../src/index.ts";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let folder: ReturnType<typeof createDataFolder>;
let server: Server;
before(async () => {
  [database, folder] = [await createTestDatabase(), createDataFolder()];
  server = await startServer(folder.path, database.url);
});
after(async () => {
  await server[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const path = (call: string): string => `/sandbox/ipg/v2/vodacomTZN/${call}/`;

const getWalletBalance = async (): Promise<string> => {
  const msisdn = server.clientInfo.markets.vodacomTZN.customers[1];
  const { available } = await server.control("GET", `/markets/vodacomTZN/customers/${msisdn}`);
  return available as string;
};

/** A context as in the documentation, for this server. */
function contextFor(methodType: APIMethodTypes, key: string, call: string): APIContext {
  const { hostname, port } = new URL(server.gateway);
  const context = new APIContext();
  context.setPublicKey(server.clientInfo.publicKey);
  context.setApiKey(key);
  context.setSsl(false);
  context.setMethodType(methodType);
  context.setAddress(hostname);
  context.setPort(Number(port));
  context.setPath(path(call));
  context.addHeader("Origin", "*");
  return context;
}

async function requestSessionKey(): Promise<string> {
  const request = new APIRequest(contextFor(APIMethodTypes.GET, server.clientInfo.apiKey, "getSession"));
  const response = await request.execute();
  assert.equal(response.getStatusCode(), 200);
  return response.getBody()["output_SessionID"] ?? "";
}

test("the documented flow: a session, a payment, a status query, and a reversal", async () => {
  const before = await getWalletBalance();
  const session = await requestSessionKey();
  assert.match(session, /^[0-9a-f]{32}$/);
  const base = { input_Country: "TZN", input_ServiceProviderCode: "000000" };

  const payment = contextFor(APIMethodTypes.POST, session, "c2bPayment/singleStage");
  const fields = {
    ...base,
    input_Amount: "10",
    input_Currency: "TZS",
    input_CustomerMSISDN: server.clientInfo.markets.vodacomTZN.customers[1] ?? "",
    input_ThirdPartyConversationID: "replaced below",
    input_TransactionReference: "T12344C",
    input_PurchasedItemsDesc: "Shoes and socks",
  };
  for (const [name, value] of Object.entries(fields)) payment.addParameter(name, value);
  payment.addParameter("input_ThirdPartyConversationID", createReference());
  const paid = await new APIRequest(payment).excecute();
  assert.equal(paid.getStatusCode(), 201, paid.getResult());
  assert.equal(paid.getReason(), "Created");
  assert.equal(paid.getParameter("output_ResponseCode"), "INS-0");
  assert.match(paid.getHeaders()["content-type"] ?? "", /^application\/json/);
  assert.deepEqual([paid.statusCode, paid.body], [paid.getStatusCode(), paid.getBody()]);
  const after = await getWalletBalance();
  assert.equal(BigInt(before.replace(".", "")) - BigInt(after.replace(".", "")), 10_00n);

  const statusQuery = contextFor(APIMethodTypes.GET, session, "queryTransactionStatus");
  const paymentReference = payment.getParameters()["input_ThirdPartyConversationID"] ?? "";
  const query = {
    ...base,
    input_QueryReference: paymentReference,
    input_ThirdPartyConversationID: createReference(),
  };
  for (const [name, value] of Object.entries(query)) statusQuery.addParameter(name, value);
  const known = (await new APIRequest(statusQuery).execute()).getBody();
  assert.equal(known["output_ResponseTransactionStatus"], "Completed", JSON.stringify(known));

  const reversal = contextFor(APIMethodTypes.PUT, session, "reversal");
  const original = paid.getBody()["output_TransactionID"] ?? "";
  const reversalFields = {
    ...base,
    input_TransactionID: original,
    input_ThirdPartyConversationID: createReference(),
  };
  for (const [name, value] of Object.entries(reversalFields)) reversal.addParameter(name, value);
  const reversed = await new APIRequest(reversal).execute();
  assert.equal(reversed.getBody()["output_ResponseCode"], "INS-0", reversed.getResult());
  assert.equal(await getWalletBalance(), before);
});

test("a context accepts options, and a refusal is a normal response", async () => {
  const { hostname, port } = new URL(server.gateway);
  const options: APIContextOptions = {
    publicKey: server.clientInfo.publicKey,
    apiKey: await requestSessionKey(),
    ssl: false,
    methodType: APIMethodType.POST,
    address: hostname,
    port,
    path: path("c2bPayment/singleStage"),
    headers: { origin: "*" },
    parameters: { input_Amount: 10, input_Currency: "TZS" },
  };
  const context = new APIContext(options);
  context.addHeader("Origin", "shop.example");
  assert.deepEqual(context.getHeaders(), { Origin: "shop.example" });
  assert.deepEqual(context.getParameters(), { input_Amount: "10", input_Currency: "TZS" });
  const response: APIResponse = await new APIRequest(context).execute();
  assert.deepEqual([response.getStatusCode(), response.getBody()["output_ResponseCode"]], [400, "INS-20"]);
});

test("the default is the real gateway, by https", () => {
  const context = new APIContext();
  context.setPath(path("getSession"));
  assert.equal(context.getUrl(), "https://openapi.m-pesa.com:443/sandbox/ipg/v2/vodacomTZN/getSession/");
  assert.deepEqual(
    [
      context.getSsl(),
      context.getPort(),
      context.getAddress(),
      context.getMethodType(),
      context.getTimeout(),
    ],
    [true, 443, "openapi.m-pesa.com", "GET", 90_000],
  );
});

test("invalid values throw before anything is sent", async () => {
  const wrong = async (change: (context: APIContext) => void): Promise<string> => {
    const context = contextFor(APIMethodTypes.GET, server.clientInfo.apiKey, "getSession");
    change(context);
    const misuse = await new APIRequest(context).execute().catch((error: unknown) => error);
    assert(misuse instanceof InvalidArgumentError, String(misuse));
    return misuse.field;
  };
  assert.equal(await wrong((context) => context.setAddress("https://openapi.m-pesa.com")), "address");
  assert.equal(await wrong((context) => context.setAddress("openapi.m-pesa.com@evil.example")), "address");
  assert.equal(await wrong((context) => context.setAddress("openapi.m-pesa.com/x")), "address");
  assert.equal(await wrong((context) => context.setPort("443/x")), "port");
  assert.equal(await wrong((context) => context.setPort(99_999)), "port");
  assert.equal(await wrong((context) => context.setPath("@evil.example/")), "path");
  assert.equal(await wrong((context) => context.setPublicKey("no key")), "publicKey");
  assert.equal(await wrong((context) => context.setApiKey("")), "apiKey");
  assert.equal(await wrong((context) => context.setTimeout(Number.NaN)), "timeout");
  assert.equal(await wrong((context) => void (context.methodType = "DELETE" as "GET")), "methodType");
  assert.throws(() => new APIContext().addParameter("input_Amount", 0.1 + 0.2), InvalidArgumentError);
  assert.equal(await wrong((context) => context.setAddress(undefined as unknown as string)), "address");
  assert.equal(await wrong((context) => context.setPath(undefined as unknown as string)), "path");
  assert.equal(await wrong((context) => context.setTimeout(0)), "timeout");
  assert.throws(
    () => new APIContext().addParameter("input_X", undefined as unknown as string),
    InvalidArgumentError,
  );
  assert.throws(() => new APIContext().addHeader("Origin", "a\nb"), InvalidArgumentError);
  assert.throws(() => new APIContext({ host: "127.0.0.1" } as APIContextOptions), InvalidArgumentError);
  assert.throws(() => new APIRequest(undefined as unknown as APIContext), InvalidArgumentError);
});

test("printing a context or a request does not show the key", () => {
  const context = new APIContext({ apiKey: "a-key-not-to-be-seen" });
  context.apiKey = `${context.apiKey}-by-others`;
  assert.equal(context.getApiKey(), "a-key-not-to-be-seen-by-others");
  for (const printed of [context, new APIRequest(context)]) {
    assert.doesNotMatch(inspect(printed, { depth: 10 }) + JSON.stringify(printed), /not-to-be-seen/);
  }
});

test("a missing response throws an error with the reference and mayHaveArrived", async () => {
  const silent = createServer(() => {}).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as AddressInfo;
  const context = contextFor(APIMethodTypes.POST, "a session", "c2bPayment/singleStage");
  context.setPort(port);
  context.setTimeout(100);
  context.addParameter("input_ThirdPartyConversationID", "basket17");
  const failure = async (): Promise<TransportError> => {
    const error = await new APIRequest(context).execute().catch((thrown: unknown) => thrown);
    assert(error instanceof TransportError, String(error));
    return error;
  };
  const late = await failure();
  assert.deepEqual([late.reference, late.mayHaveArrived, late.outcome], ["basket17", true, "unknown"]);
  assert.match(late.message, /100 ms/);

  silent.closeAllConnections();
  silent.close();
  await once(silent, "close");
  const away = await failure();
  assert.deepEqual([away.reference, away.mayHaveArrived], ["basket17", false]);
});
