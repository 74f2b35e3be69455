-- Every change of an application, with its settings after the change. Secrets are no part of them.
create table application_versions (
  application_id bigint not null references applications on delete cascade,
  -- From 1, without gaps.
  number integer not null check (number > 0),
  at timestamptz not null default clock_timestamp(),
  who text not null check (length(who) between 1 and 100),
  -- The action, as in the audit.
  what text not null,
  settings jsonb not null,
  -- What the action says besides the settings, such as the hint of a new secret.
  details jsonb not null default '{}',
  primary key (application_id, number)
);
