/**
 * The callbacks of payments that were never made, rendered by the server's own code from the tables of its
 * operations.
 */
import { railFor } from "../../../core/rails.ts";
import type { PaymentRow, PaymentType } from "../../../payments/payments.ts";
import {
  getRefusalInfo,
  refusals,
  simulatedRefusals,
  type RecordedRefusal,
} from "../../../payments/refusals.ts";
import type {
  CallbackRefusal,
  CheckedPayment,
  ListenerMessage,
  SeededRandom,
} from "../../listener-checks.ts";
import { createCallbackRenderer, type StoredQueryResult } from "../callback-payload.ts";
import { createMsisdnTokens } from "../msisdn-tokens.ts";
import { protocolName, resultKind } from "../names.ts";
import type { Operation } from "../operation.ts";
import { findOperation } from "../operations.ts";
import type { Product } from "../products.ts";
import { findRefusalCode, successCode } from "../response.ts";

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

/** The type of payment that a call makes; undefined for a query. */
export const getPaymentType = (call: string): PaymentType | undefined => paymentTypes[call as Product];

/** The code and text of a success, or of a refusal. */
export function getCode(
  operation: Operation,
  refusal: RecordedRefusal | null,
): { readonly code: string; readonly text: string } {
  return refusal === null ? successCode(operation) : findRefusalCode(operation, refusal);
}

/**
 * The refusals that an operation's callback can contain, one for each code of its table.
 *
 * Invalid requests and duplicates are refused in the synchronous response and never cause a callback.
 */
export function listRefusals(operation: Operation): readonly CallbackRefusal[] {
  const byCode = new Map<string, RecordedRefusal>();
  for (const refusal of Object.keys({ ...refusals, ...simulatedRefusals }) as RecordedRefusal[]) {
    if (notSent.has(refusal)) continue;
    const { code } = findRefusalCode(operation, refusal);
    if (!byCode.has(code)) byCode.set(code, refusal);
  }
  const toNumber = (code: string): number => Number(code.replace(/\D+/, ""));
  return [...byCode]
    .map(([code, refusal]) => ({ code, refusal }))
    .sort((one, other) => toNumber(one.code) - toNumber(other.code));
}

const notSent: ReadonlySet<RecordedRefusal> = new Set<RecordedRefusal>([
  "duplicate",
  // Their code is that of a duplicate, after which a listener may leave the payment open and query it.
  "mandate_exists",
  "mandate_awaits_consent",
  "hold_expired",
  "released_by_organisation",
]);

const tokenKey = (random: SeededRandom): Buffer => random.bytes("tokens", 32);

/** What a listener gets about a payment: that it succeeded, or why it did not. */
export function buildMessage(
  random: SeededRandom,
  payment: CheckedPayment,
  refusal: RecordedRefusal | null,
): ListenerMessage {
  const operation = findOperation(payment.call);
  const identifiers = {
    conversationId: () => payment.conversationId,
    transactionId: () => payment.transactionId,
    toTransactionId: () => payment.transactionId,
    parse: () => null,
  };
  const codecs = { identifiers, tokens: createMsisdnTokens(tokenKey(random)) };
  const type = getPaymentType(payment.call);
  const rendered = createCallbackRenderer({ sandbox: codecs, live: codecs })({
    id: 0n,
    paymentId: 0n,
    rail: railFor("sandbox", payment.market),
    applicationId: 1n,
    protocol: protocolName,
    kind: resultKind,
    endpoint: "",
    payment: type === undefined ? null : toPaymentRow(random, payment, type, refusal),
    parties: null,
    balances: {},
    repeated: {},
    queryResult: type === undefined ? toQueryResult(operation, payment, refusal) : null,
  });
  return { ...rendered, payment, code: getCode(operation, refusal).code, succeeded: refusal === null };
}

function toPaymentRow(
  random: SeededRandom,
  payment: CheckedPayment,
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
    receipt: null,
    reference: payment.reference,
    customerReference:
      payment.committedTransactionId === "" ? "CheckListener" : payment.committedTransactionId,
    description: "check-listener",
    originalId: null,
    mandateId: BigInt(random.below(`${payment.label}/mandate`, 90_000) + 10_000),
    holdCode: payment.call === "c2bMultiStage" ? `TGS${random.digits(`${payment.label}/voucher`, 5)}` : null,
    thirdPartyReference: null,
    notificationsOwed: 1,
    at,
    endedAt: at,
  };
}

/** A query's result, with the examples of the operation's own table. */
function toQueryResult(
  operation: Operation,
  payment: CheckedPayment,
  refusal: RecordedRefusal | null,
): StoredQueryResult {
  const { code, text } = getCode(operation, refusal);
  const fields = Object.entries(operation.response).map(([name, { example }]) => [name, example]);
  return {
    product: operation.product,
    reference: payment.reference,
    code,
    text,
    fields: refusal === null ? (Object.fromEntries(fields) as Record<string, string>) : {},
  };
}
