/**
 * The response of a call: the result at once, or, when the request has a callback URL, an acknowledgement at once
 * and the result in a callback.
 */
import { getRefusalInfo, type RecordedRefusal } from "../../payments/refusals.ts";
import type { PaymentRow } from "../../payments/payments.ts";
import type { GatewayDeps } from "./gateway-deps.ts";
import { resultKind } from "./names.ts";
import { findResponseCode, type ResponseCode } from "./codes.ts";
import type {
  OperationResult,
  ValidatedRequest,
  IdCodecs,
  Operation,
  Parameters,
  PaymentResult,
  PaymentDetails,
} from "./operation.ts";
import { refusalCodes } from "./refusal-codes.ts";

/** A response code with the operation's own fields, and the reason for the request log. */
export interface Reply {
  readonly responseCode: ResponseCode;
  readonly fields: Readonly<Record<string, string>>;
  readonly reason: string;
}

const successText = "Request processed successfully";

/** Responds with the result. Waits for the customer's PIN where one is needed, up to `synchronousWaitMs`. */
export async function respondSync(
  { synchronousWaitMs }: GatewayDeps,
  operation: Operation,
  validated: ValidatedRequest<Parameters>,
  result: OperationResult,
): Promise<Reply> {
  if (!("outcome" in result)) return toReply(operation, result);
  const { outcome } = result;
  if (!outcome.prompted) return completedReply(operation, validated, result);
  const reply = await validated.payments.pendingPrompts.waitForReply(validated.id, synchronousWaitMs);
  if (typeof reply === "object") return promptedReply(operation, validated, reply, result.reason);
  if (reply === "payment_removed") return removedReply(operation);
  return {
    responseCode: findRefusalCode(operation, "timed_out"),
    fields: {},
    reason: "The customer did not answer within the wait. The prompt is still open: query the payment.",
  };
}

/**
 * Acknowledges the request once its callback is stored: a payment's own transaction stores it, and for a query
 * this function does. A request that recorded nothing, such as a duplicate, gets its result at once.
 */
export async function respondAsync(
  deps: GatewayDeps,
  operation: Operation,
  validated: ValidatedRequest<Parameters>,
  endpoint: string,
  result: OperationResult,
): Promise<Reply> {
  if ("code" in result) return toReply(operation, result);
  if ("outcome" in result) return acknowledgePayment(operation, result);
  if ("refusal" in result && result.refusal === "duplicate") return toReply(operation, result);

  const { caller, request, id, rail } = validated;
  const { responseCode, fields, reason } = toReply(operation, result);
  const { product } = operation;
  const storedResult = {
    product,
    reference: request.reference,
    code: responseCode.code,
    text: responseCode.text,
    fields,
  };
  await deps.queueQueryResult(rail, {
    id,
    applicationId: caller.applicationId,
    protocol: caller.protocol,
    kind: resultKind,
    endpoint,
    queryResult: storedResult,
  });
  return acknowledgementReply(operation, `Acknowledged; the callback will say: ${reason}`);
}

function acknowledgePayment(operation: Operation, { outcome, reason }: PaymentResult): Reply {
  const { refusal, prompted } = outcome;
  if (refusal === "duplicate") return refusedReply(operation, refusal);
  if (prompted)
    return acknowledgementReply(
      operation,
      "Acknowledged; the customer has a prompt, and the result follows in a callback.",
    );
  return acknowledgementReply(
    operation,
    `Acknowledged; the callback will say: ${refusal === null ? reason : getRefusalInfo(refusal).description}`,
  );
}

const acknowledgementReply = (operation: Operation, reason: string): Reply => ({
  responseCode: successCode(operation),
  fields: {},
  reason,
});

/** The reply to a query, or to a request that made no payment. */
function toReply(operation: Operation, result: Exclude<OperationResult, PaymentResult>): Reply {
  if ("refusal" in result) return refusedReply(operation, result.refusal);
  if ("code" in result) {
    return {
      responseCode: findResponseCode(operation.codes, result.code, "INS-21"),
      fields: {},
      reason: result.reason,
    };
  }
  return { responseCode: successCode(operation), fields: result.fields, reason: result.reason };
}

/** The reply for a payment that needed no prompt. */
function completedReply(
  operation: Operation,
  validated: ValidatedRequest<Parameters>,
  result: PaymentResult,
): Reply {
  const { outcome, reason } = result;
  if (outcome.refusal !== null) return refusedReply(operation, outcome.refusal);
  const details: PaymentDetails = {
    id: validated.id,
    applicationId: validated.caller.applicationId,
    customer: result.customer ?? "",
    reference: result.reference ?? "",
    mandateId: outcome.mandateId,
    voucher: outcome.holdCode,
  };
  return {
    responseCode: successCode(operation),
    fields: operation.responseFields?.(details, validated) ?? {},
    reason,
  };
}

/** `INS-6` and not `INS-9`: the payment can never complete, and a query would not find it. */
const removedReply = (operation: Operation): Reply => ({
  responseCode: findResponseCode(operation.codes, "INS-6"),
  fields: {},
  reason:
    "The sandbox was restored to a snapshot in which this payment does not exist: it moved no money, and its reference can be used again.",
});

function promptedReply(operation: Operation, codecs: IdCodecs, payment: PaymentRow, reason: string): Reply {
  if (payment.refusal !== null) return refusedReply(operation, payment.refusal as RecordedRefusal);
  const promptReason =
    payment.mandateId === null ? reason : `The customer consented to mandate ${payment.mandateId}.`;
  return {
    responseCode: successCode(operation),
    fields: operation.responseFields?.(toPaymentDetails(payment), codecs) ?? {},
    reason: promptReason,
  };
}

/** The details of a stored payment that its response or callback carries. */
export function toPaymentDetails(payment: PaymentRow): PaymentDetails {
  return {
    id: payment.id,
    applicationId: payment.applicationId ?? 0n,
    customer: payment.counterparty,
    reference: payment.customerReference,
    mandateId: payment.mandateId,
    voucher: payment.refusal === null ? payment.holdCode : null,
  };
}

function refusedReply(operation: Operation, refusal: RecordedRefusal): Reply {
  return {
    responseCode: findRefusalCode(operation, refusal),
    fields: {},
    reason: getRefusalInfo(refusal).description,
  };
}

export function findRefusalCode(operation: Pick<Operation, "codes">, refusal: RecordedRefusal): ResponseCode {
  return findResponseCode(operation.codes, ...refusalCodes[refusal]);
}

export function successCode(operation: Pick<Operation, "success">): ResponseCode {
  const { code, status } = operation.success;
  return { code, status, text: successText };
}
