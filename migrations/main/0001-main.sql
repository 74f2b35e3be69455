-- The main database: developers, applications, their credentials, and what the whole installation shares.
-- One per installation, in the schema pesarail of the database that DATABASE_URL names.

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
  session_lifetime_ms bigint not null default 86400000 check (session_lifetime_ms between 60000 and 2592000000),
  -- IP addresses and CIDR ranges; empty accepts every address.
  trusted_sources text[] not null default '{}',
  -- Accepted values of the Origin header; empty accepts every value.
  trusted_origins text[] not null default '{}',
  -- The organisations whose money the application may move. Null, in the sandbox alone, is all of them.
  shortcodes text[],
  -- product -> { "from": "08:00", "to": "20:00", "limits": { … } }; a product without a key is not enabled.
  products jsonb not null default '{}',
  -- Whether results wait for a command that pulls them (docs/callbacks.md) instead of being posted to a URL.
  pull_delivery boolean not null default false,
  -- The application of the sandbox itself (src/developers/sandbox-application.ts): its key is in sandbox.json.
  is_seed boolean not null default false,
  revoked_at timestamptz,
  created_at timestamptz not null default now(),
  constraint applications_seed_stays check (not is_seed or (environment = 'sandbox' and revoked_at is null)),
  check (environment = 'sandbox' or shortcodes is not null),
  constraint applications_pull_delivery_check check (not pull_delivery or environment = 'sandbox')
);

-- People and programs that act for an organisation through its own API: Daraja's and SOAP's initiators.
create table api_operators (
  id bigint generated always as identity primary key,
  environment text not null check (environment in ('sandbox', 'live')),
  market text not null,
  shortcode text not null,
  username text not null check (length(username) between 1 and 100),
  roles text[] not null default '{}',
  status text not null default 'active' check (status in ('active', 'suspended', 'closed')),
  created_at timestamptz not null default now(),
  unique (environment, market, shortcode, username)
);

-- Secrets that callers prove themselves with, or that we prove ourselves with to them.
--
-- `hash` (SHA-256) where the secret arrives whole: a leaked table opens nothing. `sealed` under SECRET_KEY where a
-- digest or a signature must be computed from it. A credential that was renewed or revoked stays, as inactive.
create table credentials (
  id bigint generated always as identity primary key,
  -- Exactly one owner.
  application_id bigint references applications on delete cascade,
  api_operator_id bigint references api_operators on delete cascade,
  organisation_environment text,
  organisation_market text,
  organisation_shortcode text,
  -- The protocol that the credential belongs to; null for what all protocols share (callback signatures).
  protocol text,
  -- 'api_key', 'consumer_key', 'consumer_secret', 'passkey', 'initiator_password', 'sp_password', 'signing_secret', …
  kind text not null check (kind ~ '^[a-z_]{1,40}$'),
  hash bytea check (length(hash) = 32),
  sealed bytea,
  -- The last characters, so that a person can tell credentials apart.
  hint text not null default '' check (length(hint) <= 8),
  state text not null default 'active' check (state in ('active', 'retiring', 'inactive')),
  -- Wall time: when a retiring credential becomes inactive.
  retires_at timestamptz,
  -- Not the start of the transaction: of renewals at the same time, the last one is the newest.
  created_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  constraint credentials_one_owner check (
    (application_id is not null)::integer + (api_operator_id is not null)::integer
    + (organisation_shortcode is not null)::integer = 1),
  constraint credentials_organisation check (
    (organisation_shortcode is null) = (organisation_market is null)
    and (organisation_shortcode is null) = (organisation_environment is null)),
  constraint credentials_hash_or_sealed check ((hash is null) <> (sealed is null)),
  constraint credentials_retiring check ((state = 'retiring') = (retires_at is not null and ended_at is null)),
  constraint credentials_ended check ((state = 'inactive') = (ended_at is not null))
);
create unique index credentials_by_hash on credentials (kind, hash) where hash is not null;
-- One credential of a kind is current.
create unique index credentials_current_of_application on credentials (application_id, coalesce(protocol, ''), kind)
  where state = 'active' and application_id is not null;
create unique index credentials_current_of_operator on credentials (api_operator_id, coalesce(protocol, ''), kind)
  where state = 'active' and api_operator_id is not null;
create unique index credentials_current_of_organisation
  on credentials (organisation_environment, organisation_market, organisation_shortcode, coalesce(protocol, ''), kind)
  where state = 'active' and organisation_shortcode is not null;
create index credentials_by_application on credentials (application_id);

-- What a credential is exchanged for: OpenAPI v2's sessions, Daraja's OAuth tokens.
create table access_tokens (
  -- SHA-256 of the token.
  hash bytea primary key check (length(hash) = 32),
  application_id bigint not null references applications,
  credential_id bigint not null references credentials on delete cascade,
  protocol text not null,
  environment text not null check (environment in ('sandbox', 'live')),
  -- Business time of the environment.
  active_from timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz,
  created_at timestamptz not null default now()
);
create index access_tokens_expiry on access_tokens (expires_at);

-- URLs that results and notifications are posted to when a request names none.
create table callback_urls (
  id bigint generated always as identity primary key,
  -- Exactly one owner.
  application_id bigint references applications on delete cascade,
  organisation_environment text,
  organisation_market text,
  organisation_shortcode text,
  protocol text not null,
  -- 'result', 'validation', 'confirmation', …: the protocol's notification kinds.
  kind text not null,
  url text not null check (length(url) <= 2000),
  created_at timestamptz not null default now(),
  constraint callback_urls_one_owner check ((application_id is null) <> (organisation_shortcode is null)),
  constraint callback_urls_organisation check (
    (organisation_shortcode is null) = (organisation_market is null)
    and (organisation_shortcode is null) = (organisation_environment is null))
);
create unique index callback_urls_of_application on callback_urls (application_id, protocol, kind)
  where application_id is not null;
create unique index callback_urls_of_organisation
  on callback_urls (organisation_environment, organisation_market, organisation_shortcode, protocol, kind)
  where organisation_shortcode is not null;

-- Key pairs and symmetric keys of each environment, sealed with SECRET_KEY.
create table secrets (
  environment text not null check (environment in ('sandbox', 'live')),
  name text not null,
  sealed bytea not null,
  -- The public half of a key pair.
  public bytea,
  created_at timestamptz not null default now(),
  primary key (environment, name)
);

-- Servers cache applications, credentials and access tokens. Each server reads this number four times a second
-- and clears its cache when the number has changed, so all servers refuse a revoked key within a second.
create table cache_revision (
  only_row boolean primary key default true check (only_row),
  revision bigint not null default 1
);
insert into cache_revision default values;

create function increment_cache_revision() returns trigger language plpgsql as $$
begin
  update cache_revision set revision = revision + 1;
  return null;
end $$;

create trigger applications_changed after update or delete on applications
  for each statement execute function increment_cache_revision();
create trigger access_tokens_changed after update or delete on access_tokens
  for each statement execute function increment_cache_revision();
create trigger credentials_changed after update or delete on credentials
  for each statement execute function increment_cache_revision();
create trigger callback_urls_changed after insert or update or delete on callback_urls
  for each statement execute function increment_cache_revision();

-- Each server that starts allocates a number of its own, which goes into the ids that it creates.
create sequence server_number minvalue 0 maxvalue 1023 start 0 cycle;

-- What operators changed by hand: who, what, and no secrets.
create table audit (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  who text not null check (length(who) between 1 and 100),
  what text not null,
  details jsonb not null
);

create function audit_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'the audit is append-only';
end $$;
create trigger audit_append_only before update or delete on audit
  for each row execute function audit_is_append_only();

-- Requests whose path names no market, and so no rail to log them in (see the rails' own tables).
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

-- Creates the partition of `parent` that holds [lower, upper), unless it exists.
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

-- The sandbox's business clock: wall time and an offset, or the time at which it is frozen.
create table sandbox_clock (
  only_row boolean primary key default true check (only_row),
  offset_ms bigint not null default 0,
  frozen_at timestamptz,
  revision bigint not null default 1,
  -- The server that advances the clock locks it until then (wall time); meanwhile it stands at advancing_at for everyone.
  locked_until timestamptz not null default '-infinity',
  advancing_at timestamptz,
  -- Whether a client wants the advance to end. Null for a lock that restores a snapshot, which cannot be aborted.
  abort_requested boolean
);
insert into sandbox_clock default values;

-- The faults of the sandbox's mobile network, drawn from a seed.
create table sandbox_network (
  only_row boolean primary key default true check (only_row),
  seed bigint not null default 1,
  -- Percent of prompts and messages that never arrive.
  prompts_lost_percent smallint not null default 0 check (prompts_lost_percent between 0 and 100),
  messages_lost_percent smallint not null default 0 check (messages_lost_percent between 0 and 100),
  -- The longest delay of a prompt or message, in milliseconds of business time.
  delay_ms integer not null default 0 check (delay_ms between 0 and 600000)
);
insert into sandbox_network default values;

-- Snapshots of the sandbox: the rows themselves are in schemas of their own (src/store/main/sandbox-snapshots.ts).
create table snapshots (
  name text primary key check (name ~ '^[a-z0-9][a-z0-9-]{0,39}$'),
  taken_at timestamptz not null default now(),
  business_at timestamptz not null,
  frozen boolean not null,
  -- The versions of the schemas at that time: a snapshot fits no others.
  main_version integer not null,
  rail_version integer not null
);
