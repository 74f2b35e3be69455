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

-- Payments that a customer starts, to a paybill or a till, and the organisation's own validation of them.

-- The URLs that an organisation registered for payments that it did not ask for.
create table c2b_urls (
  shortcode text primary key references organisations,
  -- The protocol of the registration renders the messages, in the form of its version.
  protocol text not null,
  version text not null,
  -- What becomes of a payment if the organisation's server does not answer the validation.
  response_type text not null check (response_type in ('completed', 'cancelled')),
  confirmation_url text not null,
  validation_url text,
  -- The application that registered them: it owns the notifications, and its secret signs them.
  application_id bigint not null,
  -- Business time.
  registered_at timestamptz not null
);

-- A hold of a validation has no expiry: it ends with the answer, or when no server waits for the answer any more, and
-- both are matters of wall time (`validations`).
alter table holds alter column expires_at drop not null;
alter table holds drop constraint holds_kind_check;
alter table holds add constraint holds_kind_check check (kind in ('prompt', 'two_step', 'validation'));
alter table holds add constraint holds_expiry_check check ((expires_at is null) = (kind = 'validation'));

-- Payments about which an organisation's server is asked once, outside any transaction. An ended row stays for a while,
-- for people who look for the reason of an outcome. All times but `ended_at` are wall time.
create table validations (
  payment_id bigint primary key,
  protocol text not null,
  application_id bigint not null,
  url text not null,
  -- The queue: the origin of the URL.
  validator text not null,
  response_type text not null check (response_type in ('completed', 'cancelled')),
  -- Until when it may be sent. After that the payment is decided without an answer.
  send_until timestamptz not null,
  sent_at timestamptz,
  -- Until when a server waits for the answer, or decides without one. When it has passed, another server decides.
  lease_until timestamptz not null default '-infinity',
  -- Business time.
  ended_at timestamptz,
  verdict text check (verdict in ('accepted', 'refused', 'none')),
  -- Why there is no answer; null if there is one.
  failure text,
  check ((ended_at is null) = (verdict is null))
) with (fillfactor = 80);
create index validations_to_send on validations (validator, payment_id) where ended_at is null and sent_at is null;
create index validations_sent on validations (lease_until) where ended_at is null and sent_at is not null;
create index validations_ended on validations (ended_at) where ended_at is not null;

-- What the organisation's server called a payment when it accepted it; the confirmation repeats it.
alter table payments add column third_party_reference text;

alter table messages drop constraint messages_kind_check;
alter table messages add constraint messages_kind_check
  check (kind in ('paid', 'received', 'debited', 'returned', 'taken_back', 'sold', 'mandate', 'mandate_ended', 'not_paid'));

-- Faults that a test asked for: what happens to the next callbacks of a sandbox.
create table callback_faults (
  kind text primary key check (kind in ('lose', 'twice')),
  remaining integer not null check (remaining > 0)
);

-- What organisations register for calls beside payments: pulled transactions, standing orders, and bills.

-- The organisations that pull their transactions.
create table pull_registrations (
  shortcode text primary key references organisations,
  application_id bigint not null,
  nominated_number text not null,
  callback_url text not null,
  -- Business time.
  registered_at timestamptz not null
);

-- A pull reads an organisation's payments of two days. Only markets with receipts have pulls: elsewhere the index is empty.
create index payments_collected on payments (organisation, id)
  where receipt is not null and type in ('collection', 'debit');

-- Standing orders: mandates that the platform itself debits, at eight in the morning of each day that is due.
create table standing_orders (
  -- The payment that asked the customer for the mandate: the mandate has the same.
  payment_id bigint primary key,
  protocol text not null,
  application_id bigint not null,
  organisation text not null,
  -- The account that collects.
  account_kind text not null check (account_kind in ('utility', 'merchant')),
  -- The customer's account number at a paybill; empty for a till.
  account_reference text not null,
  amount_minor bigint not null check (amount_minor > 0),
  frequency text not null,
  -- A local day as yyyymmdd.
  start_day integer not null,
  -- How many due days there were before, and how often the present one was tried.
  period integer not null default 0,
  attempt smallint not null default 0,
  -- When the next debit is due, business time. Null if there is none any more.
  next_at timestamptz,
  -- Wall time: until then another server makes the debit.
  lease_until timestamptz not null default '-infinity'
);
create index standing_orders_due on standing_orders (next_at) where next_at is not null;

alter table messages drop constraint messages_kind_check;
alter table messages add constraint messages_kind_check
  check (kind in ('paid', 'received', 'debited', 'returned', 'taken_back', 'sold', 'mandate', 'mandate_ended', 'not_paid',
                  'order_skipped'));

-- The organisations that send invoices.
create table billers (
  shortcode text primary key references organisations,
  -- The protocol of the registration renders the notifications.
  protocol text not null,
  application_id bigint not null,
  -- SHA-256 of the key that the organisation's requests have in a header.
  app_key_hash bytea not null unique,
  email text not null,
  official_contact text not null,
  sends_reminders boolean not null,
  -- Gets the payments of invoices.
  callback_url text not null,
  -- Business time.
  registered_at timestamptz not null
);
create index billers_by_application on billers (application_id);

create table invoices (
  id bigint generated always as identity primary key,
  shortcode text not null references billers,
  -- The organisation's own name of the invoice.
  external_reference text not null,
  billed_name text not null,
  billed_msisdn text not null,
  billed_period text not null,
  name text not null,
  -- A local day as yyyymmdd.
  due_day integer not null,
  -- What the customer gives as the account number when paying.
  account_reference text not null,
  amount_minor bigint not null check (amount_minor > 0),
  paid_minor bigint not null default 0 check (paid_minor >= 0),
  items jsonb not null,
  created_at timestamptz not null,
  cancelled_at timestamptz,
  unique (shortcode, external_reference)
);
create index invoices_open on invoices (shortcode, lower(account_reference), id) where cancelled_at is null;

-- Messages to customers about invoices and promotions.

-- Of a message about an invoice: `payment_id` is then the id of the request that sent it, and no payment has it.
alter table messages add column invoice_id bigint;

alter table messages drop constraint messages_kind_check;
alter table messages add constraint messages_kind_check
  check (kind in ('paid', 'received', 'debited', 'returned', 'taken_back', 'sold', 'mandate', 'mandate_ended', 'not_paid',
                  'order_skipped', 'promotion', 'invoice', 'invoice_reminder'));

-- When the customer is reminded, business time. Null if that is over, or never happens.
alter table invoices add column remind_at timestamptz;
create index invoices_to_remind on invoices (remind_at) where remind_at is not null;

-- The organisation's available balances after the payment, in minor units as texts by kind of account. Null for
-- notifications that report none. They are written with the payment, so that a notification that is sent again says the
-- same as before.
alter table notifications add column balances jsonb;

-- What the notification repeats of the request, by the names of its protocol. Null for most.
alter table notifications add column repeated jsonb;

-- Checkouts: payments that a merchant's program has announced and not confirmed yet. A confirmed one stays for a while. The
-- payment has the same id.
create table checkouts (
  id bigint primary key,
  application_id bigint not null,
  -- The caller's own id.
  reference text not null,
  organisation text not null,
  msisdn text not null,
  amount_minor bigint not null check (amount_minor > 0),
  -- The account that the customer pays to.
  account_reference text not null,
  -- A text that the caller gets back with the result.
  passthrough text not null,
  callback_kind text not null,
  callback_url text not null,
  -- Business time: until when it can be confirmed.
  expires_at timestamptz not null,
  -- Wall time: until then another confirmation makes the payment.
  claimed_until timestamptz not null default '-infinity',
  unique (application_id, reference)
);
-- For the deletion of old ones: the unconfirmed ones are deleted sooner.
create index checkouts_confirmed on checkouts (expires_at) where claimed_until > '-infinity';
create index checkouts_unconfirmed on checkouts (expires_at) where claimed_until = '-infinity';
create index checkouts_open on checkouts (application_id, expires_at) where claimed_until = '-infinity';

-- How a callback was sent.
alter table delivery_attempts add column method text not null default 'POST' check (method in ('POST', 'GET'));
