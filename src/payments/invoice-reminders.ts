/** Reminds customers of their invoices: an SMS on the last day to pay, at eight in the morning. */
import type { ClockDrivenJob, ClockEvent } from "../core/clock.ts";
import { readNextReminder, takeDueReminders, type DueReminder } from "../store/rail/invoices.ts";
import { insertInvoiceMessages } from "../store/rail/messages.ts";
import { publishMessages } from "./invoices.ts";
import type { Payments } from "./payments.ts";

const maxBatchSize = 500;

/**
 * Sends every reminder that is due (business time), and returns an event for each. An invoice that was paid or cancelled,
 * or whose biller sends none any more, has none. Several servers may do so at the same time.
 */
export async function sendReminders({
  context: { sql, clock, rail, newId },
  commitEvents,
}: Pick<Payments, "context" | "commitEvents">): Promise<ClockEvent[]> {
  const events: ClockEvent[] = [];
  for (;;) {
    const at = clock.now();
    const due = await sql.begin(async (tx): Promise<DueReminder[]> => {
      const reminders = await takeDueReminders(tx, at, maxBatchSize);
      const invoiceIds = reminders.filter(({ isSent }) => isSent).map(({ id }) => id);
      if (invoiceIds.length > 0)
        await insertInvoiceMessages(tx, "invoice_reminder", { paymentId: newId(), invoiceIds }, at);
      return reminders;
    });
    const sent = due.filter(({ isSent }) => isSent);
    if (sent.length > 0) publishMessages(commitEvents);
    events.push(
      ...sent.map(({ billedMsisdn, accountReference }) => ({
        at,
        market: rail.market,
        type: "invoice_reminded",
        subject: billedMsisdn,
        message: `${billedMsisdn} was reminded of the bill of account ${accountReference}.`,
      })),
    );
    if (due.length < maxBatchSize) return events;
  }
}

/** The same, as a job of the sandbox clock. */
export const createReminderWork = (payments: Payments): ClockDrivenJob => ({
  nextAt: (until) => readNextReminder(payments.context.sql, until),
  run: () => sendReminders(payments),
});
