/**
 * Payments and their postings, one by one.
 *
 * A completed payment has one business posting, the last of its postings. Two kinds have none: a two-step
 * collection, whose commit has the posting, and payments without money (mandates, releases).
 */
import type { Invariant } from "./invariant.ts";

export const postingInvariants: readonly Invariant[] = [
  {
    name: "payments_are_postings",
    description:
      "A completed payment moved its amount between its accounts, and no other payment moved money.",
    over: "payments",
    offenders: `
      select coalesce(p.id, m.payment_id) as payment, p.type, p.amount_minor, p.debit_account, p.credit_account,
             m.type, m.amount_minor as moved_minor, m.debit_account as moved_from, m.credit_account as moved_to
      from (select id, case type when 'step' then 'collection' else type end as type, amount_minor,
                   debit_account, credit_account
            from payments where status = 'completed' and amount_minor > 0 and hold_code is null) p
      full join (select payment_id, type, amount_minor, debit_account, credit_account
                 from postings where type not in ('scenario_funding', 'charge')) m on m.payment_id = p.id
      where p.id is null or m.payment_id is null or m.amount_minor <> p.amount_minor or m.type <> p.type
         or m.debit_account is distinct from p.debit_account
         or m.credit_account is distinct from p.credit_account`,
  },
  {
    name: "one_posting_a_payment",
    description:
      "A payment has one posting. Only a sandbox scenario's funding, from the float or the receiver to the payer, or a charge may come before it.",
    over: "postings",
    offenders: `
      select m.payment_id as payment, m.ordinal, m.type, m.debit_account, m.credit_account, m.amount_minor
      from postings m
      left join payments p on p.id = m.payment_id
      left join accounts f on f.id = m.debit_account
      where m.type = 'scenario_funding'
        and not coalesce(m.ordinal = 0 and (f.kind = 'float' or m.debit_account = p.credit_account) and m.credit_account = p.debit_account
                         and m.amount_minor = p.amount_minor and (p.status = 'completed' or p.hold_code is not null), false)
      union all
      select m.payment_id, m.ordinal, m.type, m.debit_account, m.credit_account, m.amount_minor
      from postings m
      left join postings f on f.payment_id = m.payment_id and f.ordinal = 0 and f.type in ('scenario_funding', 'charge')
      where m.ordinal <> 0
        and not (m.ordinal = 1 and m.type not in ('scenario_funding', 'charge') and f.payment_id is not null)`,
  },
  {
    name: "charges_are_fees",
    description:
      "A charge belongs to a completed payment, and moves from the charges of one of its organisations to the operator's fees.",
    over: "postings",
    offenders: `
      select m.payment_id as payment, m.ordinal, m.type, d.kind, d.owner, c.kind as credited, m.amount_minor
      from postings m
      left join payments p on p.id = m.payment_id
      left join accounts d on d.id = m.debit_account
      left join accounts c on c.id = m.credit_account
      where m.type = 'charge'
        and not coalesce(m.ordinal = 0 and d.kind = 'charges_paid' and d.owner = p.organisation
                         and c.kind = 'fees' and p.status = 'completed', false)`,
  },
  {
    name: "two_steps",
    description:
      "A two-step payment was committed by one step that moved its amount, or released by one that moved no money.",
    over: "two-step payments",
    offenders: `
      select coalesce(p.id, s.original_id) as payment, p.status, p.amount_minor, s.steps, s.amount_minor as step_minor
      from (select id, status, case status when 'completed' then amount_minor else 0 end as amount_minor,
                   debit_account, credit_account
            from payments where hold_code is not null
              and (status = 'completed' or refusal = 'released_by_organisation')) p
      full join (select original_id, count(*) as steps, sum(amount_minor) as amount_minor,
                        min(debit_account) as debit_account, min(credit_account) as credit_account
                 from payments
                 where type = 'step' and status = 'completed' and (original_id is not null or amount_minor > 0)
                 group by original_id) s on s.original_id = p.id
      where p.id is null or s.steps is null or s.steps <> 1 or s.amount_minor <> p.amount_minor
         or (p.status = 'completed' and (s.debit_account is distinct from p.debit_account
                                         or s.credit_account is distinct from p.credit_account))`,
  },
  {
    name: "reversals_add_up",
    description: "The reversed amount of a payment is the sum of its reversals and at most its amount.",
    over: "reversals",
    offenders: `
      select coalesce(o.id, r.original_id) as payment, o.type, o.status, o.amount_minor, o.reversed_minor,
             r.amount_minor as reversals_minor
      from (select id, type, status, amount_minor, reversed_minor from payments where reversed_minor <> 0) o
      full join (select original_id, sum(amount_minor) as amount_minor from payments
                 where type = 'reversal' and status = 'completed' and original_id is not null
                 group by original_id) r on r.original_id = o.id
      where o.id is null or r.amount_minor is null or o.reversed_minor <> r.amount_minor
         or o.reversed_minor > o.amount_minor or o.status <> 'completed'`,
  },
  {
    name: "reversals_go_back",
    description: "A reversal debits the payee of the original payment and credits its payer.",
    over: "reversals",
    offenders: `
      select r.id as payment, r.original_id, r.debit_account, r.credit_account
      from payments r
      left join payments o on o.id = r.original_id
      where r.type = 'reversal' and r.status = 'completed' and r.original_id is not null
        and (r.debit_account is distinct from o.credit_account or r.credit_account is distinct from o.debit_account
             or o.type not in ('collection', 'payout', 'transfer', 'debit'))`,
  },
];
