/** The results of payments that were never made, rendered by the server's own code from the tables of its commands. */
import { minIdAt } from "../../../core/ids.ts";
import type { PaymentParties } from "../../../callbacks/notification.ts";
import type { PaymentRow } from "../../../payments/payments.ts";
import type { RecordedRefusal } from "../../../payments/refusals.ts";
import { formatReceiptDate } from "../../g2/formats.ts";
import { formatNairobiTime } from "../../g2/identifiers.ts";
import type { CallbackRefusal, CheckedPayment, ListenerMessage, SeededRandom } from "../../listener-checks.ts";
import { exampleParties } from "../examples.ts";
import { renderResult } from "../messages.ts";
import { protocolName } from "../names.ts";
import { contentType } from "../notifications.ts";
import type { SoapOperation, SoapResultContext } from "../operation.ts";
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
  const context = createContext(operation, payment, refusal);
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

function createContext(
  operation: SoapOperation,
  payment: CheckedPayment,
  refusal: RecordedRefusal | null,
): SoapResultContext {
  const at = new Date();
  const dummy = `${formatReceiptDate(formatNairobiTime(at.getTime()))}0000000`;
  const receipt = refusal === null ? payment.transactionId : dummy;
  return {
    payment: toPaymentRow(operation, payment, receipt, at),
    code: toResultCode(refusal),
    dialect: "g2",
    receipt,
    endedAt: at.getTime(),
    parties: exampleNames,
    balances: { utility: 9_254_000_00n, working: 1_000_000_00n, merchant: 500_000_00n, charges_paid: 0n },
  };
}

const exampleNames: PaymentParties = {
  organisationName: "Safari Traders",
  organisationKind: "paybill",
  msisdnForm: null,
  registrationVersion: null,
  counterpartyName: "John Doe",
  customer: { firstName: "John", middleName: "", lastName: "Doe" },
  debitKind: null,
  chargeMinor: 0n,
  originalReceipt: null,
};

function toPaymentRow(
  { name, receiverParty }: SoapOperation,
  { reference, msisdn, amount }: CheckedPayment,
  receipt: string,
  at: Date,
): PaymentRow {
  return {
    id: minIdAt(at.getTime()),
    type: receiverParty === "customer" ? "payout" : "transfer",
    protocol: protocolName,
    operation: name,
    status: "completed",
    refusal: null,
    amountMinor: BigInt(amount.replace(".", "")),
    reversedMinor: 0n,
    debitAccount: null,
    creditAccount: null,
    organisation: exampleParties.shortCode,
    counterparty: receiverParty === "customer" ? msisdn : exampleParties.otherShortCode,
    applicationId: null,
    reference,
    customerReference: "",
    description: name,
    originalId: null,
    mandateId: null,
    holdCode: null,
    receipt,
    notificationsOwed: 1,
    thirdPartyReference: null,
    at,
    endedAt: at,
  };
}
