/** Balances are the sums of postings and of holds, and every account has an owner. */
import type { Invariant } from "./invariant.ts";

/** The account kinds that every organisation must have, by organisation kind. */
export type AccountKindsByOrganisation = Readonly<Record<string, readonly string[]>>;

export function buildLedgerInvariants(
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
