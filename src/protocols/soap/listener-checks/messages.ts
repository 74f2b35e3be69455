/** The results of payments that were never made, rendered by the server's own code from the tables of its commands. */
import type { RecordedRefusal } from "../../../payments/refusals.ts";
import { formatReceiptDate } from "../../g2/formats.ts";
import { formatNairobiTime } from "../../g2/identifiers.ts";
import type {
  CallbackRefusal,
  CheckedPayment,
  ListenerMessage,
  SeededRandom,
} from "../../listener-checks.ts";
import { createExampleContext } from "../example-results.ts";
import { renderResult } from "../messages.ts";
import { contentType } from "../notifications.ts";
import type { SoapOperation } from "../operation.ts";
import { findOperation, operations } from "../operations.ts";
import { resultTexts, toResultCode, triggerRefusals } from "../result-codes.ts";

/** The commands whose results end a payment. */
export const calls: readonly string[] = operations
  .filter(({ listParameters }) => listParameters !== undefined)
  .map(({ name }) => name);

export const getCode = (_call: string, refusal: RecordedRefusal | null): string => toResultCode(refusal);

export function listRefusals(call: string): readonly CallbackRefusal[] {
  const refusals: Readonly<Record<string, RecordedRefusal>> = triggerRefusals;
  return getOperation(call).results.flatMap((code) => {
    const refusal = refusals[code];
    return refusal === undefined ? [] : [{ code, refusal }];
  });
}

export function getOperation(call: string): SoapOperation {
  const operation = findOperation(call);
  if (operation === undefined) throw new Error(`the Broker has no command ${call}`);
  return operation;
}

/** What a listener gets about a payment: that it succeeded, or why it did not. */
export function buildMessage(
  _random: SeededRandom,
  payment: CheckedPayment,
  refusal: RecordedRefusal | null,
): ListenerMessage {
  const operation = getOperation(payment.call);
  const at = new Date();
  const dummy = `${formatReceiptDate(formatNairobiTime(at.getTime()))}0000000`;
  const context = createExampleContext(operation, {
    code: toResultCode(refusal),
    receipt: refusal === null ? payment.transactionId : dummy,
    reference: payment.reference,
    msisdn: payment.msisdn,
    amountMinor: BigInt(payment.amount.replace(".", "")),
    at,
    dialect: "g2",
  });
  const { code } = context;
  const body = renderResult(
    {
      code,
      description: resultTexts[code],
      originatorConversationId: payment.reference,
      conversationId: payment.conversationId,
      transactionId: context.receipt,
      parameters: operation.listParameters?.(context) ?? [],
      references: operation.listReferences?.(context) ?? [],
    },
    "g2",
  );
  return {
    contentType,
    body,
    checkAcknowledgement: () => null,
    payment,
    code,
    succeeded: code === "0",
  };
}
