/** The initiator of a query is verified, and a failure is its result: 2001, 8006 and 21. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { ApiOperatorRole } from "../../../src/organisations/api-operators.ts";
import { accountBalance } from "../../../src/protocols/daraja/operations/account-balance.ts";
import { transactionStatus } from "../../../src/protocols/daraja/operations/transaction-status.ts";
import { encryptPassword } from "../../../src/protocols/g2/security-credential.ts";
import { control } from "../../support/control.ts";
import {
  createDarajaClient,
  createResultListener,
  initiatorFields,
  kenya,
  type DarajaTestClient,
} from "../../support/daraja.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";

let sandbox: TestSandbox;
let client: DarajaTestClient;
before(async () => {
  sandbox = await createTestSandbox();
  client = createDarajaClient(sandbox);
});
after(() => sandbox[Symbol.asyncDispose]());

const password = "Right#Password1";

const createOperator = (username: string, roles: readonly ApiOperatorRole[]) =>
  control(sandbox, "POST /markets/{market}/organisations/{shortcode}/operators", {
    params: { market: kenya, shortcode: "600996" },
    body: { username, password, roles: [...roles] },
  });

const encrypt = (text: string): string => {
  const { certificate } = sandbox.platform.sandboxInfo["daraja"] as { readonly certificate: string };
  return encryptPassword(certificate, text);
};

const calls = [
  { operation: accountBalance, role: "account_balance", fields: { CommandID: "AccountBalance" } },
  {
    operation: transactionStatus,
    role: "transaction_status",
    fields: { CommandID: "TransactionStatusQuery", TransactionID: "SKE0000001" },
  },
] as const;

for (const { operation, role, fields } of calls) {
  test(`${operation.name}: a wrong password is 2001, and after three the operator is locked: 8006`, async () => {
    await using listener = await createResultListener();
    const username = `forgetful-${operation.name}`;
    await createOperator(username, [role]);
    const ask = async (SecurityCredential: string, index: number): Promise<unknown> => {
      const reply = await client.post(operation.path, {
        Initiator: username,
        SecurityCredential,
        PartyA: "600996",
        IdentifierType: "4",
        ResultURL: listener.resultUrl,
        QueueTimeOutURL: listener.timeoutUrl,
        ...fields,
      });
      assert.equal(reply.body["ResponseCode"], "0", reply.text);
      return (await listener.waitForResult(index)).result.ResultCode;
    };
    const results: unknown[] = [];
    for (const index of [0, 1, 2]) results.push(await ask(encrypt("wrong"), index));
    results.push(await ask(encrypt(password), 3));
    assert.deepEqual(results, [2001, 2001, 2001, 8006]);
  });

  test(`${operation.name}: an operator without the role is 21, and one with it succeeds`, async () => {
    await using listener = await createResultListener();
    const other = role === "account_balance" ? "transaction_status" : "account_balance";
    const results: unknown[] = [];
    for (const [index, roles] of [[other], [role]].entries()) {
      const username = `${operation.name}-${index}`;
      await createOperator(username, roles as ApiOperatorRole[]);
      await client.post(operation.path, {
        Initiator: username,
        SecurityCredential: encrypt(password),
        PartyA: "600996",
        IdentifierType: "4",
        ResultURL: listener.resultUrl,
        QueueTimeOutURL: listener.timeoutUrl,
        ...fields,
      });
      results.push(String((await listener.waitForResult(index)).result.ResultCode));
    }
    assert.deepEqual(results, ["21", role === "account_balance" ? "0" : "2032"]);
  });
}

test("the seeded initiator's password does not end when the clock is moved by months", async () => {
  await using listener = await createResultListener();
  sandbox.clock.advance(200 * 86_400_000);
  const token = await client.getToken();
  await client.post(
    accountBalance.path,
    {
      ...initiatorFields(sandbox),
      CommandID: "AccountBalance",
      PartyA: "600996",
      IdentifierType: "4",
      ResultURL: listener.resultUrl,
      QueueTimeOutURL: listener.timeoutUrl,
    },
    { token },
  );
  assert.equal((await listener.waitForResult()).result.ResultCode, "0");
});
