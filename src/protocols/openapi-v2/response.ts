/**
 * How a call that was carried out is answered: now, with the result; or with an acknowledgement now and
 * the result later, for whoever has a listener.
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

/** A code with the fields that go with it. */
export interface Reply {
  readonly responseCode: ResponseCode;
  readonly fields: Readonly<Record<string, string>>;
  readonly reason: string;
}

const successText = "Request processed successfully";

/** Answers with the result, waiting for the customer if need be, but not longer than a caller would. */
export async function respondSync(
  { synchronousWaitMs }: GatewayDeps,
  operation: Operation,
  validated: ValidatedRequest<Parameters>,
  result: OperationResult,
): Promise<Reply> {
  if (!("outcome" in result)) return toReply(operation, result);
  const { outcome } = result;
  if (!outcome.prompted) return completedReply(operation, validated, result);
  const payment = await validated.payments.pendingPrompts.waitForReply(validated.id, synchronousWaitMs);
  if (payment !== null) return promptedReply(operation, validated, payment, result.reason);
  return {
    responseCode: findRefusalCode(operation, "timed_out"),
    fields: {},
    reason: "The customer had not answered when the wait was over; the prompt lives on. Query the payment.",
  };
}

/**
 * Acknowledges, once it is certain that the result will be told: the payment's own transaction wrote that
 * down, or for a question this does. What recorded nothing, a duplicate for one, is answered now.
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
  return acknowledgementReply(operation, `To be told: ${reason}`);
}

function acknowledgePayment(operation: Operation, { outcome, reason }: PaymentResult): Reply {
  const { refusal, prompted } = outcome;
  if (refusal === "duplicate") return refusedReply(operation, refusal);
  if (prompted)
    return acknowledgementReply(operation, "The customer is being asked; how it ends is told later.");
  return acknowledgementReply(
    operation,
    `To be told: ${refusal === null ? reason : getRefusalInfo(refusal).description}`,
  );
}

const acknowledgementReply = (operation: Operation, reason: string): Reply => ({
  responseCode: successCode(operation),
  fields: {},
  reason,
});

/** What a question, or what never became a payment, is answered. */
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

/** What a payment that needed nobody's answer is answered. */
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

/** A stored payment, as its answer or callback speaks of it. */
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
