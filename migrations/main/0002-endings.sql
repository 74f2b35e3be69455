-- What callbacks and the sandbox's clock, network and snapshots keep for the whole installation.

-- What an application's callbacks are signed with, sealed. One is current; those before it sign along
-- until they retire, so that a listener has time to learn the new one.
create table callback_secrets (
  id bigint generated always as identity primary key,
  application_id bigint not null references applications on delete cascade,
  sealed bytea not null,
  -- Wall time, as signatures are. Null is the current one.
  retires_at timestamptz,
  created_at timestamptz not null default now()
);
create unique index callback_secrets_current on callback_secrets (application_id) where retires_at is null;
create index callback_secrets_by_application on callback_secrets (application_id);
-- Not for a first one: nobody remembers that there was none.
create trigger callback_secrets_changed after update or delete on callback_secrets
  for each statement execute function directory_changed();

-- The sandbox's business clock: wall time and an offset, or the moment at which it stands still.
create table sandbox_clock (
  only_row boolean primary key default true check (only_row),
  offset_ms bigint not null default 0,
  frozen_at timestamptz,
  revision bigint not null default 1,
  -- Who is moving it holds it until then (wall time); meanwhile it stands at moving_at for everybody.
  moving_until timestamptz not null default '-infinity',
  moving_at timestamptz
);
insert into sandbox_clock default values;

-- What the sandbox's mobile network does wrong, drawn from a seed.
create table sandbox_network (
  only_row boolean primary key default true check (only_row),
  seed bigint not null default 1,
  -- Percent of prompts and messages that never arrive.
  prompts_lost_percent smallint not null default 0 check (prompts_lost_percent between 0 and 100),
  messages_lost_percent smallint not null default 0 check (messages_lost_percent between 0 and 100),
  -- The longest that a prompt or message takes, in milliseconds of business time.
  delay_ms integer not null default 0 check (delay_ms between 0 and 600000)
);
insert into sandbox_network default values;

-- Snapshots of the sandbox: the rows themselves are in schemas of their own (src/store/main/sandbox-snapshots.ts).
create table snapshots (
  name text primary key check (name ~ '^[a-z0-9][a-z0-9-]{0,39}$'),
  taken_at timestamptz not null default now(),
  business_at timestamptz not null,
  frozen boolean not null,
  -- The versions of the schemas it was taken of: it fits no others.
  main_version integer not null,
  rail_version integer not null
);
