/** What a test does again and again: pay, reverse, ask; and what the books say afterwards. */
import assert from "node:assert/strict";
import { markets, rail, type Market } from "../../src/money.ts";
import { registerCustomers, registerOrganisations } from "../../src/payments/registry.ts";
import { fund } from "../../src/payments/funding.ts";
import type { StandingAnswer } from "../../src/store/accounts.ts";
import { expireHolds } from "../../src/payments/expiry.ts";
import { c2b, reference, type Reply, type Town } from "./town.ts";

export const said = (reply: Reply): string => `${reply.status} ${reply.body["output_ResponseCode"]}`;

export const transactionOf = (reply: Reply): string => reply.body["output_TransactionID"] ?? "";

const tzn = { input_Country: "TZN", input_ServiceProviderCode: "000000" };

export const collect = (town: Town, change: object = {}, bearer?: string): Promise<Reply> =>
  town.call(
    "POST",
    "c2bPayment/singleStage/",
    c2b(town, { ...change }),
    bearer === undefined ? {} : { bearer },
  );

export function payOut(town: Town, change: object = {}, bearer?: string): Promise<Reply> {
  const { input_PurchasedItemsDesc: input_PaymentItemsDesc, ...fields } = c2b(town);
  const at = bearer === undefined ? {} : { bearer };
  return town.call("POST", "b2cPayment/", { ...fields, input_PaymentItemsDesc, ...change }, at);
}

export function transfer(town: Town, change: object = {}, bearer?: string): Promise<Reply> {
  const { input_CustomerMSISDN: _, input_ServiceProviderCode: from, ...fields } = c2b(town);
  const parties = { input_PrimaryPartyCode: from, input_ReceiverPartyCode: "000001" };
  return town.call(
    "POST",
    "b2bPayment/",
    { ...fields, ...parties, ...change },
    bearer === undefined ? {} : { bearer },
  );
}

export const hold = (town: Town, change: object = {}): Promise<Reply> =>
  town.call("POST", "c2bPayment/multiStage/", c2b(town, { input_APIVersion: "3.1", ...change }));

/** Ends the hold that a first step answered. */
export function endHold(
  town: Town,
  first: Reply,
  ends: "commit" | "release",
  change: object = {},
): Promise<Reply> {
  return town.call("PUT", "updateTransactionStatus/", {
    ...tzn,
    input_CustomerMSISDN: ends === "commit" ? "1" : "0",
    input_VoucherCode: first.body["output_VoucherCode"],
    input_TransactionID: transactionOf(first),
    input_ThirdPartyConversationID: reference(),
    input_APIVersion: "3.1",
    ...change,
  });
}

export function reverse(town: Town, transactionId: string, change: object = {}): Promise<Reply> {
  const input_ThirdPartyConversationID = reference();
  const fields = { ...tzn, input_TransactionID: transactionId, input_ThirdPartyConversationID, ...change };
  return town.call("PUT", "reversal/", fields);
}

export function query(town: Town, name: string, change: object = {}): Promise<Reply> {
  const fields = {
    ...tzn,
    input_QueryReference: name,
    input_ThirdPartyConversationID: reference(),
    ...change,
  };
  return town.call("GET", "queryTransactionStatus/", fields);
}

/** `Completed False`: a payment's status, and whether any of it was reversed. */
export async function statusOf(town: Town, name: string, change: object = {}): Promise<string> {
  const reply = await query(town, name, change);
  assert.equal(said(reply), "200 INS-0", JSON.stringify(reply.body));
  return `${reply.body["output_ResponseTransactionStatus"]} ${reply.body["output_Reversed"]}`;
}

let subscribers = 100;

interface Arrival {
  readonly minor?: bigint;
  readonly answer?: StandingAnswer;
  readonly market?: Market;
}

/** Somebody new, with money, who answers prompts in their own way. */
export async function newCustomer(
  town: Town,
  { minor = 100_00n, answer = "approve", market = "vodacomTZN" }: Arrival = {},
): Promise<string> {
  const { prefix, digits } = markets[market];
  const msisdn = prefix + String((subscribers += 1)).padStart(digits - prefix.length, "7");
  const payments = town.platform.payments(rail("sandbox", market));
  await registerCustomers(payments.context, [{ msisdn, firstName: "New", lastName: "Customer", answer }]);
  if (minor > 0n) {
    const description = "What a test gave them";
    await fund(payments, {
      id: town.platform.newId(),
      account: { kind: "wallet", owner: msisdn },
      minor,
      description,
    });
  }
  return msisdn;
}

export async function newOrganisation(town: Town, shortcode: string, minor = 0n): Promise<string> {
  const payments = town.platform.payments(rail("sandbox", "vodacomTZN"));
  await registerOrganisations(payments.context, [{ shortcode, name: "New organisation" }]);
  const account = { kind: "working" as const, owner: shortcode };
  if (minor > 0n) await fund(payments, { id: town.platform.newId(), account, minor, description: "" });
  return shortcode;
}

/** Ends the holds whose time is up, as the platform does every second. */
export async function endExpiredHolds(town: Town): Promise<number> {
  const ended = await expireHolds(town.platform.payments(rail("sandbox", "vodacomTZN")), town.platform.newId);
  return ended.length;
}

export async function held(town: Town, owner: string): Promise<bigint> {
  const [row] = await town.sql()<{ held: bigint }[]>`
    select held_minor as held from accounts where owner = ${owner} and kind = 'wallet'`;
  return row?.held ?? 0n;
}
