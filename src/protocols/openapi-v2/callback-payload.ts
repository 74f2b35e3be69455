/**
 * Renders OpenAPI v2 callbacks and checks their acknowledgements.
 *
 * A payment's callback is rendered from the stored payment, so every attempt sends the same body. The result of a
 * query was stored when the query was handled.
 */
import type {
  Notification,
  RenderedNotification,
  NotificationRenderer,
} from "../../callbacks/notification.ts";
import type { Environment } from "../../core/markets.ts";
import type { PaymentRow } from "../../payments/payments.ts";
import { checkAcknowledgement } from "../ipg/check-acknowledgement.ts";
import type { Product } from "./products.ts";
import type { RecordedRefusal } from "../../payments/refusals.ts";
import type { CallbackFormat, IdCodecs, Operation } from "./operation.ts";
import { findOperation } from "./operations.ts";
import { findRefusalCode, successCode, toPaymentDetails } from "./response.ts";

/** The result of a query, as `respondAsync` stores it. */
export interface StoredQueryResult {
  readonly product: Product;
  /** The caller's own id of the query. */
  readonly reference: string;
  readonly code: string;
  readonly text: string;
  readonly fields: Readonly<Record<string, string>>;
}

export function createCallbackRenderer(
  codecsByEnvironment: Readonly<Record<Environment, IdCodecs>>,
): NotificationRenderer {
  return (message) => {
    const codecs = codecsByEnvironment[message.rail.environment];
    const { operation, ...result } =
      message.payment === null
        ? toStoredResult(message.queryResult as StoredQueryResult)
        : toPaymentResult(message.payment, codecs);
    return render(operation.callback, message, codecs, result);
  };
}

interface CallbackResult {
  readonly code: string;
  readonly text: string;
  readonly reference: string;
  /** The operation's own fields, by their names in a response. */
  readonly fields: Readonly<Record<string, string>>;
}

function toStoredResult({
  product,
  ...result
}: StoredQueryResult): CallbackResult & { operation: Operation } {
  return { operation: findOperation(product), ...result };
}

function toPaymentResult(payment: PaymentRow, codecs: IdCodecs): CallbackResult & { operation: Operation } {
  const operation = findOperation(payment.operation);
  const refusal = getReportedRefusal(payment);
  const { code, text } = refusal === null ? successCode(operation) : findRefusalCode(operation, refusal);
  return {
    operation,
    code,
    text,
    reference: payment.reference,
    fields: operation.responseFields?.(toPaymentDetails({ ...payment, refusal }), codecs) ?? {},
  };
}

/** How a hold ended is not part of the result: the callback of a two-step payment was sent when the money was held. */
const laterRefusals: ReadonlySet<string | null> = new Set<RecordedRefusal>([
  "hold_expired",
  "released_by_organisation",
]);

const getReportedRefusal = ({ refusal }: PaymentRow): RecordedRefusal | null =>
  laterRefusals.has(refusal) ? null : (refusal as RecordedRefusal | null);

function render(
  format: CallbackFormat,
  { paymentId: id }: Notification,
  { identifiers }: IdCodecs,
  result: CallbackResult,
): RenderedNotification {
  const conversationId = identifiers.conversationId(id);
  const resultFields = format.fields.map((name) => {
    const value = result.fields[name.replace("input_", "output_")];
    return [name, value ?? (name === "input_TransactionID" ? identifiers.transactionId(id) : "")];
  });
  const body = {
    input_OriginalConversationID: conversationId,
    ...(Object.fromEntries(resultFields) as Record<string, string>),
    [`input_${format.resultPrefix}Code`]: result.code,
    [`input_${format.resultPrefix}Desc`]: result.text,
    input_ThirdPartyConversationID: result.reference,
  };
  return {
    contentType: "application/json",
    body: JSON.stringify(body),
    checkAcknowledgement: (response) =>
      checkAcknowledgement(response, format.acknowledgementCode, conversationId),
  };
}
