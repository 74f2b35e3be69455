/** Requests that are no proper calls: bodies, methods, paths and Content-Types. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { buildExampleRequest } from "../../../src/protocols/daraja/examples.ts";
import { families } from "../../../src/protocols/daraja/families.ts";
import type { DarajaOperation } from "../../../src/protocols/daraja/operation.ts";
import { operations } from "../../../src/protocols/daraja/operations.ts";
import { findFirstMandatory } from "../../../src/protocols/daraja/read-fields.ts";
import { createDarajaClient, stkFields, type DarajaTestClient } from "../../support/daraja.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";

let sandbox: TestSandbox;
let client: DarajaTestClient;
let token: string;
before(async () => {
  sandbox = await createTestSandbox();
  client = createDarajaClient(sandbox);
  token = await client.getToken();
});
after(() => sandbox[Symbol.asyncDispose]());

const usualOperations = operations.filter(({ renderInvalidField }) => renderInvalidField === undefined);

const sendBody = (path: string, body: string | Buffer, contentType: string | null = "application/json") =>
  client.send(path, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      ...(contentType === null ? {} : { "content-type": contentType }),
    },
    body: body as string,
  });

const expectInvalidBody = async (operation: DarajaOperation, body: string | Buffer): Promise<void> => {
  const startedAt = performance.now();
  const reply = await sendBody(operation.path, body);
  const { status, code, message } = families[operation.family].invalidBody(
    findFirstMandatory(operation.fields),
  );
  const context = `${operation.name}: ${reply.status} ${reply.text.slice(0, 200)}`;
  assert.equal(reply.status, status, context);
  assert.equal(reply.body["errorCode"], code, context);
  assert.equal(reply.body["errorMessage"], message, context);
  assert(performance.now() - startedAt < 2_000, `${operation.name} took long`);
};

test("a body that is no JSON object has the family's error", async () => {
  for (const operation of usualOperations) {
    for (const body of ["", "{", "null", '"text"', "1", "{'a':1}", "<xml/>", "\u0000", '{"a":1}x'])
      await expectInvalidBody(operation, body);
    await expectInvalidBody(operation, operation.body === "list" ? "{}" : "[]");
  }
});

test("a body of ten megabytes has the family's error", async () => {
  const body = JSON.stringify({ filler: "x".repeat(10 * 1024 * 1024) });
  for (const operation of usualOperations) await expectInvalidBody(operation, body);
});

test("a field that occurs twice has the family's error, which names it in families 1 and 2", async () => {
  const reply = await sendBody(
    "/mpesa/stkpush/v1/processrequest",
    JSON.stringify(stkFields()).replace('"Amount":1', '"Amount":1,"Amount":2'),
  );
  assert.equal(reply.status, 400);
  assert.equal(reply.body["errorCode"], "400.002.02");
  assert.equal(reply.body["errorMessage"], "Bad Request - Invalid Amount");
});

test("without a Content-Type of JSON the body is not read, so the first mandatory field is invalid", async () => {
  for (const operation of usualOperations) {
    const body = JSON.stringify(buildExampleRequest(operation));
    for (const contentType of [
      null,
      "text/plain",
      "application/x-www-form-urlencoded",
      "application/jsonp",
      "/",
    ]) {
      const reply = await sendBody(operation.path, Buffer.from(body), contentType);
      const { status, code, message } = families[operation.family].invalidField(
        findFirstMandatory(operation.fields),
      );
      const context = `${operation.name} ${contentType}: ${reply.text.slice(0, 200)}`;
      assert.equal(reply.status, status, context);
      assert.equal(reply.body["errorCode"], code, context);
      assert.equal(reply.body["errorMessage"], message, context);
    }
  }
});

test("JSON is read with any charset, with a byte-order mark, and in several lines", async () => {
  const path = "/mpesa/stkpush/v1/processrequest";
  const json = JSON.stringify({ ...stkFields(), Amount: "x" }, null, 2);
  const expectInvalidAmount = async (body: string | Buffer, contentType: string) => {
    const reply = await sendBody(path, body, contentType);
    assert.equal(reply.body["errorMessage"], "Bad Request - Invalid Amount", `${contentType}: ${reply.text}`);
  };
  await expectInvalidAmount(json, "application/json; charset=utf-8");
  await expectInvalidAmount(json, "Application/JSON;charset=UTF-8");
  await expectInvalidAmount(json, 'application/json; charset="iso-8859-1"');
  await expectInvalidAmount(json, "application/json; charset=unknown");
  await expectInvalidAmount(`\ufeff${json}`, "application/json");
  await expectInvalidAmount(Buffer.from(json, "utf16le"), "application/json; charset=utf-16");
});

test("another method than the call's has the error of its family", async () => {
  for (const operation of operations) {
    for (const method of ["GET", "PUT", "DELETE", "PATCH"]) {
      if (method === (operation.method ?? "POST")) continue;
      const reply = await client.send(operation.path, {
        method,
        headers: { authorization: `Bearer ${token}` },
      });
      const { status, code, message } = families[operation.family].wrongMethod(method);
      assert.equal(reply.status, status, `${operation.name} ${method} ${reply.text}`);
      assert.equal(reply.body["errorCode"], code);
      assert.equal(reply.body["errorMessage"], message);
    }
  }
});

test("a path that is no call has the error of its family, and any other path belongs to no protocol", async () => {
  const expected: Readonly<Record<string, string>> = {
    "/mpesa/stkpush/v1/unknown": "404.001.01",
    "/mpesa/b2c/v9/paymentrequest": "404.002.01",
    "/mpesa/accountbalance/v2/query": "404.002.01",
    "/mpesa/c2b/v3/registerurl": "404.003.01",
    "/mpesa/b2b/v1/unknown": "404.003.01",
    "/mpesa/transactionstatus/v9/query": "404.003.01",
    "/standingorder/v1/unknown": "404.003.01",
    "/mpesa": "404.001.01",
    "/v1/lipa/na/bonga/calculate-points": "404.001.01",
    "/imsi/v1/checkATI": "404.001.01",
    "/simportal/v1/allsims": "404.001.01",
    "/oauth/v2/generate": "404.001.01",
  };
  for (const [path, code] of Object.entries(expected)) {
    for (const method of ["GET", "POST"]) {
      const reply = await client.send(path, { method });
      assert.equal(reply.status, 404, `${method} ${path} ${reply.text}`);
      assert.equal(reply.body["errorCode"], code, path);
      assert.equal(reply.body["errorMessage"], "Resource not found");
      assert.match(reply.headers.get("content-type") ?? "", /^application\/json/);
    }
  }
  const foreign = await client.send("/mpesas/x", { method: "POST" });
  assert.equal(foreign.body["errorCode"], undefined);
});

test("paths match without regard to case, with doubled slashes and a slash at the end", async () => {
  for (const path of ["/MPESA/stkPush/V1/ProcessRequest", "//mpesa//stkpush/v1/processrequest/"]) {
    const reply = await client.post(path, {});
    assert.equal(reply.body["errorMessage"], "Bad Request - Invalid BusinessShortCode", reply.text);
  }
});
