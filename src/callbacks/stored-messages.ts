/** Messages as their protocols render them: the outbox row, with the payment that it is about. */
import type { Rail } from "../core/money.ts";
import type { Sql, Transaction } from "../store/driver/connect.ts";
import { listenerKey, scheduleNow, type NewDelivery } from "../store/rail/deliveries.ts";
import { readCallbacks, type CallbackRow } from "../store/rail/delivery-queries.ts";
import { readMandateByPayment } from "../store/rail/mandates.ts";
import { readPayments, type PaymentRow } from "../store/rail/payments.ts";
import type { Id } from "../core/ids.ts";
import type { Message, RenderedCallback, CallbackRenderer } from "./message.ts";

/** A message, and how it stands with its delivery. */
export interface StoredMessage {
  readonly message: Message;
  readonly row: CallbackRow;
}

/** By the protocol that asked. */
export type CallbackRenderers = Readonly<Record<string, CallbackRenderer>>;

/** Reads messages with their payments; those that do not exist are left out. */
export async function readStoredMessages(
  sql: Sql | Transaction,
  rail: Rail,
  ids: readonly Id[],
): Promise<Map<Id, StoredMessage>> {
  const [rows, payments] = await Promise.all([readCallbacks(sql, ids), readPayments(sql, ids)]);
  const byId = new Map(payments.map((payment) => [payment.id, payment]));
  const stored = await Promise.all(
    rows.map(async (row) => {
      const payment = byId.get(row.paymentId) ?? null;
      const message: Message = {
        id: row.paymentId,
        rail,
        applicationId: row.applicationId,
        protocol: row.protocol,
        url: row.url,
        payment: payment === null ? null : await withMandate(sql, payment),
        queryResult: row.queryResult,
      };
      return [row.paymentId, { message, row }] as const;
    }),
  );
  return new Map(stored);
}

/** A mandate's number stands with the mandate, not with the payment that made it. */
async function withMandate(sql: Sql | Transaction, payment: PaymentRow): Promise<PaymentRow> {
  if (payment.type !== "mandate" || payment.status !== "completed") return payment;
  const mandate = await readMandateByPayment(sql, payment.id);
  return { ...payment, mandateId: mandate?.id ?? null };
}

/** Throws for a protocol that has no words for callbacks, and for what its renderer cannot say: bugs. */
export function renderCallback(renderers: CallbackRenderers, message: Message): RenderedCallback {
  const renderer = renderers[message.protocol];
  if (renderer === undefined) throw new Error(`no protocol ${message.protocol} renders callbacks`);
  return renderer(message);
}

/** Has messages told again, or sooner: due at `now`, business time. Returns how many there were. */
export async function resendMessages(sql: Sql, rail: Rail, ids: readonly Id[], now: number): Promise<number> {
  const stored = await readStoredMessages(sql, rail, ids);
  const deliveries = [...stored.values()].map(
    ({ message: { id, applicationId, url, payment } }): NewDelivery => ({
      paymentId: id,
      subjectPaymentId: payment?.originalId ?? id,
      applicationId,
      listener: listenerKey(applicationId, url),
    }),
  );
  return deliveries.length === 0 ? 0 : scheduleNow(sql, deliveries, now);
}

/** At most this many messages are resent at a time. */
export const maxResent = 10_000;
