/** What a successful call returned: the parameters of its result, by readable names. */
import { parseNairobiTime } from "../credentials.ts";
import { formatAmount } from "../wire-response.ts";
import type { Parameters } from "./values.ts";

/** A result does not name its call. Its parameters show it. */
export type CallResult = PaidOut | Transferred | Reversed | Balances | TransactionStatus;

/** You paid a customer. */
export interface PaidOut {
  readonly call: "payOut";
  readonly receipt: string;
  readonly amount: string | null;
  /** The customer's number and name, ReceiverPartyPublicName. */
  readonly receiver: string | null;
  /** Whether the customer is registered, B2CRecipientIsRegisteredCustomer. */
  readonly registered: boolean | null;
  /** B2CUtilityAccountAvailableFunds */
  readonly utilityBalance: string | null;
  /** B2CWorkingAccountAvailableFunds */
  readonly workingBalance: string | null;
  /** B2CChargesPaidAccountAvailableFunds */
  readonly chargesBalance: string | null;
  /** TransactionCompletedDateTime */
  readonly completedAt: Date | null;
}

/** You paid an organisation, or moved money between your accounts. */
export interface Transferred {
  readonly call: "transfer";
  readonly amount: string | null;
  /** The receiver's shortcode and name, ReceiverPartyPublicName. */
  readonly receiver: string | null;
  /** TransCompletedTime */
  readonly completedAt: Date | null;
}

/** A payment was reversed. */
export interface Reversed {
  readonly call: "reverse";
  readonly amount: string | null;
  /** The payment's receipt, OriginalTransactionID. */
  readonly originalReceipt: string;
  /** TransCompletedTime */
  readonly completedAt: Date | null;
}

/** The balances of your accounts, in the platform's order. */
export interface Balances {
  readonly call: "queryBalance";
  readonly accounts: readonly AccountBalance[];
}

export interface AccountBalance {
  /** Such as `Utility Account`. */
  readonly name: string;
  readonly currency: string;
  readonly current: string;
  readonly available: string;
  readonly reserved: string;
  readonly uncleared: string;
}

/** The state of a payment. `accepted` means that the query succeeded, and `status` what became of the payment. */
export interface TransactionStatus {
  readonly call: "queryTransaction";
  /** `Completed`, `Initiated`, `Authorized`, `Cancelled`, `Declined` or `Expired`. */
  readonly status: string;
  /** The payment's receipt, ReceiptNo. */
  readonly receipt: string | null;
  readonly amount: string | null;
  /** DebitPartyName */
  readonly payer: string | null;
  /** CreditPartyName */
  readonly receiver: string | null;
  /** The payment's own id, ConversationID. */
  readonly conversationId: string | null;
  /** FinalisedTime */
  readonly completedAt: Date | null;
}

export function readCallResult(parameters: Parameters): CallResult | null {
  const get = (name: string): string | null => parameters[name] ?? null;
  const getAmount = (name: string): string | null => formatAmount(get(name) ?? "");
  const getTime = (name: string): Date | null => parseTime(get(name) ?? "");
  const balances = get("AccountBalance");
  if (balances !== null) return { call: "queryBalance", accounts: parseBalances(balances) };
  const status = get("TransactionStatus");
  if (status !== null)
    return {
      call: "queryTransaction",
      status,
      receipt: get("ReceiptNo"),
      amount: getAmount("Amount"),
      payer: get("DebitPartyName"),
      receiver: get("CreditPartyName"),
      conversationId: get("ConversationID") ?? get("Conversation ID"),
      completedAt: getTime("FinalisedTime"),
    };
  const originalReceipt = get("OriginalTransactionID");
  if (originalReceipt !== null)
    return {
      call: "reverse",
      amount: getAmount("Amount"),
      originalReceipt,
      completedAt: getTime("TransCompletedTime"),
    };
  const receipt = get("TransactionReceipt");
  if (receipt !== null) return readPaidOut(receipt, get, getAmount, getTime);
  if (get("DebitPartyAffectedAccountBalance") === null && get("DebitAccountBalance") === null) return null;
  return {
    call: "transfer",
    amount: getAmount("Amount"),
    receiver: get("ReceiverPartyPublicName"),
    completedAt: getTime("TransCompletedTime"),
  };
}

function readPaidOut(
  receipt: string,
  get: (name: string) => string | null,
  getAmount: (name: string) => string | null,
  getTime: (name: string) => Date | null,
): PaidOut {
  const registered = get("B2CRecipientIsRegisteredCustomer");
  return {
    call: "payOut",
    receipt,
    amount: getAmount("TransactionAmount"),
    receiver: get("ReceiverPartyPublicName"),
    registered: registered === null ? null : registered === "Y",
    utilityBalance: getAmount("B2CUtilityAccountAvailableFunds"),
    workingBalance: getAmount("B2CWorkingAccountAvailableFunds"),
    chargesBalance: getAmount("B2CChargesPaidAccountAvailableFunds"),
    completedAt: getTime("TransactionCompletedDateTime"),
  };
}

/** `Working Account|KES|700000.00|700000.00|0.00|0.00&Utility Account|…` */
const parseBalances = (text: string): AccountBalance[] =>
  text.split("&").map((account) => {
    const [name = "", currency = "", current = "", available = "", reserved = "", uncleared = ""] =
      account.split("|");
    return { name, currency, current, available, reserved, uncleared };
  });

/** `20240706224852`, or `06.07.2024 22:48:52`. */
function parseTime(text: string): Date | null {
  const [, day, month, year, time = ""] = /^(\d\d)\.(\d\d)\.(\d{4}) (\d\d:\d\d:\d\d)$/.exec(text) ?? [];
  return parseNairobiTime(day === undefined ? text : `${year}${month}${day}${time.replaceAll(":", "")}`);
}
