/** API operators in the control API: registering, changing, renewing passwords, and the audit log of each. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { testSecretKey } from "../../../test/support/cluster.ts";
import { callControl } from "../../../test/support/control.ts";
import { createTestSandbox, type TestSandbox } from "../../../test/support/sandbox.ts";
import { hashOperatorPassword } from "../../organisations/api-operators.ts";
import { readAudit } from "../../store/main/audit.ts";
import { readCredentialByHash, readCredentials } from "../../store/main/credentials.ts";
import { loadSecrets } from "../../vault/secrets.ts";

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox();
});
after(() => sandbox[Symbol.asyncDispose]());

const operators = "/markets/vodacomTZN/organisations/000000/operators";

const create = (username: string, fields: object = {}) =>
  callControl(sandbox, "POST", operators, { username, roles: ["b2c"], ...fields });

async function findOperatorId(username: string): Promise<bigint> {
  const [row] = await sandbox.stores.main<{ id: bigint }[]>`
    select id from api_operators where username = ${username} and shortcode = '000000'`;
  assert(row !== undefined);
  return row.id;
}

/** The states of an operator's passwords, the newest first. */
async function readPasswordStates(username: string): Promise<string[]> {
  const rows = await readCredentials(sandbox.stores.main, { apiOperatorId: await findOperatorId(username) });
  return rows.map(({ kind, state, hint }) => `${kind} ${state} ${hint}`.trim());
}

/** The state of the credential with this password. */
async function findPasswordState(username: string, password: string): Promise<string | undefined> {
  const { operatorPasswordKey } = await loadSecrets(sandbox.stores.main, testSecretKey, "sandbox");
  const hash = hashOperatorPassword(operatorPasswordKey, await findOperatorId(username), password);
  return (await readCredentialByHash(sandbox.stores.main, "initiator_password", hash))?.state;
}

// 200, 201

test("a generated password is returned once and stored only as a keyed hash", async () => {
  const { status, body } = await create("generated", { roles: ["b2c", "account_balance"] });
  assert.equal(status, 201, JSON.stringify(body));
  assert.match(body.password, /^[0-9A-Za-z]{32}$/);
  const { password, ...operator } = body;
  assert.deepEqual(
    { ...operator, passwordSetAt: "" },
    { username: "generated", roles: ["b2c", "account_balance"], status: "active", passwordSetAt: "" },
  );
  const list = await callControl(sandbox, "GET", operators);
  assert.deepEqual(list.body.operators, [operator]);
  assert.equal(await findPasswordState("generated", password), "active");
  const stored = await sandbox.stores.main<{ row: string }[]>`
    select c::text as row from credentials c union all select a::text from audit a
    union all select o::text from api_operators o`;
  const text = stored.map(({ row }) => row).join("\n");
  assert(!text.includes(password) && !text.includes(Buffer.from(password).toString("hex")));
});

test("a password of the request is not returned, and equal passwords have different hashes", async () => {
  const password = "Safaricom999!*!";
  for (const username of ["first", "second"]) {
    const { status, body } = await create(username, { password });
    assert.deepEqual([status, body.password], [201, null]);
    assert.equal(await findPasswordState(username, password), "active");
  }
});

test("a renewed password is inactive and stays listed, and cannot be set again", async () => {
  await create("renewed", { password: "first password" });
  const path = `${operators}/renewed/password`;
  const chosen = await callControl(sandbox, "POST", path, { password: "second password" });
  assert.deepEqual([chosen.status, chosen.body.password], [201, null]);
  const generated = await callControl(sandbox, "POST", path, {});
  assert.match(generated.body.password, /^[0-9A-Za-z]{32}$/);
  assert.equal(await findPasswordState("renewed", generated.body.password), "active");
  const states = ["active", "inactive", "inactive"].map((state) => `initiator_password ${state}`);
  assert.deepEqual(await readPasswordStates("renewed"), states);

  for (const password of ["first password", generated.body.password]) {
    const refused = await callControl(sandbox, "POST", path, { password });
    assert.equal(refused.status, 409);
    assert.match(refused.body.message, /has or had this password\. Choose another\.$/);
  }
  assert.deepEqual(await readPasswordStates("renewed"), states);
});

test("of passwords that are renewed at the same time exactly one is active", async () => {
  await create("renewed-at-once");
  const renewals = await Promise.all(
    Array.from({ length: 20 }, () =>
      callControl(sandbox, "POST", `${operators}/renewed-at-once/password`, {}),
    ),
  );
  assert.deepEqual(new Set(renewals.map(({ status }) => status)), new Set([201]));
  const states = await Promise.all(
    renewals.map(({ body }) => findPasswordState("renewed-at-once", body.password)),
  );
  assert.equal(states.filter((state) => state === "active").length, 1);
  const times = renewals.map(({ body }) => body.passwordSetAt);
  const { body } = await callControl(sandbox, "GET", operators);
  const { passwordSetAt } = body.operators.find(
    ({ username }: { username: string }) => username === "renewed-at-once",
  );
  assert(
    times.every((time) => time <= passwordSetAt),
    "the active password is the last one",
  );
  assert.equal(passwordSetAt, times[states.indexOf("active")]);
});

test("roles and status change independently", async () => {
  await create("changed");
  const path = `${operators}/changed`;
  const change = async (fields: object) => {
    const { body } = await callControl(sandbox, "PATCH", path, fields);
    return [body.roles, body.status];
  };
  assert.deepEqual(await change({ status: "suspended" }), [["b2c"], "suspended"]);
  assert.deepEqual(await change({ roles: ["reversal", "b2b"] }), [["reversal", "b2b"], "suspended"]);
  assert.deepEqual(await change({ roles: [], status: "active" }), [[], "active"]);
  assert.deepEqual(await change({}), [[], "active"]);
});

test("every change is in the audit log, and a refused one is not", async () => {
  await create("audited", { password: "first password" });
  await callControl(sandbox, "PATCH", `${operators}/audited`, { status: "suspended" });
  await callControl(sandbox, "POST", `${operators}/audited/password`, {});
  assert.equal((await create("audited")).status, 409);
  const refused = { password: "first password" };
  assert.equal((await callControl(sandbox, "POST", `${operators}/audited/password`, refused)).status, 409);

  const entries = await readAudit(sandbox.stores.main, 1000);
  const common = {
    environment: "sandbox",
    market: "vodacomTZN",
    shortcode: "000000",
    username: "audited",
  };
  assert.deepEqual(
    entries
      .filter(({ details }) => details["username"] === "audited")
      .map(({ who, what, details }) => ({ who, what, details })),
    [
      { who: "control API", what: "operator renew-password", details: { ...common, generated: true } },
      { who: "control API", what: "operator change", details: { ...common, status: "suspended" } },
      { who: "control API", what: "operator create", details: { ...common, roles: ["b2c"] } },
    ],
  );
});

test("each organisation of each market has usernames of its own", async () => {
  assert.equal((await create("shared")).status, 201);
  for (const path of [
    operators.replace("000000", "000001"),
    operators.replace("vodacomTZN", "vodafoneGHA"),
  ]) {
    const body = { username: "shared", roles: [] };
    assert.equal((await callControl(sandbox, "POST", path, body)).status, 201);
    assert.equal((await callControl(sandbox, "GET", path)).body.operators.length, 1);
  }
});

test("of simultaneous renewals each gets a password, and one of them is current", async () => {
  await create("raced");
  const replies = await Promise.all(
    Array.from({ length: 5 }, () => callControl(sandbox, "POST", `${operators}/raced/password`, {})),
  );
  assert.deepEqual(
    replies.map(({ status }) => status),
    Array(5).fill(201),
  );
  const states = await readPasswordStates("raced");
  assert.equal(states.length, 6);
  assert.equal(states.filter((state) => state.endsWith(" active")).length, 1);
});

// 400

test("an invalid field is named in the message, and no operator is registered", async () => {
  const table: [object, RegExp][] = [
    [{ username: "a b" }, /^username is not accepted\. .*letters, digits/],
    [{ roles: ["owner"] }, /^roles\[0\] must be one of: b2c, b2b, reversal/],
    [{ roles: ["b2c", "b2c"] }, /^roles .*What the operator may do/],
    [{ roles: undefined }, /^roles is missing\.$/],
    [{ password: "short" }, /^password is not accepted\. The password: 8 to 100/],
    [{ password: "long enough\u0000" }, /^password is not accepted\./],
    [{ status: "active" }, /^status is not a field of this request\./],
  ];
  for (const [fields, expected] of table) {
    const { status, body } = await create("invalid", fields);
    assert.equal(status, 400, JSON.stringify(body));
    assert.match(body.message, expected);
  }
  await create("valid");
  const closed = await callControl(sandbox, "PATCH", `${operators}/valid`, { status: "closed" });
  assert.deepEqual([closed.status, closed.body.message], [400, "status must be one of: active, suspended."]);
  const { body } = await callControl(sandbox, "GET", operators);
  assert(!body.operators.some(({ username }: { username: string }) => username === "invalid"));
});

// 404, 409

test("an unknown organisation or operator is not found, and a username is used once", async () => {
  const unknown = operators.replace("000000", "999999");
  const calls = [
    callControl(sandbox, "GET", unknown),
    callControl(sandbox, "POST", unknown, { username: "a", roles: [] }),
    callControl(sandbox, "PATCH", `${operators}/missing`, {}),
    callControl(sandbox, "PATCH", `${operators}/%00`, {}),
    callControl(sandbox, "POST", `${operators}/missing/password`, {}),
    callControl(sandbox, "POST", `${unknown}/missing/password`, {}),
  ];
  for (const { status } of await Promise.all(calls)) assert.equal(status, 404);
  await create("once");
  const { status, body } = await create("once");
  assert.deepEqual([status, body.message], [409, "Organisation 000000 already has an operator once."]);
});
