/** Messages as their protocols render them: the outbox row, with the payment that it is about. */
import type { Rail } from "../money.ts";
import type { Sql, Transaction } from "../store/connect.ts";
import { listenerKey, makeDue } from "../store/deliveries.ts";
import { readMessages, type MessageRow } from "../store/delivery-list.ts";
import { mandateOfPayment } from "../store/mandates.ts";
import { readPayments, type PaymentRow } from "../store/payments.ts";
import type { Id } from "../ids.ts";
import type { Message, Rendered, Renderer } from "./message.ts";

/** A message, and how it stands with its delivery. */
export interface StoredMessage {
  readonly message: Message;
  readonly row: MessageRow;
}

/** By the protocol that asked. */
export type Renderers = Readonly<Record<string, Renderer>>;

/** Reads messages with their payments; those that do not exist are left out. */
export async function readStoredMessages(
  sql: Sql | Transaction,
  rail: Rail,
  ids: readonly Id[],
): Promise<Map<Id, StoredMessage>> {
  const [rows, payments] = await Promise.all([readMessages(sql, ids), readPayments(sql, ids)]);
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
        answer: row.answer,
      };
      return [row.paymentId, { message, row }] as const;
    }),
  );
  return new Map(stored);
}

/** A mandate's number stands with the mandate, not with the payment that made it. */
async function withMandate(sql: Sql | Transaction, payment: PaymentRow): Promise<PaymentRow> {
  if (payment.use !== "mandate" || payment.status !== "completed") return payment;
  const mandate = await mandateOfPayment(sql, payment.id);
  return { ...payment, mandateId: mandate?.id ?? null };
}

/** Throws for a protocol that has no words for callbacks, and for what its renderer cannot say: bugs. */
export function render(renderers: Renderers, message: Message): Rendered {
  const renderer = renderers[message.protocol];
  if (renderer === undefined) throw new Error(`no protocol ${message.protocol} renders callbacks`);
  return renderer(message);
}

/** Has messages told again, or sooner: due at `now`, business time. Returns how many there were. */
export async function resendMessages(sql: Sql, rail: Rail, ids: readonly Id[], now: number): Promise<number> {
  const stored = await readStoredMessages(sql, rail, ids);
  const rows = [...stored.values()].map(({ message: { id, applicationId, url, payment } }) => ({
    paymentId: id,
    about: payment?.originalId ?? id,
    applicationId,
    listener: listenerKey(applicationId, url),
  }));
  return rows.length === 0 ? 0 : makeDue(sql, rows, now);
}

/** At most this many messages are resent at a time. */
export const resentMax = 10_000;
