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
