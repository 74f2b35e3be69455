-- Prompts on handsets, SMS messages, and the delivery of callbacks.

-- How a wallet's owner reacts to a prompt: the first three end it at once, the others need a handset
-- (src/handset/README.md).
alter table accounts drop constraint accounts_answer_check;
alter table accounts add constraint accounts_answer_check check (answer in (
  'approve', 'decline', 'ignore', 'ask', 'off', 'no_signal', 'slow', 'late', 'loses_signal'));
-- Whether the owner gets SMS messages.
alter table accounts add column has_handset boolean not null default false;
-- The wallet's last five payments, newest last. They are in this table because every payment locks and writes this row
-- anyway; an index of payments by customer would cost every payment a random write.
alter table accounts add column recent text not null default '';

-- The phone that gets an SMS for each payment to an organisation.
alter table organisations add column phone text check (phone ~ '^[0-9]{11,14}$');

-- Every open prompt has a hold: of money, or of zero for a mandate.
alter table holds drop constraint holds_minor_check;
alter table holds add column kind text not null default 'two_step' check (kind in ('prompt', 'two_step'));
alter table holds add constraint holds_minor_check check (minor > 0 or (minor = 0 and kind = 'prompt'));

-- Prompts on handsets. An ended prompt is kept for a while, so that the handset can display the result.
create table prompts (
  payment_id bigint primary key,
  msisdn text not null,
  -- The terms of the mandate to confirm; null for a payment.
  mandate jsonb,
  -- Business time, like all others except the lease.
  created_at timestamptz not null,
  expires_at timestamptz not null,
  -- The outcome of the simulated network: when it arrives at the phone, or the network seed with which it was lost.
  arrives_at timestamptz,
  lost_by bigint,
  -- When the phone displayed it.
  shown_at timestamptz,
  -- When the automatic reply is due.
  answers_at timestamptz,
  ended_at timestamptz,
  -- Whether the customer replied after it had expired.
  answered_late boolean not null default false,
  -- Until when a server has claimed it for sending: wall time.
  lease_until timestamptz not null default '-infinity'
);
create index prompts_by_msisdn on prompts (msisdn, payment_id);
create index prompts_to_show on prompts (payment_id) where shown_at is null and ended_at is null;
create index prompts_answering on prompts (answers_at) where answers_at is not null;
create index prompts_ended on prompts (ended_at) where ended_at is not null;

-- Handsets, with the PIN of their owner (keyed hash: src/vault).
create table handsets (
  msisdn text primary key references customers,
  pin_hash bytea not null check (length(pin_hash) = 32),
  wrong_pins smallint not null default 0 check (wrong_pins >= 0),
  -- Business time.
  locked_until timestamptz,
  -- The delay of a slow handset, in milliseconds.
  delay_ms integer not null default 20000 check (delay_ms between 0 and 3600000),
  -- How many prompts and messages the network has handled for it. The seeded network outcomes depend on these counts.
  prompts_carried bigint not null default 0,
  messages_carried bigint not null default 0,
  -- Required before the PIN in live: SHA-256 of the enrolment secret, and after the enrolment of the device's cookie.
  enrolment_hash bytea check (length(enrolment_hash) = 32),
  device_hash bytea check (length(device_hash) = 32),
  created_at timestamptz not null default now()
);

-- SMS messages to handsets. The text is generated from this data when a message is read.
create table messages (
  id bigint generated always as identity primary key,
  msisdn text not null,
  payment_id bigint not null,
  kind text not null check (kind in ('paid', 'received', 'debited', 'returned', 'taken_back', 'sold',
                                     'mandate', 'mandate_ended')),
  minor bigint not null check (minor >= 0),
  -- The wallet's balance after the payment; null for an organisation's phone.
  balance_minor bigint,
  -- Business time.
  at timestamptz not null,
  state text not null default 'queued' check (state in ('queued', 'delivered', 'lost')),
  -- As for prompts.
  arrives_at timestamptz,
  lost_by bigint,
  delivered_at timestamptz,
  lease_until timestamptz not null default '-infinity'
);
create index messages_by_msisdn on messages (msisdn, id);
create index messages_queued on messages (id) where state = 'queued';

-- For the list of mandates in a handset's menu.
create index mandates_by_msisdn on mandates (msisdn);

-- The result of a query that is sent as a callback. There is no payment to read it from.
alter table outbox add column answer jsonb;
-- When the listener first acknowledged it; wall time.
alter table outbox add column told_at timestamptz;
-- Earlier releases sent every result in the response, so no callbacks are due for these.
update outbox set told_at = now();
-- The first result of a two-step payment is the hold. Earlier releases sent it in the response, too.
insert into outbox (payment_id, application_id, protocol, url, created_at, told_at)
select h.payment_id, p.application_id, h.protocol, h.url, p.at, now()
from holds h join payments p on p.id = h.payment_id where h.url is not null;
update holds set protocol = null, url = null;

-- The queue of callbacks to deliver: one row for each outbox row that its listener has not acknowledged.
create table deliveries (
  payment_id bigint primary key,
  -- The original payment, for a reversal or second step; else the payment. Callbacks of one original are sent in order.
  about bigint not null,
  application_id bigint not null,
  -- The key of its queue: the application and the origin of the URL.
  listener text not null,
  -- Business time.
  due_at timestamptz not null,
  attempts integer not null default 0,
  -- When it was dead-lettered: every attempt of its schedule has failed.
  parked_at timestamptz,
  -- Until when a server has claimed it. Wall time, so that the claim of a dead server ends whatever the business clock does.
  lease_until timestamptz not null default '-infinity'
) with (fillfactor = 80);
create index deliveries_due on deliveries (listener, due_at) where parked_at is null;
create index deliveries_about on deliveries (about);

-- The log of all delivery attempts.
create table delivery_attempts (
  id bigint not null,
  payment_id bigint not null,
  application_id bigint not null,
  -- Wall time, and the business time of the schedule.
  at timestamptz not null,
  business_at timestamptz not null,
  attempt integer not null,
  url text not null,
  -- Null if there was no response.
  http_status smallint,
  took_ms integer not null,
  -- The first kilobytes of the response.
  answer text not null,
  -- Why it failed; null for a success.
  failure text,
  -- What is wrong with a response that still counts as an acknowledgement.
  flag text,
  primary key (id)
) partition by range (id);
create index delivery_attempts_by_payment on delivery_attempts (payment_id);
