/** The results of checkouts that were never made, rendered by the server's own code. */
import type { RecordedRefusal } from "../../../../payments/refusals.ts";
import type { CallbackRefusal, CheckedPayment, ListenerMessage } from "../../../listener-checks.ts";
import type { LnmoNotificationKind } from "../names.ts";
import { renderCheckoutResult } from "../notifications.ts";
import { returnCodeByRefusal, triggerRefusals } from "../return-codes.ts";

export const getCode = (_call: string, refusal: RecordedRefusal | null): string => toReturnCode(refusal);

const toReturnCode = (refusal: RecordedRefusal | null) =>
  refusal === null ? "00" : returnCodeByRefusal[refusal];

/** In the order of the codes. */
export const listRefusals = (): readonly CallbackRefusal[] =>
  Object.entries(triggerRefusals)
    .map(([code, refusal]): CallbackRefusal => ({ code, refusal }))
    .toSorted((one, other) => one.code.localeCompare(other.code));

/** What a listener gets about a checkout: that it succeeded, or why it did not. */
export function buildMessage(
  kind: LnmoNotificationKind,
  payment: CheckedPayment,
  refusal: RecordedRefusal | null,
): ListenerMessage {
  const code = toReturnCode(refusal);
  const succeeded = refusal === null;
  return {
    ...renderCheckoutResult(kind, {
      msisdn: payment.msisdn,
      amountMinor: BigInt(payment.amount.replace(".", "")),
      endedAt: Date.now(),
      receipt: succeeded ? payment.transactionId : null,
      status: succeeded ? "Success" : "Failed",
      code,
      merchantTransactionId: payment.reference,
      passthrough: "",
      trxId: payment.conversationId,
    }),
    payment,
    code,
    succeeded,
  };
}
