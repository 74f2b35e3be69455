/**
 * What must be true of Daraja's payments after a simulation: each has one outcome, its listener has exactly the
 * notifications that the outcome owes, and the balances are those that follow from the notifications.
 */
import assert from "node:assert/strict";
import { toTextArrayLiteral } from "../../src/store/driver/array-columns.ts";
import { countBy } from "./count-by.ts";
import { openingBalance } from "./customers.ts";
import { callbackPaths, merchantBalance, type Merchant, type SimulatedKenya } from "./daraja-market.ts";
import type { SentDarajaPayment } from "./daraja-payments.ts";
import type { ReceivedCallback } from "./listeners.ts";
import type { SimulationResult } from "./run.ts";
import { getValidatorBehaviour } from "./validators.ts";

export interface DarajaSummary {
  readonly sent: number;
  readonly unanswered: number;
  readonly recorded: Readonly<Record<string, number>>;
  readonly delivered: number;
  readonly redelivered: number;
  readonly validations: number;
}

interface RecordedDarajaPayment {
  readonly account: string;
  readonly operation: string;
  readonly status: string;
  readonly refusal: string | null;
  readonly amountMinor: bigint;
  readonly msisdn: string;
  readonly organisation: string;
  readonly reference: string;
  readonly receipt: string | null;
}

export async function checkDaraja({ kenya, sentByDaraja }: SimulationResult): Promise<DarajaSummary> {
  const rows = await kenya.sql<RecordedDarajaPayment[]>`
    select customer_reference as account, operation, status, refusal, amount_minor as "amountMinor",
           counterparty as msisdn, organisation, reference, receipt
    from payments where protocol in ('daraja', 'soap')`;
  const recorded = new Map(rows.map((row) => [row.account, row]));
  assert.equal(recorded.size, rows.length, "a payment was recorded twice");
  for (const sent of sentByDaraja) checkResponse(sent, recorded.get(sent.account));
  checkValidations(kenya, sentByDaraja, recorded);
  checkNotifications(kenya, sentByDaraja, recorded);
  await checkBalances(kenya, sentByDaraja);

  const callbacks = kenya.listeners.flatMap(({ received }) => [...received.values()]);
  return {
    sent: sentByDaraja.length,
    unanswered: sentByDaraja.filter(({ result }) => result === null).length,
    recorded: countBy(rows.map(({ status }) => status)),
    delivered: callbacks.length,
    redelivered: callbacks.reduce((sum, { times }) => sum + times - 1, 0),
    validations: kenya.validators.reduce((sum, { requests }) => sum + requests.size, 0),
  };
}

const describe = (sent: SentDarajaPayment, row: RecordedDarajaPayment | undefined): string =>
  `${sent.account} (${sent.kind} to ${sent.merchant.shortcode}): response ${JSON.stringify(sent.result)}, recorded ${row?.status} ${row?.refusal}`;

const operations = {
  stk: "stkPush",
  simulate: "c2bSimulateV2",
  menu: "customerPayment",
  b2c: "b2cV3",
  soap: "BusinessPayment",
};

/** Compares the response that a client got with the database. */
function checkResponse(sent: SentDarajaPayment, row: RecordedDarajaPayment | undefined): void {
  const label = describe(sent, row);
  if (row !== undefined) {
    const { operation, amountMinor, msisdn, organisation } = row;
    assert.deepEqual(
      { operation, amountMinor, msisdn, organisation },
      {
        operation: operations[sent.kind],
        amountMinor: sent.amountMinor,
        msisdn: sent.msisdn,
        organisation: sent.merchant.shortcode,
      },
      label,
    );
  }
  if (sent.result === null) return;
  const { body } = sent.result;
  // The response to a customer's own payment has its outcome, unless the validation took too long.
  if (sent.kind === "menu" && body["status"] !== "held")
    assert.deepEqual([row?.status, row?.refusal], [body["status"], body["refusal"]], label);
  if (body["ResponseCode"] === "0") assert(row !== undefined, label);
  const message = String(body["errorMessage"]);
  if (message.startsWith("Unable to lock subscriber")) assert.notEqual(row?.status, "completed", label);
  if (message.startsWith("Duplicate OriginatorConversationID")) assert(row !== undefined, label);
}

/** No validator was asked twice about a payment, and its answer counts, or else the response type. */
function checkValidations(
  { validators }: SimulatedKenya,
  sent: readonly SentDarajaPayment[],
  recorded: ReadonlyMap<string, RecordedDarajaPayment>,
): void {
  const requested = new Map<string, number>();
  for (const { requests } of validators)
    for (const [account, times] of requests) requested.set(account, (requested.get(account) ?? 0) + times);
  for (const [account, times] of requested)
    assert.equal(times, 1, `a validator was asked ${times} times about ${account}`);

  for (const payment of sent) {
    const { account, kind, merchant } = payment;
    const row = recorded.get(account);
    const label = describe(payment, row);
    const isValidated = merchant.validator !== null && (kind === "simulate" || kind === "menu");
    if (!isValidated) {
      assert(!requested.has(account), label);
      assert(row?.refusal?.startsWith("validation_") !== true, label);
      continue;
    }
    const behaviour = getValidatorBehaviour(account);
    const canAccept = behaviour === "accepts" || behaviour === "hesitates";
    if (row?.status === "completed")
      assert(merchant.responseType === "Completed" || (canAccept && requested.has(account)), label);
    if (row?.refusal === "validation_unanswered") assert.equal(merchant.responseType, "Cancelled", label);
    if (row?.refusal?.startsWith("validation_rejected") === true)
      assert(behaviour === "rejects" && requested.has(account), label);
  }
}

const busyRefusals: ReadonlySet<string | null> = new Set([
  "customer_prompt_limit",
  "application_prompt_limit",
]);

/** The listeners have exactly what the outcomes owe, each with the facts of its payment. */
function checkNotifications(
  { listeners }: SimulatedKenya,
  sent: readonly SentDarajaPayment[],
  recorded: ReadonlyMap<string, RecordedDarajaPayment>,
): void {
  for (const { contradictions } of listeners) assert.deepEqual(contradictions, []);
  const received = new Map<string, ReceivedCallback>(
    listeners.flatMap((listener, index) =>
      [...listener.received].map(([id, callback]) => [`${index} ${id}`, callback]),
    ),
  );
  const owed = new Map<string, CallbackFacts>(
    sent.flatMap((payment) => {
      const row = recorded.get(payment.account);
      return row === undefined ? [] : listOwed(payment.merchant, row);
    }),
  );
  assert.deepEqual([...received.keys()].toSorted(), [...owed.keys()].toSorted(), "notifications");
  for (const [key, expected] of owed) {
    const callback = received.get(key);
    assert.deepEqual(callback === undefined ? undefined : readFacts(callback), expected, key);
  }
}

/** What a notification says about its payment. */
interface CallbackFacts {
  readonly isSuccess: boolean;
  /** The facts below are those of a success. */
  readonly amountMinor?: bigint;
  readonly receipt?: string | null;
  /** A payout's notification has the name of the customer, which begins with the number. */
  readonly msisdn?: string;
  /** Of a confirmation. */
  readonly account?: string;
}

/** The notifications of an outcome, by the listener, the path and the id. */
function listOwed({ listener }: Merchant, row: RecordedDarajaPayment): [string, CallbackFacts][] {
  const { status, refusal, amountMinor, receipt, msisdn, account, reference } = row;
  const isSuccess = status === "completed";
  const facts: CallbackFacts = isSuccess ? { isSuccess, amountMinor, receipt, msisdn } : { isSuccess };
  if (row.operation === operations.b2c || row.operation === operations.soap)
    return [[`${listener} ${callbackPaths.result} ${reference}`, facts]];
  const owed: [string, CallbackFacts][] = [];
  if (row.operation === operations.stk && !busyRefusals.has(refusal))
    owed.push([`${listener} ${callbackPaths.stk} ${reference}`, facts]);
  if (isSuccess) owed.push([`${listener} ${callbackPaths.confirmation} ${receipt}`, { ...facts, account }]);
  return owed;
}

interface StkCallback {
  readonly ResultCode: number | string;
  readonly CallbackMetadata?: {
    readonly Item: readonly { readonly Name: string; readonly Value: unknown }[];
  };
}

interface ResultBody {
  readonly ResultCode: number | string;
  readonly TransactionID: string;
  readonly ResultParameters?: {
    readonly ResultParameter: readonly { readonly Key: string; readonly Value: unknown }[];
  };
}

const toMinor = (amount: unknown): bigint => BigInt(Math.round(Number(amount) * 100));

function readFacts({ fields }: ReceivedCallback): CallbackFacts {
  const { Body, Result, ...confirmation } = fields as unknown as {
    readonly Body?: { readonly stkCallback: StkCallback };
    readonly Result?: ResultBody;
    readonly TransID: string;
    readonly TransAmount: string;
    readonly MSISDN: string;
    readonly BillRefNumber: string;
  };
  if (Body !== undefined) return readStkFacts(Body.stkCallback);
  if (Result !== undefined) return readResultFacts(Result);
  return {
    isSuccess: true,
    amountMinor: toMinor(confirmation.TransAmount),
    receipt: confirmation.TransID,
    msisdn: confirmation.MSISDN,
    account: confirmation.BillRefNumber,
  };
}

function readStkFacts({ ResultCode, CallbackMetadata }: StkCallback): CallbackFacts {
  if (ResultCode !== 0) return { isSuccess: false };
  const getItem = (name: string): unknown => CallbackMetadata?.Item.find(({ Name }) => Name === name)?.Value;
  return {
    isSuccess: true,
    amountMinor: toMinor(getItem("Amount")),
    receipt: String(getItem("MpesaReceiptNumber")),
    msisdn: String(getItem("PhoneNumber")),
  };
}

function readResultFacts({ ResultCode, TransactionID, ResultParameters }: ResultBody): CallbackFacts {
  if (ResultCode !== 0) return { isSuccess: false };
  const getParameter = (key: string): unknown =>
    ResultParameters?.ResultParameter.find(({ Key }) => Key === key)?.Value;
  return {
    isSuccess: true,
    amountMinor: toMinor(getParameter("TransactionAmount")),
    receipt: TransactionID,
    msisdn: /^\d+/.exec(String(getParameter("ReceiverPartyPublicName")))?.[0] ?? "",
  };
}

/** Adds up what the listeners were notified of, once for each receipt, and compares it with the accounts. */
async function checkBalances(
  { sql, customers, merchants, listeners }: SimulatedKenya,
  sent: readonly SentDarajaPayment[],
): Promise<void> {
  const expected = new Map<string, bigint>();
  const add = (owner: string, amountMinor: bigint): void =>
    void expected.set(owner, (expected.get(owner) ?? 0n) + amountMinor);
  for (const { msisdn } of customers) add(msisdn, toMinor(openingBalance));
  for (const { shortcode } of merchants) add(shortcode, toMinor(merchantBalance));
  const payouts = new Map(
    sent.filter(({ kind }) => kind === "b2c" || kind === "soap").map((payout) => [payout.account, payout]),
  );
  for (const { received } of listeners) {
    for (const [id, callback] of received) {
      const [path, name = ""] = id.split(" ");
      const { isSuccess, amountMinor = 0n, msisdn = "" } = readFacts(callback);
      // Every successful STK push to these merchants has a confirmation too.
      if (!isSuccess || path === callbackPaths.stk) continue;
      const shortcode =
        path === callbackPaths.result
          ? (payouts.get(name)?.merchant.shortcode ?? "")
          : (callback.fields["BusinessShortCode"] ?? "");
      const toCustomerMinor = path === callbackPaths.result ? amountMinor : -amountMinor;
      add(msisdn, toCustomerMinor);
      add(shortcode, -toCustomerMinor);
    }
  }
  const rows = await sql<{ owner: string; balance: bigint }[]>`
    select owner, available_minor as balance from accounts
    where owner = any(${toTextArrayLiteral([...expected.keys()])}::text[]) and kind in ('wallet', 'utility')`;
  assert.deepEqual(
    Object.fromEntries(rows.map(({ owner, balance }) => [owner, balance])),
    Object.fromEntries(expected),
    "balances",
  );
  const [{ sum } = { sum: 1n }] = await sql<{ sum: bigint }[]>`
    select sum(available_minor + held_minor)::bigint as sum from accounts`;
  assert.equal(sum, 0n, "the sum of the rail's balances");
}
