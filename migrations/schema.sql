-- The schema that the migrations create. A test generates this file (src/store/schema/describe-schema.ts),
-- and `pesarail prove` compares the database with it. Change a migration, not this file.

-- The schema of kind main.

create sequence applications_id_seq as bigint minvalue 1 maxvalue 9223372036854775807 start 1 increment 1;

create sequence audit_id_seq as bigint minvalue 1 maxvalue 9223372036854775807 start 1 increment 1;

create sequence callback_secrets_id_seq as bigint minvalue 1 maxvalue 9223372036854775807 start 1 increment 1;

create sequence developers_id_seq as bigint minvalue 1 maxvalue 9223372036854775807 start 1 increment 1;

create sequence server_number as bigint minvalue 0 maxvalue 1023 start 0 increment 1 cycle;

create table applications (
  id bigint not null generated always as identity,
  developer_id bigint not null,
  environment text not null,
  name text not null,
  version text not null default '1.0'::text,
  description text not null default ''::text,
  api_key_hash bytea not null,
  api_key_hint text not null,
  session_lifetime_ms bigint not null default 86400000,
  trusted_sources text[] not null default '{}'::text[],
  trusted_origins text[] not null default '{}'::text[],
  shortcodes text[],
  products jsonb not null default '{}'::jsonb,
  response_url text,
  revoked_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  relay boolean not null default false
);

create table audit (
  id bigint not null generated always as identity,
  at timestamp with time zone not null default now(),
  who text not null,
  what text not null,
  details jsonb not null
);

create table callback_secrets (
  id bigint not null generated always as identity,
  application_id bigint not null,
  sealed bytea not null,
  retires_at timestamp with time zone,
  created_at timestamp with time zone not null default now()
);

create table developers (
  id bigint not null generated always as identity,
  email text not null,
  name text not null,
  created_at timestamp with time zone not null default now()
);

create table directory_revision (
  only_row boolean not null default true,
  revision bigint not null default 1
);

create table migrations (
  version integer not null,
  name text not null,
  applied_at timestamp with time zone not null default now()
);

create table request_log (
  id bigint not null,
  at timestamp with time zone not null,
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
  decision text not null
) partition by RANGE (id);

create table sandbox_clock (
  only_row boolean not null default true,
  offset_ms bigint not null default 0,
  frozen_at timestamp with time zone,
  revision bigint not null default 1,
  moving_until timestamp with time zone not null default '-infinity'::timestamp with time zone,
  moving_at timestamp with time zone
);

create table sandbox_network (
  only_row boolean not null default true,
  seed bigint not null default 1,
  prompts_lost_percent smallint not null default 0,
  messages_lost_percent smallint not null default 0,
  delay_ms integer not null default 0
);

create table secrets (
  environment text not null,
  name text not null,
  sealed bytea not null,
  public bytea,
  created_at timestamp with time zone not null default now()
);

create table sessions (
  key_hash bytea not null,
  application_id bigint not null,
  environment text not null,
  live_from timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  revoked_at timestamp with time zone,
  created_at timestamp with time zone not null default now()
);

create table snapshots (
  name text not null,
  taken_at timestamp with time zone not null default now(),
  business_at timestamp with time zone not null,
  frozen boolean not null,
  main_version integer not null,
  rail_version integer not null
);

alter table applications add constraint applications_api_key_hash_check CHECK (length(api_key_hash) = 32);

alter table applications add constraint applications_api_key_hash_key UNIQUE (api_key_hash);

alter table applications add constraint applications_api_key_hint_check CHECK (length(api_key_hint) = 4);

alter table applications add constraint applications_check CHECK (environment = 'sandbox'::text OR shortcodes IS NOT NULL);

alter table applications add constraint applications_developer_id_fkey FOREIGN KEY (developer_id) REFERENCES developers(id);

alter table applications add constraint applications_environment_check CHECK (environment = ANY (ARRAY['sandbox'::text, 'live'::text]));

alter table applications add constraint applications_name_check CHECK (length(name) >= 1 AND length(name) <= 100);

alter table applications add constraint applications_pkey PRIMARY KEY (id);

alter table applications add constraint applications_relay_check CHECK (NOT relay OR environment = 'sandbox'::text);

alter table applications add constraint applications_session_lifetime_ms_check CHECK (session_lifetime_ms >= 60000 AND session_lifetime_ms <= '2592000000'::bigint);

alter table audit add constraint audit_pkey PRIMARY KEY (id);

alter table audit add constraint audit_who_check CHECK (length(who) >= 1 AND length(who) <= 100);

alter table callback_secrets add constraint callback_secrets_application_id_fkey FOREIGN KEY (application_id) REFERENCES applications(id) ON DELETE CASCADE;

alter table callback_secrets add constraint callback_secrets_pkey PRIMARY KEY (id);

alter table developers add constraint developers_email_key UNIQUE (email);

alter table developers add constraint developers_pkey PRIMARY KEY (id);

alter table directory_revision add constraint directory_revision_only_row_check CHECK (only_row);

alter table directory_revision add constraint directory_revision_pkey PRIMARY KEY (only_row);

alter table migrations add constraint migrations_pkey PRIMARY KEY (version);

alter table request_log add constraint request_log_pkey PRIMARY KEY (id);

alter table sandbox_clock add constraint sandbox_clock_only_row_check CHECK (only_row);

alter table sandbox_clock add constraint sandbox_clock_pkey PRIMARY KEY (only_row);

alter table sandbox_network add constraint sandbox_network_delay_ms_check CHECK (delay_ms >= 0 AND delay_ms <= 600000);

alter table sandbox_network add constraint sandbox_network_messages_lost_percent_check CHECK (messages_lost_percent >= 0 AND messages_lost_percent <= 100);

alter table sandbox_network add constraint sandbox_network_only_row_check CHECK (only_row);

alter table sandbox_network add constraint sandbox_network_pkey PRIMARY KEY (only_row);

alter table sandbox_network add constraint sandbox_network_prompts_lost_percent_check CHECK (prompts_lost_percent >= 0 AND prompts_lost_percent <= 100);

alter table secrets add constraint secrets_environment_check CHECK (environment = ANY (ARRAY['sandbox'::text, 'live'::text]));

alter table secrets add constraint secrets_pkey PRIMARY KEY (environment, name);

alter table sessions add constraint sessions_application_id_fkey FOREIGN KEY (application_id) REFERENCES applications(id);

alter table sessions add constraint sessions_environment_check CHECK (environment = ANY (ARRAY['sandbox'::text, 'live'::text]));

alter table sessions add constraint sessions_key_hash_check CHECK (length(key_hash) = 32);

alter table sessions add constraint sessions_pkey PRIMARY KEY (key_hash);

alter table snapshots add constraint snapshots_name_check CHECK (name ~ '^[a-z0-9][a-z0-9-]{0,39}$'::text);

alter table snapshots add constraint snapshots_pkey PRIMARY KEY (name);

CREATE INDEX callback_secrets_by_application ON callback_secrets USING btree (application_id);

CREATE UNIQUE INDEX callback_secrets_current ON callback_secrets USING btree (application_id) WHERE retires_at IS NULL;

CREATE INDEX sessions_expiry ON sessions USING btree (expires_at);

CREATE OR REPLACE FUNCTION audit_is_history()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'the audit is history: it is added to and never changed';
end $function$;

CREATE OR REPLACE FUNCTION directory_changed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  update directory_revision set revision = revision + 1;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION make_partition(parent text, suffix text, lower bigint, upper bigint, fill integer)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  name text := parent || '_' || suffix;
begin
  if to_regclass(format('%I.%I', current_schema(), name)) is not null then
    return;
  end if;
  execute format('create table %I (like %I including defaults including constraints including indexes) with (fillfactor = %s)',
                 name, parent, fill);
  execute format('alter table %I attach partition %I for values from (%s) to (%s)', parent, name, lower, upper);
end $function$;

CREATE TRIGGER applications_changed AFTER DELETE OR UPDATE ON applications FOR EACH STATEMENT EXECUTE FUNCTION directory_changed();

CREATE TRIGGER audit_append_only BEFORE DELETE OR UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION audit_is_history();

CREATE TRIGGER callback_secrets_changed AFTER DELETE OR UPDATE ON callback_secrets FOR EACH STATEMENT EXECUTE FUNCTION directory_changed();

CREATE TRIGGER sessions_changed AFTER DELETE OR UPDATE ON sessions FOR EACH STATEMENT EXECUTE FUNCTION directory_changed();

-- The schema of kind rail.

create sequence accounts_id_seq as bigint minvalue 1 maxvalue 9223372036854775807 start 1 increment 1;

create sequence mandates_id_seq as bigint minvalue 1 maxvalue 9223372036854775807 start 15001 increment 1;

create sequence messages_id_seq as bigint minvalue 1 maxvalue 9223372036854775807 start 1 increment 1;

create table accounts (
  id bigint not null generated always as identity,
  kind text not null,
  owner text not null,
  status text not null default 'active'::text,
  answer text not null default 'ignore'::text,
  available_minor bigint not null default 0,
  held_minor bigint not null default 0,
  counts text not null default ''::text,
  has_handset boolean not null default false,
  recent text not null default ''::text
) with (fillfactor=70);

create table customers (
  msisdn text not null,
  first_name text not null,
  last_name text not null,
  created_at timestamp with time zone not null default now()
);

create table deliveries (
  payment_id bigint not null,
  about bigint not null,
  application_id bigint not null,
  listener text not null,
  due_at timestamp with time zone not null,
  attempts integer not null default 0,
  parked_at timestamp with time zone,
  lease_until timestamp with time zone not null default '-infinity'::timestamp with time zone
) with (fillfactor=80);

create table delivery_attempts (
  id bigint not null,
  payment_id bigint not null,
  application_id bigint not null,
  at timestamp with time zone not null,
  business_at timestamp with time zone not null,
  attempt integer not null,
  url text not null,
  http_status smallint,
  took_ms integer not null,
  answer text not null,
  failure text,
  flag text
) partition by RANGE (id);

create table handsets (
  msisdn text not null,
  pin_hash bytea not null,
  wrong_pins smallint not null default 0,
  locked_until timestamp with time zone,
  delay_ms integer not null default 20000,
  prompts_carried bigint not null default 0,
  messages_carried bigint not null default 0,
  enrolment_hash bytea,
  device_hash bytea,
  created_at timestamp with time zone not null default now()
);

create table holds (
  payment_id bigint not null,
  account_id bigint not null,
  minor bigint not null,
  expires_at timestamp with time zone not null,
  protocol text,
  url text,
  kind text not null default 'two_step'::text
);

create table mandate_periods (
  mandate_id bigint not null,
  period integer not null,
  payment_id bigint not null
);

create table mandates (
  id bigint not null generated always as identity,
  payment_id bigint not null,
  application_id bigint not null,
  organisation text not null,
  msisdn text not null,
  reference text not null,
  frequency text,
  first_payment_day integer,
  range_start smallint,
  range_end smallint,
  expiry_day integer,
  cancelled_at timestamp with time zone,
  created_at timestamp with time zone not null
);

create table messages (
  id bigint not null generated always as identity,
  msisdn text not null,
  payment_id bigint not null,
  kind text not null,
  minor bigint not null,
  balance_minor bigint,
  at timestamp with time zone not null,
  state text not null default 'queued'::text,
  arrives_at timestamp with time zone,
  lost_by bigint,
  delivered_at timestamp with time zone,
  lease_until timestamp with time zone not null default '-infinity'::timestamp with time zone
);

create table migrations (
  version integer not null,
  name text not null,
  applied_at timestamp with time zone not null default now()
);

create table moves (
  payment_id bigint not null,
  ordinal smallint not null,
  debit_account bigint not null,
  credit_account bigint not null,
  minor bigint not null,
  why text not null,
  at timestamp with time zone not null
) partition by RANGE (payment_id);

create table organisations (
  shortcode text not null,
  name text not null,
  created_at timestamp with time zone not null default now(),
  phone text
);

create table outbox (
  payment_id bigint not null,
  application_id bigint not null,
  protocol text not null,
  url text not null,
  created_at timestamp with time zone not null,
  answer jsonb,
  told_at timestamp with time zone
) partition by RANGE (payment_id);

create table payment_references (
  key uuid not null,
  payment_id bigint not null
);

create table payments (
  id bigint not null,
  use text not null,
  status text not null,
  refusal text,
  amount_minor bigint not null,
  reversed_minor bigint not null default 0,
  debit_account bigint,
  credit_account bigint,
  organisation text not null,
  counterparty text not null,
  application_id bigint,
  reference text not null,
  customer_reference text not null,
  description text not null,
  original_id bigint,
  mandate_id bigint,
  voucher text,
  listened boolean not null,
  at timestamp with time zone not null,
  ended_at timestamp with time zone
) partition by RANGE (id);

create table prompts (
  payment_id bigint not null,
  msisdn text not null,
  mandate jsonb,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  arrives_at timestamp with time zone,
  lost_by bigint,
  shown_at timestamp with time zone,
  answers_at timestamp with time zone,
  ended_at timestamp with time zone,
  answered_late boolean not null default false,
  lease_until timestamp with time zone not null default '-infinity'::timestamp with time zone
);

create table request_log (
  id bigint not null,
  at timestamp with time zone not null,
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
  decision text not null
) partition by RANGE (id);

create table usage (
  day integer not null,
  key uuid not null,
  count integer not null default 0,
  value_minor bigint not null default 0
) partition by RANGE (day);

alter table accounts add constraint accounts_answer_check CHECK (answer = ANY (ARRAY['approve'::text, 'decline'::text, 'ignore'::text, 'ask'::text, 'off'::text, 'no_signal'::text, 'slow'::text, 'late'::text, 'loses_signal'::text]));

alter table accounts add constraint accounts_held_minor_check CHECK (held_minor >= 0);

alter table accounts add constraint accounts_kind_check CHECK (kind = ANY (ARRAY['wallet'::text, 'working'::text, 'utility'::text, 'charges_paid'::text, 'float'::text, 'fees'::text, 'suspense'::text]));

alter table accounts add constraint accounts_not_below_zero CHECK (available_minor >= 0 OR (kind = ANY (ARRAY['charges_paid'::text, 'float'::text, 'fees'::text, 'suspense'::text])));

alter table accounts add constraint accounts_owner_kind_key UNIQUE (owner, kind);

alter table accounts add constraint accounts_pkey PRIMARY KEY (id);

alter table accounts add constraint accounts_status_check CHECK (status = ANY (ARRAY['active'::text, 'pending'::text, 'locked'::text, 'inactive'::text]));

alter table customers add constraint customers_msisdn_check CHECK (msisdn ~ '^[0-9]{11,14}$'::text);

alter table customers add constraint customers_pkey PRIMARY KEY (msisdn);

alter table deliveries add constraint deliveries_pkey PRIMARY KEY (payment_id);

alter table delivery_attempts add constraint delivery_attempts_pkey PRIMARY KEY (id);

alter table handsets add constraint handsets_delay_ms_check CHECK (delay_ms >= 0 AND delay_ms <= 3600000);

alter table handsets add constraint handsets_device_hash_check CHECK (length(device_hash) = 32);

alter table handsets add constraint handsets_enrolment_hash_check CHECK (length(enrolment_hash) = 32);

alter table handsets add constraint handsets_msisdn_fkey FOREIGN KEY (msisdn) REFERENCES customers(msisdn);

alter table handsets add constraint handsets_pin_hash_check CHECK (length(pin_hash) = 32);

alter table handsets add constraint handsets_pkey PRIMARY KEY (msisdn);

alter table handsets add constraint handsets_wrong_pins_check CHECK (wrong_pins >= 0);

alter table holds add constraint holds_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id);

alter table holds add constraint holds_check CHECK ((protocol IS NULL) = (url IS NULL));

alter table holds add constraint holds_kind_check CHECK (kind = ANY (ARRAY['prompt'::text, 'two_step'::text]));

alter table holds add constraint holds_minor_check CHECK (minor > 0 OR minor = 0 AND kind = 'prompt'::text);

alter table holds add constraint holds_pkey PRIMARY KEY (payment_id);

alter table mandate_periods add constraint mandate_periods_mandate_id_fkey FOREIGN KEY (mandate_id) REFERENCES mandates(id);

alter table mandate_periods add constraint mandate_periods_pkey PRIMARY KEY (mandate_id, period);

alter table mandates add constraint mandates_check CHECK (range_start <= range_end);

alter table mandates add constraint mandates_check1 CHECK (first_payment_day <= expiry_day);

alter table mandates add constraint mandates_frequency_check CHECK (frequency = ANY (ARRAY['01'::text, '02'::text, '03'::text, '04'::text, '05'::text, '06'::text, '07'::text, '08'::text]));

alter table mandates add constraint mandates_payment_id_key UNIQUE (payment_id);

alter table mandates add constraint mandates_pkey PRIMARY KEY (id);

alter table mandates add constraint mandates_range_end_check CHECK (range_end >= 1 AND range_end <= 31);

alter table mandates add constraint mandates_range_start_check CHECK (range_start >= 1 AND range_start <= 31);

alter table messages add constraint messages_kind_check CHECK (kind = ANY (ARRAY['paid'::text, 'received'::text, 'debited'::text, 'returned'::text, 'taken_back'::text, 'sold'::text, 'mandate'::text, 'mandate_ended'::text]));

alter table messages add constraint messages_minor_check CHECK (minor >= 0);

alter table messages add constraint messages_pkey PRIMARY KEY (id);

alter table messages add constraint messages_state_check CHECK (state = ANY (ARRAY['queued'::text, 'delivered'::text, 'lost'::text]));

alter table migrations add constraint migrations_pkey PRIMARY KEY (version);

alter table moves add constraint moves_minor_check CHECK (minor > 0);

alter table moves add constraint moves_pkey PRIMARY KEY (payment_id, ordinal);

alter table moves add constraint moves_two_accounts CHECK (debit_account <> credit_account);

alter table organisations add constraint organisations_phone_check CHECK (phone ~ '^[0-9]{11,14}$'::text);

alter table organisations add constraint organisations_pkey PRIMARY KEY (shortcode);

alter table organisations add constraint organisations_shortcode_check CHECK (shortcode ~ '^[0-9A-Za-z]{4,12}$'::text);

alter table outbox add constraint outbox_pkey PRIMARY KEY (payment_id);

alter table payment_references add constraint payment_references_pkey PRIMARY KEY (key);

alter table payments add constraint payments_amount_minor_check CHECK (amount_minor >= 0);

alter table payments add constraint payments_one_ending CHECK ((status = 'held'::text) = (ended_at IS NULL));

alter table payments add constraint payments_pkey PRIMARY KEY (id);

alter table payments add constraint payments_refusal CHECK ((status = ANY (ARRAY['held'::text, 'completed'::text])) = (refusal IS NULL));

alter table payments add constraint payments_reversed CHECK (reversed_minor >= 0 AND reversed_minor <= amount_minor);

alter table payments add constraint payments_status_check CHECK (status = ANY (ARRAY['held'::text, 'completed'::text, 'failed'::text, 'cancelled'::text, 'expired'::text]));

alter table payments add constraint payments_use_check CHECK (use = ANY (ARRAY['collection'::text, 'payout'::text, 'transfer'::text, 'reversal'::text, 'debit'::text, 'mandate'::text, 'mandate_cancel'::text, 'step'::text, 'funding'::text]));

alter table prompts add constraint prompts_pkey PRIMARY KEY (payment_id);

alter table request_log add constraint request_log_pkey PRIMARY KEY (id);

alter table usage add constraint usage_pkey PRIMARY KEY (day, key);

CREATE INDEX deliveries_about ON deliveries USING btree (about);

CREATE INDEX deliveries_due ON deliveries USING btree (listener, due_at) WHERE parked_at IS NULL;

CREATE INDEX delivery_attempts_by_payment ON ONLY delivery_attempts USING btree (payment_id);

CREATE INDEX holds_expiry ON holds USING btree (expires_at);

CREATE INDEX mandates_by_msisdn ON mandates USING btree (msisdn);

CREATE INDEX mandates_by_reference ON mandates USING btree (organisation, reference);

CREATE INDEX messages_by_msisdn ON messages USING btree (msisdn, id);

CREATE INDEX messages_queued ON messages USING btree (id) WHERE state = 'queued'::text;

CREATE INDEX prompts_answering ON prompts USING btree (answers_at) WHERE answers_at IS NOT NULL;

CREATE INDEX prompts_by_msisdn ON prompts USING btree (msisdn, payment_id);

CREATE INDEX prompts_ended ON prompts USING btree (ended_at) WHERE ended_at IS NOT NULL;

CREATE INDEX prompts_to_show ON prompts USING btree (payment_id) WHERE shown_at IS NULL AND ended_at IS NULL;

CREATE OR REPLACE FUNCTION make_partition(parent text, suffix text, lower bigint, upper bigint, fill integer)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  name text := parent || '_' || suffix;
begin
  if to_regclass(format('%I.%I', current_schema(), name)) is not null then
    return;
  end if;
  execute format('create table %I (like %I including defaults including constraints including indexes) with (fillfactor = %s)',
                 name, parent, fill);
  execute format('alter table %I attach partition %I for values from (%s) to (%s)', parent, name, lower, upper);
end $function$;

CREATE OR REPLACE FUNCTION moves_are_history()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'moves are history: they are added and never changed';
end $function$;

CREATE TRIGGER moves_append_only BEFORE DELETE OR UPDATE ON moves FOR EACH ROW EXECUTE FUNCTION moves_are_history();
