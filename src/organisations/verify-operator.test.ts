/** The passwords of API operators: who is whom, and the lock after three wrong ones. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { testSecretKey } from "../../test/support/cluster.ts";
import { callControl } from "../../test/support/control.ts";
import { connectToSchema, createTestSandbox, type TestSandbox } from "../../test/support/sandbox.ts";
import { getOrCreateInitiatorPassword } from "../app/organisations.ts";
import { initiatorShortcodes } from "../sandbox/kenya-seed-data.ts";
import { apiOperatorRoles } from "../store/main/api-operators.ts";
import { mainSchema } from "../store/databases.ts";
import { loadSecrets } from "../vault/secrets.ts";
import { createOperatorVerifier, type OperatorVerifier } from "./verify-operator.ts";

const market = "safaricomKEN";
const operators = `/markets/${market}/organisations/600996/operators`;
const password = "Safaricom999!";

let sandbox: TestSandbox;
let verify: OperatorVerifier;
before(async () => {
  sandbox = await createTestSandbox();
  verify = await createVerifier();
});
after(() => sandbox[Symbol.asyncDispose]());

async function createVerifier(
  sql = sandbox.stores.main,
  passwordLifeMs: number | null = null,
): Promise<OperatorVerifier> {
  const { operatorPasswordKey: passwordKey } = await loadSecrets(sql, testSecretKey, "sandbox");
  return createOperatorVerifier({ sql, environment: "sandbox", market, passwordKey, passwordLifeMs });
}

async function create(username: string): Promise<void> {
  const { status } = await callControl(sandbox, "POST", operators, { username, roles: ["b2c"], password });
  assert.equal(status, 201);
}

const check = async (username: string, attempted = password, shortcode = "600996"): Promise<string> =>
  (await verify(shortcode, username, attempted)).outcome;

const readStatus = async (username: string): Promise<string> => {
  const { body } = await callControl(sandbox, "GET", operators);
  return body.operators.find((each: { username: string }) => each.username === username).status;
};

const setStatus = async (username: string, status: string): Promise<number> =>
  (await callControl(sandbox, "PATCH", `${operators}/${username}`, { status })).status;

test("the seeded initiator has every role at every organisation that it may act for", async () => {
  const seeded = await getOrCreateInitiatorPassword(sandbox.stores.main, testSecretKey);
  for (const shortcode of initiatorShortcodes) {
    const result = await verify(shortcode, "testapi", seeded);
    assert(result.outcome === "ok", shortcode);
    assert.deepEqual(result.roles, apiOperatorRoles);
  }
  const elsewhere = await verify("572572", "testapi", seeded);
  assert(elsewhere.outcome === "unknown");
  assert.deepEqual([...elsewhere.elsewhere].sort(), [...initiatorShortcodes].sort());
});

test("a password ends after its life where there is one, and a renewed one is good again", async () => {
  await create("aged");
  await sandbox.stores.main`
    update credentials set created_at = now() - interval '91 days'
    where api_operator_id = (select id from api_operators where username = 'aged')`;
  const verifyAged = await createVerifier(sandbox.stores.main, 90 * 86_400_000);
  const attempt = async (text: string) => (await verifyAged("600996", "aged", text)).outcome;
  assert.equal(await attempt(password), "expired");
  assert.equal(await attempt("wrong"), "wrong");
  assert.equal(await check("aged"), "ok");
  const { status } = await callControl(sandbox, "POST", `${operators}/aged/password`, {
    password: "Renewed#1",
  });
  assert.equal(status, 201);
  assert.equal(await attempt("Renewed#1"), "ok");
});

test("an operator has the roles of the organisation, and an unknown one has no outcome but that", async () => {
  await create("known");
  const result = await verify("600996", "known", password);
  assert(result.outcome === "ok");
  assert.deepEqual(result.roles, ["b2c"]);
  assert.equal(await check("stranger"), "unknown");
});

test("an operator of another organisation is named as such without a look at the password", async () => {
  await create("neighbour");
  for (const attempted of [password, "wrong password"]) {
    const result = await verify("600000", "neighbour", attempted);
    assert(result.outcome === "unknown");
    assert.deepEqual([...result.elsewhere], ["600996"]);
  }
  assert.equal(await check("neighbour"), "ok");
});

test("the third wrong password in a row locks an operator until it is made active", async () => {
  await create("guessed");
  for (let attempt = 1; attempt <= 3; attempt += 1) assert.equal(await check("guessed", "wrong"), "wrong");
  assert.equal(await check("guessed", "wrong"), "locked");
  assert.equal(await check("guessed"), "locked");
  assert.equal(await readStatus("guessed"), "locked");

  assert.equal(await setStatus("guessed", "active"), 200);
  assert.equal(await readStatus("guessed"), "active");
  // The count begins again.
  for (let attempt = 1; attempt <= 2; attempt += 1) assert.equal(await check("guessed", "wrong"), "wrong");
  assert.equal(await check("guessed"), "ok");
});

test("a right password ends the row of wrong ones", async () => {
  await create("forgetful");
  for (const attempted of ["wrong", "wrong", password, "wrong", "wrong"]) await check("forgetful", attempted);
  assert.equal(await check("forgetful"), "ok");
});

test("a suspended operator cannot be locked, and a wrong password does not show its status", async () => {
  await create("suspended");
  await setStatus("suspended", "suspended");
  assert.equal(await check("suspended"), "suspended");
  for (let attempt = 1; attempt <= 4; attempt += 1) assert.equal(await check("suspended", "wrong"), "wrong");
  assert.equal(await readStatus("suspended"), "suspended");
});

test("a person cannot set the status locked", async () => {
  await create("unlockable");
  assert.equal(await setStatus("unlockable", "locked"), 400);
});

test("two servers count together, however many wrong passwords come at once", async () => {
  await create("shared");
  const other = connectToSchema(sandbox.databaseUrl, mainSchema);
  try {
    const otherVerify = await createVerifier(other);
    const guess = (index: number) => (index % 2 === 0 ? verify : otherVerify)("600996", "shared", "wrong");
    for (const [index, expected] of ["wrong", "wrong", "wrong", "locked"].entries()) {
      assert.equal((await guess(index)).outcome, expected);
    }
    await setStatus("shared", "active");
    const results = await Promise.all(Array.from({ length: 20 }, (_, index) => guess(index)));
    const outcomes = results.map(({ outcome }) => outcome).sort();
    assert.deepEqual(outcomes, [...Array<string>(17).fill("locked"), "wrong", "wrong", "wrong"]);
    assert.equal(await check("shared"), "locked");
  } finally {
    await other.end();
  }
});

test("an operator of live is none of the sandbox", async () => {
  await create("sandboxed");
  const { operatorPasswordKey: passwordKey } = await loadSecrets(sandbox.stores.main, testSecretKey, "live");
  const live = createOperatorVerifier({ sql: sandbox.stores.main, environment: "live", market, passwordKey });
  assert.equal((await live("600996", "sandboxed", password)).outcome, "unknown");
});
