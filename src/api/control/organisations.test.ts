/** Organisations in the control API: registering, reading and topping up. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { callControl } from "../../../test/support/control.ts";
import { c2bFields, createTestSandbox, type TestSandbox } from "../../../test/support/sandbox.ts";
import { createPasskeyVerifier, publicPasskey } from "../../organisations/passkeys.ts";

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox();
});
after(() => sandbox[Symbol.asyncDispose]());

const organisations = "/markets/vodacomTZN/organisations";

// 200

test("the seeded organisation has the accounts of a paybill", async () => {
  const { status, body } = await callControl(sandbox, "GET", `/markets/vodafoneGHA/organisations/000000`);
  const empty = { status: "active", available: "0.00", held: "0.00" };

  assert.equal(status, 200);
  assert.deepEqual(body, {
    shortcode: "000000",
    name: "Duka la Amina",
    kind: "paybill",
    parent: null,
    currency: "GHS",
    phone: null,
    externalValidation: false,
    confirmationMsisdn: null,
    stk: true,
    utilityToWorking: false,
    nominatedNumber: null,
    accounts: [
      { kind: "working", ...empty, available: "10000000.00" },
      { kind: "utility", ...empty },
      { kind: "charges_paid", ...empty },
      { kind: "settlement", ...empty },
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

test("the kind determines the accounts, and a parent may be in the same list", async () => {
  const list = [
    { shortcode: "200003", name: "Till", kind: "till", parent: "200002", balance: "3.00" },
    { shortcode: "200002", name: "Store", kind: "store", parent: "200001" },
    { shortcode: "200001", name: "Head office", kind: "head_office" },
  ];
  const reply = await callControl(sandbox, "POST", organisations, { organisations: list });
  assert.equal(reply.status, 201, JSON.stringify(reply.body));
  const till = (await callControl(sandbox, "GET", `${organisations}/200003`)).body;
  assert.deepEqual([till.kind, till.parent], ["till", "200002"]);
  assert.deepEqual(
    till.accounts.map((account: { kind: string; available: string }) => [account.kind, account.available]),
    [
      ["working", "3.00"],
      ["merchant", "0.00"],
      ["charges_paid", "0.00"],
    ],
  );
  const { body } = await callControl(sandbox, "GET", `${organisations}/200001`);
  assert.deepEqual([body.kind, body.parent], ["head_office", null]);
});

test("each setting changes alone, and null removes those that may be absent", async () => {
  const path = "/markets/safaricomKEN/organisations/500102";
  const change = async (fields: object) => {
    const { status, body } = await callControl(sandbox, "PATCH", path, fields);
    assert.equal(status, 200, JSON.stringify(body));
    const { externalValidation, confirmationMsisdn, stk, nominatedNumber, phone } = body;
    return [externalValidation, confirmationMsisdn, stk, nominatedNumber, phone];
  };
  const owner = "254722000006";
  assert.deepEqual(await change({}), [false, null, true, owner, owner]);
  assert.deepEqual(await change({ externalValidation: true }), [true, null, true, owner, owner]);
  assert.deepEqual(await change({ confirmationMsisdn: "hashed" }), [true, "hashed", true, owner, owner]);
  assert.deepEqual(await change({ stk: false, phone: null }), [true, "hashed", false, owner, null]);
  assert.deepEqual(await change({ nominatedNumber: null }), [true, "hashed", false, null, null]);
  assert.deepEqual(
    await change({
      externalValidation: false,
      confirmationMsisdn: null,
      stk: true,
      nominatedNumber: owner,
      phone: owner,
    }),
    [false, null, true, owner, owner],
  );
  for (const utilityToWorking of [true, false]) {
    const { body } = await callControl(sandbox, "PATCH", path, { utilityToWorking });
    assert.equal(body.utilityToWorking, utilityToWorking);
  }
  const unknown = await callControl(sandbox, "PATCH", path.replace("500102", "999999"), { stk: true });
  assert.equal(unknown.status, 404);
  for (const fields of [{ confirmationMsisdn: "clear" }, { nominatedNumber: "07" }, { stk: "yes" }])
    assert.equal((await callControl(sandbox, "PATCH", path, fields)).status, 400);
});

test("a new passkey is shown once, replaces the public one, and is stored as a hash", async () => {
  const path = "/markets/safaricomKEN/organisations/600000/passkey";
  const owner = { environment: "sandbox", market: "safaricomKEN", shortcode: "600000" } as const;
  const verifier = createPasskeyVerifier(sandbox.stores.main, () => {});
  assert.equal(await verifier.verify(owner, publicPasskey), true);

  const { status, body } = await callControl(sandbox, "POST", path);
  assert.equal(status, 201);
  assert.match(body.passkey, /^[0-9a-z]{64}$/);
  const later = createPasskeyVerifier(sandbox.stores.main, () => {});
  assert.deepEqual(
    await Promise.all([body.passkey, publicPasskey].map((passkey) => later.verify(owner, passkey))),
    [true, false],
  );
  assert.equal(await later.verify({ ...owner, shortcode: "600996" }, publicPasskey), true);
  const rows = await sandbox.stores.main<{ row: string }[]>`select c::text as row from credentials c`;
  assert(!rows.some(({ row }) => row.includes(body.passkey)));
  assert.equal((await callControl(sandbox, "POST", path.replace("600000", "999999"))).status, 404);
});

test("of passkeys that are renewed at the same time, the last one is valid", async () => {
  const path = "/markets/safaricomKEN/organisations/600996/passkey";
  const owner = { environment: "sandbox", market: "safaricomKEN", shortcode: "600996" } as const;
  const answers = await Promise.all(Array.from({ length: 8 }, () => callControl(sandbox, "POST", path)));
  assert.deepEqual(
    answers.map(({ status }) => status),
    answers.map(() => 201),
  );
  const verifier = createPasskeyVerifier(sandbox.stores.main, () => {});
  const valid = await Promise.all(answers.map(({ body }) => verifier.verify(owner, body.passkey)));
  assert.equal(valid.filter(Boolean).length, 1);
});

test("a top-up of another account needs one of the organisation's kind", async () => {
  const topUp = (shortcode: string, account: string) =>
    callControl(sandbox, "POST", `/markets/safaricomKEN/organisations/${shortcode}/top-up`, {
      amount: "5.00",
      account,
    });
  const { body } = await topUp("600984", "utility");
  assert.deepEqual(
    body.accounts.map((row: { kind: string; available: string }) => [row.kind, row.available]),
    [
      ["working", "10000000.00"],
      ["utility", "10000005.00"],
      ["charges_paid", "0.00"],
      ["settlement", "0.00"],
    ],
  );
  assert.equal((await topUp("600984", "merchant")).status, 404);
  assert.equal((await topUp("600984", "charges_paid")).status, 400);
});

// 400

test("a parent that the kind cannot have is named in the message, and no organisation is registered", async () => {
  const table: [object, RegExp][] = [
    [{ kind: "shop" }, /^organisations\[1\]\.kind must be one of: paybill, till/],
    [{ kind: "till", parent: "1" }, /^organisations\[1\]\.parent is not accepted\./],
    [
      { kind: "till", parent: "999999" },
      /^organisations\[1\]\.parent is not accepted\. No organisation in this market has the shortcode 999999\.$/,
    ],
    [
      { kind: "store", parent: "000000" },
      /^organisations\[1\]\.parent is not accepted\. The parent of a store must be a head_office, and 000000 is a paybill\.$/,
    ],
    [{ parent: "000000" }, /^organisations\[1\]\.parent is not accepted\. Only these kinds have a parent/],
  ];
  for (const [fields, expected] of table) {
    const list = [
      { shortcode: "200011", name: "A" },
      { shortcode: "200010", name: "B", ...fields },
    ];
    const reply = await callControl(sandbox, "POST", organisations, { organisations: list });
    assert.equal(reply.status, 400, JSON.stringify(reply.body));
    assert.match(reply.body.message, expected);
  }
  assert.equal((await callControl(sandbox, "GET", `${organisations}/200010`)).status, 404);
  assert.equal((await callControl(sandbox, "GET", `${organisations}/200011`)).status, 404);
});

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
