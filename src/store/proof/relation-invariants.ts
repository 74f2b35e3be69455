/** What belongs to a payment: its invoice, its notifications and their deliveries, its receipt, and its reference. */
import type { Invariant } from "./invariant.ts";

export const relationInvariants: readonly Invariant[] = [
  {
    // Not the other way round: a payment to an account counts only while an invoice of the account is open.
    name: "invoices_are_paid",
    description: "Invoices of an account are paid at most what customers have paid to that account.",
    over: "invoices",
    offenders: `
      select i.shortcode, i.account, i.invoice, i.paid_minor, coalesce(p.paid_minor, 0) as customers_paid_minor
      from (select shortcode, lower(account_reference) as account, min(id) as invoice, sum(paid_minor) as paid_minor
            from invoices where paid_minor > 0 group by 1, 2) i
      left join (select organisation, lower(customer_reference) as account, sum(amount_minor) as paid_minor
                 from payments where type in ('collection', 'debit') and status = 'completed'
                 group by 1, 2) p on p.organisation = i.shortcode and p.account = i.account
      where i.paid_minor > coalesce(p.paid_minor, 0)`,
  },
  {
    name: "notifications_are_owed",
    description:
      "Every payment has as many notifications as its outcome owes, all for its application, and none while its prompt or its validation is open. Every other notification is the result of a query.",
    over: "notifications",
    offenders: `
      select coalesce(p.id, n.payment_id) as payment, p.application_id, n.application_id as notified_application,
             p.notifications_owed, n.notifications
      from (select id, application_id, notifications_owed from payments where notifications_owed > 0) p
      full join (select payment_id, count(*) as notifications, min(application_id) as application_id
                 from notifications where query_result is null group by payment_id) n on n.payment_id = p.id
      where p.id is null or n.payment_id is null or n.notifications <> p.notifications_owed
         or n.application_id is distinct from p.application_id
      union all
      select p.id, p.application_id, null, p.notifications_owed, null
      from holds h join payments p on p.id = h.payment_id
      where h.kind <> 'two_step' and p.notifications_owed <> 0`,
  },
  {
    name: "notifications_are_delivered",
    description:
      "Every notification was acknowledged or has a delivery, and every delivery has a notification.",
    over: "notifications",
    offenders: `
      select n.id as notification, n.payment_id as payment, n.application_id, 'it has no delivery' as wrong
      from notifications n
      where n.delivered_at is null and not exists (select 1 from deliveries d where d.notification_id = n.id)
      union all
      select d.notification_id, d.subject_id, d.application_id, 'it has no notification'
      from deliveries d
      where not exists (select 1 from notifications n
                        where n.id = d.notification_id and n.application_id = d.application_id)`,
  },
  {
    name: "receipts_once",
    description: "No two payments have the same receipt.",
    over: "payments",
    offenders: `
      select receipt, count(*) as payments, min(id) as first_payment, max(id) as last_payment
      from payments where receipt is not null group by receipt having count(*) > 1`,
  },
  {
    // Not the other way round: a query may claim a reference without recording a payment.
    name: "references_once",
    description: "Every payment has claimed exactly one reference, so that no other payment can use it.",
    over: "payments",
    offenders: `
      select p.id as payment, 0 as held from payments p
      where not exists (select 1 from idempotency_keys r where r.payment_id = p.id)
      union all
      select payment_id, count(*) from idempotency_keys group by payment_id having count(*) > 1`,
  },
];
