/**
 * Callbacks in OpenAPI v2's words: what a listener is sent, and what it should answer.
 *
 * A payment's result is read from the payment, so that every attempt says the same; a question's was kept
 * when it was answered.
 */
import type { Message, Rendered, Renderer } from "../../callbacks/message.ts";
import type { Environment } from "../../money.ts";
import type { PaymentRow, PaymentUse } from "../../payments/payments.ts";
import type { Product } from "../../payments/products.ts";
import type { Refusal } from "../../payments/refusals.ts";
import type { CallbackShape, Names, Operation } from "./operation.ts";
import { operations } from "./operations.ts";
import { refusalAnswer, succeeded, toldOf } from "./reply.ts";

/** A question's answer, as `answerLater` keeps it. */
export interface KeptAnswer {
  readonly product: Product;
  /** The caller's own id of the question. */
  readonly reference: string;
  readonly code: string;
  readonly text: string;
  readonly fields: Readonly<Record<string, string>>;
}

export function openapiCallbacks(names: Readonly<Record<Environment, Names>>): Renderer {
  return (message) => {
    const own = names[message.rail.environment];
    const { operation, ...result } =
      message.payment === null
        ? keptResult(message.answer as KeptAnswer)
        : paymentResult(message.payment, own);
    return render(operation.callback, message, own, result);
  };
}

interface Result {
  readonly code: string;
  readonly text: string;
  readonly reference: string;
  /** The answer's own fields, by the names that they have in an answer. */
  readonly fields: Readonly<Record<string, string>>;
}

function keptResult({ product, ...result }: KeptAnswer): Result & { operation: Operation } {
  return { operation: operationOf(product), ...result };
}

function paymentResult(payment: PaymentRow, names: Names): Result & { operation: Operation } {
  const operation = operationOf(productOf(payment));
  const refusal = refusalTold(payment);
  const { code, text } = refusal === null ? succeeded(operation) : refusalAnswer(operation, refusal);
  return {
    operation,
    code,
    text,
    reference: payment.reference,
    fields: operation.tells?.(toldOf({ ...payment, refusal }), names) ?? {},
  };
}

/** How a reservation ended is no part of its result: a two-step payment was told when its money was held. */
const afterwards: ReadonlySet<string | null> = new Set<Refusal>(["hold_expired", "released_by_organisation"]);

const refusalTold = ({ refusal }: PaymentRow): Refusal | null =>
  afterwards.has(refusal) ? null : (refusal as Refusal | null);

const productsByUse: Readonly<Partial<Record<PaymentUse, Product>>> = {
  payout: "b2c",
  transfer: "b2b",
  reversal: "reversal",
  debit: "directDebitPayment",
  mandate: "directDebitCreate",
  mandate_cancel: "directDebitCancel",
  step: "updateTransactionStatus",
};

/** The call that a payment came by. */
function productOf({ use, voucher, id }: PaymentRow): Product {
  if (use === "collection") return voucher === null ? "c2bSingle" : "c2bMultiStage";
  const product = productsByUse[use];
  if (product === undefined) throw new Error(`payment ${id} is ${use}, which no call asks for`);
  return product;
}

function operationOf(product: Product): Operation {
  const operation = operations.find((each) => each.product === product);
  if (operation === undefined) throw new Error(`no call is ${product}`);
  return operation;
}

function render(shape: CallbackShape, { id }: Message, { wire }: Names, result: Result): Rendered {
  const conversationId = wire.conversationId(id);
  const own = shape.fields.map((name) => {
    const value = result.fields[name.replace("input_", "output_")];
    return [name, value ?? (name === "input_TransactionID" ? wire.transactionId(id) : "")];
  });
  const body = {
    input_OriginalConversationID: conversationId,
    ...(Object.fromEntries(own) as Record<string, string>),
    [`input_${shape.names}Code`]: result.code,
    [`input_${shape.names}Desc`]: result.text,
    input_ThirdPartyConversationID: result.reference,
  };
  return {
    body: JSON.stringify(body),
    oddity: (answer) => oddityOf(answer, shape.acknowledgedBy, conversationId),
  };
}

/** What is not as documented about an acknowledgement. Any answer with a 2xx status is one all the same. */
function oddityOf(answer: string, acknowledgedBy: string, conversationId: string): string | null {
  let said: unknown;
  try {
    said = JSON.parse(answer.trim());
  } catch {
    return answer.trim() === "" ? "The answer has no body." : "The answer's body is no JSON.";
  }
  if (typeof said !== "object" || said === null) return "The answer's body is no JSON object.";
  const fields = said as Readonly<Record<string, unknown>>;
  const code = fields["output_ResponseCode"];
  if (code === undefined) return "The answer has no output_ResponseCode.";
  if (code !== acknowledgedBy) return `output_ResponseCode is not ${acknowledgedBy}.`;
  const about = fields["output_OriginalConversationID"];
  if (about === undefined) return "The answer has no output_OriginalConversationID.";
  return about === conversationId ? null : "output_OriginalConversationID is another conversation's.";
}
