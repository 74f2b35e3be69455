/** What the names of payments mean: the tables of docs/payment-names.md, and ids in answers as they were given out. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { operations } from "../../src/protocols/openapi-v2/operations.ts";
import { protocols } from "../../src/protocols/registry.ts";
import { createTestListener } from "../support/listener.ts";
import { readPageTable } from "../support/page-tables.ts";
import {
  collect,
  createTestCustomer,
  createTestOrganisation,
  endHold,
  getTransactionId,
  hold,
  payOut,
  query,
  reverse,
  summarise,
} from "../support/payments.ts";
import { createReference, createTestSandbox, type Reply, type TestSandbox } from "../support/sandbox.ts";

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox();
});
after(() => sandbox[Symbol.asyncDispose]());

const page = "docs/payment-names.md";

const getConversationId = (reply: Reply): string => reply.body["output_ConversationID"] ?? "";
const getReference = (reply: Reply): string => reply.body["output_ThirdPartyConversationID"] ?? "";

test("each call accepts the kinds of names that the page says", async () => {
  const makeCall: Readonly<Record<string, (payment: Reply, name: string) => Promise<Reply>>> = {
    queryTransactionStatus: (_, name) => query(sandbox, name),
    reversal: (_, name) => reverse(sandbox, name),
    updateTransactionStatus: (payment, input_TransactionID) =>
      endHold(sandbox, payment, "commit", { input_TransactionID }),
  };
  const rows = readPageTable(page, "Call");
  const withNames = operations.flatMap(({ product, parameters }) =>
    ["input_QueryReference", "input_TransactionID"]
      .filter((name) => name in parameters)
      .map((name) => `${product} ${name}`),
  );
  assert.deepEqual(rows.map(([call, parameter]) => `${call} ${parameter}`).sort(), withNames.sort());
  for (const [call = "", , ...cells] of rows) {
    for (const [index, getName] of [getTransactionId, getConversationId, getReference].entries()) {
      const expected = cells[index] === "yes" ? /-0$/ : new RegExp(`^${cells[index]}$`);
      const payment = await (call === "updateTransactionStatus" ? hold(sandbox) : collect(sandbox));
      const reply = await makeCall[call]?.(payment, getName(payment));
      assert.match(reply?.body["output_ResponseCode"] ?? "", expected, `${call}, column ${index + 3}`);
    }
  }
});

test("every protocol has a section in the page", () => {
  const headings = [...readFileSync(page, "utf8").matchAll(/^## (.*)$/gm)].map(([, heading = ""]) => heading);
  for (const { title } of protocols)
    assert(
      headings.some((heading) => title.includes(heading)),
      title,
    );
});

/** Makes calls that all have the same reference. */
class SameReference {
  readonly #reference: string;
  readonly #mandateReference = createReference();
  #customer = "";
  /** The payment that a second step or a reversal changes. */
  #original: Reply | null;

  constructor(reference: string, original: Reply | null) {
    this.#reference = reference;
    this.#original = original;
  }

  async make(call: string): Promise<Reply> {
    const refused = call.startsWith("refused ");
    const reply = await this.#send(call.replace("refused ", ""), refused);
    assert.equal(reply.status >= 400, refused, `${call}: ${JSON.stringify(reply.body)}`);
    if (["hold", "collect"].includes(call)) this.#original = reply;
    return reply;
  }

  async #send(call: string, refused: boolean): Promise<Reply> {
    const input_ThirdPartyConversationID = this.#reference;
    const money = { input_ThirdPartyConversationID, input_Amount: refused ? "999999999" : "10" };
    switch (call) {
      case "collect":
        return collect(sandbox, money);
      case "hold":
        return hold(sandbox, money);
      case "pay out":
        return payOut(sandbox, money);
      case "commit":
      case "release": {
        const wrong = refused ? { input_VoucherCode: "XXX00000" } : {};
        assert(this.#original !== null);
        return endHold(sandbox, this.#original, call, { input_ThirdPartyConversationID, ...wrong });
      }
      case "reverse": {
        const original = this.#original ?? (await collect(sandbox));
        const tooMuch = refused ? { input_ReversalAmount: "10.01" } : {};
        return reverse(sandbox, getTransactionId(original), { input_ThirdPartyConversationID, ...tooMuch });
      }
      default:
        return this.#sendMandateCall(call, money);
    }
  }

  async #sendMandateCall(
    call: string,
    { input_Amount, ...reference }: Record<string, string>,
  ): Promise<Reply> {
    if (call === "create mandate") this.#customer = await createTestCustomer(sandbox);
    const [method, path, more] = {
      "create mandate": ["POST", "directDebitCreation/", { input_AgreedTC: "1" }] as const,
      debit: ["POST", "directDebitPayment/", { input_Amount, input_Currency: "TZS" }] as const,
      "cancel mandate": ["PUT", "directDebitCancel/", {}] as const,
    }[call] ?? [assert.fail(`the page names an unknown call: ${call}`), "", {}];
    return sandbox.call(method, path, {
      input_Country: "TZN",
      input_ServiceProviderCode: "000000",
      input_CustomerMSISDN: this.#customer,
      input_ThirdPartyReference: this.#mandateReference,
      ...reference,
      ...more,
    });
  }
}

/** The text of a name, and the payment that it belongs to, if there is one. */
async function createName(description: string): Promise<{ text: string; payment: Reply | null }> {
  const [kind = "", capitals] = description.split(", ");
  const change = (text: string) => (capitals === undefined ? text : text.toUpperCase());
  switch (kind) {
    case "an own reference":
      return { text: createReference(), payment: null };
    case "the TransactionID of a payment":
    case "the ConversationID of a payment": {
      const payment = await collect(sandbox);
      const id = kind.includes("TransactionID") ? getTransactionId(payment) : getConversationId(payment);
      return { text: change(id), payment };
    }
    case "the ConversationID of a query":
      return { text: getConversationId(await query(sandbox, createReference())), payment: null };
    case "the TransactionID of another organisation's payment": {
      const input_ServiceProviderCode = await createTestOrganisation(sandbox, "778822");
      return { text: getTransactionId(await collect(sandbox, { input_ServiceProviderCode })), payment: null };
    }
    default:
      return assert.fail(`the page has an unknown name: ${kind}`);
  }
}

test("a name means the payment that the page says, whatever calls used it as their reference", async () => {
  for (const [name = "", calls = "", meaning = "", status = "", reversed = ""] of readPageTable(
    page,
    "Name +\\| Calls that use it as their reference",
  )) {
    const label = `${name}: ${calls}`;
    const { text, payment } = await createName(name);
    const sameReference = new SameReference(text, payment);
    const replies: Reply[] = [];
    for (const call of calls.split(", ")) replies.push(await sameReference.make(call));

    const reply = await query(sandbox, text);
    const { output_ResponseTransactionStatus, output_Reversed, output_OriginalTransactionID } = reply.body;
    if (meaning === "no payment") {
      assert.equal(reply.body["output_ResponseCode"], status, label);
      continue;
    }
    const meant = { "the first call": replies[0], "the second call": replies[1], "that payment": payment }[
      meaning
    ];
    assert(meant !== undefined && meant !== null, `${label} means ${meaning}`);
    assert.deepEqual([output_ResponseTransactionStatus, output_Reversed], [status, reversed], label);
    const byId = await query(sandbox, getConversationId(meant));
    assert.equal(output_OriginalTransactionID, byId.body["output_OriginalTransactionID"], label);
  }
});

test("a TransactionID in capitals, as in an SMS, is answered and called back as it was given out", async () => {
  await using listener = await createTestListener();
  for (const [index, action] of (["commit", "release"] as const).entries()) {
    const first = await hold(sandbox);
    const issuedId = getTransactionId(first);
    const input_TransactionID = issuedId.toUpperCase();
    assert.equal(getTransactionId(await endHold(sandbox, first, action, { input_TransactionID })), issuedId);
    const acknowledged = await hold(sandbox);
    const reply = await endHold(sandbox, acknowledged, action, {
      input_TransactionID: getTransactionId(acknowledged).toUpperCase(),
      input_ResponseURL: listener.url,
    });
    assert.equal(summarise(reply), "200 INS-GAR-0");
    const body = (await listener.waitForCallbacks(index + 1)).at(-1)?.body ?? {};
    assert.equal(body["input_TransactionID"], getTransactionId(acknowledged));
    assert.equal(body["input_OriginalConversationID"], getConversationId(reply));
  }

  const paid = await collect(sandbox);
  const issuedId = getTransactionId(paid);
  const reversed = await reverse(sandbox, issuedId.toUpperCase());
  assert.equal(getTransactionId(reversed), getTransactionId(reversed).toLowerCase());
  for (const name of [issuedId, getConversationId(paid)]) {
    const { body } = await query(sandbox, name.toUpperCase());
    assert.deepEqual([body["output_OriginalTransactionID"], body["output_Reversed"]], [issuedId, "True"]);
  }
});
