/** Test payments and their callbacks, rendered by the server's own code from the tables of the protocol. */
import type { RenderedNotification } from "../callbacks/notification.ts";
import { formatAmount } from "../core/money.ts";
import { markets, type Market } from "../core/markets.ts";
import { railFor } from "../core/rails.ts";
import type { PaymentType } from "../payments/payments.ts";
import type { Product } from "../protocols/openapi-v2/products.ts";
import { getRefusalInfo, refusals, simulatedRefusals, type RecordedRefusal } from "../payments/refusals.ts";
import { createCallbackRenderer, type StoredQueryResult } from "../protocols/openapi-v2/callback-payload.ts";
import type { Operation } from "../protocols/openapi-v2/operation.ts";
import { operations } from "../protocols/openapi-v2/operations.ts";
import { findRefusalCode, successCode } from "../protocols/openapi-v2/response.ts";
import type { PaymentRow } from "../store/rail/payments.ts";
import { createMsisdnTokens } from "../protocols/openapi-v2/msisdn-tokens.ts";
import { protocolName, resultKind } from "../protocols/openapi-v2/names.ts";
import type { SeededRandom } from "./seeded-random.ts";

/** A payment as both sides know it. */
export interface Payment {
  /** The name in reports, such as `payment 2`. */
  readonly label: string;
  readonly call: Product;
  readonly market: Market;
  /** The caller's id of the request: input_ThirdPartyConversationID. */
  readonly reference: string;
  /** From the response to the request: output_ConversationID. */
  readonly conversationId: string;
  readonly transactionId: string;
  /** Decimal. */
  readonly amount: string;
  readonly currency: string;
  readonly msisdn: string;
  /** Whether the merchant's system requested the payment and so expects its result. */
  readonly requested: boolean;
  /** The TransactionID of the reservation that this payment commits; empty for others. */
  readonly committedTransactionId: string;
}

/** A rendered callback of a payment. */
export interface Message extends RenderedNotification {
  readonly payment: Payment;
  readonly code: string;
}

/** Operations whose success moves money and must be booked once. */
export const moneyCalls = [
  "c2bSingle",
  "b2c",
  "b2b",
  "reversal",
  "directDebitPayment",
] as const satisfies Product[];

const paymentTypes: Readonly<Partial<Record<Product, PaymentType>>> = {
  c2bSingle: "collection",
  c2bMultiStage: "collection",
  updateTransactionStatus: "step",
  b2c: "payout",
  b2b: "transfer",
  reversal: "reversal",
  directDebitCreate: "mandate",
  directDebitPayment: "debit",
  directDebitCancel: "mandate_cancel",
};

/** A query ends no payment. */
export const isQuery = (call: Product): boolean => paymentTypes[call] === undefined;

/** Operations with a callback: all of them. */
export const calls: readonly Product[] = operations.map(({ product }) => product);

export function findOperation(call: Product): Operation {
  const operation = operations.find(({ product }) => product === call);
  if (operation === undefined) throw new Error(`there is no operation ${call}`);
  return operation;
}

/** Creates a payment. Its data depends only on the seed and the label. */
export function createPayment(
  random: SeededRandom,
  market: Market,
  call: Product,
  label: string,
): Omit<Payment, "requested"> {
  const { currency, decimals, prefix, digits } = markets[market];
  const amountMinor = BigInt(1000 + random.below(`${label}/amount`, 899_000));
  return {
    label,
    call,
    market,
    reference: `check${random.letters(`${label}/reference`, 19)}`,
    conversationId: random.bytes(`${label}/conversation`, 16).toString("hex"),
    transactionId: random.letters(`${label}/transaction`, 12),
    amount: formatAmount(amountMinor, decimals),
    currency,
    msisdn: `${prefix}7${random.digits(`${label}/msisdn`, digits - prefix.length - 1)}`,
    committedTransactionId: "",
  };
}

/**
 * The refusals that an operation's callback can contain, one for each code of its table.
 *
 * Invalid requests and duplicates are refused in the synchronous response and never cause a callback.
 */
export function listCallbackRefusals(call: Product): ReadonlyMap<string, RecordedRefusal> {
  const byCode = new Map<string, RecordedRefusal>();
  for (const refusal of Object.keys({ ...refusals, ...simulatedRefusals }) as RecordedRefusal[]) {
    if (withoutCallback.has(refusal)) continue;
    const { code } = findRefusalCode(findOperation(call), refusal);
    if (!byCode.has(code)) byCode.set(code, refusal);
  }
  return byCode;
}

const withoutCallback: ReadonlySet<RecordedRefusal> = new Set<RecordedRefusal>([
  "duplicate",
  "hold_expired",
  "released_by_organisation",
]);

/** Codes that do not say how a payment ended: the merchant must query its status. */
export const inconclusiveCodes: ReadonlySet<string> = new Set(["INS-1", "INS-9"]);

const tokenKey = (random: SeededRandom): Buffer => random.bytes("tokens", 32);

/** The callback of a payment: a success, or the given refusal. */
export function buildMessage(
  random: SeededRandom,
  payment: Payment,
  refusal: RecordedRefusal | null,
): Message {
  const operation = findOperation(payment.call);
  const identifiers = {
    conversationId: () => payment.conversationId,
    transactionId: () => payment.transactionId,
    parse: () => null,
  };
  const codecs = { identifiers, tokens: createMsisdnTokens(tokenKey(random)) };
  const { code } = refusal === null ? successCode(operation) : findRefusalCode(operation, refusal);
  const type = paymentTypes[payment.call];
  const rendered = createCallbackRenderer({ sandbox: codecs, live: codecs })({
    id: 0n,
    paymentId: 0n,
    rail: railFor("sandbox", payment.market),
    applicationId: 1n,
    protocol: protocolName,
    kind: resultKind,
    endpoint: "",
    payment: type === undefined ? null : toPaymentRow(random, payment, type, refusal),
    queryResult: type === undefined ? toQueryResult(operation, payment, refusal) : null,
  });
  return { ...rendered, payment, code };
}

function toPaymentRow(
  random: SeededRandom,
  payment: Payment,
  type: PaymentType,
  refusal: RecordedRefusal | null,
): PaymentRow {
  const at = new Date();
  return {
    id: 0n,
    type,
    protocol: protocolName,
    operation: payment.call,
    status: refusal === null ? "completed" : getRefusalInfo(refusal).finalStatus,
    refusal,
    amountMinor: BigInt(payment.amount.replace(".", "")),
    reversedMinor: 0n,
    debitAccount: null,
    creditAccount: null,
    organisation: "000000",
    counterparty: payment.msisdn,
    applicationId: 1n,
    reference: payment.reference,
    customerReference:
      payment.committedTransactionId === "" ? "CheckListener" : payment.committedTransactionId,
    description: "check-listener",
    originalId: null,
    mandateId: BigInt(random.below(`${payment.label}/mandate`, 90_000) + 10_000),
    holdCode: payment.call === "c2bMultiStage" ? `TGS${random.digits(`${payment.label}/voucher`, 5)}` : null,
    notificationsOwed: 1,
    at,
    endedAt: at,
  };
}

/** A query's result, with the example values of the operation's table. */
function toQueryResult(
  operation: Operation,
  payment: Payment,
  refusal: RecordedRefusal | null,
): StoredQueryResult {
  const { code, text } = refusal === null ? successCode(operation) : findRefusalCode(operation, refusal);
  const fields = Object.entries(operation.response).map(([name, { example }]) => [name, example]);
  return {
    product: operation.product,
    reference: payment.reference,
    code,
    text,
    fields: refusal === null ? (Object.fromEntries(fields) as Record<string, string>) : {},
  };
}
