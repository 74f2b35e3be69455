/** Every field of every call: what is missing or malformed has its family's error, which names the field. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { buildExampleRequest } from "../../../src/protocols/daraja/examples.ts";
import { families } from "../../../src/protocols/daraja/families.ts";
import type { DarajaField } from "../../../src/protocols/daraja/fields.ts";
import type { DarajaOperation } from "../../../src/protocols/daraja/operation.ts";
import { operations } from "../../../src/protocols/daraja/operations.ts";
import { createDarajaClient, type DarajaReply, type DarajaTestClient } from "../../support/daraja.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";

let sandbox: TestSandbox;
let client: DarajaTestClient;
before(async () => {
  sandbox = await createTestSandbox();
  client = createDarajaClient(sandbox);
});
after(() => sandbox[Symbol.asyncDispose]());

/** Operations whose errors have the form of their family, and whose body is one object. */
const usualOperations = operations.filter(
  (operation) => operation.renderInvalidField === undefined && operation.body !== "list",
);

const getErrorName = (name: string, { errorName }: DarajaField): string =>
  errorName ?? name.slice(name.lastIndexOf(".") + 1);

/** A request with another value of one field; undefined removes it. */
function withValue(operation: DarajaOperation, name: string, value: unknown): object {
  const request = buildExampleRequest(operation);
  const path = name.split(".");
  let target: Record<string, unknown> = request;
  for (const part of path.slice(0, -1)) target = target[part] as Record<string, unknown>;
  const last = path.at(-1) ?? "";
  if (value === undefined) delete target[last];
  else target[last] = value;
  return request;
}

function assertInvalid(operation: DarajaOperation, name: string, reply: DarajaReply, sent: unknown): void {
  const field = operation.fields[name];
  assert(field !== undefined);
  const { status, code, message } = families[operation.family].invalidField(getErrorName(name, field));
  const context = `${operation.name} ${name} ${JSON.stringify(sent)}: ${reply.text.slice(0, 300)}`;
  assert.equal(reply.status, status, context);
  assert.equal(reply.body["errorCode"], code, context);
  assert(String(reply.body["errorMessage"]).startsWith(message), context);
  assert.deepEqual(Object.keys(reply.body), ["requestId", "errorCode", "errorMessage"], context);
}

for (const operation of usualOperations) {
  test(`${operation.name}: a mandatory field that is missing, null or empty has the family's error`, async () => {
    for (const [name, { mandatory }] of Object.entries(operation.fields)) {
      if (!mandatory) continue;
      for (const value of [undefined, null, ""]) {
        const reply = await client.post(operation.path, withValue(operation, name, value));
        assertInvalid(operation, name, reply, value);
      }
    }
  });

  test(`${operation.name}: a field of another type has the family's error`, async () => {
    for (const name of Object.keys(operation.fields)) {
      const isNested = typeof operation.fields[name]?.example === "object";
      for (const value of isNested ? ["text", 1] : [true, [], {}, { a: "1" }]) {
        const reply = await client.post(operation.path, withValue(operation, name, value));
        assertInvalid(operation, name, reply, value);
      }
    }
  });

  test(`${operation.name}: the first invalid field in the order of the table is reported`, async () => {
    const names = Object.entries(operation.fields).flatMap(([name, { mandatory }]) =>
      mandatory ? [name] : [],
    );
    const reply = await client.post(operation.path, {});
    assertInvalid(operation, names[0] ?? "", reply, {});
  });

  test(`${operation.name}: keys in another case are unknown keys`, async () => {
    const request = buildExampleRequest(operation);
    const lower = Object.fromEntries(Object.entries(request).map(([name, value]) => [swapCase(name), value]));
    const reply = await client.post(operation.path, lower);
    assert.equal(reply.status, 400, reply.text);
  });
}

const swapCase = (name: string): string =>
  name.replaceAll(/./g, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  );

test("amounts, numbers and timestamps of the documented forms alone are accepted", async () => {
  const push = operations.find(({ name }) => name === "stkPush");
  assert(push !== undefined);
  const invalid: Readonly<Record<string, readonly unknown[]>> = {
    BusinessShortCode: [" 174379", "174379 ", "17 4379", "1743", "12345678", "abcde", -174379, 17437.9],
    Timestamp: [
      "2026-01-01T12:00:00",
      "20261301120000",
      "20260132120000",
      "20260101240000",
      "260101120000",
      1,
    ],
    TransactionType: ["customerPayBillOnline", "PayBill", 1],
    Amount: ["100.00", "10.5", 10.5, "0", 0, -1, "250001", 250_001, "1e2", "ten", "1,000"],
    PartyA: ["0708374149", "+254708374149", "254808374149", "25470837414", "2547083741490", "254 708374149"],
    PhoneNumber: ["0708374149", "+254708374149", "254208374149", "255708374149"],
    CallBackURL: [
      "ftp://example.com/",
      "example.com/callback",
      "https://example.com/a b",
      " https://example.com",
      1,
    ],
    AccountReference: ["1234567890123"],
  };
  for (const [name, values] of Object.entries(invalid)) {
    for (const value of values) {
      const reply = await client.post(push.path, withValue(push, name, value));
      assertInvalid(push, name, reply, value);
    }
  }
});

test("the number 0 of clients with types counts as an optional number that was not sent", async () => {
  for (const operation of usualOperations)
    for (const [name, { zeroIsAbsent }] of Object.entries(operation.fields)) {
      if (zeroIsAbsent !== true) continue;
      const reply = await client.post(operation.path, withValue(operation, name, 0));
      assert(!reply.text.includes(`Invalid ${name}`), `${operation.name} ${name}: ${reply.text}`);
      assertInvalid(operation, name, await client.post(operation.path, withValue(operation, name, "0")), "0");
    }
});

test("a number with a zero fraction is a whole amount, except in an STK push", async () => {
  for (const operation of usualOperations)
    for (const [name, field] of Object.entries(operation.fields)) {
      if (!field.format.startsWith("whole shillings")) continue;
      const send = async (amount: string) =>
        client.send(operation.path, {
          method: "POST",
          headers: { authorization: `Bearer ${await client.getToken()}`, "content-type": "application/json" },
          body: JSON.stringify(withValue(operation, name, "AMOUNT")).replace('"AMOUNT"', amount),
        });
      assertInvalid(operation, name, await send("100.5"), "100.5");
      assertInvalid(operation, name, await send('"100.00"'), '"100.00"');
      const whole = await send("100.0");
      if (operation.name === "stkPush") assertInvalid(operation, name, whole, "100.0");
      else assert(!whole.text.includes(`Invalid ${name}`), `${operation.name} ${name}: ${whole.text}`);
    }
});
