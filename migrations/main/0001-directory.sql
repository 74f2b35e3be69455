-- The main schema: developers, their applications, and sessions. There is one per installation, in the schema pesarail
-- of the database in DATABASE_URL.

create table developers (
  id bigint generated always as identity primary key,
  email text not null unique,
  name text not null,
  created_at timestamptz not null default now()
);

create table applications (
  id bigint generated always as identity primary key,
  developer_id bigint not null references developers,
  environment text not null check (environment in ('sandbox', 'live')),
  name text not null check (length(name) between 1 and 100),
  version text not null default '1.0',
  description text not null default '',
  -- SHA-256 of the key. 32 random characters need no salt.
  api_key_hash bytea not null unique check (length(api_key_hash) = 32),
  -- The last four characters, to identify a key.
  api_key_hint text not null check (length(api_key_hint) = 4),
  session_lifetime_ms bigint not null default 86400000 check (session_lifetime_ms between 60000 and 2592000000),
  -- IP addresses and CIDR ranges; empty allows every address.
  trusted_sources text[] not null default '{}',
  -- Allowed values of the Origin header; empty allows every value.
  trusted_origins text[] not null default '{}',
  -- The organisations whose money the application may move. Null means all (sandbox only).
  shortcodes text[],
  -- product -> { "from": "08:00", "to": "20:00", "limits": { … } }; a product without a key is not enabled.
  products jsonb not null default '{}',
  response_url text,
  revoked_at timestamptz,
  created_at timestamptz not null default now(),
  check (environment = 'sandbox' or shortcodes is not null)
);

create table sessions (
  -- SHA-256 of the session key.
  key_hash bytea primary key check (length(key_hash) = 32),
  application_id bigint not null references applications,
  environment text not null check (environment in ('sandbox', 'live')),
  -- Business time of the environment.
  live_from timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz,
  created_at timestamptz not null default now()
);

create index sessions_expiry on sessions (expires_at);

-- Key pairs and symmetric keys of each environment, sealed with SECRET_KEY.
create table secrets (
  environment text not null check (environment in ('sandbox', 'live')),
  name text not null,
  sealed bytea not null,
  -- The part that may be shown, such as the public key of a key pair.
  public bytea,
  created_at timestamptz not null default now(),
  primary key (environment, name)
);

-- Servers cache applications and sessions, and clear the cache when this number changes. They read it a few times a
-- second, so that a key revoked on one server is rejected by all within a second.
create table directory_revision (
  only_row boolean primary key default true check (only_row),
  revision bigint not null default 1
);
insert into directory_revision default values;

create function directory_changed() returns trigger language plpgsql as $$
begin
  update directory_revision set revision = revision + 1;
  return null;
end $$;

create trigger applications_changed after update or delete on applications
  for each statement execute function directory_changed();
create trigger sessions_changed after update or delete on sessions
  for each statement execute function directory_changed();

-- Each server takes a number at its start, which becomes part of the ids that it creates.
create sequence server_number minvalue 0 maxvalue 1023 start 0 cycle;

-- The audit log of manual changes by operators, without secrets. Each row is written before the change.
create table audit (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  who text not null check (length(who) between 1 and 100),
  what text not null,
  details jsonb not null
);

create function audit_is_history() returns trigger language plpgsql as $$
begin
  raise exception 'the audit is history: it is added to and never changed';
end $$;
create trigger audit_append_only before update or delete on audit
  for each row execute function audit_is_history();

-- Gateway requests whose path names no market. All others are in the request log of their rail.
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

-- Creates the partition of `parent` for [lower, upper), unless it exists.
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
