/**
 * Renders IPG v1's callbacks. A payment's callback is rendered from the stored payment, so every attempt sends the same
 * body. The result of a query was stored when the query was handled.
 */
import type { NotificationRenderer } from "../../callbacks/notification.ts";
import type { Environment } from "../../core/markets.ts";
import type { PaymentRow } from "../../payments/payments.ts";
import type { RecordedRefusal } from "../../payments/refusals.ts";
import { checkAcknowledgement } from "../ipg/check-acknowledgement.ts";
import type { IpgV1Identifiers } from "./identifiers.ts";
import type { IpgV1Operation } from "./operation.ts";
import { findOperation } from "./operations.ts";
import type { IpgV1Product } from "./products.ts";
import { findRefusalCode, listFailureFields, successCode } from "./response.ts";

/** The result of a query, as `respondAsync` stores it. */
export interface IpgV1QueryResult {
  readonly product: IpgV1Product;
  /** The caller's own id of the query. */
  readonly reference: string;
  readonly code: string;
  readonly text: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** The code with which a listener acknowledges, and that of a success in a callback. */
export const callbackSuccessCode = "0";

/** The fields of a call's callback, in order. */
export const listCallbackFields = ({ response }: Pick<IpgV1Operation, "response">): string[] => [
  "input_OriginalConversationID",
  "input_ThirdPartyReference",
  "input_TransactionID",
  "input_ResultCode",
  "input_ResultDesc",
  ...Object.keys(response)
    .filter((name) => name !== "output_TransactionID")
    .map(toInputName),
];

export const acknowledgementFields = [
  "output_OriginalConversationID",
  "output_ResponseDesc",
  "output_ResponseCode",
  "output_ThirdPartyConversationID",
] as const;

const toInputName = (name: string): string => name.replace("output_", "input_");

export function createIpgV1Renderer(
  identifiersByEnvironment: Readonly<Record<Environment, IpgV1Identifiers>>,
): NotificationRenderer {
  return (notification) => {
    const identifiers = identifiersByEnvironment[notification.rail.environment];
    const { product, reference, code, text, fields } =
      notification.payment === null
        ? (notification.queryResult as IpgV1QueryResult)
        : toPaymentResult(notification.payment, identifiers);
    const operation = findOperation(product);
    const conversationId = identifiers.conversationId(notification.paymentId);
    const values: Readonly<Record<string, string>> = {
      ...Object.fromEntries(Object.entries(fields).map(([name, value]) => [toInputName(name), value])),
      input_OriginalConversationID: conversationId,
      input_ThirdPartyReference: reference,
      input_ResultCode: code === operation.success.code ? callbackSuccessCode : code,
      input_ResultDesc: text,
    };
    const body = Object.fromEntries(listCallbackFields(operation).map((name) => [name, values[name] ?? ""]));
    return {
      contentType: "application/json",
      body: JSON.stringify(body),
      checkAcknowledgement: (response) => checkAcknowledgement(response, callbackSuccessCode, conversationId),
    };
  };
}

function toPaymentResult(payment: PaymentRow, identifiers: IpgV1Identifiers): IpgV1QueryResult {
  const operation = findOperation(payment.operation);
  const refusal = payment.refusal as RecordedRefusal | null;
  const { code, text } = refusal === null ? successCode(operation) : findRefusalCode(operation, refusal);
  return {
    product: operation.product,
    reference: payment.reference,
    code,
    text,
    fields:
      refusal === null
        ? { output_TransactionID: identifiers.transactionId(payment.id) }
        : listFailureFields(operation),
  };
}
