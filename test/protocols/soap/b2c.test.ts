/** Payments to customers: acknowledgement, money, the result in both dialects, and every refusal that has a natural cause. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { payoutOperations } from "../../../src/protocols/soap/operations/payouts.ts";
import { encryptPassword } from "../../../src/protocols/g2/security-credential.ts";
import { control } from "../../support/control.ts";
import { waitForMessages } from "../../support/handsets.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";
import {
  createServiceProvider,
  createSoapClient,
  createSoapListener,
  customer,
  getSoapKeys,
  kenya,
  payer,
  type SoapListener,
  type SoapTestClient,
} from "../../support/soap.ts";

let sandbox: TestSandbox;
let client: SoapTestClient;
let listener: SoapListener;
const g1Providers = new Set<string>();
before(async () => {
  sandbox = await createTestSandbox({ soap: { g1ServiceProviders: g1Providers } });
  client = createSoapClient(sandbox);
});
after(() => sandbox[Symbol.asyncDispose]());
test.beforeEach(async () => {
  listener = await createSoapListener();
});
test.afterEach(() => listener[Symbol.asyncDispose]());

const getBalances = async (): Promise<readonly [utility: bigint, wallet: bigint]> =>
  Promise.all([sandbox.getAvailable(payer, kenya, "utility"), sandbox.getAvailable(customer, kenya)]);

const pay = (command: string, amount: string, change = {}) =>
  client.run(command, { parameters: [["Amount", amount]], resultUrl: listener.resultUrl, ...change });

for (const { name } of payoutOperations)
  test(`${name} moves the money, acknowledges, and reports the result`, async () => {
    const [utility, wallet] = await getBalances();
    const originatorConversationId = `600996_Safari_${name}`;
    const reply = await pay(name, "100.0", {
      originatorConversationId,
      references: [["Occasion", "May"]],
      remark: "Salary & more <of> May",
    });
    assert.equal(reply.status, 200);
    assert.equal(reply.code, "0", reply.text);
    assert.equal(reply.description, "Accept the service request successfully.");
    assert.equal(reply.originatorConversationId, originatorConversationId);
    assert.match(reply.conversationId ?? "", /^AG_\d{8}_[0-9a-z]{20}$/);

    const result = await listener.waitForResult();
    assert.equal(result.path, "/result");
    assert.equal(result.code, "0", result.text);
    assert.equal(result.type, "0");
    assert.equal(result.description, "The service request is processed successfully.");
    assert.equal(result.originatorConversationId, originatorConversationId);
    assert.equal(result.conversationId, reply.conversationId);
    assert.match(result.transactionId ?? "", /^[A-Z0-9]{10}$/);
    assert.equal(result.references.get("Occasion"), "May");
    const [utilityAfter, walletAfter] = await getBalances();
    assert.equal(walletAfter, wallet + 100_00n);
    assert(utilityAfter <= utility - 100_00n);
    const { parameters } = result;
    assert.deepEqual(
      [...parameters.keys()],
      [
        "TransactionReceipt",
        "TransactionAmount",
        "B2CWorkingAccountAvailableFunds",
        "B2CUtilityAccountAvailableFunds",
        "TransactionCompletedDateTime",
        "ReceiverPartyPublicName",
        "B2CChargesPaidAccountAvailableFunds",
        "B2CRecipientIsRegisteredCustomer",
        "B2CWithdrawalChargeAmount",
      ],
    );
    assert.equal(parameters.get("TransactionReceipt"), result.transactionId);
    assert.equal(parameters.get("TransactionAmount"), "100.00");
    assert.equal(parameters.get("ReceiverPartyPublicName"), `${customer}-John Doe`);
    assert.equal(
      parameters.get("B2CUtilityAccountAvailableFunds"),
      `${utilityAfter / 100n}.${String(utilityAfter % 100n).padStart(2, "0")}`,
    );
    assert.match(parameters.get("TransactionCompletedDateTime") ?? "", /^\d\d\.\d\d\.\d{4} \d\d:\d\d:\d\d$/);
  });

test("a notification is text/xml without a SOAPAction, in an envelope with a document in CDATA", async () => {
  await pay("BusinessPayment", "10");
  await listener.waitForResult();
  const [received] = listener.received;
  assert.equal(received?.headers["content-type"], "text/xml;charset=UTF-8");
  assert.equal(received.headers["soapaction"], undefined);
  assert.match(
    received.text,
    /^<\?xml version="1\.0" encoding="UTF-8"\?><soapenv:Envelope .*<res:ResultMsg><!\[CDATA\[<\?xml version="1\.0" encoding="UTF-8"\?><Result xmlns="http:\/\/api-v1\.gen\.mm\.vodafone\.com\/mminterface\/result">/,
  );
});

test("the control API finds the payment and its delivery by each id, and shows the result as text", async () => {
  const reply = await pay("BusinessPayment", "10");
  const result = await listener.waitForResult();
  for (const name of [result.transactionId, reply.conversationId]) {
    const delivery = await control(sandbox, "GET /markets/{market}/deliveries/{name}", {
      params: { market: kenya, name: name ?? "" },
    });
    assert.equal(delivery.text, result.text);
    assert.equal(delivery.body, null);
    const payment = await control(sandbox, "GET /markets/{market}/payments/{name}", {
      params: { market: kenya, name: name ?? "" },
    });
    assert.equal(payment.amount, "10.00");
  }
});

test("the result of a provider of the first generation has its dialect", async () => {
  const { keys } = await createServiceProvider(sandbox);
  g1Providers.add(keys.spId);
  const own = createSoapClient(sandbox, keys);
  await own.run("BusinessPayment", { parameters: [["Amount", "200"]], resultUrl: listener.resultUrl });
  const result = await listener.waitForResult();
  assert.equal(result.type, "Completed");
  assert.equal(result.code, "0");
  assert.deepEqual(
    [...result.parameters.keys()],
    [
      "Amount",
      "Transaction Datetime",
      "Working Account Available Funds",
      "Charges Paid Account Available Funds",
      "Utility Account Available Funds",
    ],
  );
  assert.equal(result.parameters.get("Amount"), "Ksh200.00");
  assert.match(result.parameters.get("Transaction Datetime") ?? "", /^\d\d\/\d\d\/\d{4} \d\d:\d\d:\d\d$/);
  assert.match(result.parameters.get("Utility Account Available Funds") ?? "", /^\d+\.\d{4}$/);
  assert.match(
    result.text,
    /<Parameter><Key xmlns="http:\/\/api-v1\.gen\.mm\.vodafone\.com\/mminterface\/request">Amount<\/Key>/,
  );
});

test("a promotion congratulates the customer", async () => {
  const msisdn = "254722000006";
  await pay("PromotionPayment", "10", { receiverParty: { identifierType: "1", identifier: msisdn } });
  const messages = await waitForMessages(sandbox, msisdn, 1, kenya);
  assert.match(messages.join("\n"), /congratulations/i);
});

test("a second request with the same id pays nothing, and its result is 15", async () => {
  const originatorConversationId = "twice";
  const [, wallet] = await getBalances();
  const replies = await Promise.all(
    [1, 2, 3].map(() => pay("BusinessPayment", "10", { originatorConversationId })),
  );
  assert.deepEqual(
    replies.map(({ code }) => code),
    ["0", "0", "0"],
  );
  const results = await Promise.all([0, 1, 2].map((index) => listener.waitForResult(index)));
  assert.deepEqual(results.map(({ code }) => code).sort(), ["0", "15", "15"]);
  assert.equal((await getBalances())[1], wallet + 10_00n);
  // The id counts for all commands.
  await client.run("BusinessPayBill", { originatorConversationId, resultUrl: listener.resultUrl });
  assert.equal((await listener.waitForResult(3)).code, "15");
  await client.run("AccountBalance", { originatorConversationId, resultUrl: listener.resultUrl });
  assert.equal((await listener.waitForResult(4)).code, "15");
});

const refused: readonly (readonly [name: string, code: string, change: () => object])[] = [
  ["too small", "2", () => ({ parameters: [["Amount", "9.99"]] })],
  ["too large", "3", () => ({ parameters: [["Amount", "250000.01"]] })],
  [
    "to a number that no customer has",
    "7",
    () => ({ receiverParty: { identifierType: "1", identifier: "254799999999" } }),
  ],
  ["more than the organisation has", "1", () => ({ ...from("600997"), parameters: [["Amount", "249999"]] })],
  ["by an organisation without a utility account", "13", () => from("500102")],
  ["by an organisation that does not exist", "21", () => from("600001")],
  ["without an amount", "24", () => ({ parameters: [] })],
  ["of no amount", "25", () => ({ parameters: [["Amount", "ten"]] })],
  ["of a negative amount", "25", () => ({ parameters: [["Amount", "-7000"]] })],
  ["with three decimals", "25", () => ({ parameters: [["Amount", "10.005"]] })],
  ["without a primary party", "33", () => ({ primaryParty: undefined })],
  ["by a customer", "34", () => ({ primaryParty: { identifierType: "1", identifier: payer } })],
  ["without a receiver", "35", () => ({ receiverParty: undefined })],
  ["to a shortcode", "36", () => ({ receiverParty: { identifierType: "4", identifier: "600000" } })],
  ["without an initiator", "31", () => ({ initiatorShortCode: undefined })],
  ["by an initiator of another organisation", "21", () => ({ initiatorShortCode: "600000" })],
];

const from = (shortcode: string) => ({
  initiatorShortCode: shortcode,
  primaryParty: { identifierType: "4", identifier: shortcode, shortCode: shortcode },
});

for (const [name, code, change] of refused)
  test(`a payment ${name} is acknowledged, and its result is ${code}`, async () => {
    if (code === "1") await drain("600997");
    const [, wallet] = await getBalances();
    const reply = await pay("BusinessPayment", "10", change());
    assert.equal(reply.code, "0", reply.text);
    const result = await listener.waitForResult();
    assert.equal(result.code, code, result.text);
    assert.match(result.transactionId ?? "", /^[A-Z]{2}[0-9A-V]0{7}$/);
    assert.equal((await getBalances())[1], wallet);
  });

/** Pays out until less than one payment is left. */
async function drain(shortcode: string): Promise<void> {
  for (;;) {
    const listenerOfDrain = await createSoapListener();
    await client.run("BusinessPayment", {
      parameters: [["Amount", "249999"]],
      resultUrl: listenerOfDrain.resultUrl,
      ...from(shortcode),
    });
    const { code } = await listenerOfDrain.waitForResult();
    await listenerOfDrain[Symbol.asyncDispose]();
    if (code !== "0") return;
  }
}

test("missing and invalid parameters are named in the result", async () => {
  await pay("BusinessPayment", "10", { parameters: [] });
  assert.equal((await listener.waitForResult()).parameters.get("MissingParameter"), "Amount");
  await pay("BusinessPayment", "x");
  assert.equal((await listener.waitForResult(1)).parameters.get("InvalidParameter"), "Amount");
});

test("the initiator's credential, name and status are checked, and the log says what was wrong", async () => {
  const keys = getSoapKeys(sandbox);
  const wrong = createSoapClient(sandbox, { ...keys, securityCredential: `${"A".repeat(342)}==` });
  await wrong.run("BusinessPayment", { resultUrl: listener.resultUrl });
  assert.equal((await listener.waitForResult()).code, "18");
  const unknown = createSoapClient(sandbox, { ...keys, initiatorName: "unknown1" });
  await unknown.run("BusinessPayment", { resultUrl: listener.resultUrl });
  assert.equal((await listener.waitForResult(1)).code, "20");
  const colon = createSoapClient(sandbox, { ...keys, securityCredential: `:${keys.securityCredential}` });
  await colon.run("BusinessPayment", { resultUrl: listener.resultUrl });
  assert.equal((await listener.waitForResult(2)).code, "0");
});

test("an initiator without the role is 28, a suspended one 22, and one that is locked after wrong passwords too", async () => {
  const { initiatorPassword, certificate } = getSoapKeys(sandbox);
  const operators = { market: kenya, shortcode: payer } as const;
  const create = async (username: string, roles: ("b2b" | "b2c")[]) => {
    await control(sandbox, "POST /markets/{market}/organisations/{shortcode}/operators", {
      params: operators,
      body: { username, roles, password: initiatorPassword },
    });
    return createSoapClient(sandbox, { ...getSoapKeys(sandbox), initiatorName: username });
  };
  const toBusiness = await create("business", ["b2b"]);
  await toBusiness.run("BusinessPayment", { resultUrl: listener.resultUrl });
  assert.equal((await listener.waitForResult()).code, "28");

  const suspended = await create("suspended", ["b2c"]);
  await control(sandbox, "PATCH /markets/{market}/organisations/{shortcode}/operators/{username}", {
    params: { ...operators, username: "suspended" },
    body: { status: "suspended" },
  });
  await suspended.run("BusinessPayment", { resultUrl: listener.resultUrl });
  assert.equal((await listener.waitForResult(1)).code, "22");

  await create("guessed", ["b2c"]);
  const guessing = createSoapClient(sandbox, {
    ...getSoapKeys(sandbox),
    initiatorName: "guessed",
    securityCredential: encryptPassword(certificate, "another password"),
  });
  const codes: string[] = [];
  for (let index = 2; index < 6; index += 1) {
    await guessing.run("BusinessPayment", { resultUrl: listener.resultUrl });
    codes.push((await listener.waitForResult(index)).code);
  }
  assert.deepEqual(codes, ["18", "18", "18", "22"]);
});

test("a negative amount counts without its sign where the operator chose so", async () => {
  await using lenient = await createTestSandbox({ soap: { negativeAmounts: "absolute" } });
  const own = createSoapClient(lenient);
  const before = await lenient.getAvailable(customer, kenya);
  await own.run("BusinessPayment", { parameters: [["Amount", "-7000"]], resultUrl: listener.resultUrl });
  const result = await listener.waitForResult();
  assert.equal(result.code, "0");
  assert.equal(result.parameters.get("TransactionAmount"), "7000.00");
  assert.equal(await lenient.getAvailable(customer, kenya), before + 7000_00n);
});

test("a ResultURL is mandatory, and must be one that callbacks may go to", async () => {
  const without = await client.run("BusinessPayment", { resultUrl: undefined });
  assert.equal(without.code, "100000014");
  assert.equal(without.description, "Missing mandatory parameter:ResultURL");
  const invalid = await client.run("BusinessPayment", { resultUrl: "ftp://example.com/" });
  assert.equal(invalid.code, "100000005");
  assert.equal(invalid.description, "Invalid input value:ResultURL");
});

test("an unknown command, none, and no conversation id are results", async () => {
  const run = (change: object) => pay("BusinessPayment", "10", change);
  await run({ command: "InitiateTransaction" });
  assert.equal((await listener.waitForResult()).code, "29");
  await run({ command: "" });
  assert.equal((await listener.waitForResult(1)).code, "37");
  await run({ originatorConversationId: "" });
  const result = await listener.waitForResult(2);
  assert.equal(result.code, "38");
  assert.notEqual(result.originatorConversationId, "");
});
