/** Customers in the control API: registering, reading, changing and topping up. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { callControl } from "../../../test/support/control.ts";
import { c2bFields, createTestSandbox, type TestSandbox } from "../../../test/support/sandbox.ts";

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox();
});
after(() => sandbox[Symbol.asyncDispose]());

const customers = "/markets/vodacomTZN/customers";
const amina = "255750000001";

// 200

test("a seeded customer has a name, a balance and a prompt behaviour, and the market name is case-insensitive", async () => {
  const { status, body } = await callControl(sandbox, "GET", `/markets/VODACOMtzn/customers/255750000002`);

  assert.equal(status, 200);
  assert.deepEqual(body, {
    msisdn: "255750000002",
    firstName: "Baraka",
    lastName: "Mushi",
    status: "active",
    answer: "approve",
    available: "1000000.00",
    held: "0.00",
    currency: "TZS",
    pochi: false,
  });
});

test("a customer set to decline declines, and a locked one cannot pay", async () => {
  const pay = async () =>
    (await sandbox.call("POST", "c2bPayment/singleStage/", c2bFields(sandbox))).body["output_ResponseCode"];
  assert.equal(await pay(), "INS-0");

  assert.equal(
    (await callControl(sandbox, "PATCH", `${customers}/${amina}`, { answer: "decline" })).body.answer,
    "decline",
  );
  assert.equal(await pay(), "INS-6");
  assert.equal(
    (await callControl(sandbox, "PATCH", `${customers}/${amina}`, { answer: "ignore" })).status,
    200,
  );
  assert.equal(await pay(), "INS-9");
  assert.equal(
    (await callControl(sandbox, "PATCH", `${customers}/${amina}`, { answer: "approve", status: "locked" }))
      .body.status,
    "locked",
  );
  assert.equal(await pay(), "INS-6");

  const changed = await callControl(sandbox, "PATCH", `${customers}/${amina}`, { status: "active" });
  assert.equal(changed.body.answer, "approve");
  assert.equal(await pay(), "INS-0");
});

test("a top-up adds the exact amount to a wallet or removes it", async () => {
  const path = `${customers}/255750000003/top-up`;
  assert.equal((await callControl(sandbox, "POST", path, { amount: "0.01" })).body.available, "1000000.01");
  assert.equal((await callControl(sandbox, "POST", path, { amount: "-1000000" })).body.available, "0.01");
  assert.equal(
    (await callControl(sandbox, "POST", path, { amount: "9999999999999.99" })).body.available,
    "10000000000000.00",
  );
});

test("customers are listed by MSISDN, page by page", async () => {
  const seen: string[] = [];
  let last = "";
  do {
    const { body } = await callControl(
      sandbox,
      "GET",
      `/markets/vodacomMOZ/customers?limit=4&after=${last || 0}`,
    );
    seen.push(...body.customers.map(({ msisdn }: { msisdn: string }) => msisdn));
    last = body.next ?? "";
  } while (last !== "");
  assert.deepEqual(seen, [
    "000000000001",
    ...Array.from({ length: 8 }, (_, index) => `25884000000${index + 1}`),
    "258843330333",
  ]);
});

// 201

test("new customers get their balance, and existing ones stay unchanged", async () => {
  const added = [
    {
      msisdn: "255700000001",
      balance: "12.50",
      firstName: "Zawadi",
      lastName: 'O\'Brien "Z" \\',
      answer: "decline",
    },
    { msisdn: "255700000002" },
    { msisdn: amina, balance: "5.00", firstName: "Other", answer: "ignore" },
  ];
  const before = (await callControl(sandbox, "GET", `${customers}/${amina}`)).body;
  const reply = await callControl(sandbox, "POST", customers, { customers: added });

  assert.equal(reply.status, 201);
  assert.deepEqual(reply.body, {
    customers: [
      { msisdn: "255700000001", created: true },
      { msisdn: "255700000002", created: true },
      { msisdn: amina, created: false },
    ],
  });
  const zawadi = (await callControl(sandbox, "GET", `${customers}/255700000001`)).body;
  assert.deepEqual(
    [zawadi.available, zawadi.firstName, zawadi.lastName, zawadi.answer],
    ["12.50", "Zawadi", 'O\'Brien "Z" \\', "decline"],
  );
  const unnamed = (await callControl(sandbox, "GET", `${customers}/255700000002`)).body;
  assert.deepEqual([unnamed.available, unnamed.answer], ["0.00", "approve"]);
  assert.deepEqual((await callControl(sandbox, "GET", `${customers}/${amina}`)).body, before);

  const again = await callControl(sandbox, "POST", customers, { customers: added });
  assert.deepEqual(
    again.body.customers.map(({ created }: { created: boolean }) => created),
    [false, false, false],
  );
  assert.equal((await callControl(sandbox, "GET", `${customers}/255700000001`)).body.available, "12.50");
});

test("ten thousand customers are registered and funded in seconds", async () => {
  const newCustomers = Array.from({ length: 10_000 }, (_, index) => ({
    msisdn: `2557100${10_000 + index}`,
    balance: "1000.00",
  }));
  const startedAt = performance.now();
  const { status, body } = await callControl(sandbox, "POST", customers, { customers: newCustomers });
  const seconds = (performance.now() - startedAt) / 1000;

  assert.equal(status, 201);
  assert(body.customers.every(({ created }: { created: boolean }) => created));
  assert(seconds < 15, `it took ${seconds} s`);
  const [sum] = await sandbox.sql()<{ amountMinor: bigint }[]>`
    select sum(available_minor)::bigint as "amountMinor" from accounts where owner like '2557100_____'`;
  assert.equal(sum?.amountMinor, 10_000n * 1000_00n);
});

test("only Lesotho accepts MSISDNs of eleven digits", async () => {
  const body = { customers: [{ msisdn: "26650000009" }] };
  assert.equal((await callControl(sandbox, "POST", "/markets/vodacomLES/customers", body)).status, 201);
  const elsewhere = await callControl(sandbox, "POST", customers, body);
  assert.deepEqual(
    [elsewhere.status, elsewhere.body.message],
    [400, "customers[0].msisdn must have at least 12 digits in this market."],
  );
});

// 400

test("an invalid field is named in the message, and no customer is registered", async () => {
  const amount = 'A decimal amount of the market\'s currency, in quotes, such as "100.00".';
  const name = "The first name, up to 60 characters. No control characters.";
  const table: [object, string][] = [
    [{}, "customers[0].msisdn is missing."],
    [
      { msisdn: 255700000009 },
      "customers[0].msisdn must be string. The customer's number: 12 to 14 digits, in Lesotho 11 to 14.",
    ],
    [
      { msisdn: "2557" },
      "customers[0].msisdn is not accepted. The customer's number: 12 to 14 digits, in Lesotho 11 to 14.",
    ],
    [
      { msisdn: "255700000\u00009" },
      "customers[0].msisdn is not accepted. The customer's number: 12 to 14 digits, in Lesotho 11 to 14.",
    ],
    [{ msisdn: "255700000009", balance: 1e3 }, `customers[0].balance must be string. ${amount}`],
    [{ msisdn: "255700000009", balance: "1e3" }, `customers[0].balance is not accepted. ${amount}`],
    [{ msisdn: "255700000009", balance: "-1.00" }, `customers[0].balance is not accepted. ${amount}`],
    [{ msisdn: "255700000009", balance: "1.001" }, `customers[0].balance is not accepted. ${amount}`],
    [{ msisdn: "255700000009", firstName: "Nu\u0000l" }, `customers[0].firstName is not accepted. ${name}`],
    [
      { msisdn: "255700000009", firstName: "" },
      `customers[0].firstName must not have fewer than 1 characters. ${name}`,
    ],
    [
      { msisdn: "255700000009", anser: "decline" },
      "customers[0].anser is not a field of this request. The fields: msisdn, balance, firstName, lastName, answer, pochi.",
    ],
    [
      { msisdn: "255700000009", answer: "perhaps" },
      "customers[0].answer must be one of: approve, decline, ignore, ask, off, no_signal, slow, late, loses_signal.",
    ],
  ];
  for (const [customer, expected] of table) {
    const reply = await callControl(sandbox, "POST", customers, { customers: [customer] });
    assert.deepEqual([reply.status, reply.body.message], [400, expected]);
  }
  const twice = await callControl(sandbox, "POST", customers, {
    customers: [{ msisdn: "255700000009" }, { msisdn: "255700000009" }],
  });
  assert.deepEqual([twice.status, twice.body.message], [400, "customers[1].msisdn is in the list twice."]);
  assert.equal((await callControl(sandbox, "GET", `${customers}/255700000009`)).status, 404);
});

test("more than ten thousand customers in one request are refused", async () => {
  const newCustomers = Array.from({ length: 10_001 }, (_, index) => ({ msisdn: `2557200${10_000 + index}` }));
  const reply = await callControl(sandbox, "POST", customers, { customers: newCustomers });
  assert.deepEqual(
    [reply.status, reply.body.message],
    [400, "customers must not have more than 10000 items."],
  );
});

test("a top-up of zero, or with an invalid amount, changes nothing", async () => {
  const table: [unknown, RegExp][] = [
    ["0", /zero/],
    ["-0.00", /zero/],
    [5, /amount must be string/],
    ["5,00", /amount is not accepted/],
    ["1e3", /amount is not accepted/],
    ["NaN", /amount is not accepted/],
    ["9999999999999999", /amount is not accepted/],
  ];
  for (const [amount, expected] of table) {
    const reply = await callControl(sandbox, "POST", `${customers}/255750000004/top-up`, { amount });
    assert.equal(reply.status, 400);
    assert.match(reply.body.message, expected);
  }
  assert.equal(await sandbox.getAvailable("255750000004"), 1_000_000_00n);
});

test("invalid page parameters are refused", async () => {
  for (const query of [
    "limit=0",
    "limit=1001",
    "limit=x",
    "limit=1&limit=2",
    "after=x",
    "after=%00",
    "what=1",
  ]) {
    assert.equal((await callControl(sandbox, "GET", `${customers}?${query}`)).status, 400, query);
  }
});

// 404

test("an unknown or invalid MSISDN is not found", async () => {
  for (const number of ["255799999999", "1", "%00", "000000", "..%2F..", "x".repeat(100)]) {
    const path = `${customers}/${number}`;
    assert.equal((await callControl(sandbox, "GET", path)).status, 404, number);
    assert.equal((await callControl(sandbox, "PATCH", path, { answer: "decline" })).status, 404, number);
    assert.equal(
      (await callControl(sandbox, "POST", `${path}/top-up`, { amount: "1.00" })).status,
      404,
      number,
    );
  }
});

// 409

test("a balance cannot become negative", async () => {
  const reply = await callControl(sandbox, "POST", `${customers}/255750000005/top-up`, {
    amount: "-1000000.01",
  });
  assert.deepEqual([reply.status, reply.body.message], [409, "The balance is too low."]);
  assert.equal(await sandbox.getAvailable("255750000005"), 1_000_000_00n);
});
