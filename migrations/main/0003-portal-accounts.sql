-- Accounts of the developer portal: how a developer signs in, what their sessions are, and mails to them.

-- The number that the developer has confirmed by a code: a test customer of that market.
alter table developers add column phone_market text;
alter table developers add column phone text;
alter table developers add constraint developers_phone check ((phone is null) = (phone_market is null));
create unique index developers_by_phone on developers (phone_market, phone) where phone is not null;

-- A developer without a row here was created by an operator, and signs in after a registration with the same address.
create table developer_accounts (
  developer_id bigint primary key references developers on delete cascade,
  -- scrypt, with its parameters and salt (src/accounts/passwords.ts).
  password text not null check (length(password) between 20 and 300),
  -- The shared secret of one-time codes, sealed under SECRET_KEY. Codes are asked for after `second_factor_at`.
  totp_secret bytea,
  second_factor_at timestamptz,
  -- The time step of the last accepted code: no code is accepted twice.
  totp_step bigint not null default 0,
  -- SHA-256 of the recovery codes that are left.
  recovery_codes bytea[] not null default '{}',
  wrong_codes smallint not null default 0 check (wrong_codes >= 0),
  codes_locked_until timestamptz not null default '-infinity',
  created_at timestamptz not null default clock_timestamp(),
  constraint developer_accounts_second_factor check (second_factor_at is null or totp_secret is not null)
);

create table developer_sessions (
  id bigint generated always as identity primary key,
  -- SHA-256 of the cookie's token.
  hash bytea not null unique check (length(hash) = 32),
  developer_id bigint not null references developers on delete cascade,
  -- By what a person distinguishes sessions.
  address text not null check (length(address) <= 60),
  user_agent text not null check (length(user_agent) <= 300),
  -- Wall time.
  created_at timestamptz not null default clock_timestamp(),
  used_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null
);
create index developer_sessions_by_developer on developer_sessions (developer_id);
create index developer_sessions_expiry on developer_sessions (expires_at);

-- What a link by e-mail, or the first half of a sign-in, is good for once.
create table one_time_tokens (
  -- SHA-256 of the token.
  hash bytea primary key check (length(hash) = 32),
  purpose text not null check (purpose in ('activation', 'reset', 'email_change', 'second_factor')),
  -- Null before there is an account.
  developer_id bigint references developers on delete cascade,
  email text not null,
  -- Of an activation: the name and the hash of the password.
  details jsonb not null default '{}',
  attempts smallint not null default 0,
  expires_at timestamptz not null,
  created_at timestamptz not null default clock_timestamp()
);
create index one_time_tokens_by_email on one_time_tokens (purpose, email);
create index one_time_tokens_expiry on one_time_tokens (expires_at);

-- The code that was sent to a number and is not confirmed yet: one for each developer.
create table phone_codes (
  developer_id bigint primary key references developers on delete cascade,
  market text not null,
  msisdn text not null,
  -- Keyed, because a code has only a million values.
  hash bytea not null check (length(hash) = 32),
  attempts smallint not null default 0,
  expires_at timestamptz not null
);

-- Mails: those of the mailbox of the local tools, and those that an SMTP server has not accepted yet.
create table mails (
  id bigint generated always as identity primary key,
  -- Recipient, subject and both texts, sealed under SECRET_KEY, because links in them open accounts.
  sealed bytea not null,
  state text not null check (state in ('mailbox', 'queued')),
  attempts smallint not null default 0,
  -- Wall time.
  lease_until timestamptz not null default '-infinity',
  created_at timestamptz not null default clock_timestamp()
);
create index mails_queued on mails (lease_until) where state = 'queued';
