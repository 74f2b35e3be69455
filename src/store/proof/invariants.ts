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
  moves: "select count(*) from moves",
  payments: "select count(*) from payments",
  holds: "select count(*) from holds",
  reversals: "select count(*) from payments where use = 'reversal' and status = 'completed'",
  "two-step payments": "select count(*) from payments where voucher is not null",
  "outbox rows": "select count(*) from outbox",
  references: "select count(*) from payment_references",
  mandates: "select count(*) from mandates",
  "mandate uses": "select count(*) from payments where mandate_id is not null",
};

/**
 * The invariants of a rail. `statusByRefusal` is the final status of a refused payment, by refusal. It is passed
 * in because `payments` defines the refusals.
 */
export function buildRailInvariants(statusByRefusal: Readonly<Record<string, string>>): readonly Invariant[] {
  return [
    ...ledgerInvariants,
    ...buildPaymentInvariants(statusByRefusal),
    ...postingInvariants,
    ...relationInvariants,
  ];
}

const ledgerInvariants: readonly Invariant[] = [
  {
    name: "two_accounts",
    description: "Every posting moves a positive amount between two different accounts of the rail.",
    over: "moves",
    offenders: `
      select m.payment_id, m.ordinal, m.debit_account, m.credit_account, m.minor
      from moves m
      left join accounts d on d.id = m.debit_account
      left join accounts c on c.id = m.credit_account
      where d.id is null or c.id is null or d.id = c.id or m.minor <= 0`,
  },
  {
    name: "balances_are_moves",
    description: "The balance of an account, including held money, is the sum of its postings.",
    over: "accounts",
    offenders: `
      select coalesce(a.id, s.id) as account, a.kind, a.owner, a.available_minor, a.held_minor, s.minor as moved_minor
      from accounts a
      full join (
        select id, sum(minor) as minor
        from (select debit_account as id, -minor as minor from moves
              union all select credit_account, minor from moves) as sides
        group by id
      ) s on s.id = a.id
      where coalesce(a.available_minor + a.held_minor, 0) <> coalesce(s.minor, 0)`,
  },
  {
    name: "held_is_holds",
    description: "The held amount of an account is the sum of its open holds.",
    over: "accounts",
    offenders: `
      select coalesce(a.id, h.account_id) as account, a.kind, a.owner, a.held_minor, h.minor as holds_minor
      from accounts a
      full join (select account_id, sum(minor) as minor from holds group by account_id) h on h.account_id = a.id
      where coalesce(a.held_minor, 0) <> coalesce(h.minor, 0)`,
  },
  {
    name: "not_below_zero",
    description: "No wallet, working account or utility account is below zero.",
    over: "accounts",
    offenders: `
      select id as account, kind, owner, available_minor, held_minor from accounts
      where held_minor < 0 or (available_minor < 0 and kind in ('wallet', 'working', 'utility'))`,
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
        select kind, shortcode from organisations, (values ('working'), ('utility'), ('charges_paid')) as k (kind)
        union all
        values ('float', 'operator'), ('fees', 'operator'), ('suspense', 'operator')
      ) w on w.kind = a.kind and w.owner = a.owner
      where a.id is null or w.owner is null`,
  },
];

function buildPaymentInvariants(statusByRefusal: Readonly<Record<string, string>>): readonly Invariant[] {
  const rows = Object.entries(statusByRefusal).map(([refusal, status]) => `('${refusal}', '${status}')`);
  return [
    {
      name: "one_ending",
      description:
        "Every payment is open or has one final status with a time, and a reason if it was refused.",
      over: "payments",
      offenders: `
        select p.id as payment, p.use, p.status, p.refusal, p.ended_at
        from payments p
        left join (values ${rows.join(", ")}) as e (refusal, ending) on e.refusal = p.refusal
        where (p.status = 'held') <> (p.ended_at is null)
           or (p.status in ('held', 'completed')) <> (p.refusal is null)
           or (p.refusal is not null and e.ending is distinct from p.status)
           or (p.status = 'held' and p.use not in ('collection', 'mandate'))`,
    },
    {
      name: "holds_are_held",
      description:
        "Every held payment has one hold on its payer for its amount, and every hold has such a payment. A two-step hold has a voucher.",
      over: "holds",
      offenders: `
        select coalesce(p.id, h.payment_id) as payment, p.use, p.amount_minor, h.kind, h.minor as hold_minor,
               p.debit_account, h.account_id as hold_account, p.listened, h.protocol
        from (select id, use, amount_minor, debit_account, listened, voucher from payments where status = 'held') p
        full join holds h on h.payment_id = p.id
        where p.id is null or h.payment_id is null or h.minor <> p.amount_minor
           or h.account_id is distinct from p.debit_account
           or (h.kind = 'two_step' and (p.use <> 'collection' or p.voucher is null))
           or (h.url is not null) <> (p.listened and h.kind = 'prompt')`,
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
  ];
}

/**
 * A completed payment has one business posting, the last of its postings. Two kinds have none: a two-step
 * collection, whose commit has the posting, and payments without money (mandates, releases).
 */
const postingInvariants: readonly Invariant[] = [
  {
    name: "payments_are_moves",
    description:
      "A completed payment moved its amount between its accounts, and no other payment moved money.",
    over: "payments",
    offenders: `
      select coalesce(p.id, m.payment_id) as payment, p.use, p.amount_minor, p.debit_account, p.credit_account,
             m.why, m.minor as moved_minor, m.debit_account as moved_from, m.credit_account as moved_to
      from (select id, case use when 'step' then 'collection' else use end as use, amount_minor,
                   debit_account, credit_account
            from payments where status = 'completed' and amount_minor > 0 and voucher is null) p
      full join (select payment_id, why, minor, debit_account, credit_account
                 from moves where why <> 'scenario_funding') m on m.payment_id = p.id
      where p.id is null or m.payment_id is null or m.minor <> p.amount_minor or m.why <> p.use
         or m.debit_account is distinct from p.debit_account
         or m.credit_account is distinct from p.credit_account`,
  },
  {
    name: "one_move_a_payment",
    description:
      "A payment has one posting. Only a sandbox scenario's funding, from the float to the payer, may come before it.",
    over: "moves",
    offenders: `
      select m.payment_id as payment, m.ordinal, m.why, m.debit_account, m.credit_account, m.minor
      from moves m
      left join payments p on p.id = m.payment_id
      left join accounts f on f.id = m.debit_account
      where m.why = 'scenario_funding'
        and not coalesce(m.ordinal = 0 and f.kind = 'float' and m.credit_account = p.debit_account
                         and m.minor = p.amount_minor and (p.status = 'completed' or p.voucher is not null), false)
      union all
      select m.payment_id, m.ordinal, m.why, m.debit_account, m.credit_account, m.minor
      from moves m
      left join moves f on f.payment_id = m.payment_id and f.ordinal = 0 and f.why = 'scenario_funding'
      where m.ordinal <> 0 and not (m.ordinal = 1 and m.why <> 'scenario_funding' and f.payment_id is not null)`,
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
            from payments where voucher is not null
              and (status = 'completed' or refusal = 'released_by_organisation')) p
      full join (select original_id, count(*) as steps, sum(amount_minor) as amount_minor,
                        min(debit_account) as debit_account, min(credit_account) as credit_account
                 from payments
                 where use = 'step' and status = 'completed' and (original_id is not null or amount_minor > 0)
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
      select coalesce(o.id, r.original_id) as payment, o.use, o.status, o.amount_minor, o.reversed_minor,
             r.minor as reversals_minor
      from (select id, use, status, amount_minor, reversed_minor from payments where reversed_minor <> 0) o
      full join (select original_id, sum(amount_minor) as minor from payments
                 where use = 'reversal' and status = 'completed' and original_id is not null
                 group by original_id) r on r.original_id = o.id
      where o.id is null or r.minor is null or o.reversed_minor <> r.minor
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
      where r.use = 'reversal' and r.status = 'completed' and r.original_id is not null
        and (r.debit_account is distinct from o.credit_account or r.credit_account is distinct from o.debit_account
             or o.use not in ('collection', 'payout', 'transfer', 'debit'))`,
  },
];

const relationInvariants: readonly Invariant[] = [
  {
    name: "endings_are_told",
    description:
      "Every result with a callback has one outbox row, and every other outbox row is the result of a query. A two-step payment's first result is that the money is held.",
    over: "outbox rows",
    offenders: `
      select coalesce(p.id, o.payment_id) as payment, p.application_id, o.application_id as told_application
      from (select id, application_id from payments
            where listened and (status <> 'held'
                                or exists (select 1 from holds h where h.payment_id = payments.id and h.kind = 'two_step'))) p
      full join (select payment_id, application_id from outbox where answer is null) o on o.payment_id = p.id
      where p.id is null or o.payment_id is null or o.application_id is distinct from p.application_id`,
  },
  {
    name: "results_are_delivered",
    description: "Every outbox row was acknowledged or has a delivery, and every delivery has an outbox row.",
    over: "outbox rows",
    offenders: `
      select o.payment_id as payment, o.application_id, 'it has no delivery' as wrong
      from outbox o
      where o.told_at is null and not exists (select 1 from deliveries d where d.payment_id = o.payment_id)
      union all
      select d.payment_id, d.application_id, 'it is not in the outbox'
      from deliveries d
      where not exists (select 1 from outbox o
                        where o.payment_id = d.payment_id and o.application_id = d.application_id)`,
  },
  {
    // Not the other way round: a query may claim a reference without recording a payment.
    name: "references_once",
    description: "Every payment has claimed exactly one reference, so that no other payment can use it.",
    over: "payments",
    offenders: `
      select p.id as payment, 0 as held from payments p
      where not exists (select 1 from payment_references r where r.payment_id = p.id)
      union all
      select payment_id, count(*) from payment_references group by payment_id having count(*) > 1`,
  },
  {
    name: "mandates_have_payments",
    description:
      "Every mandate was created by a completed payment of the same parties, and every such payment created one.",
    over: "mandates",
    offenders: `
      select m.id as mandate, coalesce(p.id, m.payment_id) as payment, m.organisation, m.msisdn
      from (select id, organisation, counterparty, application_id from payments
            where use = 'mandate' and status = 'completed') p
      full join mandates m on m.payment_id = p.id
      where p.id is null or m.id is null or m.organisation <> p.organisation or m.msisdn <> p.counterparty
         or m.application_id is distinct from p.application_id`,
  },
  {
    name: "mandates_are_used",
    description:
      "A payment with a mandate is a completed debit or cancellation between its parties, and a cancelled mandate stays cancelled.",
    over: "mandate uses",
    offenders: `
      select p.id as payment, p.use, p.status, p.mandate_id as mandate, p.organisation
      from payments p
      left join mandates m on m.id = p.mandate_id
      where p.mandate_id is not null
        and not coalesce(p.status = 'completed' and m.organisation = p.organisation and m.msisdn = p.counterparty
                         and (p.use = 'debit' or (p.use = 'mandate_cancel' and m.cancelled_at is not null)), false)`,
  },
  {
    name: "periods_are_paid",
    description: "Every paid period of a mandate has a completed debit, and every such debit has a period.",
    over: "mandate uses",
    offenders: `
      select p.id as payment, coalesce(p.mandate_id, d.mandate_id) as mandate, d.period
      from (select id, mandate_id from payments where use = 'debit' and status = 'completed' and mandate_id is not null) p
      full join mandate_periods d on d.payment_id = p.id
      left join mandates m on m.id = p.mandate_id
      where p.id is null or p.mandate_id is distinct from coalesce(d.mandate_id, p.mandate_id)
         or (d.payment_id is null and m.frequency <> '08')`,
  },
];

export const directoryPopulations: Readonly<Record<string, string>> = {
  applications: "select count(*) from applications",
  sessions: "select count(*) from sessions",
};

/** The invariants of the main schema. */
export const directoryInvariants: readonly Invariant[] = [
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
    name: "sessions_have_applications",
    description: "Every session belongs to an application of the same environment and ends after it begins.",
    over: "sessions",
    offenders: `
      select left(encode(s.key_hash, 'hex'), 8) as session, s.application_id as application, s.environment
      from sessions s left join applications a on a.id = s.application_id
      where a.environment is distinct from s.environment or s.expires_at < s.live_from`,
  },
];
