-- API operators are locked after wrong passwords, and access tokens may be limited to products.

-- How many wrong passwords were sent since the last right one. Counted here, so that all servers count together.
alter table api_operators add column wrong_passwords smallint not null default 0 check (wrong_passwords >= 0);
alter table api_operators drop constraint api_operators_status_check;
alter table api_operators add constraint api_operators_status_check
  check (status in ('active', 'suspended', 'locked', 'closed'));

-- The products that the token is good for; null is all of its application.
alter table access_tokens add column products text[];

-- Faults that a test asked for: how many of the next requests to a market of the sandbox fail, and how.
create table request_faults (
  market text not null,
  -- A name of the market's protocols.
  kind text not null,
  remaining integer not null check (remaining > 0),
  primary key (market, kind)
);

-- Servers look for faults only after the revision has changed, so that they cost nothing otherwise.
create trigger request_faults_changed after insert on request_faults
  for each statement execute function increment_cache_revision();

-- At most one earlier secret of an application stays valid beside the current one. Those that sign callbacks are more, and
-- belong to no protocol.
create unique index credentials_retiring_of_application on credentials (application_id, protocol, kind)
  where state = 'retiring' and application_id is not null and protocol is not null;
alter table credentials add constraint credentials_overlap check (retires_at >= created_at);

-- Revoking an application ends its credentials, so that they are listed as inactive.
update credentials set state = 'inactive', ended_at = least(retires_at, clock_timestamp())
  where protocol is not null and state <> 'inactive'
    and application_id in (select id from applications where revoked_at is not null);
