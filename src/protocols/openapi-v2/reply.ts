/**
 * How a call that was carried out is answered: now, with the result; or with an acknowledgement now and
 * the result later, for whoever has a listener.
 */
import { refusals, type Refusal } from "../../payments/refusals.ts";
import type { PaymentRow } from "../../payments/payments.ts";
import type { ProtocolDeps } from "../route.ts";
import { codeAnswer, type CodeAnswer } from "./codes.ts";
import type { Answer, Asked, Names, Operation, Parameters, Posted, Told } from "./operation.ts";
import { refusalCodes } from "./results.ts";

/** A code with the fields that go with it. */
export interface Reply {
  readonly answer: CodeAnswer;
  readonly fields: Readonly<Record<string, string>>;
  readonly because: string;
}

const processed = "Request processed successfully";

/** Answers with the result, waiting for the customer if need be, but not longer than a caller would. */
export async function answerNow(
  { synchronousWaitMs }: ProtocolDeps,
  operation: Operation,
  asked: Asked<Parameters>,
  result: Answer,
): Promise<Reply> {
  if (!("outcome" in result)) return replyOf(operation, result);
  const { outcome } = result;
  if (!outcome.prompted) return endedReply(operation, asked, result);
  const payment = await asked.payments.waitingRoom.untilAnswered(asked.id, synchronousWaitMs);
  if (payment !== null) return answeredReply(operation, asked, payment, result.because);
  return {
    answer: refusalAnswer(operation, "timed_out"),
    fields: {},
    because: "The customer had not answered when the wait was over; the prompt lives on. Query the payment.",
  };
}

/**
 * Acknowledges, once it is certain that the result will be told: the payment's own transaction wrote that
 * down, or for a question this does. What recorded nothing, a duplicate for one, is answered now.
 */
export async function answerLater(
  deps: ProtocolDeps,
  operation: Operation,
  asked: Asked<Parameters>,
  url: string,
  result: Answer,
): Promise<Reply> {
  if ("code" in result) return replyOf(operation, result);
  if ("outcome" in result) return acknowledgePayment(operation, result);
  if ("refusal" in result && result.refusal === "duplicate") return replyOf(operation, result);

  const { caller, request, id, rail } = asked;
  const { answer: told, fields, because } = replyOf(operation, result);
  const { product } = operation;
  const answer = { product, reference: request.reference, code: told.code, text: told.text, fields };
  await deps.tellLater(rail, {
    id,
    applicationId: caller.applicationId,
    protocol: caller.protocol,
    url,
    answer,
  });
  return acknowledged(operation, `To be told: ${because}`);
}

function acknowledgePayment(operation: Operation, { outcome, because }: Posted): Reply {
  const { refusal, prompted } = outcome;
  if (refusal === "duplicate") return refusalReply(operation, refusal);
  if (prompted) return acknowledged(operation, "The customer is being asked; how it ends is told later.");
  return acknowledged(operation, `To be told: ${refusal === null ? because : refusals[refusal].means}`);
}

const acknowledged = (operation: Operation, because: string): Reply => ({
  answer: succeeded(operation),
  fields: {},
  because,
});

/** What a question, or what never became a payment, is answered. */
function replyOf(operation: Operation, result: Exclude<Answer, Posted>): Reply {
  if ("refusal" in result) return refusalReply(operation, result.refusal);
  if ("code" in result) {
    return {
      answer: codeAnswer(operation.codes, result.code, "INS-21"),
      fields: {},
      because: result.because,
    };
  }
  return { answer: succeeded(operation), fields: result.fields, because: result.because };
}

/** What a payment that needed nobody's answer is answered. */
function endedReply(operation: Operation, asked: Asked<Parameters>, posted: Posted): Reply {
  const { outcome, because } = posted;
  if (outcome.refusal !== null) return refusalReply(operation, outcome.refusal);
  const told: Told = {
    id: asked.id,
    applicationId: asked.caller.applicationId,
    customer: posted.customer ?? "",
    reference: posted.reference ?? "",
    mandateId: outcome.mandateId,
    voucher: outcome.voucher,
  };
  return { answer: succeeded(operation), fields: operation.tells?.(told, asked) ?? {}, because };
}

function answeredReply(operation: Operation, names: Names, payment: PaymentRow, because: string): Reply {
  if (payment.refusal !== null) return refusalReply(operation, payment.refusal as Refusal);
  const says =
    payment.mandateId === null ? because : `The customer consented to mandate ${payment.mandateId}.`;
  return {
    answer: succeeded(operation),
    fields: operation.tells?.(toldOf(payment), names) ?? {},
    because: says,
  };
}

/** A stored payment, as its answer or callback speaks of it. */
export function toldOf(payment: PaymentRow): Told {
  return {
    id: payment.id,
    applicationId: payment.applicationId ?? 0n,
    customer: payment.counterparty,
    reference: payment.customerReference,
    mandateId: payment.mandateId,
    voucher: payment.refusal === null ? payment.voucher : null,
  };
}

function refusalReply(operation: Operation, refusal: Refusal): Reply {
  return { answer: refusalAnswer(operation, refusal), fields: {}, because: refusals[refusal].means };
}

export function refusalAnswer(operation: Pick<Operation, "codes">, refusal: Refusal): CodeAnswer {
  return codeAnswer(operation.codes, ...refusalCodes[refusal]);
}

export function succeeded(operation: Pick<Operation, "success">): CodeAnswer {
  const { code, status } = operation.success;
  return { code, status, text: processed };
}
