/** Every payment has one outcome, or is open: then it has one hold, which waits for a customer, a second step or a validation. */
import type { Invariant } from "./invariant.ts";

export function buildPaymentInvariants(
  statusByRefusal: Readonly<Record<string, string>>,
): readonly Invariant[] {
  const rows = Object.entries(statusByRefusal).map(([refusal, status]) => `('${refusal}', '${status}')`);
  return [
    {
      name: "one_outcome",
      description:
        "Every payment is open or has one final status with a time, and a reason if it was refused.",
      over: "payments",
      offenders: `
        select p.id as payment, p.type, p.status, p.refusal, p.ended_at
        from payments p
        left join (values ${rows.join(", ")}) as e (refusal, ending) on e.refusal = p.refusal
        where (p.status = 'held') <> (p.ended_at is null)
           or (p.status in ('held', 'completed')) <> (p.refusal is null)
           or (p.refusal is not null and e.ending is distinct from p.status)
           or (p.status = 'held' and p.type not in ('collection', 'mandate'))`,
    },
    {
      name: "holds_are_held",
      description:
        "Every held payment has one hold on its payer, and every hold has such a payment. The hold of a prompt has no money, the others have the payment's amount. A two-step hold has a voucher, and only the hold of a validation has no expiry.",
      over: "holds",
      offenders: `
        select coalesce(p.id, h.payment_id) as payment, p.type, p.amount_minor, h.kind, h.amount_minor as hold_minor,
               p.debit_account, h.account_id as hold_account, h.endpoints
        from (select id, type, amount_minor, debit_account, hold_code from payments where status = 'held') p
        full join holds h on h.payment_id = p.id
        where p.id is null or h.payment_id is null or h.amount_minor <> case h.kind when 'prompt' then 0 else p.amount_minor end
           or h.account_id is distinct from p.debit_account
           or (h.kind = 'two_step' and (p.type <> 'collection' or p.hold_code is null))
           or (h.kind = 'validation' and (p.type <> 'collection' or p.hold_code is not null or h.endpoints is null))
           or (h.endpoints is not null and h.kind = 'two_step')
           or (h.expires_at is null) <> (h.kind = 'validation')`,
    },
    {
      name: "validations_are_holds",
      description:
        "Every payment that waits for a validation has an open one, every open one has such a payment, and no other payment has the id that an organisation's server gave.",
      over: "holds",
      offenders: `
        select coalesce(h.payment_id, v.payment_id) as payment, h.kind, v.url, 'open without a hold, or held without one' as wrong
        from (select payment_id, kind from holds where kind = 'validation') h
        full join (select payment_id, url from validations where ended_at is null) v on v.payment_id = h.payment_id
        where h.payment_id is null or v.payment_id is null
        union all
        select v.payment_id, p.status, v.url, 'the outcome is not that of the validation'
        from validations v left join payments p on p.id = v.payment_id
        where v.ended_at is not null
          and not coalesce(case v.verdict
                             when 'accepted' then p.refusal is null or p.refusal in ('organisation_inactive', 'account_full')
                             when 'refused' then p.refusal like 'validation_rejected%'
                             else case v.response_type
                                    when 'cancelled' then p.refusal = 'validation_unanswered'
                                    else p.refusal is null or p.refusal in ('organisation_inactive', 'account_full')
                                  end
                           end and p.status <> 'held', false)
        union all
        select p.id, p.status, p.third_party_reference, 'an id of an organisation that did not accept'
        from payments p
        where p.third_party_reference is not null and p.status <> 'completed'`,
    },
    {
      name: "prompts_are_holds",
      description:
        "Every open prompt has a hold, every hold that waits for a customer has an open prompt, and both expire at the same time.",
      over: "holds",
      offenders: `
        select coalesce(h.payment_id, q.payment_id) as payment, h.expires_at as hold_expires_at,
               q.expires_at as prompt_expires_at
        from (select payment_id, expires_at from holds where kind = 'prompt') h
        full join (select payment_id, expires_at from prompts where ended_at is null) q
          on q.payment_id = h.payment_id
        where h.payment_id is null or q.payment_id is null or h.expires_at <> q.expires_at`,
    },
    {
      name: "open_prompts_are_counted",
      description:
        "Every wallet lists the applications of its open prompts, one entry for each prompt, and no other account lists any.",
      over: "accounts",
      offenders: `
        select coalesce(a.id, o.account_id) as account, a.kind, a.owner, a.open_prompts as listed, o.prompts as open
        from accounts a
        full join (
          select h.account_id, string_agg(p.application_id::text, ' ' order by p.application_id) as prompts
          from holds h join payments p on p.id = h.payment_id where h.kind = 'prompt' group by h.account_id
        ) o on o.account_id = a.id
        where coalesce(a.open_prompts, '') <> coalesce(o.prompts, '')`,
    },
  ];
}
