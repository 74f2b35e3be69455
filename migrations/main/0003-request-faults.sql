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
