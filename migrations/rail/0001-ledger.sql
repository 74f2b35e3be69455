-- A rail: one market in one environment, in its own schema. No table refers to another rail.
--
-- Payment ids increase with time (src/core/ids.ts), so a range of ids is a range of time. Tables that grow without
-- limit are partitioned by id: their indexes stay small, and new rows are stored together.

-- Accounts with their balances. `available_minor` may be spent; `held_minor` is reserved by open holds. Only the
-- operator's accounts and an organisation's charges-paid account may be negative. The float always is: it is the
-- money issued.
create table accounts (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('wallet', 'working', 'utility', 'charges_paid', 'float', 'fees', 'suspense')),
  -- A customer's MSISDN, an organisation's shortcode, or 'operator'.
  owner text not null,
  status text not null default 'active' check (status in ('active', 'pending', 'locked', 'inactive')),
  -- How a wallet's owner reacts to a prompt.
  answer text not null default 'ignore' check (answer in ('approve', 'decline', 'ignore')),
  available_minor bigint not null default 0,
  held_minor bigint not null default 0 check (held_minor >= 0),
  -- The usage of a wallet's owner today, for limits of applications (src/payments/customer-usage.ts). It is in this
  -- table because every payment that changes it locks and writes this row anyway.
  counts text not null default '',
  unique (owner, kind),
  constraint accounts_not_below_zero
    check (available_minor >= 0 or kind in ('charges_paid', 'float', 'fees', 'suspense'))
) with (fillfactor = 70);

insert into accounts (kind, owner) values ('float', 'operator'), ('fees', 'operator'), ('suspense', 'operator');

create table customers (
  msisdn text primary key check (msisdn ~ '^[0-9]{11,14}$'),
  first_name text not null,
  last_name text not null,
  created_at timestamptz not null default now()
);

create table organisations (
  shortcode text primary key check (shortcode ~ '^[0-9A-Za-z]{4,12}$'),
  name text not null,
  created_at timestamptz not null default now()
);

-- One row for every instruction that changes the ledger, with its final status.
create table payments (
  id bigint not null,
  use text not null check (use in ('collection', 'payout', 'transfer', 'reversal', 'debit',
                                   'mandate', 'mandate_cancel', 'step', 'funding')),
  status text not null check (status in ('held', 'completed', 'failed', 'cancelled', 'expired')),
  -- The reason for a failure (src/payments/refusals.ts); null if it completed or is open.
  refusal text,
  amount_minor bigint not null check (amount_minor >= 0),
  reversed_minor bigint not null default 0,
  debit_account bigint,
  credit_account bigint,
  -- The requesting organisation, and the other party: an MSISDN or a shortcode.
  organisation text not null,
  counterparty text not null,
  -- Null if no application requested it, such as funding by an operator.
  application_id bigint,
  -- The caller's reference of the request, and the reference for the customer.
  reference text not null,
  customer_reference text not null,
  description text not null,
  -- The original payment of a reversal or second step; the mandate of a debit or cancellation.
  original_id bigint,
  mandate_id bigint,
  -- The code that completes a two-step payment.
  voucher text,
  -- Whether the result is sent as a callback: then the outbox has exactly one row for it.
  listened boolean not null,
  -- Business time.
  at timestamptz not null,
  ended_at timestamptz,
  primary key (id),
  constraint payments_one_ending check ((status = 'held') = (ended_at is null)),
  constraint payments_refusal check ((status in ('held', 'completed')) = (refusal is null)),
  constraint payments_reversed check (reversed_minor between 0 and amount_minor)
) partition by range (id);

-- The postings of the ledger. Append-only.
create table moves (
  payment_id bigint not null,
  ordinal smallint not null,
  debit_account bigint not null,
  credit_account bigint not null,
  minor bigint not null check (minor > 0),
  why text not null,
  at timestamptz not null,
  primary key (payment_id, ordinal),
  constraint moves_two_accounts check (debit_account <> credit_account)
) partition by range (payment_id);

create function moves_are_history() returns trigger language plpgsql as $$
begin
  raise exception 'moves are history: they are added and never changed';
end $$;
create trigger moves_append_only before update or delete on moves
  for each row execute function moves_are_history();

-- Open holds only. A closed hold is deleted; its payment has the result.
create table holds (
  payment_id bigint primary key,
  account_id bigint not null references accounts,
  minor bigint not null check (minor > 0),
  expires_at timestamptz not null,
  -- The callback of the payment's result, if there is one.
  protocol text,
  url text,
  check ((protocol is null) = (url is null))
);
create index holds_expiry on holds (expires_at);

-- A caller's reference can be used once per application and call, without a time limit. The key is a hash of the three
-- (src/payments/idempotency-keys.ts), so that the index is small whatever callers send.
create table payment_references (
  key uuid primary key,
  payment_id bigint not null
);

-- One row for each result that is sent as a callback, written in the transaction of the payment.
create table outbox (
  payment_id bigint not null,
  application_id bigint not null,
  protocol text not null,
  url text not null,
  created_at timestamptz not null,
  primary key (payment_id)
) partition by range (payment_id);

-- Usage for limits, per session, product and local day (yyyymmdd).
create table usage (
  day integer not null,
  key uuid not null,
  count integer not null default 0,
  value_minor bigint not null default 0,
  primary key (day, key)
) partition by range (day);

-- A mandate: a customer's permission for repeated debits.
create table mandates (
  id bigint generated always as identity (start with 15001) primary key,
  payment_id bigint not null unique,
  application_id bigint not null,
  organisation text not null,
  msisdn text not null,
  reference text not null,
  -- Null allows a debit at any time.
  frequency text check (frequency in ('01', '02', '03', '04', '05', '06', '07', '08')),
  -- Local days as yyyymmdd; days of the month as 1 to 31.
  first_payment_day integer,
  range_start smallint check (range_start between 1 and 31),
  range_end smallint check (range_end between 1 and 31),
  expiry_day integer,
  cancelled_at timestamptz,
  created_at timestamptz not null,
  check (range_start <= range_end),
  check (first_payment_day <= expiry_day)
);
create index mandates_by_reference on mandates (organisation, reference);

-- A mandate is paid at most once per period.
create table mandate_periods (
  mandate_id bigint not null references mandates,
  period integer not null,
  payment_id bigint not null,
  primary key (mandate_id, period)
);

-- The log of gateway requests, partitioned by day, so that old rows are cheap to delete.
create table request_log (
  id bigint not null,
  at timestamptz not null,
  application_id bigint,
  api_key_hint text,
  source text not null,
  method text not null,
  path text not null,
  call text not null,
  http_status smallint not null,
  code text not null,
  latency_us integer not null,
  organisation text,
  reference text,
  msisdn_masked text,
  request_headers text not null,
  request_body text not null,
  response_body text not null,
  decision text not null,
  primary key (id)
) partition by range (id);

-- Creates the partition of `parent` for [lower, upper), unless it exists. The table is created first and attached
-- afterwards, which does not block payments that use the parent.
create function make_partition(parent text, suffix text, lower bigint, upper bigint, fill integer) returns void
language plpgsql as $$
declare
  name text := parent || '_' || suffix;
begin
  if to_regclass(format('%I.%I', current_schema(), name)) is not null then
    return;
  end if;
  execute format('create table %I (like %I including defaults including constraints including indexes) with (fillfactor = %s)',
                 name, parent, fill);
  execute format('alter table %I attach partition %I for values from (%s) to (%s)', parent, name, lower, upper);
end $$;
