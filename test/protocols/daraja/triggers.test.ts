/** Every trigger of every call, as docs/scenarios.md prints them: what it asks for is recorded, or is the response. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { toResultCode } from "../../../src/protocols/daraja/call-results.ts";
import { buildExampleRequest } from "../../../src/protocols/daraja/examples.ts";
import { families } from "../../../src/protocols/daraja/families.ts";
import { listTriggerOutcomes, namedScenarios } from "../../../src/protocols/daraja/named-scenarios.ts";
import type { DarajaOperation } from "../../../src/protocols/daraja/operation.ts";
import { operations } from "../../../src/protocols/daraja/operations.ts";
import { resultTexts, type ResultCode } from "../../../src/protocols/daraja/result-codes.ts";
import {
  findTriggerOutcome,
  formatTrigger,
  type TriggerOutcome,
} from "../../../src/protocols/daraja/triggers.ts";
import type { RecordedRefusal } from "../../../src/payments/refusals.ts";
import {
  createDarajaClient,
  initiatorFields,
  kenya,
  readLastDecision,
  type DarajaReply,
  type DarajaTestClient,
} from "../../support/daraja.ts";
import { createTestListener } from "../../support/listener.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";

let sandbox: TestSandbox;
let client: DarajaTestClient;
before(async () => {
  sandbox = await createTestSandbox();
  client = createDarajaClient(sandbox);
});
after(() => sandbox[Symbol.asyncDispose]());

let serial = 0;

const urlNames = ["CallBackURL", "ResultURL", "QueueTimeOutURL", "callbackUrl"];

/** The request of the documentation with the number that asks for an outcome. */
async function ask(operation: DarajaOperation, outcome: TriggerOutcome, url: string): Promise<DarajaReply> {
  const request = buildExampleRequest(operation);
  const { trigger } = operation;
  assert(trigger !== undefined);
  serial += 1;
  if ("OriginatorConversationID" in request) request["OriginatorConversationID"] = `trigger-${serial}`;
  if ("SecurityCredential" in request)
    request["SecurityCredential"] = initiatorFields(sandbox).SecurityCredential;
  for (const name of urlNames) if (name in request) request[name] = url;
  request[trigger.field] = formatTrigger(trigger.scheme, outcome);
  return client.post(operation.path, request);
}

const triggered = operations.filter(({ trigger }) => trigger !== undefined);

/** The refusal of the last payment, by the call's code of it. */
async function readLastCode(operation: DarajaOperation): Promise<ResultCode | null> {
  const [row] = await sandbox.sql(kenya)<{ refusal: RecordedRefusal }[]>`
    select refusal from payments where operation = ${operation.name} order by id desc limit 1`;
  return row === undefined ? null : toResultCode(operation, row.refusal);
}

for (const operation of triggered) {
  const isQuery = operation.exampleResult !== undefined;
  const codes = Object.keys(operation.results) as ResultCode[];

  test(`${operation.name}: every documented result has a legal number, and is what the number asks for`, async () => {
    await using listener = await createTestListener();
    for (const [index, code] of codes.entries()) {
      const number = formatTrigger(operation.trigger?.scheme ?? "customer", code);
      assert(number !== null, `${code} has no number`);
      assert.equal(findTriggerOutcome(operation.trigger?.scheme ?? "customer", number), code);
      const reply = await ask(operation, code, listener.url);
      const error = operation.immediateErrors?.[code];
      assert.equal(reply.status, error?.status ?? 200, `${code}: ${reply.text}`);
      if (isQuery) {
        const { text = "" } = (await listener.waitForCallbacks(index + 1))[index] ?? {};
        assert.match(text, new RegExp(`"ResultCode":"?${code}"?,`));
        continue;
      }
      // Two codes of express checkout are known at once, and make no payment.
      if (reply.body["code"] === code) continue;
      if (code === "4999") continue;
      assert.equal(await readLastCode(operation), code, `${code}: ${reply.text}`);
    }
  });

  test(`${operation.name}: a number can ask for the error of a platform that has failed`, async () => {
    const [before] = await sandbox.sql(kenya)`select count(*) from payments`;
    const reply = await ask(operation, "fault", "http://127.0.0.1:9/");
    const { status, code, message } = families[operation.family].internalError;
    assert.deepEqual(
      [reply.status, reply.body["errorCode"], reply.body["errorMessage"]],
      [status, code, message],
    );
    assert.equal(await readLastDecision(sandbox), "The request has a trigger: fault.");
    assert.deepEqual((await sandbox.sql(kenya)`select count(*) from payments`)[0], before);
  });
}

test("the codes that M-Pesa documents for each call are its results", () => {
  // prettier-ignore
  const documented: Readonly<Record<string, readonly string[]>> = {
    stkPush: ["1", "2", "3", "4", "8", "17", "1001", "1019", "1025", "9999", "1032", "1037", "2001", "2028", "8006", "SFC_IC0003", "4999"],
    b2cV1: ["1", "2", "3", "4", "8", "11", "17", "21", "2001", "2006", "2028", "2040", "8006", "SFC_IC0003", "TP40153"],
    b2cV3: ["1", "2", "3", "4", "8", "11", "17", "21", "2001", "2006", "2028", "2040", "8006", "SFC_IC0003", "TP40153"],
    pochi: ["1", "2", "3", "4", "8", "11", "17", "21", "2001", "2006", "2028", "2040", "8006", "SFC_IC0003", "TP40153"],
    b2b: ["11", "15", "21", "26", "2001", "2032", "8006", "SFC_IC0003", "TP40153"],
    taxRemittance: ["11", "15", "21", "26", "2001", "2032", "8006", "SFC_IC0003", "TP40153"],
    b2bExpress: ["4001", "4102", "4104", "4201", "4203"],
    reversal: ["1", "11", "21", "2001", "2006", "2028", "8006", "R000001", "R000002", "TP40153"],
    accountBalance: ["15", "17", "18", "19", "20", "21", "22", "24", "25", "26", "29", "2001", "8006", "TP40153"],
    transactionStatus: ["25", "2001", "2032", "8006", "SFC_IC0003"],
    ratiba: ["1", "1019", "1025", "1032", "1037", "2001", "9999"],
  };
  for (const [name, codes] of Object.entries(documented)) {
    const operation = operations.find((each) => each.name === name);
    assert(operation !== undefined, name);
    assert.deepEqual(
      codes.filter((code) => !(code in operation.results)),
      [],
      name,
    );
  }
});

test("numbers of codes that a call does not document, and amounts, ask for nothing", async () => {
  const operation = operations.find(({ name }) => name === "stkPush");
  assert(operation !== undefined);
  const undocumented = (Object.keys(resultTexts) as ResultCode[]).filter(
    (code) => code !== "0" && !(code in operation.results),
  );
  assert(undocumented.includes("R000001"));
  await ask(operation, "R000001", "http://127.0.0.1:9/");
  assert.equal(await readLastCode(operation), "1037");
  for (const Amount of [1, 1001, 1032, 2001]) {
    const reply = await client.push({ Amount });
    assert.equal(reply.status, 200, reply.text);
    assert.equal(await readLastCode(operation), "0");
  }
});

test("the named scenarios are those of the calls, each with a number of its own", () => {
  const count = triggered.reduce((sum, operation) => sum + listTriggerOutcomes(operation).length, 0);
  assert.equal(namedScenarios.length, count);
  assert.equal(new Set(namedScenarios.map(({ name }) => name)).size, count);
});
