/** A mandate: what a customer accepted once, and what an organisation may do with it afterwards. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createTestSandbox, createReference, type Reply, type TestSandbox } from "../support/sandbox.ts";
import {
  createTestCustomer,
  createTestOrganisation,
  reverse,
  summarise,
  getTransactionId,
} from "../support/payments.ts";

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox();
});
after(() => sandbox[Symbol.asyncDispose]());

type Fields = Record<string, unknown>;

const commonFields = () => ({
  input_Country: "TZN",
  input_ServiceProviderCode: "000000",
  input_ThirdPartyConversationID: createReference(),
});

interface AgreedMandate {
  readonly msisdn: string;
  readonly mandateReference: string;
  readonly mandateId: string;
  readonly token: string;
}

async function createMandate(terms: Fields = {}, amountMinor = 1000_00n): Promise<AgreedMandate> {
  const msisdn = await createTestCustomer(sandbox, { amountMinor });
  const mandateReference = createReference();
  const reply = await requestMandate(msisdn, mandateReference, terms);
  assert.equal(summarise(reply), "201 INS-0", JSON.stringify(reply.body));
  return {
    msisdn,
    mandateReference,
    mandateId: reply.body["output_MandateID"] ?? "",
    token: reply.body["output_MsisdnToken"] ?? "",
  };
}

const requestMandate = (msisdn: string, mandateReference: string, terms: Fields = {}): Promise<Reply> =>
  sandbox.call("POST", "directDebitCreation/", {
    ...commonFields(),
    input_CustomerMSISDN: msisdn,
    input_ThirdPartyReference: mandateReference,
    input_AgreedTC: "1",
    ...terms,
  });

const omitUndefined = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

const debit = ({ msisdn, mandateReference }: AgreedMandate, overrides: Fields = {}): Promise<Reply> =>
  sandbox.call(
    "POST",
    "directDebitPayment/",
    omitUndefined({
      ...commonFields(),
      input_CustomerMSISDN: msisdn,
      input_ThirdPartyReference: mandateReference,
      input_Amount: "10",
      input_Currency: "TZS",
      ...overrides,
    }),
  );

const cancel = ({ msisdn, mandateReference }: AgreedMandate, overrides: Fields = {}): Promise<Reply> =>
  sandbox.call(
    "PUT",
    "directDebitCancel/",
    omitUndefined({
      ...commonFields(),
      input_CustomerMSISDN: msisdn,
      input_ThirdPartyReference: mandateReference,
      ...overrides,
    }),
  );

const queryMandate = ({ msisdn, mandateReference }: AgreedMandate, overrides: Fields = {}): Promise<Reply> =>
  sandbox.call(
    "GET",
    "queryDirectDebit/",
    omitUndefined({
      ...commonFields(),
      input_CustomerMSISDN: msisdn,
      input_ThirdPartyReference: mandateReference,
      input_QueryBalanceAmount: "False",
      input_Currency: "TZS",
      ...overrides,
    }),
  );

/** Sets the clock to a timestamp; sessions do not live that long. */
function setTime(timestamp: string): void {
  sandbox.clock.set(new Date(timestamp));
  sandbox.forgetSession();
}

/** Sets the clock to noon in Dar es Salaam on a day written as on the wire. */
const setNoonOn = (day: string): void =>
  setTime(`${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6, 8)}T12:00:00+03:00`);

/**
 * When a mandate can be paid. Each row is one mandate and the days on which its organisation tries, in order: `y`
 * was paid, `n` was not.
 */
test("each frequency can be paid once per period, on the agreed days", async () => {
  // prettier-ignore
  const table: { terms: Fields; tries: string }[] = [
    { terms: {},                                                   tries: "20270110 y, 20270110 y, 20270111 y" },
    { terms: { input_Frequency: "08" },                            tries: "20270110 y, 20270110 y" },
    { terms: { input_Frequency: "01" },                            tries: "20270110 y, 20270110 n, 20270210 n, 20280110 n" },
    { terms: { input_Frequency: "02" },                            tries: "20270110 y, 20270110 n, 20270111 y, 20270113 y" },
    { terms: { input_Frequency: "03" },                            tries: "20270110 y, 20270116 n, 20270117 y, 20270123 n, 20270131 y" },
    { terms: { input_Frequency: "04" },                            tries: "20270110 y, 20270131 n, 20270201 y, 20270228 n, 20270301 y" },
    { terms: { input_Frequency: "05" },                            tries: "20270110 y, 20270331 n, 20270401 y, 20270630 n, 20270701 y" },
    { terms: { input_Frequency: "06" },                            tries: "20270110 y, 20270630 n, 20270701 y" },
    { terms: { input_Frequency: "07" },                            tries: "20270110 y, 20271231 n, 20280101 y" },
    { terms: { input_Frequency: "02", input_FirstPaymentDate: "20270112" }, tries: "20270110 n, 20270111 n, 20270112 y" },
    { terms: { input_Frequency: "02", input_ExpiryDate: "20270111" }, tries: "20270110 y, 20270111 y, 20270112 n" },
    { terms: { input_ExpiryDate: "20270110" },                     tries: "20270110 y, 20270111 n" },
    { terms: { input_Frequency: "04", input_StartRangeOfDays: "12", input_EndRangeOfDays: "15" }, tries: "20270111 n, 20270112 y, 20270115 n, 20270211 n, 20270215 y, 20270316 n" },
    { terms: { input_Frequency: "04", input_StartRangeOfDays: "31", input_EndRangeOfDays: "31" }, tries: "20270130 n, 20270131 y, 20270227 n, 20270228 y, 20280228 n, 20280229 y" },
  ];
  for (const { terms, tries } of table) {
    setNoonOn("20270110");
    const agreed = await createMandate(terms);
    const results: string[] = [];
    for (const attempt of tries.split(", ")) {
      const [day = ""] = attempt.split(" ");
      setNoonOn(day);
      const reply = await debit(agreed);
      assert.match(summarise(reply), /^201 INS-0$|^401 INS-6$/);
      results.push(`${day} ${reply.status === 201 ? "y" : "n"}`);
    }
    assert.equal(results.join(", "), tries, JSON.stringify(terms));
  }
  setNoonOn("20270110");
});

test("a period starts at the market's midnight", async () => {
  setTime("2027-01-10T20:59:00Z");
  const agreed = await createMandate({ input_Frequency: "02" });
  assert.equal(summarise(await debit(agreed)), "201 INS-0");
  assert.equal(summarise(await debit(agreed)), "401 INS-6");
  setTime("2027-01-10T21:00:30Z");
  assert.equal(summarise(await debit(agreed)), "201 INS-0", "it is tomorrow in Dar es Salaam");
  setNoonOn("20270110");
});

test("a refused debit leaves the period unpaid", async () => {
  const agreed = await createMandate({ input_Frequency: "04" }, 5_00n);
  assert.equal(summarise(await debit(agreed)), "422 INS-2006");
  assert.equal(summarise(await debit(agreed, { input_Amount: "5" })), "201 INS-0");
  assert.equal(summarise(await debit(agreed, { input_Amount: "0.01" })), "401 INS-6");
});

test("twenty concurrent debits pay a period once", async () => {
  const agreed = await createMandate({ input_Frequency: "04" });
  const replies = await Promise.all(Array.from({ length: 20 }, () => debit(agreed)));
  assert.equal(replies.filter((reply) => summarise(reply) === "201 INS-0").length, 1);
  assert.equal(await sandbox.getAvailable(agreed.msisdn), 990_00n);
});

test("the customer is identified by number, by token, or by both if they agree", async () => {
  const agreed = await createMandate();
  const { msisdn, token } = agreed;
  const other = await createMandate();
  // prettier-ignore
  const table: [change: Fields, debited: string, queried: string][] = [
    [{ input_MsisdnToken: token },                                          "201 INS-0",   "200 INS-0"],
    [{ input_MsisdnToken: token, input_CustomerMSISDN: undefined },         "201 INS-0",   "200 INS-0"],
    [{ input_MsisdnToken: other.token },                                    "400 INS-50",  "400 INS-50"],
    [{ input_MsisdnToken: "a".repeat(25) },                                 "400 INS-50",  "400 INS-50"],
    [{ input_MsisdnToken: "a".repeat(25), input_CustomerMSISDN: undefined }, "400 INS-21", "401 INS-56"],
    [{ input_CustomerMSISDN: undefined },                                   "400 INS-20",  "500 INS-57"],
    [{ input_CustomerMSISDN: "255759999999" },                              "400 INS-2051", "400 INS-2051"],
  ];
  for (const [overrides, debited, queried] of table) {
    assert.equal(summarise(await debit(agreed, overrides)), debited, JSON.stringify(overrides));
    assert.equal(summarise(await queryMandate(agreed, overrides)), queried, JSON.stringify(overrides));
  }
  assert.notEqual(msisdn, token);
  const cancelled = await cancel(agreed, { input_MsisdnToken: other.token });
  assert.equal(summarise(cancelled), "400 INS-50");
  assert.equal(
    summarise(await cancel(agreed, { input_MsisdnToken: token, input_CustomerMSISDN: undefined })),
    "201 INS-0",
  );
});

test("a mandate's id must be valid, and match its reference and its customer", async () => {
  const agreed = await createMandate();
  const other = await createMandate();
  // prettier-ignore
  const table: [change: Fields, debited: string, queried: string, cancelled: string][] = [
    [{ input_MandateID: "999999999" },       "400 INS-51", "400 INS-51", "400 INS-51"],
    [{ input_MandateID: other.mandateId },     "400 INS-52", "500 INS-52", "400 INS-52"],
    [{ input_ThirdPartyReference: "nobodys" }, "401 INS-6", "400 INS-58", "401 INS-6"],
    [{ input_CustomerMSISDN: other.msisdn }, "401 INS-6",  "400 INS-58", "401 INS-6"],
    [{ input_MandateID: agreed.mandateId, input_ThirdPartyReference: other.mandateReference }, "400 INS-52", "500 INS-52", "400 INS-52"],
    [{ input_MandateID: agreed.mandateId },    "201 INS-0",  "200 INS-0",  "201 INS-0"],
  ];
  for (const [overrides, debited, queried, cancelled] of table) {
    const label = JSON.stringify(overrides);
    assert.equal(summarise(await debit(agreed, overrides)), debited, label);
    assert.equal(summarise(await queryMandate(agreed, overrides)), queried, label);
    assert.equal(summarise(await cancel(agreed, overrides)), cancelled, label);
  }
});

test("another organisation can neither use, see nor cancel a mandate", async () => {
  const agreed = await createMandate();
  const stranger = { input_ServiceProviderCode: await createTestOrganisation(sandbox, "778899") };
  assert.equal(summarise(await debit(agreed, stranger)), "401 INS-6");
  assert.equal(
    summarise(await debit(agreed, { ...stranger, input_MandateID: agreed.mandateId })),
    "400 INS-51",
  );
  assert.equal(summarise(await queryMandate(agreed, stranger)), "400 INS-58");
  assert.equal(summarise(await cancel(agreed, stranger)), "401 INS-6");
  assert.equal(summarise(await debit(agreed)), "201 INS-0");
});

test("a cancelled mandate cannot be debited, and a query returns its status", async () => {
  const agreed = await createMandate();
  assert.equal((await queryMandate(agreed)).body["output_MandateStatus"], "Active");
  const cancelled = await cancel(agreed);
  assert.equal(summarise(cancelled), "201 INS-0");
  assert.equal(cancelled.body["output_TransactionReference"], agreed.mandateReference);
  assert.equal(summarise(await debit(agreed)), "401 INS-6");
  const again = await cancel(agreed);
  assert.equal(summarise(again), "401 INS-6");
  assert.equal(again.body["output_ResponseDesc"], "Mandate does not exist");
  assert.equal((await queryMandate(agreed)).body["output_MandateStatus"], "Cancelled");
});

test("a new mandate with an old reference replaces the cancelled one", async () => {
  const agreed = await createMandate();
  await cancel(agreed);
  assert.equal(summarise(await requestMandate(agreed.msisdn, agreed.mandateReference)), "201 INS-0");
  assert.equal(summarise(await debit(agreed)), "201 INS-0");
});

test("a query returns a mandate's terms, its account, and whether the balance is sufficient", async () => {
  const terms = {
    input_Frequency: "04",
    input_FirstPaymentDate: "20270105",
    input_StartRangeOfDays: "05",
    input_EndRangeOfDays: "25",
    input_ExpiryDate: "20271231",
  };
  setNoonOn("20270110");
  const agreed = await createMandate(terms, 100_00n);
  const { body } = await queryMandate(agreed, {
    input_QueryBalanceAmount: "true",
    input_BalanceAmount: "100",
  });
  assert.deepEqual(
    {
      mandate: body["output_MandateID"],
      status: body["output_MandateStatus"],
      account: body["output_AccountStatus"],
      first: body["output_FirstPaymentDate"],
      frequency: body["output_Frequency"],
      days: `${body["output_PaymentDayFrom"]}-${body["output_PaymentDayTo"]}`,
      last: body["output_ExpiryDate"],
      token: body["output_MsisdnToken"],
      enough: body["output_SufficientBalance"],
    },
    {
      mandate: agreed.mandateId,
      status: "Active",
      account: "Active",
      first: "20270105",
      frequency: "04",
      days: "05-25",
      last: "20271231",
      token: agreed.token,
      enough: "True",
    },
  );
  const more = await queryMandate(agreed, {
    input_QueryBalanceAmount: "True",
    input_BalanceAmount: "100.01",
  });
  assert.equal(more.body["output_SufficientBalance"], "False");
  assert.equal(summarise(await queryMandate(agreed, { input_QueryBalanceAmount: "True" })), "401 INS-55");
  await sandbox.sql()`update accounts set status = 'locked' where owner = ${agreed.msisdn}`;
  assert.equal((await queryMandate(agreed)).body["output_AccountStatus"], "Locked");
  await sandbox.sql()`update accounts set status = 'active' where owner = ${agreed.msisdn}`;
  setNoonOn("20280101");
  assert.equal((await queryMandate(agreed)).body["output_MandateStatus"], "Expired");
  setNoonOn("20270110");
});

test("only while the customer consents to its debits does a mandate tell about the balance", async () => {
  const askBalance = async (mandate: AgreedMandate): Promise<string | undefined> => {
    const balanceQuery = { input_QueryBalanceAmount: "True", input_BalanceAmount: "1" };
    return (await queryMandate(mandate, balanceQuery)).body["output_SufficientBalance"];
  };
  const agreed = await createMandate({ input_ExpiryDate: "20271231" });
  assert.equal(await askBalance(agreed), "True");

  const block = (organisations: string) =>
    sandbox.sql()`update accounts set blocked_organisations = ${organisations} where owner = ${agreed.msisdn}`;
  await block("000000");
  assert.equal(await askBalance(agreed), "N/A");
  await block("");
  assert.equal(await askBalance(agreed), "True");

  setNoonOn("20280101");
  assert.equal(await askBalance(agreed), "N/A");
  setNoonOn("20270110");
  await cancel(agreed);
  assert.equal(await askBalance(agreed), "N/A");
});

test("a customer who declines or ignores the prompt has no mandate", async () => {
  for (const [answer, expected] of [
    ["decline", "401 INS-6"],
    ["ignore", "408 INS-9"],
  ] as const) {
    const msisdn = await createTestCustomer(sandbox, { answer });
    const mandateReference = createReference();
    assert.equal(summarise(await requestMandate(msisdn, mandateReference)), expected);
    assert.equal(summarise(await debit({ msisdn, mandateReference, mandateId: "", token: "" })), "401 INS-6");
  }
});

test("a debit can be reversed like any payment", async () => {
  const agreed = await createMandate();
  const paid = await debit(agreed);
  assert.equal(await sandbox.getAvailable(agreed.msisdn), 990_00n);
  assert.equal(summarise(await reverse(sandbox, getTransactionId(paid))), "201 INS-0");
  assert.equal(await sandbox.getAvailable(agreed.msisdn), 1000_00n);
});
