-- Whether an application's callbacks are pulled by `pesarail listen` (docs/callbacks.md, "On a laptop") instead of being
-- posted to a URL.
alter table applications add column relay boolean not null default false
  constraint applications_relay_check check (not relay or environment = 'sandbox');
