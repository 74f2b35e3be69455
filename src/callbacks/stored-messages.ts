/** Reads and renders messages: an outbox row with its payment. */
import type { Rail } from "../core/money.ts";
import type { Sql, Transaction } from "../store/driver/connect.ts";
import { listenerKey, scheduleNow, type NewDelivery } from "../store/rail/deliveries.ts";
import { readCallbacks, type CallbackRow } from "../store/rail/delivery-queries.ts";
import { readMandateByPayment } from "../store/rail/mandates.ts";
import { readPayments, type PaymentRow } from "../store/rail/payments.ts";
import type { Id } from "../core/ids.ts";
import type { Message, RenderedCallback, CallbackRenderer } from "./message.ts";

/** A message with the state of its delivery. */
export interface StoredMessage {
  readonly message: Message;
  readonly row: CallbackRow;
}

/** By the protocol of the request. */
export type CallbackRenderers = Readonly<Record<string, CallbackRenderer>>;

/** Reads messages with their payments. Ids without a message are left out. */
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

/** The id of a mandate is stored with the mandate, not with the payment that created it. */
async function withMandate(sql: Sql | Transaction, payment: PaymentRow): Promise<PaymentRow> {
  if (payment.type !== "mandate" || payment.status !== "completed") return payment;
  const mandate = await readMandateByPayment(sql, payment.id);
  return { ...payment, mandateId: mandate?.id ?? null };
}

/** Throws if the protocol has no renderer, or if the renderer fails. Both are bugs. */
export function renderCallback(renderers: CallbackRenderers, message: Message): RenderedCallback {
  const renderer = renderers[message.protocol];
  if (renderer === undefined) throw new Error(`no protocol ${message.protocol} renders callbacks`);
  return renderer(message);
}

/** Makes messages due at `now`, in business time. Returns how many exist. */
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

/** The maximum number of messages in one resend. */
export const maxResent = 10_000;
