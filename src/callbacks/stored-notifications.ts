/** Reads and renders notifications: a stored row with its payment. */
import type { Rail } from "../core/rails.ts";
import type { Sql, Transaction } from "../store/driver/connect.ts";
import { listenerKey, scheduleNow, type NewDelivery } from "../store/rail/deliveries.ts";
import { readNotifications, type NotificationRow } from "../store/rail/notification-queries.ts";
import { readMandateByPayment } from "../store/rail/mandates.ts";
import { readPaymentParties, type PaymentParties } from "../store/rail/payment-parties.ts";
import { readPayments, type PaymentRow } from "../store/rail/payments.ts";
import type { Id } from "../core/ids.ts";
import type {
  CallbackProtocols,
  Notification,
  OrganisationBalances,
  RenderedNotification,
} from "./notification.ts";

/** A notification with the state of its delivery. */
export interface StoredNotification {
  readonly notification: Notification;
  readonly row: NotificationRow;
}

export interface NotificationSource {
  readonly sql: Sql | Transaction;
  readonly rail: Rail;
  readonly protocols: CallbackProtocols;
}

/**
 * Reads notifications with their payments, and with the payments' parties where the protocol needs them. Ids without a
 * notification are left out.
 */
export async function readStoredNotifications(
  { sql, rail, protocols }: NotificationSource,
  ids: readonly Id[],
): Promise<Map<Id, StoredNotification>> {
  // A payment's first notification has the payment's id: nearly always one round trip reads both.
  const [rows, payments] = await Promise.all([readNotifications(sql, ids), readPayments(sql, ids)]);
  const byId = new Map(payments.map((payment) => [payment.id, payment]));
  const others = rows.map((row) => row.paymentId).filter((id) => !byId.has(id) && !ids.includes(id));
  if (others.length > 0) for (const payment of await readPayments(sql, others)) byId.set(payment.id, payment);
  const parties = await readNeededParties(
    sql,
    rows.filter((row) => byId.has(row.paymentId) && protocols[row.protocol]?.needsParties === true),
  );
  const stored = await Promise.all(
    rows.map(async (row) => {
      const payment = byId.get(row.paymentId) ?? null;
      const { id, paymentId, applicationId, protocol, kind, endpoint, queryResult, balances, repeated } = row;
      const notification: Notification = {
        id,
        paymentId,
        rail,
        applicationId,
        protocol,
        kind,
        endpoint,
        payment: payment === null ? null : await withMandate(sql, payment),
        parties: parties.get(paymentId) ?? null,
        balances: parseBalances(balances),
        repeated: repeated ?? {},
        queryResult,
      };
      return [id, { notification, row }] as const;
    }),
  );
  return new Map(stored);
}

/** The texts are whole numbers of minor units. */
function parseBalances(balances: NotificationRow["balances"]): OrganisationBalances {
  if (balances === null) return {};
  return Object.fromEntries(Object.entries(balances).map(([kind, text]) => [kind, BigInt(text)]));
}

/** By payment. Most protocols need none, and then nothing is read. */
async function readNeededParties(
  sql: Sql | Transaction,
  rows: readonly NotificationRow[],
): Promise<ReadonlyMap<Id, PaymentParties>> {
  if (rows.length === 0) return new Map();
  return readPaymentParties(sql, [...new Set(rows.map(({ paymentId }) => paymentId))]);
}

/** The id of a mandate is stored with the mandate, not with the payment that created it. */
async function withMandate(sql: Sql | Transaction, payment: PaymentRow): Promise<PaymentRow> {
  if (payment.type !== "mandate" || payment.status !== "completed") return payment;
  const mandate = await readMandateByPayment(sql, payment.id);
  return { ...payment, mandateId: mandate?.id ?? null };
}

/** Throws if the protocol does not exist, or if its renderer fails. Both are bugs. */
export function renderNotification(
  protocols: CallbackProtocols,
  notification: Notification,
): RenderedNotification {
  const protocol = protocols[notification.protocol];
  if (protocol === undefined) throw new Error(`no protocol ${notification.protocol} renders notifications`);
  return protocol.render(notification);
}

/** Makes notifications due at `now`, in business time. Returns how many exist. */
export async function resendNotifications(
  { sql, rail }: { readonly sql: Sql; readonly rail: Rail },
  ids: readonly Id[],
  now: number,
): Promise<number> {
  // They are not rendered here, so no protocol needs anything.
  const stored = await readStoredNotifications({ sql, rail, protocols: {} }, ids);
  const deliveries = [...stored.values()].map(
    ({ notification: { id, paymentId, applicationId, endpoint, payment } }): NewDelivery => ({
      notificationId: id,
      subjectId: payment?.originalId ?? paymentId,
      applicationId,
      listener: listenerKey(applicationId, endpoint),
    }),
  );
  return deliveries.length === 0 ? 0 : scheduleNow(sql, deliveries, now);
}

/** The maximum number of notifications in one resend. */
export const maxResent = 10_000;
