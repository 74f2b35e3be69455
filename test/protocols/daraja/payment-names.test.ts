/** What Daraja's calls accept as the name of a payment: the table of docs/payment-names.md. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { b2cV3 } from "../../../src/protocols/daraja/operations/b2c-v3.ts";
import { reversal } from "../../../src/protocols/daraja/operations/reversal.ts";
import { stkQuery } from "../../../src/protocols/daraja/operations/stk-query.ts";
import { transactionStatus } from "../../../src/protocols/daraja/operations/transaction-status.ts";
import {
  createDarajaClient,
  createResultListener,
  darajaCustomer,
  initiatorFields,
  signStk,
  type DarajaTestClient,
} from "../../support/daraja.ts";
import { createTestListener } from "../../support/listener.ts";
import { readPageTable } from "../../support/page-tables.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";

const shortcode = "600996";

let sandbox: TestSandbox;
let client: DarajaTestClient;
before(async () => {
  sandbox = await createTestSandbox();
  client = createDarajaClient(sandbox);
});
after(() => sandbox[Symbol.asyncDispose]());

/** The names of a payment, in the order of the page's columns. */
type Names = readonly string[];

/** Receipt, MerchantRequestID and CheckoutRequestID of a collection. */
async function collect(): Promise<Names> {
  await using listener = await createTestListener();
  const { body } = await client.push({ ...signStk(shortcode), PartyB: shortcode, CallBackURL: listener.url });
  const [callback] = await listener.waitForCallbacks(1);
  const receipt = /"MpesaReceiptNumber","Value":"([A-Z0-9]{10})"/.exec(callback?.text ?? "")?.[1] ?? "";
  return [receipt, String(body["MerchantRequestID"]), String(body["CheckoutRequestID"])];
}

let payouts = 0;

/** Receipt, ConversationID and the caller's own OriginatorConversationID of a payout. */
async function payOut(): Promise<Names> {
  await using listener = await createResultListener();
  const own = `payout-${(payouts += 1)}`;
  const { Initiator: InitiatorName, ...credential } = initiatorFields(sandbox);
  const { body } = await client.post(b2cV3.path, {
    OriginatorConversationID: own,
    InitiatorName,
    ...credential,
    CommandID: "BusinessPayment",
    Amount: 10,
    PartyA: shortcode,
    PartyB: darajaCustomer,
    Remarks: "Payout",
    QueueTimeOutURL: listener.timeoutUrl,
    ResultURL: listener.resultUrl,
  });
  const { result } = await listener.waitForResult();
  return [String(result.TransactionID), String(body["ConversationID"]), own];
}

/** The code of the answer to a call that names a payment: of the response if it refuses, otherwise of the result. */
async function call(operation: string, field: string, name: string): Promise<string> {
  await using listener = await createResultListener();
  const urls = { ResultURL: listener.resultUrl, QueueTimeOutURL: listener.timeoutUrl };
  const common = { ...initiatorFields(sandbox), ...urls, Remarks: "Names", Occasion: "" };
  const bodies: Readonly<Record<string, [string, object]>> = {
    stkQuery: [stkQuery.path, signStk(shortcode)],
    transactionStatus: [
      transactionStatus.path,
      { ...common, CommandID: "TransactionStatusQuery", PartyA: shortcode, IdentifierType: "4" },
    ],
    reversal: [
      reversal.path,
      {
        ...common,
        CommandID: "TransactionReversal",
        ReceiverParty: shortcode,
        RecieverIdentifierType: "11",
        Amount: 1,
      },
    ],
  };
  const [path = "", fields = {}] = bodies[operation] ?? [];
  const { body } = await client.post(path, { ...fields, [field]: name });
  if (typeof body["errorCode"] === "string") return body["errorCode"];
  if (operation === "stkQuery") return String(body["ResultCode"]);
  return String((await listener.waitForResult()).result.ResultCode);
}

test("each call accepts the kinds of names that the page says", async () => {
  for (const [operation = "", field = "", ...cells] of readPageTable(
    "docs/payment-names.md",
    "Call of Daraja",
  ))
    for (const [column, expected] of cells.entries()) {
      const names = column < 3 ? await collect() : await payOut();
      const name = names[column < 3 ? column : column - 2] ?? "";
      const code = await call(operation, field, name);
      assert.equal(code, expected === "yes" ? "0" : expected, `${operation} ${field}, column ${column + 3}`);
    }
});
