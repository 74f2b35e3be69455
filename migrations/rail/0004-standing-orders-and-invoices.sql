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
