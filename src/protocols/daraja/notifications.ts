/** Which notifications Daraja's payments owe, and their bodies. */
import type {
  Notification,
  NotificationRenderer,
  PaymentParties,
  RenderedNotification,
} from "../../callbacks/notification.ts";
import { environments, type Environment } from "../../core/markets.ts";
import type { PublicIds } from "../../core/ids.ts";
import type { OwedNotifications } from "../../payments/notifications.ts";
import type { PaymentRow } from "../../payments/payments.ts";
import type { RecordedRefusal } from "../../payments/refusals.ts";
import { toResultCode, toResultText } from "./call-results.ts";
import { createG2Identifiers, formatNairobiTime, type G2Identifiers } from "../g2/identifiers.ts";
import type { NotificationKind } from "./names.ts";
import type { NotificationContext, NotificationForm, NotifyingOperation } from "./operation.ts";
import { findNotifyingOperation } from "./operations.ts";
import type { StoredDarajaResult } from "./query-results.ts";
import { formatReceiptDate } from "../g2/formats.ts";
import type { DarajaSettings } from "./settings.ts";
import { toJson } from "./wire-json.ts";

/** The kinds of notification with balances. */
const balanceKinds: ReadonlySet<NotificationKind> = new Set(["confirmation", "result"]);

/** One notification for each URL of the request whose form says that the event owes it. Pure. */
export const owedNotifications: OwedNotifications = (event) => {
  const { notifications } = findNotifyingOperation(event.operation);
  return (Object.entries(notifications) as [NotificationKind, NotificationForm][]).flatMap(([kind, form]) => {
    const endpoint = event.endpoints[kind];
    if (endpoint === undefined || !form.isOwed(event)) return [];
    return [{ kind, endpoint, reportsBalances: balanceKinds.has(kind) }];
  });
};

export function createDarajaRenderer(
  keys: Readonly<Record<Environment, { readonly publicIds: PublicIds }>>,
  settings: DarajaSettings,
): NotificationRenderer {
  const identifiers = Object.fromEntries(
    environments.map((environment) => [environment, createG2Identifiers(keys[environment].publicIds)]),
  ) as Record<Environment, G2Identifiers>;
  return (notification) => {
    const { payment } = notification;
    const body =
      payment === null
        ? (notification.queryResult as StoredDarajaResult).body
        : renderPayment(notification, payment, identifiers[notification.rail.environment], settings);
    return { contentType: "application/json", body, checkAcknowledgement };
  };
}

function renderPayment(
  notification: Notification,
  payment: PaymentRow,
  identifiers: G2Identifiers,
  settings: DarajaSettings,
): string {
  const operation = findNotifyingOperation(payment.operation);
  const form = operation.notifications[notification.kind as NotificationKind];
  if (form === undefined) throw new Error(`${operation.name} has no notification ${notification.kind}`);
  return toJson(form.render(createContext(operation, notification, payment, identifiers, settings)));
}

function createContext(
  operation: NotifyingOperation,
  { rail, parties, balances }: Notification,
  payment: PaymentRow,
  identifiers: G2Identifiers,
  settings: DarajaSettings,
): NotificationContext {
  const refusal = payment.refusal as RecordedRefusal | null;
  const code = toResultCode(operation, refusal);
  const endedAt = (payment.endedAt ?? payment.at).getTime();
  return {
    operation,
    rail,
    payment,
    refusal,
    code,
    description: toResultText(operation, code),
    identifiers,
    settings,
    endedAt,
    receipt: getReceipt(payment, endedAt),
    parties: parties ?? noParties,
    balances,
  };
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

/** Without a receipt, such as before this market had them: the letters of the date and seven zeros. */
const getReceipt = ({ receipt }: PaymentRow, endedAt: number): string =>
  receipt ?? `${formatReceiptDate(formatNairobiTime(endedAt))}0000000`;

/** Daraja reads no response: any response with a 2xx status acknowledges. */
const checkAcknowledgement: RenderedNotification["checkAcknowledgement"] = () => null;
