/** The callbacks of payments that were never made, rendered by the server's own code from the tables of its operations. */
import type { RecordedRefusal } from "../../../payments/refusals.ts";
import type {
  CallbackRefusal,
  CheckedPayment,
  ListenerMessage,
  SeededRandom,
} from "../../listener-checks.ts";
import { toTransactionType } from "../../g2/c2b.ts";
import { buildC2bMessage, type C2bMessage } from "../c2b-messages.ts";
import { formatMsisdn } from "../msisdn-forms.ts";
import { toResultCode } from "../call-results.ts";
import { buildExampleContext } from "../examples.ts";
import { formatNairobiTime } from "../../g2/identifiers.ts";
import type { DarajaOperation, NotificationContext } from "../operation.ts";
import { findDarajaOperation, operations } from "../operations.ts";
import type { ResultCode } from "../result-codes.ts";
import { formatReceiptDate } from "../../g2/formats.ts";
import type { DarajaSettings } from "../settings.ts";
import { toJson, type WireObject } from "../wire-json.ts";

/** The kinds of notification with a payment's result. */
const resultKinds = ["stk", "result", "express"] as const;

const findResultKind = ({ notifications }: DarajaOperation) =>
  resultKinds.find((kind) => notifications[kind] !== undefined);

/** The calls whose results end a payment. A query's result ends none. */
export const calls: readonly string[] = operations
  .filter((operation) => operation.exampleResult === undefined && findResultKind(operation) !== undefined)
  .map(({ name }) => name);

/** The defaults. */
const settings: DarajaSettings = {
  callbackAttempts: null,
  invalidatePreviousTokens: false,
  oauthFault: "off",
  numericResultCodes: false,
  stkBalanceItem: { sandbox: false, live: true },
  stkDecimalAmount: false,
  stkPendingAsError: false,
  stkBusyInCallback: false,
  refuseRepeatedPush: false,
  maskStyle: "short",
  acceptForeignCredentials: false,
  lenientCredentials: true,
};

export const getCode = (call: string, refusal: RecordedRefusal | null): string =>
  toResultCode(findDarajaOperation(call), refusal);

/** The documented results of a call. 4999 is a result of the query alone. */
export const listRefusals = (call: string): readonly CallbackRefusal[] =>
  Object.entries(findDarajaOperation(call).results).flatMap(([code, refusal]) =>
    code === "4999" ? [] : [{ code, refusal }],
  );

/** What a listener gets about a payment: that it succeeded, or why it did not. */
export function buildMessage(
  _random: SeededRandom,
  payment: CheckedPayment,
  refusal: RecordedRefusal | null,
): ListenerMessage {
  const operation = findDarajaOperation(payment.call);
  const kind = findResultKind(operation);
  const form = kind === undefined ? undefined : operation.notifications[kind];
  if (form === undefined) throw new Error(`${payment.call} has no result`);
  const context = createContext(operation, payment, refusal);
  return toMessage(payment, form.render(context), context.code);
}

export const toMessage = (payment: CheckedPayment, body: WireObject, code: ResultCode): ListenerMessage => ({
  contentType: "application/json",
  body: toJson(body),
  checkAcknowledgement: () => null,
  payment,
  code,
  succeeded: code === "0",
});

function createContext(
  operation: DarajaOperation,
  payment: CheckedPayment,
  refusal: RecordedRefusal | null,
): NotificationContext {
  const example = buildExampleContext(operation, refusal, settings);
  const at = new Date();
  const receipt =
    refusal === null ? payment.transactionId : `${formatReceiptDate(formatNairobiTime(at.getTime()))}0000000`;
  return {
    ...example,
    endedAt: at.getTime(),
    receipt,
    payment: {
      ...example.payment,
      reference: payment.reference,
      // Express checkout keeps the caller's id there.
      ...(operation.notifications.express === undefined ? {} : { description: payment.reference }),
      counterparty: operation.name === "stkPush" ? payment.msisdn : example.payment.counterparty,
      amountMinor: toMinor(payment.amount),
      receipt,
      at,
      endedAt: at,
    },
    identifiers: {
      ...example.identifiers,
      conversationId: () => payment.conversationId,
      checkoutRequestId: () => payment.conversationId,
    },
  };
}

const toMinor = (amount: string): bigint => BigInt(amount.replace(".", ""));

/** A payment to a paybill as its confirmation has it, or, without a balance, its validation. */
export function buildC2bFields(payment: CheckedPayment, change: Partial<C2bMessage> = {}): WireObject {
  return buildC2bMessage({
    transactionType: toTransactionType("paybill"),
    receipt: payment.transactionId,
    at: Date.now(),
    amountMinor: toMinor(payment.amount),
    shortcode: "600996",
    // Organisations use the account for the id of their order.
    account: payment.reference,
    balanceMinor: 41_880_264_80n,
    thirdPartyReference: null,
    msisdn: formatMsisdn(payment.msisdn, "masked"),
    firstName: "John",
    middleName: "",
    lastName: "Doe",
    ...change,
  });
}
