/** Organisations in the control API: registering, reading and topping up. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { callControl } from "../../../test/support/control.ts";
import { c2bFields, createTestSandbox, type TestSandbox } from "../../../test/support/sandbox.ts";

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox();
});
after(() => sandbox[Symbol.asyncDispose]());

const organisations = "/markets/vodacomTZN/organisations";

// 200

test("the seeded organisation has three accounts", async () => {
  const { status, body } = await callControl(sandbox, "GET", `/markets/vodafoneGHA/organisations/000000`);
  const empty = { status: "active", available: "0.00", held: "0.00" };

  assert.equal(status, 200);
  assert.deepEqual(body, {
    shortcode: "000000",
    name: "Duka la Amina",
    currency: "GHS",
    phone: null,
    accounts: [
      { kind: "working", ...empty, available: "10000000.00" },
      { kind: "utility", ...empty },
      { kind: "charges_paid", ...empty },
    ],
  });
});

test("a top-up changes the working account", async () => {
  const path = `${organisations}/000001/top-up`;
  assert.equal(
    (await callControl(sandbox, "POST", path, { amount: "0.50" })).body.accounts[0].available,
    "10000000.50",
  );
  assert.equal(
    (await callControl(sandbox, "POST", path, { amount: "-10000000.50" })).body.accounts[0].available,
    "0.00",
  );
});

// 201

test("a new organisation can be paid at once, and an existing one keeps its name and balance", async () => {
  const body = {
    organisations: [
      { shortcode: "100001", name: "Soko 'la' \"Neema\"", balance: "7.25" },
      { shortcode: "000000", name: "Another name", balance: "5.00" },
    ],
  };
  const reply = await callControl(sandbox, "POST", organisations, body);

  assert.equal(reply.status, 201);
  assert.deepEqual(reply.body.organisations, [
    { shortcode: "100001", created: true },
    { shortcode: "000000", created: false },
  ]);
  const soko = (await callControl(sandbox, "GET", `${organisations}/100001`)).body;
  assert.deepEqual([soko.name, soko.accounts[0].available], ["Soko 'la' \"Neema\"", "7.25"]);
  assert.equal((await callControl(sandbox, "GET", `${organisations}/000000`)).body.name, "Duka la Amina");
  const paid = await sandbox.call(
    "POST",
    "c2bPayment/singleStage/",
    c2bFields(sandbox, { input_ServiceProviderCode: "100001" }),
  );
  assert.equal(paid.body["output_ResponseCode"], "INS-0");
  assert.equal(
    (await callControl(sandbox, "GET", `${organisations}/100001`)).body.accounts[0].available,
    "17.25",
  );
});

// 400

test("an invalid field is named in the message, and no organisation is registered", async () => {
  const table: [object, RegExp][] = [
    [{ shortcode: "100002" }, /^organisations\[0\]\.name is missing\.$/],
    [
      { shortcode: "1", name: "A" },
      /^organisations\[0\]\.shortcode is not accepted\. .*4 to 12 letters and digits/,
    ],
    [{ shortcode: "100002", name: "A\u0000" }, /^organisations\[0\]\.name is not accepted\./],
    [{ shortcode: "100002", name: "A", balance: 10 }, /^organisations\[0\]\.balance must be string\./],
  ];
  for (const [organisation, expected] of table) {
    const reply = await callControl(sandbox, "POST", organisations, { organisations: [organisation] });
    assert.equal(reply.status, 400);
    assert.match(reply.body.message, expected);
  }
  assert.equal((await callControl(sandbox, "GET", `${organisations}/100002`)).status, 404);
});

// 404, 409

test("an unknown organisation is not found, and a balance cannot become negative", async () => {
  for (const shortcode of ["999999", "%00", "operator"]) {
    assert.equal((await callControl(sandbox, "GET", `${organisations}/${shortcode}`)).status, 404);
    assert.equal(
      (await callControl(sandbox, "POST", `${organisations}/${shortcode}/top-up`, { amount: "1.00" })).status,
      404,
    );
  }
  const reply = await callControl(sandbox, "POST", `${organisations}/000000/top-up`, {
    amount: "-99999999.00",
  });
  assert.deepEqual([reply.status, reply.body.message], [409, "The balance is too low."]);
});
