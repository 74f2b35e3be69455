/** Requests that are no proper calls: bodies, methods, paths and Content-Types. */
import assert from "node:assert/strict";
import { request } from "node:http";
import { after, before, test } from "node:test";
import { buildExampleRequest } from "../../../src/protocols/daraja/examples.ts";
import { families } from "../../../src/protocols/daraja/families.ts";
import type { DarajaOperation } from "../../../src/protocols/daraja/operation.ts";
import { operations } from "../../../src/protocols/daraja/operations.ts";
import { stkQuery } from "../../../src/protocols/daraja/operations/stk-query.ts";
import { findFirstMandatory } from "../../../src/protocols/daraja/read-fields.ts";
import {
  createDarajaClient,
  initiatorFields,
  stkFields,
  type DarajaReply,
  type DarajaTestClient,
} from "../../support/daraja.ts";
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

/** The documented forms of a refusal: HTTP 400 with Daraja's three keys, and Ratiba's own response with 1051. */
function assertRefused(operation: DarajaOperation, reply: DarajaReply, context: string): void {
  const text = `${operation.name}, ${context}: ${reply.status} ${reply.text.slice(0, 300)}`;
  assert.match(reply.headers.get("content-type") ?? "", /^application\/json/, text);
  if (operation.renderInvalidField !== undefined && reply.status === 200) {
    const { responseCode } = reply.body["ResponseHeader"] as Readonly<Record<string, unknown>>;
    assert.equal(responseCode, "1051", text);
    return;
  }
  assert.equal(reply.status, 400, text);
  assert.deepEqual(Object.keys(reply.body), ["requestId", "errorCode", "errorMessage"], text);
  assert.equal(typeof reply.body["errorCode"], "string", text);
}

let serial = 0;

/** The request of the documentation, with an id of its own where there must be one. */
function buildBody(operation: DarajaOperation): string {
  const request = buildExampleRequest(operation);
  if ("OriginatorConversationID" in request)
    request["OriginatorConversationID"] = `bad-input-${(serial += 1)}`;
  if ("SecurityCredential" in request) Object.assign(request, { SecurityCredential: credential() });
  const { body = "object" } = operation;
  return JSON.stringify(body === "list" ? [request] : request);
}

const credential = (): string => initiatorFields(sandbox).SecurityCredential;

/** Adds members, as JSON, in front of those of the object, or of the first object of the list. */
const addMembers = (body: string, members: string): string => body.replace("{", `{${members},`);

const repeat = (text: string, count: number): string => text.repeat(count);

/** Makes each body from the one that is accepted. */
const refusedBodies: Readonly<Record<string, (body: string, operation: DarajaOperation) => string>> = {
  "a number": () => "12",
  "a text": () => '"text"',
  null: () => "null",
  true: () => "true",
  "two values": (body) => body + body,
  "a comma at the end": (body) => body.replace(/\}(\]?)$/, ",}$1"),
  "a comment": (body) => `/* a comment */${body}`,
  "single quotes": (body) => body.replaceAll('"', "'"),
  "a form": () => "BusinessShortCode=174379&Amount=1",
  "an HTML page": () => "<!DOCTYPE html><html></html>",
  "half of it": (body) => body.slice(0, body.length / 2),
  "the other kind of value": (body, { body: kind }) => (kind === "list" ? body.slice(1, -1) : `[${body}]`),
  "thousands of nested lists": () => repeat("[", 100_000) + repeat("]", 100_000),
  "thousands of nested objects": () => `${repeat('{"a":', 100_000)}1${repeat("}", 100_000)}`,
  "nested lists that do not end": () => repeat("[", 500_000),
  "thousands of unknown keys": () =>
    `{${Array.from({ length: 5_000 }, (_, index) => `"k${index}":${index}`).join(",")}}`,
  "no keys": ({ length }, { body }) => (length > 0 && body === "list" ? "[{}]" : "{}"),
  "a list of other values": (_body, { body }) => (body === "list" ? "[null,1,[],{}]" : "[]"),
  "a prototype with all keys": (body, { body: kind }) => {
    const request = kind === "list" ? body.slice(1, -1) : body;
    return kind === "list" ? `[{"__proto__":${request}}]` : `{"__proto__":${request}}`;
  },
  "keys with dots for nested objects": (body, { fields }) => {
    const names = Object.keys(fields);
    return names.some((name) => name.includes("."))
      ? JSON.stringify(
          Object.fromEntries(Object.entries(fields).map(([name, { example }]) => [name, example])),
        )
      : body.slice(1);
  },
  "an encoding that is not UTF-8": (body) => `\u0000${body.split("").join("\u0000")}`,
};

test("no call takes a body that is malformed, deep or of another shape", async () => {
  for (const operation of operations) {
    for (const [name, makeBody] of Object.entries(refusedBodies)) {
      const startedAt = performance.now();
      const reply = await sendBody(operation.path, makeBody(buildBody(operation), operation));
      assertRefused(operation, reply, name);
      assert(performance.now() - startedAt < 2_000, `${operation.name} took long for ${name}`);
    }
  }
});

/** Makes each body from the one that is accepted: real clients send these. */
const acceptedBodies: Readonly<Record<string, (body: string) => string>> = {
  "several lines": (body) => JSON.stringify(JSON.parse(body), null, 2),
  "spaces around it": (body) => `\r\n\t ${body} \n`,
  "a byte-order mark": (body) => `\ufeff${body}`,
  "escaped keys": (body) =>
    body.replace(
      /"(\w)(\w+)":/,
      (_match, first: string, rest: string) =>
        `"\\u${first.charCodeAt(0).toString(16).padStart(4, "0")}${rest}":`,
    ),
  "unknown keys": (body) => addMembers(body, '"Unknown":{"a":[1,null,{"b":"c"}]},"Passkey":"secret"'),
  "keys of prototypes": (body) =>
    addMembers(body, '"__proto__":{"Amount":"x"},"constructor":1,"toString":null,"hasOwnProperty":{}'),
  "NUL and half a surrogate pair in an unknown key": (body) =>
    addMembers(body, '"a\\u0000b":"c\\u0000d","e\\ud800":"\\udfff"'),
  "a huge unknown text": (body) => addMembers(body, `"Unknown":"${repeat("x", 900_000)}"`),
  "numbers as texts": (body) => body.replaceAll(/:(\d+)(?=[,}])/g, ':"$1"'),
  "texts as numbers": (body) => body.replaceAll(/:"([1-9]\d{0,14})"/g, ":$1"),
};

/** The status, and the code of an error. The push of the example of STK query is unknown. */
function describeReply({ status, body }: DarajaReply): string {
  const { ResponseHeader } = body as { ResponseHeader?: Readonly<Record<string, unknown>> };
  return `${status} ${String(body["errorCode"] ?? ResponseHeader?.["responseCode"])}`;
}

test("every call takes what real clients do to their JSON", async () => {
  for (const operation of operations) {
    const expected = describeReply(await sendBody(operation.path, buildBody(operation)));
    assert.match(
      expected,
      operation.name === stkQuery.name ? /^500 500\.001\.1001$/ : /^200 (?:undefined|200|1050)$/,
    );
    for (const [name, makeBody] of Object.entries(acceptedBodies)) {
      const startedAt = performance.now();
      const body = makeBody(buildBody(operation));
      const reply = await sendBody(operation.path, body);
      const context = `${operation.name}, ${name}: ${reply.text.slice(0, 300)}\n${body.slice(0, 500)}`;
      assert.match(reply.headers.get("content-type") ?? "", /^application\/json/, context);
      assert.equal(describeReply(reply), expected, context);
      assert(performance.now() - startedAt < 2_000, `${operation.name} took long for ${name}`);
    }
  }
});

test("a field with a text that no database has, or of nearly a megabyte, is invalid in every call", async () => {
  for (const operation of operations) {
    for (const [name, { example, format }] of Object.entries(operation.fields)) {
      const key = JSON.stringify(name.split(".").at(-1));
      const value = JSON.stringify(example);
      const texts = ["a\\u0000b", "a\\ud800b", "a\\udc00"].map((text) => `"${text}"`);
      // A logo may be as long as a body.
      if (name !== "logo") texts.push(`"${repeat("9", 900_000)}"`);
      for (const text of texts) {
        const isCut = text.length > 100 && /Desc|Remarks|Occas/.test(name) && format.startsWith("text");
        const body = buildBody(operation).replaceAll(
          new RegExp(`${key}:("[^"]*"|\\d+|\\[[^\\]]*\\])`, "g"),
          () => `${key}:${text}`,
        );
        assert(body.includes(text), `${operation.name} ${name} ${value}`);
        const reply = await sendBody(operation.path, body);
        if (isCut && reply.status === 200) continue;
        assertRefused(operation, reply, `${name} ${text.slice(0, 20)}`);
      }
    }
  }
});

test("paths that no URL has, and methods that no call has, are answered in Daraja's shape", async () => {
  const expectNotFound = (reply: RawReply, code: string): void => {
    assert.deepEqual(
      [reply.status, reply.body["errorCode"]],
      [code.startsWith("405") ? 405 : 404, code],
      reply.text,
    );
    assert.match(reply.contentType, /^application\/json/);
  };
  for (const path of [
    "/mpesa/%zz",
    "/mpesa/%00",
    "/mpesa/%2e%2e/x",
    "/mpesa/..;/x",
    "/v1/%c0%af",
    `/mpesa/${repeat("a", 5_000)}`,
  ])
    for (const method of ["GET", "POST"]) expectNotFound(await sendRaw(method, path), "404.001.01");
  for (const method of ["OPTIONS", "PUT", "TRACE", "PROPFIND"])
    expectNotFound(await sendRaw(method, "/mpesa/stkpush/v1/processrequest"), "405.001");
  const head = await sendRaw("HEAD", "/mpesa/stkpush/v1/processrequest");
  assert.deepEqual([head.status, head.text], [405, ""]);
});

interface RawReply {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A request whose method and path no client library would send. */
async function sendRaw(method: string, path: string): Promise<RawReply> {
  const { hostname, port } = new URL(sandbox.url);
  const { promise, resolve, reject } = Promise.withResolvers<RawReply>();
  const outgoing = request({ host: hostname, port, method, path }, (response) => {
    let text = "";
    response.setEncoding("utf8").on("data", (part: string) => (text += part));
    response.on("end", () => {
      const body = text.startsWith("{") ? (JSON.parse(text) as RawReply["body"]) : {};
      const { statusCode = 0, headers } = response;
      resolve({ status: statusCode, contentType: headers["content-type"] ?? "", text, body });
    });
  });
  outgoing.on("error", reject).end();
  return promise;
}

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
