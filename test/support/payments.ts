/** Helpers that many tests use: pay, reverse, query, and read the ledger. */
import assert from "node:assert/strict";
import { markets, type Market } from "../../src/core/markets.ts";
import { railFor } from "../../src/core/rails.ts";
import { registerOrganisations } from "../../src/organisations/register-organisations.ts";
import { registerCustomers } from "../../src/payments/register.ts";
import { fund } from "../../src/payments/funding.ts";
import type { PromptBehaviour } from "../../src/store/rail/accounts.ts";
import { expireHolds } from "../../src/payments/expire-holds.ts";
import { c2bFields, createReference, type Reply, type TestSandbox } from "./sandbox.ts";

export const summarise = (reply: Reply): string => `${reply.status} ${reply.body["output_ResponseCode"]}`;

export const getTransactionId = (reply: Reply): string => reply.body["output_TransactionID"] ?? "";

const tanzaniaFields = { input_Country: "TZN", input_ServiceProviderCode: "000000" };

export const collect = (sandbox: TestSandbox, overrides: object = {}, bearer?: string): Promise<Reply> =>
  sandbox.call(
    "POST",
    "c2bPayment/singleStage/",
    c2bFields(sandbox, { ...overrides }),
    bearer === undefined ? {} : { bearer },
  );

export function payOut(sandbox: TestSandbox, overrides: object = {}, bearer?: string): Promise<Reply> {
  const { input_PurchasedItemsDesc: input_PaymentItemsDesc, ...fields } = c2bFields(sandbox);
  const options = bearer === undefined ? {} : { bearer };
  return sandbox.call("POST", "b2cPayment/", { ...fields, input_PaymentItemsDesc, ...overrides }, options);
}

export function transfer(sandbox: TestSandbox, overrides: object = {}, bearer?: string): Promise<Reply> {
  const { input_CustomerMSISDN: _, input_ServiceProviderCode: from, ...fields } = c2bFields(sandbox);
  const parties = { input_PrimaryPartyCode: from, input_ReceiverPartyCode: "000001" };
  return sandbox.call(
    "POST",
    "b2bPayment/",
    { ...fields, ...parties, ...overrides },
    bearer === undefined ? {} : { bearer },
  );
}

export const hold = (sandbox: TestSandbox, overrides: object = {}): Promise<Reply> =>
  sandbox.call(
    "POST",
    "c2bPayment/multiStage/",
    c2bFields(sandbox, { input_APIVersion: "3.1", ...overrides }),
  );

/** Ends the hold of a first step. */
export function endHold(
  sandbox: TestSandbox,
  heldReply: Reply,
  ends: "commit" | "release",
  overrides: object = {},
): Promise<Reply> {
  return sandbox.call("PUT", "updateTransactionStatus/", {
    ...tanzaniaFields,
    input_CustomerMSISDN: ends === "commit" ? "1" : "0",
    input_VoucherCode: heldReply.body["output_VoucherCode"],
    input_TransactionID: getTransactionId(heldReply),
    input_ThirdPartyConversationID: createReference(),
    input_APIVersion: "3.1",
    ...overrides,
  });
}

export function reverse(sandbox: TestSandbox, transactionId: string, overrides: object = {}): Promise<Reply> {
  const input_ThirdPartyConversationID = createReference();
  const fields = {
    ...tanzaniaFields,
    input_TransactionID: transactionId,
    input_ThirdPartyConversationID,
    ...overrides,
  };
  return sandbox.call("PUT", "reversal/", fields);
}

export function query(sandbox: TestSandbox, queryReference: string, overrides: object = {}): Promise<Reply> {
  const fields = {
    ...tanzaniaFields,
    input_QueryReference: queryReference,
    input_ThirdPartyConversationID: createReference(),
    ...overrides,
  };
  return sandbox.call("GET", "queryTransactionStatus/", fields);
}

/** A payment's status, and whether any of it was reversed: `Completed False`. */
export async function getStatus(
  sandbox: TestSandbox,
  queryReference: string,
  overrides: object = {},
): Promise<string> {
  const reply = await query(sandbox, queryReference, overrides);
  assert.equal(summarise(reply), "200 INS-0", JSON.stringify(reply.body));
  return `${reply.body["output_ResponseTransactionStatus"]} ${reply.body["output_Reversed"]}`;
}

let lastSubscriber = 100;

interface TestCustomerOptions {
  readonly amountMinor?: bigint;
  readonly answer?: PromptBehaviour;
  readonly market?: Market;
}

/** Creates a customer with money and a prompt behaviour. */
export async function createTestCustomer(
  sandbox: TestSandbox,
  { amountMinor = 100_00n, answer = "approve", market = "vodacomTZN" }: TestCustomerOptions = {},
): Promise<string> {
  const { prefix, digits } = markets[market];
  const msisdn = prefix + String((lastSubscriber += 1)).padStart(digits - prefix.length, "7");
  const payments = sandbox.platform.payments(railFor("sandbox", market));
  await registerCustomers(payments.context, [
    { msisdn, firstName: "New", lastName: "Customer", behaviour: answer },
  ]);
  if (amountMinor > 0n) {
    const description = "Test deposit";
    await fund(payments, {
      id: sandbox.platform.newId(),
      account: { kind: "wallet", owner: msisdn },
      amountMinor,
      description,
    });
  }
  return msisdn;
}

export async function createTestOrganisation(
  sandbox: TestSandbox,
  shortcode: string,
  amountMinor = 0n,
): Promise<string> {
  const payments = sandbox.platform.payments(railFor("sandbox", "vodacomTZN"));
  await registerOrganisations(payments.context, [{ shortcode, name: "New organisation" }]);
  const account = { kind: "working" as const, owner: shortcode };
  if (amountMinor > 0n)
    await fund(payments, { id: sandbox.platform.newId(), account, amountMinor, description: "" });
  return shortcode;
}

/** Ends the expired holds, like the server does every second. */
export async function expireDueHolds(sandbox: TestSandbox): Promise<number> {
  const ended = await expireHolds(
    sandbox.platform.payments(railFor("sandbox", "vodacomTZN")),
    sandbox.platform.newId,
  );
  return ended.length;
}

export async function getHeld(sandbox: TestSandbox, owner: string): Promise<bigint> {
  const [row] = await sandbox.sql()<{ held: bigint }[]>`
    select held_minor as held from accounts where owner = ${owner} and kind = 'wallet'`;
  return row?.held ?? 0n;
}
