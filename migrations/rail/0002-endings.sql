-- How payments really end: a prompt on a handset, a message about it, a callback to whoever listens.

-- What a wallet's owner does with a prompt: the first three end it at once, the others are handsets
-- (src/handset/README.md).
alter table accounts drop constraint accounts_answer_check;
alter table accounts add constraint accounts_answer_check check (answer in (
  'approve', 'decline', 'ignore', 'ask', 'off', 'no_signal', 'slow', 'late', 'loses_signal'));
-- Whether the owner gets messages: there is a handset that somebody may look at.
alter table accounts add column has_handset boolean not null default false;
-- The wallet's last five payments, newest last. Here because the row is locked and written anyway; an
-- index of payments by customer would cost every payment a random write.
alter table accounts add column recent text not null default '';

-- An organisation's own phone, which hears of what is paid to it.
alter table organisations add column phone text check (phone ~ '^[0-9]{11,14}$');

-- A prompt is a hold: of money, or of nothing for a mandate that waits for its customer.
alter table holds drop constraint holds_minor_check;
alter table holds add column kind text not null default 'two_step' check (kind in ('prompt', 'two_step'));
alter table holds add constraint holds_minor_check check (minor > 0 or (minor = 0 and kind = 'prompt'));

-- What a handset is asked. A prompt stays for a while after its ending, so that the handset can show it.
create table prompts (
  payment_id bigint primary key,
  msisdn text not null,
  -- The terms of a mandate that is asked for; null where money is.
  mandate jsonb,
  -- Business time, as all of these are but the lease.
  created_at timestamptz not null,
  expires_at timestamptz not null,
  -- What the sandbox's network made of it: when it reaches the phone, or the seed by which it got lost.
  arrives_at timestamptz,
  lost_by bigint,
  -- When it appeared on the phone.
  shown_at timestamptz,
  -- When a handset that answers by itself is going to.
  answers_at timestamptz,
  ended_at timestamptz,
  -- What was tried after the ending, and refused.
  answered_late boolean not null default false,
  -- Who is bringing it to the phone, until when: wall time.
  lease_until timestamptz not null default '-infinity'
);
create index prompts_by_msisdn on prompts (msisdn, payment_id);
create index prompts_to_show on prompts (payment_id) where shown_at is null and ended_at is null;
create index prompts_answering on prompts (answers_at) where answers_at is not null;
create index prompts_ended on prompts (ended_at) where ended_at is not null;

-- Handsets, with the PIN of whoever holds them (keyed hash: src/vault).
create table handsets (
  msisdn text primary key references customers,
  pin_hash bytea not null check (length(pin_hash) = 32),
  wrong_pins smallint not null default 0 check (wrong_pins >= 0),
  -- Business time.
  locked_until timestamptz,
  -- How long a slow handset takes, in milliseconds.
  delay_ms integer not null default 20000 check (delay_ms between 0 and 3600000),
  -- How many prompts and messages the network has handled for it: what its seeded faults are drawn by.
  prompts_carried bigint not null default 0,
  messages_carried bigint not null default 0,
  -- In live, what must be shown before the PIN: SHA-256 of the enrolment secret, once enrolled of its cookie's.
  enrolment_hash bytea check (length(enrolment_hash) = 32),
  device_hash bytea check (length(device_hash) = 32),
  created_at timestamptz not null default now()
);

-- Messages to handsets. They are put into words when they are read: here is what they say.
create table messages (
  id bigint generated always as identity primary key,
  msisdn text not null,
  payment_id bigint not null,
  kind text not null check (kind in ('paid', 'received', 'debited', 'returned', 'taken_back', 'sold',
                                     'mandate', 'mandate_ended')),
  minor bigint not null check (minor >= 0),
  -- What was on the wallet afterwards; null for an organisation's phone.
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

-- A handset's menu lists its owner's mandates.
create index mandates_by_msisdn on mandates (msisdn);

-- A question's answer, for whoever asked to be told later: there is no payment to read it from.
alter table outbox add column answer jsonb;
-- When the listener acknowledged it; wall time.
alter table outbox add column told_at timestamptz;
-- Until now every call was answered where it was asked: nobody is waiting for these.
update outbox set told_at = now();
-- A two-step payment's result is the reservation, which its caller was answered too.
insert into outbox (payment_id, application_id, protocol, url, created_at, told_at)
select h.payment_id, p.application_id, h.protocol, h.url, p.at, now()
from holds h join payments p on p.id = h.payment_id where h.url is not null;
update holds set protocol = null, url = null;

-- What is still to be told, one row for each outbox row that its listener has not acknowledged.
create table deliveries (
  payment_id bigint primary key,
  -- The payment that this is about: a reversal's or a second step's is the payment it ends. Told in order.
  about bigint not null,
  application_id bigint not null,
  -- Whose queue it stands in: the application and the origin of the URL.
  listener text not null,
  -- Business time.
  due_at timestamptz not null,
  attempts integer not null default 0,
  -- Set when the schedule is over: a person has to look at it.
  parked_at timestamptz,
  -- Wall time: a server that died is forgotten when this is over, whatever the business clock says.
  lease_until timestamptz not null default '-infinity'
) with (fillfactor = 80);
create index deliveries_due on deliveries (listener, due_at) where parked_at is null;
create index deliveries_about on deliveries (about);

-- Every attempt to tell, for people to read.
create table delivery_attempts (
  id bigint not null,
  payment_id bigint not null,
  application_id bigint not null,
  -- Wall time, and the business time that the schedule counts in.
  at timestamptz not null,
  business_at timestamptz not null,
  attempt integer not null,
  url text not null,
  -- Null when there was no answer.
  http_status smallint,
  took_ms integer not null,
  -- The first kilobytes of the answer.
  answer text not null,
  -- Why it counts as a failure; null for a success.
  failure text,
  -- What is odd about an answer that closed the delivery all the same.
  flag text,
  primary key (id)
) partition by range (id);
create index delivery_attempts_by_payment on delivery_attempts (payment_id);
