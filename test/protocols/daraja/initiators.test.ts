/** The initiators of calls that move money: each failure is acknowledged, moves nothing, and is a result. */
import assert from "node:assert/strict";
import { generateKeyPairSync, publicEncrypt, constants } from "node:crypto";
import { after, before, test } from "node:test";
import type { ApiOperatorRole } from "../../../src/organisations/api-operators.ts";
import type { DarajaOperation } from "../../../src/protocols/daraja/operation.ts";
import { buildExampleRequest } from "../../../src/protocols/daraja/examples.ts";
import { operations } from "../../../src/protocols/daraja/operations.ts";
import { encryptPassword } from "../../../src/protocols/g2/security-credential.ts";
import { control } from "../../support/control.ts";
import {
  createDarajaApplication,
  createDarajaClient,
  kenya,
  readLastDecision,
  type DarajaReply,
  type DarajaTestClient,
} from "../../support/daraja.ts";
import { waitForResult } from "../../support/daraja-results.ts";
import { createTestListener, type Listener } from "../../support/listener.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";

const shortcode = "600996";
const password = "Payout#Pass1";
const names = ["b2cV1", "b2cV3", "pochi", "b2b", "taxRemittance", "reversal"] as const;

let sandbox: TestSandbox;
let client: DarajaTestClient;
let listener: Listener;
let serial = 0;
before(async () => {
  sandbox = await createTestSandbox();
  client = createDarajaClient(sandbox);
  await createOperator(shortcode, "everything", ["b2c", "b2b", "reversal"]);
  await createOperator(shortcode, "nothing", []);
  await createOperator("600000", "elsewhere", ["b2c", "b2b", "reversal"]);
});
after(() => sandbox[Symbol.asyncDispose]());
test.beforeEach(async () => {
  listener = await createTestListener();
});
test.afterEach(() => listener[Symbol.asyncDispose]());

const createOperator = (owner: string, username: string, roles: readonly ApiOperatorRole[]) =>
  control(sandbox, "POST /markets/{market}/organisations/{shortcode}/operators", {
    params: { market: kenya, shortcode: owner },
    body: { username, password, roles: [...roles] },
  });

const getCertificate = (): string =>
  (sandbox.platform.sandboxInfo["daraja"] as { readonly certificate: string }).certificate;

const find = (name: string): DarajaOperation => {
  const operation = operations.find((each) => each.name === name);
  assert(operation?.initiator !== undefined);
  return operation;
};

function send(
  name: string,
  username: string,
  credential = password,
  options: { readonly token?: string } = {},
): Promise<DarajaReply> {
  const operation = find(name);
  const fields = buildExampleRequest(operation);
  serial += 1;
  if ("OriginatorConversationID" in fields) fields["OriginatorConversationID"] = `initiator-${serial}`;
  return client.post(
    operation.path,
    {
      ...fields,
      [operation.initiator?.name ?? ""]: username,
      SecurityCredential:
        credential.length > 300 ? credential : encryptPassword(getCertificate(), credential),
      ResultURL: `${listener.url}/result`,
      QueueTimeOutURL: `${listener.url}/timeout`,
    },
    options,
  );
}

/** A credential that was made with a certificate of another server. */
function encryptElsewhere(): string {
  const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return publicEncrypt(
    { key: publicKey, padding: constants.RSA_PKCS1_PADDING },
    Buffer.from(password),
  ).toString("base64");
}

const getBalances = () =>
  Promise.all((["utility", "working"] as const).map((kind) => sandbox.getAvailable(shortcode, kenya, kind)));

for (const name of names) {
  test(`${name}: a wrong or foreign credential is 2001, a missing role 21, another organisation's operator TP40153`, async () => {
    const before = await getBalances();
    const attempts = [
      ["unregistered", password, 2001, /has no operator unregistered\.$/],
      ["everything", "wrong password", 2001, /a wrong password for the operator everything of 600996\.$/],
      ["everything", encryptElsewhere(), 2001, /made with another certificate, or is damaged: .*certificate/],
      ["nothing", password, 21, /nothing of 600996 does not have the role \w+\.$/],
      ["elsewhere", password, "TP40153", /elsewhere belongs to another organisation than 600996\.$/],
    ] as const;
    for (const [index, [username, credential, code, decision]] of attempts.entries()) {
      const reply = await send(name, username, credential);
      assert.equal(reply.status, 200, reply.text);
      assert.equal(reply.body["ResponseCode"], "0");
      const { result } = await waitForResult(listener, index);
      assert.equal(result.ResultCode, code, `${username} ${result.ResultDesc}`);
      assert.match(await readLastDecision(sandbox), decision);
    }
    assert.deepEqual(await getBalances(), before);
    // A right password ends the count of wrong ones.
    await send(name, "everything");
    const { result } = await waitForResult(listener, attempts.length);
    assert(["0", 0, "R000002"].includes(result.ResultCode), String(result.ResultCode));
  });
}

test("three wrong passwords lock an operator in every call, until it is unlocked", async () => {
  await createOperator(shortcode, "forgetful", ["b2c", "b2b", "reversal"]);
  const codes: unknown[] = [];
  const attempt = async (name: string, credential: string): Promise<void> => {
    await send(name, "forgetful", credential);
    codes.push((await waitForResult(listener, codes.length)).result.ResultCode);
  };
  for (const name of ["b2cV3", "b2b", "reversal"]) await attempt(name, "wrong password");
  for (const name of names) await attempt(name, password);
  assert.deepEqual(codes, [2001, 2001, 2001, ...names.map(() => 8006)]);
  await control(sandbox, "PATCH /markets/{market}/organisations/{shortcode}/operators/{username}", {
    params: { market: kenya, shortcode, username: "forgetful" },
    body: { status: "active" },
  });
  await attempt("b2cV3", password);
  assert.equal(codes.at(-1), 0);
});

test("an application can neither guess nor lock the operators of organisations that it may not act for", async () => {
  await createOperator(shortcode, "guarded", ["b2c"]);
  const keys = await createDarajaApplication(sandbox, ["darajaB2c"], "sandbox", ["600000"]);
  const token = await client.getToken(keys);
  for (const [index, credential] of [
    "wrong password",
    "wrong password",
    "wrong password",
    password,
  ].entries()) {
    await send("b2cV1", "guarded", credential, { token });
    const { result } = await waitForResult(listener, index);
    assert.equal(result.ResultCode, "TP40153");
  }
  await send("b2cV1", "guarded");
  assert.equal((await waitForResult(listener, 4)).result.ResultCode, 0);
});

test("an organisation whose account is not active is 11", async () => {
  await sandbox.sql(kenya)`update accounts set status = 'inactive' where owner = '600996'`;
  try {
    for (const [index, name] of (
      ["b2cV1", "b2cV3", "pochi", "b2b", "taxRemittance", "reversal"] as const
    ).entries()) {
      await send(name, "everything");
      const { result } = await waitForResult(listener, index);
      assert.equal(result.ResultCode, 11, name);
      assert.equal(result.ResultDesc, "The DebitParty is in an invalid state.");
    }
  } finally {
    await sandbox.sql(kenya)`update accounts set status = 'active' where owner = '600996'`;
  }
});
