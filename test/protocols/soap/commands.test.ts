/** Every command but those of B2C: the accounts it moves money between, its result, and its refusals. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { businessCommands, type BusinessCommandId } from "../../../src/protocols/g2/business-commands.ts";
import { operations } from "../../../src/protocols/soap/operations.ts";
import { businessOperations } from "../../../src/protocols/soap/operations/business-payments.ts";
import { readPageTable } from "../../support/page-tables.ts";
import { control } from "../../support/control.ts";
import { registerShortcodes } from "../../support/daraja.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";
import {
  createSoapClient,
  createSoapListener,
  customer,
  getOperation,
  kenya,
  otherOrganisation,
  payer,
  type CommandChange,
  type ReceivedSoapResult,
  type SoapListener,
  type SoapTestClient,
} from "../../support/soap.ts";

let sandbox: TestSandbox;
let client: SoapTestClient;
let listener: SoapListener;
let results = 0;
before(async () => {
  sandbox = await createTestSandbox();
  client = createSoapClient(sandbox);
  listener = await createSoapListener();
  await registerShortcodes(sandbox, [
    { shortcode: "810001", name: "Agency One", kind: "agency" },
    { shortcode: "810002", name: "Agency Two", kind: "agency" },
    { shortcode: "810003", name: "Second Till", kind: "till", parent: "500101" },
  ]);
});
after(async () => {
  await listener[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

/** Sends a command and returns its result. */
async function run(command: string, change: CommandChange = {}): Promise<ReceivedSoapResult> {
  const reply = await client.run(command, { resultUrl: listener.resultUrl, ...change });
  assert.equal(reply.code, "0", reply.text);
  results += 1;
  const result = await listener.waitForResult(results - 1);
  assert.equal(result.conversationId, reply.conversationId);
  return result;
}

const party = (shortcode: string) => ({ identifierType: "4", identifier: shortcode, shortCode: shortcode });
const from = (shortcode: string) => ({ initiatorShortCode: shortcode, primaryParty: party(shortcode) });

const formatMinor = (amountMinor: bigint): string =>
  `${amountMinor / 100n}.${String(amountMinor % 100n).padStart(2, "0")}`;

/** Who pays and who receives in the tests of a command. */
const parties: Readonly<Partial<Record<BusinessCommandId, readonly [payer: string, receiver: string]>>> = {
  BusinessBuyGoods: [payer, "500102"],
  MerchantToMerchantTransfer: ["500101", "500102"],
  MerchantServicesMMFAccountTransfer: ["500101", "500102"],
  MerchantTransferFromMerchantToWorking: ["500101", "500101"],
  MerchantTransferFromWorkingToMerchant: ["500101", "500101"],
};

for (const { name } of businessOperations) {
  const command = name as BusinessCommandId;
  if (command === "AgencyFloatAdvance" || command === "BusinessTransferFromUtilityToMMF") continue;
  test(`${command} moves money between the documented accounts, and reports the payer's balance`, async () => {
    const rule = businessCommands[command];
    const [sender, to] = parties[command] ?? [payer, rule.receiver === "itself" ? payer : otherOrganisation];
    const readBalances = () =>
      Promise.all([sandbox.getAvailable(sender, kenya, rule.from), sandbox.getAvailable(to, kenya, rule.to)]);
    const earlier = await readBalances();
    const result = await run(command, {
      ...from(sender),
      ...(rule.receiver === "itself" ? {} : { receiverParty: { identifierType: "4", identifier: to } }),
      parameters: [
        ["Amount", "100.00"],
        ["AccountReference", "INV 7"],
      ],
    });
    assert.equal(result.code, "0", result.text);
    const later = await readBalances();
    assert.equal(later[1], earlier[1] + 100_00n);
    assert(later[0] <= earlier[0] - 100_00n);
    const { parameters } = result;
    const available = formatMinor(later[0]);
    assert.deepEqual(
      [...parameters.keys()],
      [
        "InitiatorAccountCurrentBalance",
        "DebitAccountCurrentBalance",
        "Amount",
        "DebitPartyAffectedAccountBalance",
        "TransCompletedTime",
        "DebitPartyCharges",
        "ReceiverPartyPublicName",
        "Currency",
      ],
    );
    assert.equal(
      parameters.get("DebitAccountCurrentBalance"),
      `{Amount={BasicAmount=${available}, MinimumAmount=${later[0]}, CurrencyCode=KES}}`,
    );
    assert.match(
      parameters.get("DebitPartyAffectedAccountBalance") ?? "",
      new RegExp(
        `^(Working|Utility|Merchant) Account\\|KES\\|${available}\\|${available}\\|0\\.00\\|0\\.00$`,
      ),
    );
    if (rule.receiver !== "itself") {
      assert.match(parameters.get("ReceiverPartyPublicName") ?? "", new RegExp(`^${to} - `));
      assert.equal(result.references.get("BillReferenceNumber"), "INV 7");
    }
  });
}

test("the result of a payment repeats the QueueTimeoutURL of its request, and nothing else has one", async () => {
  const QueueTimeoutURL = "http://127.0.0.1:9/timeout?order=1&shop=2";
  const references = [
    ["Remark", "not repeated"],
    ["QueueTimeOutURL", QueueTimeoutURL],
  ] as const;
  const other = { receiverParty: { identifierType: "4", identifier: otherOrganisation } };
  const parameters = [
    ["Amount", "10.00"],
    ["AccountReference", "INV 8"],
  ] as const;
  const list = ({ references: items }: ReceivedSoapResult) => Object.fromEntries(items);
  const paid = await run("BusinessPayBill", { ...from(payer), ...other, parameters, references });
  assert.deepEqual(list(paid), { BillReferenceNumber: "INV 8", QueueTimeoutURL });
  const paidOut = await run("BusinessPayment", { references });
  assert.deepEqual(list(paidOut), { QueueTimeoutURL });
  const without = await run("BusinessPayBill", { ...from(payer), ...other, parameters });
  assert.deepEqual(list(without), { BillReferenceNumber: "INV 8" });
  // A failed payment, too.
  const failed = await run("BusinessPayBill", {
    ...from(payer),
    ...other,
    parameters: [
      ["Amount", "499999999.00"],
      ["AccountReference", "INV 8"],
    ],
    references,
  });
  assert.notEqual(failed.code, "0");
  assert.equal(list(failed)["QueueTimeoutURL"], QueueTimeoutURL);
});

test("BusinessTransferFromUtilityToMMF is 21 unless the organisation's settings allow it", async () => {
  assert.equal((await run("BusinessTransferFromUtilityToMMF")).code, "21");
  await control(sandbox, "PATCH /markets/{market}/organisations/{shortcode}", {
    params: { market: kenya, shortcode: payer },
    body: { utilityToWorking: true },
  });
  assert.equal((await run("BusinessTransferFromUtilityToMMF")).code, "0");
});

test("AgencyFloatAdvance moves float between agencies alone", async () => {
  const [agency, otherAgency] = ["810001", "810002"] as const;
  const receiverParty = (identifier: string) => ({ receiverParty: { identifierType: "4", identifier } });
  assert.equal((await run("AgencyFloatAdvance", receiverParty(agency))).code, "13");
  await control(sandbox, "POST /markets/{market}/organisations/{shortcode}/operators", {
    params: { market: kenya, shortcode: agency },
    body: { username: client.keys.initiatorName, roles: ["b2b"], password: client.keys.initiatorPassword },
  });
  await run("BusinessToBusinessTransfer", { ...receiverParty(agency), parameters: [["Amount", "1000"]] });
  assert.equal(
    (await run("AgencyFloatAdvance", { ...from(agency), ...receiverParty(otherOrganisation) })).code,
    "14",
  );
  const earlier = await sandbox.getAvailable(otherAgency, kenya, "working");
  const result = await run("AgencyFloatAdvance", {
    ...from(agency),
    ...receiverParty(otherAgency),
    parameters: [["Amount", "100"]],
  });
  assert.equal(result.code, "0", result.text);
  assert.match(result.parameters.get("DebitPartyAffectedAccountBalance") ?? "", /^Float Account\|KES\|/);
  assert.equal(await sandbox.getAvailable(otherAgency, kenya, "working"), earlier + 100_00n);
});

test("BusinessPayBill needs an account, in its parameters or its reference data", async () => {
  const missing = await run("BusinessPayBill", { parameters: [["Amount", "10"]] });
  assert.equal(missing.code, "24");
  assert.equal(missing.parameters.get("MissingParameter"), "AccountReference");
  const referenced = await run("BusinessPayBill", {
    parameters: [["Amount", "10"]],
    references: [["AccountReference", "A1"]],
  });
  assert.equal(referenced.code, "0");
  assert.equal(referenced.references.get("BillReferenceNumber"), "A1");
});

test("a payment to an organisation that cannot take it is refused", async () => {
  const to = (identifier: string) => ({ receiverParty: { identifierType: "4", identifier } });
  assert.equal((await run("BusinessPayBill", to(payer))).code, "7");
  const failed = await run("BusinessPayBill", to("611111"));
  assert.equal(failed.code, "7");
  assert.match(failed.parameters.get("Transaction DateTime") ?? "", /^\d\d\.\d\d\.\d{4} \d\d:\d\d:\d\d$/);
  assert.equal((await run("MerchantToMerchantTransfer", { ...from("500101"), ...to("611111") })).code, "7");
  assert.equal((await run("BusinessToBusinessTransfer", to("611111"))).code, "7");
  assert.equal((await run("BusinessBuyGoods", to(otherOrganisation))).code, "14");
  assert.equal(
    (
      await run("BusinessPayBill", {
        ...to("611111"),
        parameters: [
          ["Amount", "0"],
          ["AccountReference", "A"],
        ],
      })
    ).code,
    "2",
  );
});

test("OrgBankAccountWithdrawal moves working money to the operator's holding account", async () => {
  const read = () =>
    Promise.all([
      sandbox.getAvailable(payer, kenya, "working"),
      sandbox.getAvailable("operator", kenya, "suspense"),
    ]);
  const [working, holding] = await read();
  const result = await run("OrgBankAccountWithdrawal", { parameters: [["Amount", "500"]] });
  assert.equal(result.code, "0", result.text);
  const [workingAfter, holdingAfter] = await read();
  assert.equal(holdingAfter, holding + 500_00n);
  assert(workingAfter <= working - 500_00n);
  assert.deepEqual(
    [...result.parameters.keys()],
    ["Amount", "DebitPartyCharges", "TransCompletedTime", "DebitPartyAffectedAccountBalance"],
  );
});

test("OrgRevenueSettlement empties the account that collects", async () => {
  const shortcode = "500101";
  const collected = await sandbox.getAvailable(shortcode, kenya, "merchant");
  const result = await run("OrgRevenueSettlement", from(shortcode));
  assert.equal(result.code, "0", result.text);
  assert.equal(await sandbox.getAvailable(shortcode, kenya, "merchant"), 0n);
  assert.equal(
    result.parameters.get("FundsMovement"),
    `Merchant Account|Organization Settlement Account|KES|${formatMinor(collected)}`,
  );
  assert.deepEqual(
    [...result.parameters.keys()],
    ["FundsMovement", "AccountBalanceAfterSettlement", "BOCompletedTime", "SettlementPlanID"],
  );
  assert.equal((await run("OrgRevenueSettlement", from(shortcode))).code, "1");
});

const addOperator = (shortcode: string) =>
  control(sandbox, "POST /markets/{market}/organisations/{shortcode}/operators", {
    params: { market: kenya, shortcode },
    body: { username: client.keys.initiatorName, roles: ["b2b"], password: client.keys.initiatorPassword },
  });

test("OrgRevenueSettlement of a B2C shortcode moves utility to working only where its settings allow it", async () => {
  const shortcode = "820001";
  await registerShortcodes(sandbox, [{ shortcode, name: "Payroll", kind: "b2c" }]);
  await addOperator(shortcode);
  const funding = await run("BusinessPayBill", {
    receiverParty: { identifierType: "4", identifier: shortcode },
    parameters: [
      ["Amount", "100"],
      ["AccountReference", "A1"],
    ],
  });
  assert.equal(funding.code, "0", funding.text);
  const utility = await sandbox.getAvailable(shortcode, kenya, "utility");
  assert.equal((await run("OrgRevenueSettlement", from(shortcode))).code, "21");
  assert.equal(await sandbox.getAvailable(shortcode, kenya, "utility"), utility);
  await control(sandbox, "PATCH /markets/{market}/organisations/{shortcode}", {
    params: { market: kenya, shortcode },
    body: { utilityToWorking: true },
  });
  assert.equal((await run("OrgRevenueSettlement", from(shortcode))).code, "0");
  assert.equal(await sandbox.getAvailable(shortcode, kenya, "utility"), 0n);
});

test("a paybill that may only be paid by STK cannot take its money out", async () => {
  const shortcode = "174379";
  const working = await sandbox.getAvailable(shortcode, kenya, "working");
  for (const [command, parameters] of [
    ["OrgBankAccountWithdrawal", [["Amount", "10"]]],
    ["OrgRevenueSettlement", []],
  ] as const)
    assert.equal((await run(command, { ...from(shortcode), parameters })).code, "13", command);
  assert.equal(await sandbox.getAvailable(shortcode, kenya, "working"), working);
});

test("AccountBalance lists each account of the initiator's organisation", async () => {
  const result = await run("AccountBalance");
  assert.equal(result.code, "0", result.text);
  assert.equal(result.parameters.get("ShortCode"), payer);
  assert.equal(result.parameters.get("OrgainsationName"), "Safari Traders");
  const utility = await sandbox.getAvailable(payer, kenya, "utility");
  assert.equal(result.parameters.get("Utility Account Available Funds"), formatMinor(utility));
  for (const account of ["Working", "Utility", "Charges Paid", "Organization Settlement"])
    for (const field of [
      "Available Funds",
      "Uncleared Funds",
      "Reserved Funds",
      "Account Number",
      "Account Balance SetTime",
    ])
      assert(result.parameters.has(`${account} Account ${field}`), `${account} ${field}`);
  // As clients of the time ask: the receiver is the organisation.
  const receiver = await run("AccountBalance", {
    receiverParty: { identifierType: "4", identifier: payer },
    parameters: [["ShortCode", payer]],
  });
  assert.equal(receiver.code, "0");
  assert.equal((await run("AccountBalance", { parameters: [["ShortCode", otherOrganisation]] })).code, "21");
});

test("TransactionStatusQuery finds a payment by each of its ids, and only for its parties", async () => {
  const originatorConversationId = "status-1";
  const paid = await run("BusinessPayment", {
    originatorConversationId,
    parameters: [["Amount", "55"]],
  });
  for (const [key, value] of [
    ["ReceiptNumber", paid.transactionId],
    ["OriginatorConversationID", originatorConversationId],
    ["ConversationID", paid.conversationId],
  ] as const) {
    const result = await run("TransactionStatusQuery", { parameters: [[key, value]] });
    assert.equal(result.code, "0", result.text);
    const { parameters } = result;
    assert.equal(parameters.get("ReceiptNo"), paid.transactionId, key);
    assert.equal(parameters.get("TransactionStatus"), "Completed");
    assert.equal(parameters.get("Originator Conversation ID"), originatorConversationId);
    assert.equal(parameters.get("Conversation ID"), paid.conversationId);
    assert.equal(parameters.get("Amount"), "55.00");
    assert.equal(parameters.get("DebitPartyName"), `${payer} - Safari Traders`);
    assert.equal(parameters.get("CreditPartyName"), `${customer} - John Doe`);
    assert.equal(parameters.get("DebitAccountType"), "Utility Account");
  }
  const foreign = await run("TransactionStatusQuery", {
    initiatorShortCode: otherOrganisation,
    parameters: [["ReceiptNumber", paid.transactionId]],
  });
  assert.equal(foreign.code, "49");
  assert.equal(
    (await run("TransactionStatusQuery", { parameters: [["ReceiptNumber", "ZZ00000000"]] })).code,
    "49",
  );
  assert.equal((await run("TransactionStatusQuery", { parameters: [] })).code, "24");
});

test("TransactionReversal gives back a payment in part, in full, and not twice", async () => {
  const paid = await run("BusinessPayBill", {
    ...from(otherOrganisation),
    receiverParty: { identifierType: "4", identifier: payer },
    parameters: [
      ["Amount", "300"],
      ["AccountReference", "R1"],
    ],
  });
  assert.equal(paid.code, "0", paid.text);
  const reverse = (...parameters: [string, string][]) =>
    run("TransactionReversal", {
      parameters: [["OriginalTransactionID", paid.transactionId], ...parameters],
    });
  const utility = await sandbox.getAvailable(payer, kenya, "utility");
  const part = await reverse(["Amount", "100"]);
  assert.equal(part.code, "0", part.text);
  assert.equal(part.parameters.get("Amount"), "100.00");
  assert.equal(part.parameters.get("OriginalTransactionID"), paid.transactionId);
  assert.equal((await reverse(["Amount", "201"])).code, "25");
  const rest = await reverse();
  assert.equal(rest.parameters.get("Amount"), "200.00");
  assert.equal(await sandbox.getAvailable(payer, kenya, "utility"), utility - 300_00n);
  assert.equal((await reverse()).code, "25");
  const unknown = await run("TransactionReversal", { parameters: [["OriginalTransactionID", "ZZ00000000"]] });
  assert.equal(unknown.code, "49");
});

test("every command has a description, an example and results", () => {
  for (const { name, description, results: codes } of operations) {
    assert.match(description, /\.$|account\.$/, name);
    assert(codes.length > 5, name);
  }
});

test("a payment is found by each of its ids through the control API", async () => {
  const originatorConversationId = "found-1";
  const paid = await run("BusinessPayment", { originatorConversationId });
  for (const name of [paid.transactionId, paid.conversationId, originatorConversationId]) {
    const { requests } = await control(sandbox, "GET /markets/{market}/requests", {
      params: { market: kenya },
      query: { name: name ?? "" },
    });
    assert.equal(requests.length > 0, true, name ?? "");
  }
});

test("each command accepts the kinds of names that the page says", async () => {
  const rows = readPageTable("docs/payment-names.md", "Command");
  assert.deepEqual(
    rows.map(([command, parameter]) => `${command} ${parameter}`),
    [
      ...Object.keys(getOperation("TransactionStatusQuery").parameters).map(
        (key) => `TransactionStatusQuery ${key}`,
      ),
      "TransactionReversal OriginalTransactionID",
    ],
  );
  for (const [command = "", parameter = "", ...cells] of rows)
    for (const [index, cell] of cells.entries()) {
      const originatorConversationId = `named-${parameter.slice(0, 12)}-${index}`;
      const paid = await run("BusinessPayBill", {
        originatorConversationId,
        ...from(otherOrganisation),
        receiverParty: { identifierType: "4", identifier: payer },
      });
      const name = [paid.transactionId, paid.conversationId, originatorConversationId][index] ?? "";
      const { code } = await run(command, { parameters: [[parameter, name]] });
      assert.equal(code, cell === "yes" ? "0" : cell, `${command} ${parameter} ${index}`);
    }
});
