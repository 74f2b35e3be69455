/** Which notifications the Broker's payments owe, and their bodies. */
import type { Notification, NotificationRenderer, PaymentParties } from "../../callbacks/notification.ts";
import type { PublicIds } from "../../core/ids.ts";
import { environments, type Environment } from "../../core/markets.ts";
import type { OwedNotifications } from "../../payments/notifications.ts";
import { confirmationKind } from "../../payments/pay-merchant.ts";
import type { PaymentRow } from "../../payments/payments.ts";
import type { RecordedRefusal } from "../../payments/refusals.ts";
import { formatReceiptDate } from "../g2/formats.ts";
import { createG2Identifiers, formatNairobiTime, type G2Identifiers } from "../g2/identifiers.ts";
import { renderConfirmation, soapActions } from "./c2b-messages.ts";
import { renderResult, type ResultDialect } from "./messages.ts";
import { timeoutKind, type SoapNotificationKind } from "./names.ts";
import type { SoapResultContext } from "./operation.ts";
import { findOperation } from "./operations.ts";
import type { StoredSoapResult } from "./query-results.ts";
import { resultTexts, toResultCode } from "./result-codes.ts";
import { readXml, getChildText, findChild, type XmlElement } from "./xml/read-xml.ts";
import { readEnvelope } from "./xml/soap-envelope.ts";

const resultKinds: readonly SoapNotificationKind[] = ["result", "result_g1"];

/**
 * The result of each payment with a ResultURL, which repeats the QueueTimeoutURL of the request, and the confirmation of each
 * that a customer started. Pure.
 */
export const owedNotifications: OwedNotifications = ({ endpoints, status }) => {
  // Money that is held for a validation has no outcome yet.
  if (status === "held") return [];
  const { [timeoutKind]: timeoutUrl } = endpoints;
  const repeated = timeoutUrl === undefined ? {} : { repeated: { QueueTimeoutURL: timeoutUrl } };
  const results = resultKinds.flatMap((kind) => {
    const endpoint = endpoints[kind];
    return endpoint === undefined ? [] : [{ kind, endpoint, reportsBalances: true, ...repeated }];
  });
  const confirmation = endpoints[confirmationKind];
  if (confirmation === undefined || status !== "completed") return results;
  return [...results, { kind: confirmationKind, endpoint: confirmation, reportsBalances: true }];
};

export const contentType = "text/xml;charset=UTF-8";

export function createSoapRenderer(
  keys: Readonly<Record<Environment, { readonly publicIds: PublicIds }>>,
): NotificationRenderer {
  const identifiers = Object.fromEntries(
    environments.map((environment) => [environment, createG2Identifiers(keys[environment].publicIds)]),
  ) as Record<Environment, G2Identifiers>;
  return (notification) => {
    const { payment, kind, rail } = notification;
    if (payment === null) {
      const { body } = notification.queryResult as StoredSoapResult;
      return { contentType, body, checkAcknowledgement };
    }
    const context = createContext(notification, payment, kind === "result_g1" ? "g1" : "g2");
    if (kind === confirmationKind)
      return {
        contentType,
        headers: { SOAPAction: soapActions.confirmation },
        body: renderConfirmation(context),
        // The answer to a confirmation is free text.
        checkAcknowledgement: () => null,
      };
    return {
      contentType,
      body: renderPaymentResult(context, identifiers[rail.environment], notification.repeated),
      checkAcknowledgement,
    };
  };
}

function createContext(
  { parties, balances }: Notification,
  payment: PaymentRow,
  dialect: ResultDialect,
): SoapResultContext {
  const code = toResultCode(payment.refusal as RecordedRefusal | null);
  const endedAt = (payment.endedAt ?? payment.at).getTime();
  const dummy = `${formatReceiptDate(formatNairobiTime(endedAt))}0000000`;
  return {
    payment,
    code,
    dialect,
    endedAt,
    receipt: code === "0" ? (payment.receipt ?? dummy) : dummy,
    parties: parties ?? noParties,
    balances,
  };
}

function renderPaymentResult(
  context: SoapResultContext,
  identifiers: G2Identifiers,
  repeated: Notification["repeated"],
): string {
  const { payment, code, dialect, receipt } = context;
  const operation = findOperation(payment.operation);
  return renderResult(
    {
      code,
      description: resultTexts[code],
      originatorConversationId: payment.reference,
      conversationId: identifiers.conversationId(payment.id),
      transactionId: receipt,
      parameters: operation?.listParameters?.(context) ?? [],
      references: [...(operation?.listReferences?.(context) ?? []), ...Object.entries(repeated)],
    },
    dialect,
  );
}

/** For a notification whose payment was removed meanwhile. */
const noParties: PaymentParties = {
  organisationName: "",
  organisationKind: null,
  msisdnForm: null,
  registrationVersion: null,
  counterpartyName: "",
  customer: null,
  debitKind: null,
  chargeMinor: 0n,
  originalReceipt: null,
};

/** Any 2xx acknowledges. A code other than zeros says that the listener wanted the result again. */
function checkAcknowledgement(responseBody: string): string | null {
  const envelope = readEnvelope(responseBody);
  if ("problem" in envelope) return null;
  const code = findCode(envelope.message);
  return code === null || /^0+$/.test(code)
    ? null
    : `The listener answered with ResponseCode ${code.slice(0, 20)}.`;
}

/** In a document in a `ResponseMsg`, or as an element. */
function findCode(message: XmlElement): string | null {
  const nested = readXml(message.text);
  const inner = "root" in nested ? nested.root : (findChild(message, "result") ?? message);
  return getChildText(inner, "ResponseCode") ?? getChildText(inner, "ResultCode");
}
