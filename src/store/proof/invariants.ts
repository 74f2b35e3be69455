/**
 * The invariants of a rail's ledger and of the main schema, as SQL queries.
 *
 * Each has a description, the set of rows that it covers, and a query that selects the rows that break it.
 * Constraints enforce many of these for single rows. These queries check all rows, and so also find what a
 * dropped constraint let through.
 *
 * The queries are set-based, so that PostgreSQL can use every core: ten million payments take seconds, not
 * hours (docs/performance.md). `check-invariants.ts` runs them.
 */

export interface Invariant {
  /** Its name in reports, in tests and in `--json`. */
  readonly name: string;
  readonly description: string;
  /** The set of rows that it covers: a key of the populations below. */
  readonly over: string;
  /** Selects the rows that break it. */
  readonly offenders: string;
}

/** The sets of rows that invariants cover: name → count query. Each query runs once per schema. */
export const railPopulations: Readonly<Record<string, string>> = {
  accounts: "select count(*) from accounts",
  postings: "select count(*) from postings",
  payments: "select count(*) from payments",
  holds: "select count(*) from holds",
  reversals: "select count(*) from payments where type = 'reversal' and status = 'completed'",
  "two-step payments": "select count(*) from payments where hold_code is not null",
  notifications: "select count(*) from notifications",
  references: "select count(*) from idempotency_keys",
  mandates: "select count(*) from mandates",
  "mandate uses": "select count(*) from payments where mandate_id is not null",
  invoices: "select count(*) from invoices",
};

/** The account kinds that every organisation must have, by organisation kind. */
export type AccountKindsByOrganisation = Readonly<Record<string, readonly string[]>>;

/** Facts that `payments` and `organisations` define; the caller passes them in. */
export interface RailFacts {
  /** The final status of a payment with each refusal. */
  readonly statusByRefusal: Readonly<Record<string, string>>;
  readonly accountKinds: AccountKindsByOrganisation;
  /** Accounts that an organisation may have beside them. */
  readonly formerAccountKinds: AccountKindsByOrganisation;
}

/** The invariants of a rail. */
export function buildRailInvariants({
  statusByRefusal,
  accountKinds,
  formerAccountKinds,
}: RailFacts): readonly Invariant[] {
  return [
    ...buildLedgerInvariants(accountKinds, formerAccountKinds),
    ...buildPaymentInvariants(statusByRefusal),
    ...postingInvariants,
    ...relationInvariants,
  ];
}

function buildLedgerInvariants(
  accountKinds: AccountKindsByOrganisation,
  formerAccountKinds: AccountKindsByOrganisation,
): readonly Invariant[] {
  const formatRows = (kindsByOrganisation: AccountKindsByOrganisation): string =>
    Object.entries(kindsByOrganisation)
      .flatMap(([organisation, kinds]) => kinds.map((kind) => `('${organisation}', '${kind}')`))
      .join(", ");
  return [
    {
      name: "two_accounts",
      description: "Every posting moves a positive amount between two different accounts of the rail.",
      over: "postings",
      offenders: `
      select m.payment_id, m.ordinal, m.debit_account, m.credit_account, m.amount_minor
      from postings m
      left join accounts d on d.id = m.debit_account
      left join accounts c on c.id = m.credit_account
      where d.id is null or c.id is null or d.id = c.id or m.amount_minor <= 0`,
    },
    {
      name: "balances_are_postings",
      description: "The balance of an account, including held money, is the sum of its postings.",
      over: "accounts",
      offenders: `
      select coalesce(a.id, s.id) as account, a.kind, a.owner, a.available_minor, a.held_minor, s.amount_minor as posted_minor
      from accounts a
      full join (
        select id, sum(amount_minor) as amount_minor
        from (select debit_account as id, -amount_minor as amount_minor from postings
              union all select credit_account, amount_minor from postings) as sides
        group by id
      ) s on s.id = a.id
      where coalesce(a.available_minor + a.held_minor, 0) <> coalesce(s.amount_minor, 0)`,
    },
    {
      name: "held_is_holds",
      description: "The held amount of an account is the sum of its open holds.",
      over: "accounts",
      offenders: `
      select coalesce(a.id, h.account_id) as account, a.kind, a.owner, a.held_minor, h.amount_minor as holds_minor
      from accounts a
      full join (select account_id, sum(amount_minor) as amount_minor from holds group by account_id) h on h.account_id = a.id
      where coalesce(a.held_minor, 0) <> coalesce(h.amount_minor, 0)`,
    },
    {
      name: "not_below_zero",
      description: "No wallet, working account or utility account is below zero.",
      over: "accounts",
      offenders: `
      select id as account, kind, owner, available_minor, held_minor from accounts
      where held_minor < 0 or (available_minor < 0 and kind not in ('charges_paid', 'float', 'fees', 'suspense'))`,
    },
    {
      name: "rail_sums_to_zero",
      description: "The sum of all balances of the rail is zero.",
      over: "accounts",
      offenders: `
      select sum(available_minor) as available_minor, sum(held_minor) as held_minor from accounts
      having sum(available_minor) + sum(held_minor) <> 0`,
    },
    {
      name: "accounts_have_owners",
      description:
        "Every account belongs to a customer, an organisation or the operator, and each of them has all its accounts.",
      over: "accounts",
      offenders: `
      select coalesce(a.id, 0) as account, a.kind, coalesce(a.owner, w.owner) as owner
      from accounts a
      full join (
        select 'wallet' as kind, msisdn as owner from customers
        union all
        select a.kind, shortcode from organisations o
        join (values ${formatRows(accountKinds)}) as a (organisation_kind, kind) on a.organisation_kind = o.kind
        union all
        values ('float', 'operator'), ('fees', 'operator'), ('suspense', 'operator')
        union all
        select a.kind, a.owner from accounts a join organisations o on o.shortcode = a.owner
        where (o.kind, a.kind) in (values ${formatRows(formerAccountKinds)})
      ) w on w.kind = a.kind and w.owner = a.owner
      where a.id is null or w.owner is null`,
    },
  ];
}

function buildPaymentInvariants(statusByRefusal: Readonly<Record<string, string>>): readonly Invariant[] {
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

/**
 * A completed payment has one business posting, the last of its postings. Two kinds have none: a two-step
 * collection, whose commit has the posting, and payments without money (mandates, releases).
 */
const postingInvariants: readonly Invariant[] = [
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

const relationInvariants: readonly Invariant[] = [
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

export const mainPopulations: Readonly<Record<string, string>> = {
  applications: "select count(*) from applications",
  credentials: "select count(*) from credentials",
  "access tokens": "select count(*) from access_tokens",
};

/** The invariants of the main schema. */
export const mainInvariants: readonly Invariant[] = [
  {
    name: "applications_have_developers",
    description:
      "Every application has a developer, and a live application lists the organisations that it may act for.",
    over: "applications",
    offenders: `
      select a.id as application, a.environment, a.developer_id as developer
      from applications a left join developers d on d.id = a.developer_id
      where d.id is null or (a.environment = 'live' and a.shortcodes is null)`,
  },
  {
    name: "applications_have_credentials",
    description:
      "Every application that is not revoked has an active credential, and no credential ends before it begins.",
    over: "credentials",
    offenders: `
      select a.id as application, null::bigint as credential from applications a
      where a.revoked_at is null
        and not exists (select 1 from credentials c where c.application_id = a.id and c.state = 'active' and c.protocol is not null)
      union all
      select c.application_id, c.id from credentials c
      where c.ended_at < c.created_at or (c.state = 'inactive') <> (c.ended_at is not null)`,
  },
  {
    name: "access_tokens_have_applications",
    description:
      "Every access token belongs to an application of the same environment and to one of its credentials, and ends after it begins.",
    over: "access tokens",
    offenders: `
      select left(encode(t.hash, 'hex'), 8) as token, t.application_id as application, t.environment
      from access_tokens t
      left join applications a on a.id = t.application_id
      left join credentials c on c.id = t.credential_id
      where a.environment is distinct from t.environment or c.application_id is distinct from t.application_id
         or t.expires_at < t.active_from`,
  },
];
