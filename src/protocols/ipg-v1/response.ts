/**
 * The response of a call: the result at once, or, when the application has a response URL, an acknowledgement at once and
 * the result in a callback.
 */
import { msPerSecond } from "../../core/clock.ts";
import { getRefusalInfo, type RecordedRefusal } from "../../payments/refusals.ts";
import type { PaymentRow } from "../../payments/payments.ts";
import { codes, findResponseCode, type IpgV1Code, type IpgV1ResponseCode } from "./codes.ts";
import type { IpgV1Deps } from "./gateway-deps.ts";
import { resultKind } from "./names.ts";
import type {
  IpgV1Call,
  IpgV1Operation,
  IpgV1Parameters,
  IpgV1PaymentResult,
  IpgV1Result,
} from "./operation.ts";
import { refusalCodes } from "./refusal-codes.ts";

/** A response code with the operation's own fields, and the reason for the request log. */
export interface IpgV1Reply {
  readonly responseCode: IpgV1ResponseCode;
  readonly fields: Readonly<Record<string, string>>;
  readonly reason: string;
}

type AnyCall = IpgV1Call<IpgV1Parameters>;

/** A prompt ends within this time after its life, when the server expires it. */
const expiryMarginMs = 10 * msPerSecond;

/**
 * Responds with the result. Waits for the customer as long as the prompt lives: M-Pesa's own gateway answers after 66
 * seconds without a reply, and after 90 with one. The limit is wall time, so that a stopped sandbox clock keeps no request.
 */
export async function respondSync(
  { synchronousWaitMs }: Pick<IpgV1Deps, "synchronousWaitMs">,
  operation: IpgV1Operation,
  call: AnyCall,
  result: IpgV1Result,
): Promise<IpgV1Reply> {
  if (!("outcome" in result)) return toReply(operation, result);
  const { outcome, reason } = result;
  if (!outcome.prompted) {
    return outcome.refusal === null
      ? completedReply(operation, call, reason)
      : refusedReply(operation, outcome.refusal);
  }
  const { context, pendingPrompts } = call.payments;
  const timeoutMs = Math.max(synchronousWaitMs, context.promptLifeMs + expiryMarginMs);
  const reply = await pendingPrompts.waitForReply(call.id, timeoutMs);
  if (typeof reply === "object") return promptedReply(operation, call, reply, reason);
  return reply === "payment_removed"
    ? failureReply(
        operation,
        "INS-6",
        "The sandbox was restored to a snapshot in which this payment does not exist: it moved no money, and its reference can be used again.",
      )
    : failureReply(
        operation,
        "INS-9",
        "The customer did not answer within the wait. The prompt is still open: query the payment.",
      );
}

/**
 * Acknowledges the request once its callback is stored: a payment's own transaction stores it, and for a query this
 * function does. A duplicate recorded nothing, so it gets its result at once.
 */
export async function respondAsync(
  deps: Pick<IpgV1Deps, "queueQueryResult">,
  operation: IpgV1Operation,
  call: AnyCall,
  endpoint: string,
  result: IpgV1Result,
): Promise<IpgV1Reply> {
  if ("outcome" in result) return acknowledgePayment(operation, result);
  const { caller, request, id, rail } = call;
  const { responseCode, fields, reason } = toReply(operation, result);
  await deps.queueQueryResult(rail, {
    id,
    applicationId: caller.applicationId,
    protocol: caller.protocol,
    kind: resultKind,
    endpoint,
    queryResult: {
      product: operation.product,
      reference: request.reference,
      code: responseCode.code,
      text: responseCode.text,
      fields,
    },
  });
  return acknowledgementReply(operation, `Acknowledged; the callback will say: ${reason}`);
}

function acknowledgePayment(operation: IpgV1Operation, { outcome, reason }: IpgV1PaymentResult): IpgV1Reply {
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

const acknowledgementReply = (operation: IpgV1Operation, reason: string): IpgV1Reply => ({
  responseCode: successCode(operation),
  fields: {},
  reason,
});

/** The reply to a query. */
function toReply(operation: IpgV1Operation, result: Exclude<IpgV1Result, IpgV1PaymentResult>): IpgV1Reply {
  if ("refusal" in result) return refusedReply(operation, result.refusal);
  return { responseCode: successCode(operation), fields: result.fields, reason: result.reason };
}

const completedReply = (operation: IpgV1Operation, call: AnyCall, reason: string): IpgV1Reply => ({
  responseCode: successCode(operation),
  fields: { output_TransactionID: call.identifiers.transactionId(call.id) },
  reason,
});

const promptedReply = (
  operation: IpgV1Operation,
  call: AnyCall,
  { refusal }: PaymentRow,
  reason: string,
): IpgV1Reply =>
  refusal === null
    ? completedReply(operation, call, reason)
    : refusedReply(operation, refusal as RecordedRefusal);

export function failureReply(
  operation: Pick<IpgV1Operation, "codes" | "response">,
  code: IpgV1Code,
  reason: string,
): IpgV1Reply {
  return {
    responseCode: findResponseCode(operation.codes, code),
    fields: listFailureFields(operation),
    reason,
  };
}

function refusedReply(operation: IpgV1Operation, refusal: RecordedRefusal): IpgV1Reply {
  return {
    responseCode: findRefusalCode(operation, refusal),
    fields: listFailureFields(operation),
    reason: getRefusalInfo(refusal).description,
  };
}

/** The operation's own fields in the response to a request that failed. */
export const listFailureFields = ({
  response,
}: Pick<IpgV1Operation, "response">): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(response).map(([name, { failureValue = "" }]) => [name, failureValue]));

export const findRefusalCode = (
  operation: Pick<IpgV1Operation, "codes">,
  refusal: RecordedRefusal,
): IpgV1ResponseCode => findResponseCode(operation.codes, ...refusalCodes[refusal]);

export function successCode({ success }: Pick<IpgV1Operation, "success">): IpgV1ResponseCode {
  const { code, status } = success;
  return { code, status, text: codes[code].text };
}
