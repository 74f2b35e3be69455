-- Receipts, settings of organisations, and the accounts that each kind of organisation has.

-- Ten characters, dated, in the markets that have such receipts (src/payments/receipts.ts); null elsewhere.
-- The receipt is unique because its number is; an index of the whole table could not hold that, as the table is
-- partitioned by id. `prove` checks it.
alter table payments add column receipt text check (receipt ~ '^[A-Z0-9]{10}$');
create index payments_receipt on payments (receipt) where receipt is not null;

-- The numbers behind receipts, in blocks: a server takes a thousand at a time.
create sequence receipt_numbers minvalue 0 start 0 increment 1000;

alter table organisations
  -- Whether the organisation's URL is asked before a customer's payment to it.
  add column external_validation boolean not null default false,
  -- How confirmations name the customer; null is as the version of the registration has it.
  add column confirmation_msisdn text check (confirmation_msisdn in ('plain', 'masked', 'hashed')),
  -- Whether it may ask customers for payments by prompt.
  add column stk_enabled boolean not null default true,
  -- Whether it may do nothing else.
  add column stk_only boolean not null default false,
  -- The phone of a till's owner, who approves payments from the till.
  add column nominated_number text check (nominated_number ~ '^[0-9]{11,14}$'),
  -- Whether its API operators may move money from the utility to the working account.
  add column utility_to_working_allowed boolean not null default false;

-- Whether the customer's wallet takes payments for a small business.
alter table customers add column pochi boolean not null default false;

insert into accounts (kind, owner, has_handset)
select 'settlement', o.shortcode, coalesce(bool_or(a.has_handset), false)
from organisations o left join accounts a on a.owner = o.shortcode
where o.kind = 'paybill'
group by o.shortcode
on conflict (owner, kind) do nothing;

-- A till has no settlement account. One that was used stays.
delete from accounts a using organisations o
where a.owner = o.shortcode and o.kind = 'till' and a.kind = 'settlement'
  and a.available_minor = 0 and a.held_minor = 0
  and not exists (select 1 from postings p where a.id in (p.debit_account, p.credit_account));
