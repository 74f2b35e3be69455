-- A rail: one market in one environment, in a schema of its own. No table here knows another rail.
--
-- Ids of payments grow with time (see src/core/ids.ts), so a range of ids is a range of time: the tables
-- that grow for ever are partitioned by it, their indexes stay small, and new rows land together.

-- Accounts and what is on them. `available_minor` may be spent; `held_minor` is set aside for open
-- holds. Only the operator's accounts and an organisation's charges-paid account may go below zero:
-- the float does so by nature, it is the money issued.
create table accounts (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('wallet', 'working', 'utility', 'charges_paid', 'float', 'fees', 'suspense')),
  -- A customer's MSISDN, an organisation's shortcode, or 'operator'.
  owner text not null,
  status text not null default 'active' check (status in ('active', 'pending', 'locked', 'inactive')),
  -- How a wallet's owner answers a prompt.
  answer text not null default 'ignore' check (answer in ('approve', 'decline', 'ignore')),
  available_minor bigint not null default 0,
  held_minor bigint not null default 0 check (held_minor >= 0),
  -- What applications' limits have counted for a wallet's owner today (src/payments/customer-usage.ts).
  -- It stands here because every payment that counts has this row locked, and writes it anyway.
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

-- Everything that asked to change the books, one row each, with its one ending.
create table payments (
  id bigint not null,
  use text not null check (use in ('collection', 'payout', 'transfer', 'reversal', 'debit',
                                   'mandate', 'mandate_cancel', 'step', 'funding')),
  status text not null check (status in ('held', 'completed', 'failed', 'cancelled', 'expired')),
  -- Why not, in the words of src/payments/refusals.ts; null when it went through or is open.
  refusal text,
  amount_minor bigint not null check (amount_minor >= 0),
  reversed_minor bigint not null default 0,
  debit_account bigint,
  credit_account bigint,
  -- The organisation that asked, and the other party: an MSISDN or a shortcode.
  organisation text not null,
  counterparty text not null,
  -- Null for what no application asked for: funding by a tool.
  application_id bigint,
  -- The caller's own id of the request, and its text for the customer.
  reference text not null,
  customer_reference text not null,
  description text not null,
  -- A reversal's or a second step's payment; a debit's or a cancellation's mandate.
  original_id bigint,
  mandate_id bigint,
  -- What ends the first step of a two-step payment.
  voucher text,
  -- Whether somebody listens for the ending: then the outbox has exactly one row for it.
  listened boolean not null,
  -- Business time.
  at timestamptz not null,
  ended_at timestamptz,
  primary key (id),
  constraint payments_one_ending check ((status = 'held') = (ended_at is null)),
  constraint payments_refusal check ((status in ('held', 'completed')) = (refusal is null)),
  constraint payments_reversed check (reversed_minor between 0 and amount_minor)
) partition by range (id);

-- Moves are history: they are added and never changed.
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

-- Open holds alone: a hold that ends leaves this table, and its payment says how it ended.
create table holds (
  payment_id bigint primary key,
  account_id bigint not null references accounts,
  minor bigint not null check (minor > 0),
  expires_at timestamptz not null,
  -- Who is told how the payment ends, if anybody listens.
  protocol text,
  url text,
  check ((protocol is null) = (url is null))
);
create index holds_expiry on holds (expires_at);

-- A caller's reference is used once per application and call, for ever. The key is a hash of the
-- three (src/payments/reference-key.ts), so the index is narrow whatever callers send.
create table payment_references (
  key uuid primary key,
  payment_id bigint not null
);

-- One row for each ending that somebody listens for, written with the payment.
create table outbox (
  payment_id bigint not null,
  application_id bigint not null,
  protocol text not null,
  url text not null,
  created_at timestamptz not null,
  primary key (payment_id)
) partition by range (payment_id);

-- What limits count per session, product and local day (yyyymmdd).
create table usage (
  day integer not null,
  key uuid not null,
  count integer not null default 0,
  value_minor bigint not null default 0,
  primary key (day, key)
) partition by range (day);

-- A customer's standing consent to be debited.
create table mandates (
  id bigint generated always as identity (start with 15001) primary key,
  payment_id bigint not null unique,
  application_id bigint not null,
  organisation text not null,
  msisdn text not null,
  reference text not null,
  -- Null is "whenever asked".
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

-- A mandate is paid at most once in each of its periods.
create table mandate_periods (
  mandate_id bigint not null references mandates,
  period integer not null,
  payment_id bigint not null,
  primary key (mandate_id, period)
);

-- Every gateway request, for people to read; partitioned by day, so that forgetting is cheap.
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

-- Makes the partition of `parent` that holds [lower, upper), unless it is there. A table that is made
-- first and attached afterwards never blocks the payments that use its parent meanwhile.
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
