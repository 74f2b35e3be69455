-- The installation's data for callbacks and for the sandbox's clock, network and snapshots.

-- The sealed secrets that sign an application's callbacks. One is current. Earlier ones also sign until they retire, so
-- that a listener has time to switch.
create table callback_secrets (
  id bigint generated always as identity primary key,
  application_id bigint not null references applications on delete cascade,
  sealed bytea not null,
  -- Wall time, like the signatures. Null is the current one.
  retires_at timestamptz,
  created_at timestamptz not null default now()
);
create unique index callback_secrets_current on callback_secrets (application_id) where retires_at is null;
create index callback_secrets_by_application on callback_secrets (application_id);
-- Not for the first secret: no server caches that there is none.
create trigger callback_secrets_changed after update or delete on callback_secrets
  for each statement execute function directory_changed();

-- The sandbox's business clock: an offset to wall time, or the time at which it is frozen.
create table sandbox_clock (
  only_row boolean primary key default true check (only_row),
  offset_ms bigint not null default 0,
  frozen_at timestamptz,
  revision bigint not null default 1,
  -- The server that advances it has locked it until then (wall time). Meanwhile its time is moving_at.
  moving_until timestamptz not null default '-infinity',
  moving_at timestamptz
);
insert into sandbox_clock default values;

-- The simulated mobile network of the sandbox. Its outcomes are derived from a seed.
create table sandbox_network (
  only_row boolean primary key default true check (only_row),
  seed bigint not null default 1,
  -- Percent of prompts and messages that never arrive.
  prompts_lost_percent smallint not null default 0 check (prompts_lost_percent between 0 and 100),
  messages_lost_percent smallint not null default 0 check (messages_lost_percent between 0 and 100),
  -- The maximum delay of a prompt or message, in milliseconds of business time.
  delay_ms integer not null default 0 check (delay_ms between 0 and 600000)
);
insert into sandbox_network default values;

-- Snapshots of the sandbox. Their rows are in separate schemas (src/store/main/sandbox-snapshots.ts).
create table snapshots (
  name text primary key check (name ~ '^[a-z0-9][a-z0-9-]{0,39}$'),
  taken_at timestamptz not null default now(),
  business_at timestamptz not null,
  frozen boolean not null,
  -- The versions of the copied schemas. A snapshot can only be restored into the same versions.
  main_version integer not null,
  rail_version integer not null
);
