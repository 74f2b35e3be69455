-- A rail: one market in one environment, in a schema of its own. No table here refers to another rail.
--
-- Ids of payments grow with time (src/core/ids.ts), so a range of ids is a range of time: the tables that grow
-- without limit are partitioned by it, their indexes stay small, and new rows land together.

-- Accounts and their balances. `available_minor` may be spent; `held_minor` is set aside for open holds. Only the
-- operator's accounts and an organisation's charges-paid account may go below zero: the float does so by nature,
-- it is the money issued.
create table accounts (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('wallet', 'working', 'utility', 'merchant', 'settlement', 'charges_paid',
                                     'float', 'fees', 'suspense')),
  -- A customer's MSISDN, an organisation's shortcode, or 'operator'.
  owner text not null,
  status text not null default 'active' check (status in ('active', 'pending', 'locked', 'inactive')),
  -- What a wallet's handset does with a prompt: the first three end it at once, the others are handsets
  -- (src/handset/README.md).
  prompt_behaviour text not null default 'ignore' check (prompt_behaviour in (
    'approve', 'decline', 'ignore', 'ask', 'off', 'no_signal', 'slow', 'late', 'loses_signal')),
  available_minor bigint not null default 0,
  held_minor bigint not null default 0 check (held_minor >= 0),
  -- Usage counted today for the customer's limits (src/payments/customer-usage.ts). In this row because every payment
  -- that counts has it locked and writes it anyway.
  customer_usage text not null default '',
  -- Whether the owner gets SMS: there is a handset that a person may look at.
  has_handset boolean not null default false,
  -- The wallet's last five payments, newest last. In this row for the same reason; an index of payments by customer
  -- would cost every payment a random write.
  recent_payments text not null default '',
  -- The applications whose prompts are open on the wallet's handset, one id for each prompt, in ascending order
  -- (src/payments/open-prompts.ts). In this row because a request that would open one has it locked: two servers
  -- together never open more than the limit.
  open_prompts text not null default '',
  -- The shortcodes of the organisations that the customer has blocked, in ascending order
  -- (src/payments/blocked-organisations.ts). In this row so that every collection sees them under its lock.
  blocked_organisations text not null default '',
  unique (owner, kind),
  constraint accounts_not_below_zero
    check (available_minor >= 0 or kind in ('charges_paid', 'float', 'fees', 'suspense')),
  -- Two balances can be added without an overflow (src/ledger/locked-accounts.ts).
  constraint accounts_within_range
    check (available_minor between -9000000000000000000 and 9000000000000000000 - held_minor)
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
  kind text not null default 'paybill'
    check (kind in ('paybill', 'till', 'head_office', 'store', 'b2c', 'agency')),
  status text not null default 'active' check (status in ('pending', 'active', 'suspended', 'closed')),
  -- The head office of a store, or the store of a child till.
  parent text references organisations,
  -- Receives an SMS for each payment to the organisation.
  phone text check (phone ~ '^[0-9]{11,14}$'),
  created_at timestamptz not null default now(),
  check (parent is distinct from shortcode)
);

-- Every request to move money or change a mandate, one row each, with its one outcome.
create table payments (
  id bigint not null,
  type text not null check (type in ('collection', 'payout', 'transfer', 'reversal', 'debit',
                                     'mandate', 'mandate_cancel', 'step', 'funding')),
  -- The protocol and the operation that requested it; null for what the platform does itself.
  protocol text,
  operation text,
  status text not null check (status in ('held', 'completed', 'failed', 'cancelled', 'expired')),
  -- A key of src/payments/refusals.ts; null when the payment completed or is open.
  refusal text,
  amount_minor bigint not null check (amount_minor >= 0),
  reversed_minor bigint not null default 0,
  debit_account bigint,
  credit_account bigint,
  -- The requesting organisation, and the other party: an MSISDN or a shortcode.
  organisation text not null,
  counterparty text not null,
  -- Null for what no application requested: funding by a tool.
  application_id bigint,
  -- The caller's own id of the request, and its text for the customer.
  reference text not null,
  customer_reference text not null,
  description text not null,
  -- A reversal's or a second step's payment; a debit's or a cancellation's mandate.
  original_id bigint,
  mandate_id bigint,
  -- The code that completes a two-step payment.
  hold_code text,
  -- How many notifications the outcome owes; `notifications` has that many rows for it. Zero while a prompt is open.
  notifications_owed smallint not null default 0 check (notifications_owed >= 0),
  -- Business time.
  at timestamptz not null,
  ended_at timestamptz,
  primary key (id),
  constraint payments_protocol check ((protocol is null) = (operation is null)),
  constraint payments_one_outcome check ((status = 'held') = (ended_at is null)),
  constraint payments_refusal check ((status in ('held', 'completed')) = (refusal is null)),
  constraint payments_reversed check (reversed_minor between 0 and amount_minor)
) partition by range (id);

-- Postings are append-only.
create table postings (
  payment_id bigint not null,
  ordinal smallint not null,
  debit_account bigint not null,
  credit_account bigint not null,
  amount_minor bigint not null check (amount_minor > 0),
  type text not null,
  at timestamptz not null,
  primary key (payment_id, ordinal),
  constraint postings_two_accounts check (debit_account <> credit_account)
) partition by range (payment_id);

create function postings_are_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'postings are append-only';
end $$;
create trigger postings_append_only before update or delete on postings
  for each row execute function postings_are_append_only();

-- Open holds alone: a hold that ends leaves this table, and its payment has the outcome. A prompt is a hold of nothing:
-- no money is set aside before its customer has consented (docs/decisions/0012-consent-and-abuse.md).
create table holds (
  payment_id bigint primary key,
  account_id bigint not null references accounts,
  kind text not null check (kind in ('prompt', 'two_step')),
  amount_minor bigint not null,
  expires_at timestamptz not null,
  -- The URLs of the request by notification kind; the protocol decides which of them the outcome owes.
  endpoints jsonb,
  constraint holds_amount_minor_check check (amount_minor >= 0 and (amount_minor = 0) = (kind = 'prompt'))
);
create index holds_expiry on holds (expires_at);

-- A caller's reference is used once per application and call, for ever. The key is a hash of the three
-- (src/payments/idempotency-keys.ts), so the index is narrow whatever callers send.
create table idempotency_keys (
  key uuid primary key,
  payment_id bigint not null
);

-- What a payment owes to its caller's URLs, written in the payment's transaction: one row for each message to one URL.
-- The first notification of a payment has the payment's id, a further one an id of its own.
create table notifications (
  id bigint not null,
  payment_id bigint not null,
  application_id bigint not null,
  protocol text not null,
  kind text not null,
  endpoint text not null,
  -- The answer to a query that is delivered later: there is no payment to read it from.
  query_result jsonb,
  created_at timestamptz not null,
  -- When the listener acknowledged it; wall time.
  delivered_at timestamptz,
  primary key (id)
) partition by range (id);
create index notifications_further on notifications (payment_id) where id <> payment_id;

-- Notifications that are still to be delivered: one row for each that its listener has not acknowledged.
create table deliveries (
  notification_id bigint primary key,
  -- The payment that the notification is about: a reversal's or a second step's is the original payment. Notifications
  -- about one payment are delivered in order.
  subject_id bigint not null,
  application_id bigint not null,
  -- The queue: the application and the origin of the URL.
  listener text not null,
  -- Business time.
  due_at timestamptz not null,
  attempts integer not null default 0,
  -- Set when the schedule is over: a person has to look at it.
  dead_lettered_at timestamptz,
  -- Wall time: the lease of a dead server ends then, whatever the business clock says.
  lease_until timestamptz not null default '-infinity'
) with (fillfactor = 80);
create index deliveries_due on deliveries (listener, due_at) where dead_lettered_at is null;
create index deliveries_by_subject on deliveries (subject_id);

-- Every attempt to deliver, for people to read.
create table delivery_attempts (
  id bigint not null,
  notification_id bigint not null,
  application_id bigint not null,
  -- Wall time, and the business time of the schedule.
  at timestamptz not null,
  business_at timestamptz not null,
  attempt integer not null,
  url text not null,
  -- Null when no response arrived.
  http_status smallint,
  duration_ms integer not null,
  -- The first kilobytes of the response.
  response text not null,
  -- Why the attempt failed; null for a success.
  failure text,
  -- What was unusual about an acknowledgement that counts all the same.
  warning text,
  -- Whether it was the last of its schedule, and failed.
  dead_lettered boolean not null default false,
  primary key (id)
) partition by range (id);
create index delivery_attempts_by_notification on delivery_attempts (notification_id);

-- Usage counted for session limits, per session, product and local day (yyyymmdd).
create table usage (
  day integer not null,
  key uuid not null,
  count integer not null default 0,
  value_minor bigint not null default 0,
  primary key (day, key)
) partition by range (day);

-- A customer's standing consent to be debited.
create table mandates (
  -- People see this number: M-Pesa's mandates have five digits.
  id bigint generated always as identity (start with 15001) primary key,
  payment_id bigint not null unique,
  application_id bigint not null,
  organisation text not null,
  msisdn text not null,
  reference text not null,
  -- Null is whenever requested, as on_demand is.
  frequency text check (frequency in ('on_demand', 'once', 'daily', 'weekly', 'fortnightly', 'monthly', 'every_two_months',
                                      'quarterly', 'half_yearly', 'yearly')),
  -- Local days as yyyymmdd; days of the month as 1 to 31.
  first_payment_day integer,
  range_start smallint check (range_start between 1 and 31),
  range_end smallint check (range_end between 1 and 31),
  expiry_day integer,
  cancelled_at timestamptz,
  -- Set when a new mandate takes the place of one whose expiry day has passed.
  expired_at timestamptz,
  created_at timestamptz not null,
  check (range_start <= range_end),
  check (first_payment_day <= expiry_day)
);
-- A creation that is sent again must not make a second mandate, under which the customer would be debited twice. The
-- sandbox's scenario customers, whose numbers are all zeros but the last digit, may have any number.
create unique index mandates_one_active on mandates (application_id, msisdn, reference)
  where cancelled_at is null and expired_at is null and msisdn !~ '^0+[1-9]$';
create index mandates_by_reference on mandates (organisation, reference, msisdn);
-- A handset's menu lists its owner's mandates.
create index mandates_by_msisdn on mandates (msisdn);

-- A mandate is paid at most once in each of its periods.
create table mandate_periods (
  mandate_id bigint not null references mandates,
  period integer not null,
  payment_id bigint not null,
  primary key (mandate_id, period)
);

-- Prompts on handsets. A prompt stays for a while after its end, so that the handset can show it.
create table prompts (
  payment_id bigint primary key,
  msisdn text not null,
  -- The terms of a mandate that the customer is asked to consent to; null for a payment.
  mandate jsonb,
  -- Business time, as all of these but the lease.
  created_at timestamptz not null,
  expires_at timestamptz not null,
  -- The outcome of the sandbox's network: when the prompt reaches the handset, or the seed that lost it.
  arrives_at timestamptz,
  lost_by_seed bigint,
  -- When it appeared on the handset.
  shown_at timestamptz,
  -- When a handset that replies by itself is going to.
  auto_reply_at timestamptz,
  ended_at timestamptz,
  -- Whether a reply came after the end and was refused.
  answered_late boolean not null default false,
  -- Until when a server delivers it: wall time.
  lease_until timestamptz not null default '-infinity'
);
create index prompts_by_msisdn on prompts (msisdn, payment_id);
create index prompts_open on prompts (msisdn, payment_id) where ended_at is null;
create index prompts_to_show on prompts (payment_id) where shown_at is null and ended_at is null;
create index prompts_auto_reply on prompts (auto_reply_at) where auto_reply_at is not null;
create index prompts_ended on prompts (ended_at) where ended_at is not null;

-- Handsets, with their owner's PIN (keyed hash: src/handset/pin.ts).
create table handsets (
  msisdn text primary key references customers,
  pin_hash bytea not null check (length(pin_hash) = 32),
  wrong_pins smallint not null default 0 check (wrong_pins >= 0),
  -- Business time.
  locked_until timestamptz,
  -- The delay of a slow handset, in milliseconds.
  delay_ms integer not null default 20000 check (delay_ms between 0 and 3600000),
  -- How many prompts and messages the network has handled for it: its seeded faults are drawn by them.
  prompts_sent bigint not null default 0,
  messages_sent bigint not null default 0,
  -- In live, what must be presented before the PIN: SHA-256 of the enrolment secret, once enrolled of the cookie's.
  enrolment_hash bytea check (length(enrolment_hash) = 32),
  device_hash bytea check (length(device_hash) = 32),
  created_at timestamptz not null default now()
);

-- SMS to handsets. Their text is composed when they are read.
create table messages (
  id bigint generated always as identity primary key,
  msisdn text not null,
  payment_id bigint not null,
  kind text not null check (kind in ('paid', 'received', 'debited', 'returned', 'taken_back', 'sold',
                                     'mandate', 'mandate_ended')),
  amount_minor bigint not null check (amount_minor >= 0),
  -- The wallet's balance afterwards; null for an organisation's phone.
  balance_minor bigint,
  -- Business time.
  at timestamptz not null,
  state text not null default 'queued' check (state in ('queued', 'delivered', 'lost')),
  -- As for prompts.
  arrives_at timestamptz,
  lost_by_seed bigint,
  delivered_at timestamptz,
  lease_until timestamptz not null default '-infinity'
);
create index messages_by_msisdn on messages (msisdn, id);
create index messages_queued on messages (id) where state = 'queued';

-- Every request of this rail (docs/decisions/0013-request-log.md). A segment is one partition of the rows and one of
-- the blocks. Old segments are dropped, by age or because the log has reached its size.
create table request_log_segments (
  number integer generated always as identity primary key,
  opened_at timestamptz not null default now()
);

-- Who was called and what the response was: one row for each combination, which the log and its roll-ups refer to.
-- Zero means that no application or no credential is known.
create table request_log_series (
  id integer generated always as identity primary key,
  application_id bigint not null,
  credential_id bigint not null,
  environment text not null check (environment in ('sandbox', 'live')),
  protocol text not null,
  operation text not null,
  code text not null,
  http_status smallint not null,
  unique (application_id, credential_id, environment, protocol, operation, code, http_status)
);

-- One row for each request. Its texts are at `ordinal` in its block.
create table request_log (
  id bigint not null,
  block bigint not null,
  -- The amount that the request named.
  amount_minor bigint,
  series integer not null,
  latency_us integer not null,
  segment integer not null,
  ordinal smallint not null,
  -- Whether the request made the payment that has its id. The payment is then found by its own references.
  made_payment boolean not null,
  primary key (id, segment)
) partition by range (segment);

-- The texts of up to 128 requests of one batch, compressed (src/developers/request-log/block.ts).
create table request_log_blocks (
  -- The greatest id of its requests.
  id bigint not null,
  first_id bigint not null,
  -- Keyed hashes of what requests without a payment named.
  names bigint[] not null,
  -- Keyed hashes of the customers of all its requests.
  customers integer[] not null,
  data bytea not null,
  segment integer not null,
  primary key (id, segment)
) partition by range (segment);
-- The data is compressed already, and the other columns are read without it.
alter table request_log_blocks alter column data set storage external;
create index request_log_blocks_names on request_log_blocks using gin (names);

-- Sums of the requests that start in a minute, an hour or a day of wall time.
create table request_log_rollups (
  -- In minutes: 1, 60 or 1440.
  resolution smallint not null,
  series integer not null references request_log_series,
  -- In minutes since 1970.
  starts_at integer not null,
  requests bigint not null,
  value_minor bigint not null,
  -- How many requests took how long (src/core/latency-histogram.ts).
  latency bigint[] not null,
  primary key (resolution, series, starts_at)
) with (fillfactor = 60);
create index request_log_rollups_age on request_log_rollups (resolution, starts_at);

-- The requests without a known key that were counted and not stored, by the minute and the address.
create table request_log_omissions (
  starts_at integer not null,
  source text not null,
  requests bigint not null,
  primary key (starts_at, source)
);

-- From where on the log and its roll-ups are complete.
create table request_log_state (
  only_row boolean primary key default true check (only_row),
  -- Rows with ids up to this one may have been dropped.
  dropped_through bigint not null default 0,
  -- Roll-ups of minutes and of hours before these times, in minutes since 1970, may have been deleted.
  minutes_from integer not null default 0,
  hours_from integer not null default 0
);
insert into request_log_state default values;

-- Adds two arrays of counts, which may differ in length.
create function add_counts(a bigint[], b bigint[]) returns bigint[]
language sql immutable as $$
  select array_agg(coalesce(x, 0) + coalesce(y, 0) order by ordinal)
  from unnest(a, b) with ordinality as counts (x, y, ordinal)
$$;

-- Creates the partition of `parent` that holds [lower, upper), unless it exists. A table that is created first and
-- attached afterwards never blocks the payments that use its parent meanwhile.
create function create_partition(parent text, suffix text, lower bigint, upper bigint, fill integer) returns void
language plpgsql as $$
declare
  name text := parent || '_' || suffix;
begin
  if to_regclass(format('%I.%I', current_schema(), name)) is not null then
    return;
  end if;
  execute format('create table %I (like %I including defaults including constraints including indexes including storage) with (fillfactor = %s)',
                 name, parent, fill);
  execute format('alter table %I attach partition %I for values from (%s) to (%s)', parent, name, lower, upper);
end $$;
