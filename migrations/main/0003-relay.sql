-- Whether an application's results wait for a command that collects them (docs/callbacks.md, "On a laptop")
-- instead of being posted to a URL.
alter table applications add column relay boolean not null default false
  constraint applications_relay_check check (not relay or environment = 'sandbox');
