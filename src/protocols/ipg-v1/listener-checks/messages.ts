/** The callbacks of payments that were never made, rendered by the server's own code from the tables of its operations. */
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
import { callbackSuccessCode, createIpgV1Renderer, type IpgV1QueryResult } from "../callback-payload.ts";
import { codes } from "../codes.ts";
import { protocolName, resultKind } from "../names.ts";
import type { IpgV1Operation } from "../operation.ts";
import { findOperation } from "../operations.ts";
import type { IpgV1Product } from "../products.ts";
import { findRefusalCode, listFailureFields } from "../response.ts";

const paymentTypes: Readonly<Partial<Record<IpgV1Product, PaymentType>>> = {
  ipgV1C2b: "collection",
  ipgV1B2c: "payout",
  ipgV1B2b: "transfer",
  ipgV1Reversal: "reversal",
};

/** The type of payment that a call makes; undefined for a query. */
export const getPaymentType = (call: string): PaymentType | undefined => paymentTypes[call as IpgV1Product];

/** The code and text of a success, or of a refusal, in a callback. */
export function getCallbackCode(
  operation: IpgV1Operation,
  refusal: RecordedRefusal | null,
): { readonly code: string; readonly text: string } {
  return refusal === null
    ? { code: callbackSuccessCode, text: codes["INS-0"].text }
    : findRefusalCode(operation, refusal);
}

/** The refusals that an operation's callback can contain, one for each code. A duplicate is refused in the response. */
export function listRefusals(operation: IpgV1Operation): readonly CallbackRefusal[] {
  const byCode = new Map<string, RecordedRefusal>();
  for (const refusal of Object.keys({ ...refusals, ...simulatedRefusals }) as RecordedRefusal[]) {
    if (refusal === "duplicate") continue;
    const { code } = findRefusalCode(operation, refusal);
    if (!byCode.has(code)) byCode.set(code, refusal);
  }
  const toNumber = (code: string): number => Number(code.replace(/\D+/, ""));
  return [...byCode]
    .map(([code, refusal]) => ({ code, refusal }))
    .toSorted((one, other) => toNumber(one.code) - toNumber(other.code));
}

/** What a listener gets about a payment: that it succeeded, or why it did not. */
export function buildMessage(
  _random: SeededRandom,
  payment: CheckedPayment,
  refusal: RecordedRefusal | null,
): ListenerMessage {
  const operation = findOperation(payment.call);
  const identifiers = {
    conversationId: () => payment.conversationId,
    transactionId: () => payment.transactionId,
    parse: () => null,
  };
  const type = getPaymentType(payment.call);
  const rendered = createIpgV1Renderer({ sandbox: identifiers, live: identifiers })({
    id: 0n,
    paymentId: 0n,
    rail: railFor("sandbox", payment.market),
    applicationId: 1n,
    protocol: protocolName,
    kind: resultKind,
    endpoint: "",
    payment: type === undefined ? null : toPaymentRow(payment, type, refusal),
    parties: null,
    balances: {},
    repeated: {},
    queryResult: type === undefined ? toQueryResult(operation, payment, refusal) : null,
  });
  const { code } = getCallbackCode(operation, refusal);
  return { ...rendered, payment, code, succeeded: refusal === null };
}

function toPaymentRow(
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
    organisation: "171717",
    counterparty: payment.msisdn,
    applicationId: 1n,
    receipt: null,
    reference: payment.reference,
    customerReference: "CheckListener",
    description: "check-listener",
    originalId: null,
    mandateId: null,
    holdCode: null,
    thirdPartyReference: null,
    notificationsOwed: 1,
    at,
    endedAt: at,
  };
}

/** A query's result, with the examples of the operation's own table. */
function toQueryResult(
  operation: IpgV1Operation,
  payment: CheckedPayment,
  refusal: RecordedRefusal | null,
): IpgV1QueryResult {
  const failure = refusal === null ? null : findRefusalCode(operation, refusal);
  const { code, text } = failure ?? { code: operation.success.code, text: codes["INS-0"].text };
  const fields = Object.entries(operation.response).map(([name, { example }]) => [name, example]);
  return {
    product: operation.product,
    reference: payment.reference,
    code,
    text,
    fields:
      failure === null
        ? (Object.fromEntries(fields) as Record<string, string>)
        : listFailureFields(operation),
  };
}
