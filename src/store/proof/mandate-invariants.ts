/** Mandates, the payments that created and used them, and their paid periods. */
import type { Invariant } from "./invariant.ts";

export const mandateInvariants: readonly Invariant[] = [
  {
    name: "mandates_have_payments",
    description:
      "Every mandate was created by a completed payment of the same parties, and every such payment created one.",
    over: "mandates",
    offenders: `
      select m.id as mandate, coalesce(p.id, m.payment_id) as payment, m.organisation, m.msisdn
      from (select id, organisation, counterparty, application_id from payments
            where type = 'mandate' and status = 'completed') p
      full join mandates m on m.payment_id = p.id
      where p.id is null or m.id is null or m.organisation <> p.organisation or m.msisdn <> p.counterparty
         or m.application_id is distinct from p.application_id`,
  },
  {
    name: "mandates_are_single",
    description:
      "An application has at most one active mandate with a reference from a customer, save from a sandbox scenario's customer.",
    over: "mandates",
    offenders: `
      select application_id, msisdn, reference, count(*) as mandates, min(id) as first_mandate, max(id) as last_mandate
      from mandates
      where cancelled_at is null and expired_at is null and msisdn !~ '^0+[1-9]$'
      group by application_id, msisdn, reference having count(*) > 1`,
  },
  {
    name: "mandates_are_used",
    description:
      "A payment with a mandate is a completed debit or cancellation between its parties, and a cancelled mandate stays cancelled.",
    over: "mandate uses",
    offenders: `
      select p.id as payment, p.type, p.status, p.mandate_id as mandate, p.organisation
      from payments p
      left join mandates m on m.id = p.mandate_id
      where p.mandate_id is not null
        and not coalesce(p.status = 'completed' and m.organisation = p.organisation and m.msisdn = p.counterparty
                         and (p.type = 'debit' or (p.type = 'mandate_cancel' and m.cancelled_at is not null)), false)`,
  },
  {
    name: "periods_are_paid",
    description: "Every paid period of a mandate has a completed debit, and every such debit has a period.",
    over: "mandate uses",
    offenders: `
      select p.id as payment, coalesce(p.mandate_id, d.mandate_id) as mandate, d.period
      from (select id, mandate_id from payments where type = 'debit' and status = 'completed' and mandate_id is not null) p
      full join mandate_periods d on d.payment_id = p.id
      left join mandates m on m.id = p.mandate_id
      where p.id is null or p.mandate_id is distinct from coalesce(d.mandate_id, p.mandate_id)
         or (d.payment_id is null and m.frequency <> 'on_demand')`,
  },
];
