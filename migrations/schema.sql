-- The schema that the migrations create. A test generates this file (src/store/schema/describe-schema.ts),
-- and `pesarail prove` compares the database with it. Change a migration, not this file.

-- The schema of kind main.

create sequence api_operators_id_seq as bigint minvalue 1 maxvalue 9223372036854775807 start 1 increment 1;

create sequence applications_id_seq as bigint minvalue 1 maxvalue 9223372036854775807 start 1 increment 1;

create sequence audit_id_seq as bigint minvalue 1 maxvalue 9223372036854775807 start 1 increment 1;

create sequence callback_urls_id_seq as bigint minvalue 1 maxvalue 9223372036854775807 start 1 increment 1;

create sequence credentials_id_seq as bigint minvalue 1 maxvalue 9223372036854775807 start 1 increment 1;

create sequence developer_sessions_id_seq as bigint minvalue 1 maxvalue 9223372036854775807 start 1 increment 1;

create sequence developers_id_seq as bigint minvalue 1 maxvalue 9223372036854775807 start 1 increment 1;

create sequence mails_id_seq as bigint minvalue 1 maxvalue 9223372036854775807 start 1 increment 1;

create sequence request_log_segments_number_seq as integer minvalue 1 maxvalue 2147483647 start 1 increment 1;

create sequence request_log_series_id_seq as integer minvalue 1 maxvalue 2147483647 start 1 increment 1;

create sequence server_number as bigint minvalue 0 maxvalue 1023 start 0 increment 1 cycle;

create table access_tokens (
  hash bytea not null,
  application_id bigint not null,
  credential_id bigint not null,
  protocol text not null,
  environment text not null,
  active_from timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  revoked_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  products text[]
);

create table api_operators (
  id bigint not null generated always as identity,
  environment text not null,
  market text not null,
  shortcode text not null,
  username text not null,
  roles text[] not null default '{}'::text[],
  status text not null default 'active'::text,
  created_at timestamp with time zone not null default now(),
  wrong_passwords smallint not null default 0
);

create table application_versions (
  application_id bigint not null,
  number integer not null,
  at timestamp with time zone not null default clock_timestamp(),
  who text not null,
  what text not null,
  settings jsonb not null,
  details jsonb not null default '{}'::jsonb
);

create table applications (
  id bigint not null generated always as identity,
  developer_id bigint not null,
  environment text not null,
  name text not null,
  version text not null default '1.0'::text,
  description text not null default ''::text,
  session_lifetime_ms bigint not null default 86400000,
  trusted_sources text[] not null default '{}'::text[],
  trusted_origins text[] not null default '{}'::text[],
  shortcodes text[],
  products jsonb not null default '{}'::jsonb,
  pull_delivery boolean not null default false,
  is_seed boolean not null default false,
  revoked_at timestamp with time zone,
  created_at timestamp with time zone not null default now()
);

create table audit (
  id bigint not null generated always as identity,
  at timestamp with time zone not null default now(),
  who text not null,
  what text not null,
  details jsonb not null
);

create table cache_revision (
  only_row boolean not null default true,
  revision bigint not null default 1
);

create table callback_urls (
  id bigint not null generated always as identity,
  application_id bigint,
  organisation_environment text,
  organisation_market text,
  organisation_shortcode text,
  protocol text not null,
  kind text not null,
  url text not null,
  created_at timestamp with time zone not null default now()
);

create table credentials (
  id bigint not null generated always as identity,
  application_id bigint,
  api_operator_id bigint,
  organisation_environment text,
  organisation_market text,
  organisation_shortcode text,
  protocol text,
  kind text not null,
  hash bytea,
  sealed bytea,
  hint text not null default ''::text,
  state text not null default 'active'::text,
  retires_at timestamp with time zone,
  created_at timestamp with time zone not null default clock_timestamp(),
  ended_at timestamp with time zone
);

create table developer_accounts (
  developer_id bigint not null,
  password text not null,
  totp_secret bytea,
  second_factor_at timestamp with time zone,
  totp_step bigint not null default 0,
  recovery_codes bytea[] not null default '{}'::bytea[],
  wrong_codes smallint not null default 0,
  codes_locked_until timestamp with time zone not null default '-infinity'::timestamp with time zone,
  created_at timestamp with time zone not null default clock_timestamp()
);

create table developer_sessions (
  id bigint not null generated always as identity,
  hash bytea not null,
  developer_id bigint not null,
  address text not null,
  user_agent text not null,
  created_at timestamp with time zone not null default clock_timestamp(),
  used_at timestamp with time zone not null default clock_timestamp(),
  expires_at timestamp with time zone not null
);

create table developers (
  id bigint not null generated always as identity,
  email text not null,
  name text not null,
  created_at timestamp with time zone not null default now(),
  phone_market text,
  phone text
);

create table mails (
  id bigint not null generated always as identity,
  sealed bytea not null,
  state text not null,
  attempts smallint not null default 0,
  lease_until timestamp with time zone not null default '-infinity'::timestamp with time zone,
  created_at timestamp with time zone not null default clock_timestamp()
);

create table migrations (
  version integer not null,
  name text not null,
  applied_at timestamp with time zone not null default now()
);

create table one_time_tokens (
  hash bytea not null,
  purpose text not null,
  developer_id bigint,
  email text not null,
  details jsonb not null default '{}'::jsonb,
  attempts smallint not null default 0,
  expires_at timestamp with time zone not null,
  created_at timestamp with time zone not null default clock_timestamp()
);

create table phone_codes (
  developer_id bigint not null,
  market text not null,
  msisdn text not null,
  hash bytea not null,
  attempts smallint not null default 0,
  expires_at timestamp with time zone not null
);

create table request_faults (
  market text not null,
  kind text not null,
  remaining integer not null
);

create table request_log (
  id bigint not null,
  block bigint not null,
  amount_minor bigint,
  series integer not null,
  latency_us integer not null,
  segment integer not null,
  ordinal smallint not null,
  made_payment boolean not null
) partition by RANGE (segment);

create table request_log_blocks (
  id bigint not null,
  first_id bigint not null,
  names bigint[] not null,
  customers integer[] not null,
  data bytea not null,
  segment integer not null
) partition by RANGE (segment);

create table request_log_omissions (
  starts_at integer not null,
  source text not null,
  requests bigint not null
);

create table request_log_rollups (
  resolution smallint not null,
  series integer not null,
  starts_at integer not null,
  requests bigint not null,
  value_minor bigint not null,
  latency bigint[] not null
) with (fillfactor=60);

create table request_log_segments (
  number integer not null generated always as identity,
  opened_at timestamp with time zone not null default now()
);

create table request_log_series (
  id integer not null generated always as identity,
  application_id bigint not null,
  credential_id bigint not null,
  environment text not null,
  protocol text not null,
  operation text not null,
  code text not null,
  http_status smallint not null
);

create table request_log_state (
  only_row boolean not null default true,
  dropped_through bigint not null default 0,
  minutes_from integer not null default 0,
  hours_from integer not null default 0
);

create table sandbox_clock (
  only_row boolean not null default true,
  offset_ms bigint not null default 0,
  frozen_at timestamp with time zone,
  revision bigint not null default 1,
  locked_until timestamp with time zone not null default '-infinity'::timestamp with time zone,
  advancing_at timestamp with time zone,
  abort_requested boolean
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

create table snapshots (
  name text not null,
  taken_at timestamp with time zone not null default now(),
  business_at timestamp with time zone not null,
  frozen boolean not null,
  main_version integer not null,
  rail_version integer not null
);

alter table access_tokens add constraint access_tokens_application_id_fkey FOREIGN KEY (application_id) REFERENCES applications(id);

alter table access_tokens add constraint access_tokens_credential_id_fkey FOREIGN KEY (credential_id) REFERENCES credentials(id) ON DELETE CASCADE;

alter table access_tokens add constraint access_tokens_environment_check CHECK (environment = ANY (ARRAY['sandbox'::text, 'live'::text]));

alter table access_tokens add constraint access_tokens_hash_check CHECK (length(hash) = 32);

alter table access_tokens add constraint access_tokens_pkey PRIMARY KEY (hash);

alter table api_operators add constraint api_operators_environment_check CHECK (environment = ANY (ARRAY['sandbox'::text, 'live'::text]));

alter table api_operators add constraint api_operators_environment_market_shortcode_username_key UNIQUE (environment, market, shortcode, username);

alter table api_operators add constraint api_operators_pkey PRIMARY KEY (id);

alter table api_operators add constraint api_operators_status_check CHECK (status = ANY (ARRAY['active'::text, 'suspended'::text, 'locked'::text, 'closed'::text]));

alter table api_operators add constraint api_operators_username_check CHECK (length(username) >= 1 AND length(username) <= 100);

alter table api_operators add constraint api_operators_wrong_passwords_check CHECK (wrong_passwords >= 0);

alter table application_versions add constraint application_versions_application_id_fkey FOREIGN KEY (application_id) REFERENCES applications(id) ON DELETE CASCADE;

alter table application_versions add constraint application_versions_number_check CHECK (number > 0);

alter table application_versions add constraint application_versions_pkey PRIMARY KEY (application_id, number);

alter table application_versions add constraint application_versions_who_check CHECK (length(who) >= 1 AND length(who) <= 100);

alter table applications add constraint applications_check CHECK (environment = 'sandbox'::text OR shortcodes IS NOT NULL);

alter table applications add constraint applications_developer_id_fkey FOREIGN KEY (developer_id) REFERENCES developers(id);

alter table applications add constraint applications_environment_check CHECK (environment = ANY (ARRAY['sandbox'::text, 'live'::text]));

alter table applications add constraint applications_name_check CHECK (length(name) >= 1 AND length(name) <= 100);

alter table applications add constraint applications_pkey PRIMARY KEY (id);

alter table applications add constraint applications_pull_delivery_check CHECK (NOT pull_delivery OR environment = 'sandbox'::text);

alter table applications add constraint applications_seed_stays CHECK (NOT is_seed OR environment = 'sandbox'::text AND revoked_at IS NULL);

alter table applications add constraint applications_session_lifetime_ms_check CHECK (session_lifetime_ms >= 60000 AND session_lifetime_ms <= '2592000000'::bigint);

alter table audit add constraint audit_pkey PRIMARY KEY (id);

alter table audit add constraint audit_who_check CHECK (length(who) >= 1 AND length(who) <= 100);

alter table cache_revision add constraint cache_revision_only_row_check CHECK (only_row);

alter table cache_revision add constraint cache_revision_pkey PRIMARY KEY (only_row);

alter table callback_urls add constraint callback_urls_application_id_fkey FOREIGN KEY (application_id) REFERENCES applications(id) ON DELETE CASCADE;

alter table callback_urls add constraint callback_urls_one_owner CHECK ((application_id IS NULL) <> (organisation_shortcode IS NULL));

alter table callback_urls add constraint callback_urls_organisation CHECK ((organisation_shortcode IS NULL) = (organisation_market IS NULL) AND (organisation_shortcode IS NULL) = (organisation_environment IS NULL));

alter table callback_urls add constraint callback_urls_pkey PRIMARY KEY (id);

alter table callback_urls add constraint callback_urls_url_check CHECK (length(url) <= 2000);

alter table credentials add constraint credentials_api_operator_id_fkey FOREIGN KEY (api_operator_id) REFERENCES api_operators(id) ON DELETE CASCADE;

alter table credentials add constraint credentials_application_id_fkey FOREIGN KEY (application_id) REFERENCES applications(id) ON DELETE CASCADE;

alter table credentials add constraint credentials_ended CHECK ((state = 'inactive'::text) = (ended_at IS NOT NULL));

alter table credentials add constraint credentials_hash_check CHECK (length(hash) = 32);

alter table credentials add constraint credentials_hash_or_sealed CHECK ((hash IS NULL) <> (sealed IS NULL));

alter table credentials add constraint credentials_hint_check CHECK (length(hint) <= 8);

alter table credentials add constraint credentials_kind_check CHECK (kind ~ '^[a-z_]{1,40}$'::text);

alter table credentials add constraint credentials_one_owner CHECK (((application_id IS NOT NULL)::integer + (api_operator_id IS NOT NULL)::integer + (organisation_shortcode IS NOT NULL)::integer) = 1);

alter table credentials add constraint credentials_organisation CHECK ((organisation_shortcode IS NULL) = (organisation_market IS NULL) AND (organisation_shortcode IS NULL) = (organisation_environment IS NULL));

alter table credentials add constraint credentials_overlap CHECK (retires_at >= created_at);

alter table credentials add constraint credentials_pkey PRIMARY KEY (id);

alter table credentials add constraint credentials_retiring CHECK ((state = 'retiring'::text) = (retires_at IS NOT NULL AND ended_at IS NULL));

alter table credentials add constraint credentials_state_check CHECK (state = ANY (ARRAY['active'::text, 'retiring'::text, 'inactive'::text]));

alter table developer_accounts add constraint developer_accounts_developer_id_fkey FOREIGN KEY (developer_id) REFERENCES developers(id) ON DELETE CASCADE;

alter table developer_accounts add constraint developer_accounts_password_check CHECK (length(password) >= 20 AND length(password) <= 300);

alter table developer_accounts add constraint developer_accounts_pkey PRIMARY KEY (developer_id);

alter table developer_accounts add constraint developer_accounts_second_factor CHECK (second_factor_at IS NULL OR totp_secret IS NOT NULL);

alter table developer_accounts add constraint developer_accounts_wrong_codes_check CHECK (wrong_codes >= 0);

alter table developer_sessions add constraint developer_sessions_address_check CHECK (length(address) <= 60);

alter table developer_sessions add constraint developer_sessions_developer_id_fkey FOREIGN KEY (developer_id) REFERENCES developers(id) ON DELETE CASCADE;

alter table developer_sessions add constraint developer_sessions_hash_check CHECK (length(hash) = 32);

alter table developer_sessions add constraint developer_sessions_hash_key UNIQUE (hash);

alter table developer_sessions add constraint developer_sessions_pkey PRIMARY KEY (id);

alter table developer_sessions add constraint developer_sessions_user_agent_check CHECK (length(user_agent) <= 300);

alter table developers add constraint developers_email_key UNIQUE (email);

alter table developers add constraint developers_phone CHECK ((phone IS NULL) = (phone_market IS NULL));

alter table developers add constraint developers_pkey PRIMARY KEY (id);

alter table mails add constraint mails_pkey PRIMARY KEY (id);

alter table mails add constraint mails_state_check CHECK (state = ANY (ARRAY['mailbox'::text, 'queued'::text]));

alter table migrations add constraint migrations_pkey PRIMARY KEY (version);

alter table one_time_tokens add constraint one_time_tokens_developer_id_fkey FOREIGN KEY (developer_id) REFERENCES developers(id) ON DELETE CASCADE;

alter table one_time_tokens add constraint one_time_tokens_hash_check CHECK (length(hash) = 32);

alter table one_time_tokens add constraint one_time_tokens_pkey PRIMARY KEY (hash);

alter table one_time_tokens add constraint one_time_tokens_purpose_check CHECK (purpose = ANY (ARRAY['activation'::text, 'reset'::text, 'email_change'::text, 'second_factor'::text]));

alter table phone_codes add constraint phone_codes_developer_id_fkey FOREIGN KEY (developer_id) REFERENCES developers(id) ON DELETE CASCADE;

alter table phone_codes add constraint phone_codes_hash_check CHECK (length(hash) = 32);

alter table phone_codes add constraint phone_codes_pkey PRIMARY KEY (developer_id);

alter table request_faults add constraint request_faults_pkey PRIMARY KEY (market, kind);

alter table request_faults add constraint request_faults_remaining_check CHECK (remaining > 0);

alter table request_log add constraint request_log_pkey PRIMARY KEY (id, segment);

alter table request_log_blocks add constraint request_log_blocks_pkey PRIMARY KEY (id, segment);

alter table request_log_omissions add constraint request_log_omissions_pkey PRIMARY KEY (starts_at, source);

alter table request_log_rollups add constraint request_log_rollups_pkey PRIMARY KEY (resolution, series, starts_at);

alter table request_log_rollups add constraint request_log_rollups_series_fkey FOREIGN KEY (series) REFERENCES request_log_series(id);

alter table request_log_segments add constraint request_log_segments_pkey PRIMARY KEY (number);

alter table request_log_series add constraint request_log_series_application_id_credential_id_environment_key UNIQUE (application_id, credential_id, environment, protocol, operation, code, http_status);

alter table request_log_series add constraint request_log_series_environment_check CHECK (environment = ANY (ARRAY['sandbox'::text, 'live'::text]));

alter table request_log_series add constraint request_log_series_pkey PRIMARY KEY (id);

alter table request_log_state add constraint request_log_state_only_row_check CHECK (only_row);

alter table request_log_state add constraint request_log_state_pkey PRIMARY KEY (only_row);

alter table sandbox_clock add constraint sandbox_clock_only_row_check CHECK (only_row);

alter table sandbox_clock add constraint sandbox_clock_pkey PRIMARY KEY (only_row);

alter table sandbox_network add constraint sandbox_network_delay_ms_check CHECK (delay_ms >= 0 AND delay_ms <= 600000);

alter table sandbox_network add constraint sandbox_network_messages_lost_percent_check CHECK (messages_lost_percent >= 0 AND messages_lost_percent <= 100);

alter table sandbox_network add constraint sandbox_network_only_row_check CHECK (only_row);

alter table sandbox_network add constraint sandbox_network_pkey PRIMARY KEY (only_row);

alter table sandbox_network add constraint sandbox_network_prompts_lost_percent_check CHECK (prompts_lost_percent >= 0 AND prompts_lost_percent <= 100);

alter table secrets add constraint secrets_environment_check CHECK (environment = ANY (ARRAY['sandbox'::text, 'live'::text]));

alter table secrets add constraint secrets_pkey PRIMARY KEY (environment, name);

alter table snapshots add constraint snapshots_name_check CHECK (name ~ '^[a-z0-9][a-z0-9-]{0,39}$'::text);

alter table snapshots add constraint snapshots_pkey PRIMARY KEY (name);

CREATE INDEX access_tokens_expiry ON access_tokens USING btree (expires_at);

CREATE UNIQUE INDEX callback_urls_of_application ON callback_urls USING btree (application_id, protocol, kind) WHERE application_id IS NOT NULL;

CREATE UNIQUE INDEX callback_urls_of_organisation ON callback_urls USING btree (organisation_environment, organisation_market, organisation_shortcode, protocol, kind) WHERE organisation_shortcode IS NOT NULL;

CREATE INDEX credentials_by_application ON credentials USING btree (application_id);

CREATE UNIQUE INDEX credentials_by_hash ON credentials USING btree (kind, hash) WHERE hash IS NOT NULL;

CREATE UNIQUE INDEX credentials_current_of_application ON credentials USING btree (application_id, COALESCE(protocol, ''::text), kind) WHERE state = 'active'::text AND application_id IS NOT NULL;

CREATE UNIQUE INDEX credentials_current_of_operator ON credentials USING btree (api_operator_id, COALESCE(protocol, ''::text), kind) WHERE state = 'active'::text AND api_operator_id IS NOT NULL;

CREATE UNIQUE INDEX credentials_current_of_organisation ON credentials USING btree (organisation_environment, organisation_market, organisation_shortcode, COALESCE(protocol, ''::text), kind) WHERE state = 'active'::text AND organisation_shortcode IS NOT NULL;

CREATE UNIQUE INDEX credentials_retiring_of_application ON credentials USING btree (application_id, protocol, kind) WHERE state = 'retiring'::text AND application_id IS NOT NULL AND protocol IS NOT NULL;

CREATE INDEX developer_sessions_by_developer ON developer_sessions USING btree (developer_id);

CREATE INDEX developer_sessions_expiry ON developer_sessions USING btree (expires_at);

CREATE UNIQUE INDEX developers_by_phone ON developers USING btree (phone_market, phone) WHERE phone IS NOT NULL;

CREATE INDEX mails_queued ON mails USING btree (lease_until) WHERE state = 'queued'::text;

CREATE INDEX one_time_tokens_by_email ON one_time_tokens USING btree (purpose, email);

CREATE INDEX one_time_tokens_expiry ON one_time_tokens USING btree (expires_at);

CREATE INDEX request_log_blocks_names ON ONLY request_log_blocks USING gin (names);

CREATE INDEX request_log_rollups_age ON request_log_rollups USING btree (resolution, starts_at);

CREATE OR REPLACE FUNCTION add_counts(a bigint[], b bigint[])
 RETURNS bigint[]
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select array_agg(coalesce(x, 0) + coalesce(y, 0) order by ordinal)
  from unnest(a, b) with ordinality as counts (x, y, ordinal)
$function$;

CREATE OR REPLACE FUNCTION audit_is_append_only()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'the audit is append-only';
end $function$;

CREATE OR REPLACE FUNCTION create_partition(parent text, suffix text, lower bigint, upper bigint, fill integer)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  name text := parent || '_' || suffix;
begin
  if to_regclass(format('%I.%I', current_schema(), name)) is not null then
    return;
  end if;
  execute format('create table %I (like %I including defaults including constraints including indexes including storage) with (fillfactor = %s)',
                 name, parent, fill);
  execute format('alter table %I attach partition %I for values from (%s) to (%s)', parent, name, lower, upper);
end $function$;

CREATE OR REPLACE FUNCTION increment_cache_revision()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  update cache_revision set revision = revision + 1;
  return null;
end $function$;

CREATE TRIGGER access_tokens_changed AFTER DELETE OR UPDATE ON access_tokens FOR EACH STATEMENT EXECUTE FUNCTION increment_cache_revision();

CREATE TRIGGER applications_changed AFTER DELETE OR UPDATE ON applications FOR EACH STATEMENT EXECUTE FUNCTION increment_cache_revision();

CREATE TRIGGER audit_append_only BEFORE DELETE OR UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();

CREATE TRIGGER callback_urls_changed AFTER INSERT OR DELETE OR UPDATE ON callback_urls FOR EACH STATEMENT EXECUTE FUNCTION increment_cache_revision();

CREATE TRIGGER credentials_changed AFTER DELETE OR UPDATE ON credentials FOR EACH STATEMENT EXECUTE FUNCTION increment_cache_revision();

CREATE TRIGGER request_faults_changed AFTER INSERT ON request_faults FOR EACH STATEMENT EXECUTE FUNCTION increment_cache_revision();

-- The schema of kind rail.

create sequence accounts_id_seq as bigint minvalue 1 maxvalue 9223372036854775807 start 1 increment 1;

create sequence invoices_id_seq as bigint minvalue 1 maxvalue 9223372036854775807 start 1 increment 1;

create sequence mandates_id_seq as bigint minvalue 1 maxvalue 9223372036854775807 start 15001 increment 1;

create sequence messages_id_seq as bigint minvalue 1 maxvalue 9223372036854775807 start 1 increment 1;

create sequence receipt_numbers as bigint minvalue 0 maxvalue 9223372036854775807 start 0 increment 1000;

create sequence request_log_segments_number_seq as integer minvalue 1 maxvalue 2147483647 start 1 increment 1;

create sequence request_log_series_id_seq as integer minvalue 1 maxvalue 2147483647 start 1 increment 1;

create table accounts (
  id bigint not null generated always as identity,
  kind text not null,
  owner text not null,
  status text not null default 'active'::text,
  prompt_behaviour text not null default 'ignore'::text,
  available_minor bigint not null default 0,
  held_minor bigint not null default 0,
  customer_usage text not null default ''::text,
  has_handset boolean not null default false,
  recent_payments text not null default ''::text,
  open_prompts text not null default ''::text,
  blocked_organisations text not null default ''::text
) with (fillfactor=70);

create table billers (
  shortcode text not null,
  protocol text not null,
  application_id bigint not null,
  app_key_hash bytea not null,
  email text not null,
  official_contact text not null,
  sends_reminders boolean not null,
  callback_url text not null,
  registered_at timestamp with time zone not null
);

create table c2b_urls (
  shortcode text not null,
  protocol text not null,
  version text not null,
  response_type text not null,
  confirmation_url text not null,
  validation_url text,
  application_id bigint not null,
  registered_at timestamp with time zone not null
);

create table callback_faults (
  kind text not null,
  remaining integer not null
);

create table checkouts (
  id bigint not null,
  application_id bigint not null,
  reference text not null,
  organisation text not null,
  msisdn text not null,
  amount_minor bigint not null,
  account_reference text not null,
  passthrough text not null,
  callback_kind text not null,
  callback_url text not null,
  expires_at timestamp with time zone not null,
  claimed_until timestamp with time zone not null default '-infinity'::timestamp with time zone
);

create table customers (
  msisdn text not null,
  first_name text not null,
  last_name text not null,
  created_at timestamp with time zone not null default now(),
  pochi boolean not null default false
);

create table deliveries (
  notification_id bigint not null,
  subject_id bigint not null,
  application_id bigint not null,
  listener text not null,
  due_at timestamp with time zone not null,
  attempts integer not null default 0,
  dead_lettered_at timestamp with time zone,
  lease_until timestamp with time zone not null default '-infinity'::timestamp with time zone
) with (fillfactor=80);

create table delivery_attempts (
  id bigint not null,
  notification_id bigint not null,
  application_id bigint not null,
  at timestamp with time zone not null,
  business_at timestamp with time zone not null,
  attempt integer not null,
  url text not null,
  http_status smallint,
  duration_ms integer not null,
  response text not null,
  failure text,
  warning text,
  dead_lettered boolean not null default false,
  method text not null default 'POST'::text
) partition by RANGE (id);

create table handsets (
  msisdn text not null,
  pin_hash bytea not null,
  wrong_pins smallint not null default 0,
  locked_until timestamp with time zone,
  delay_ms integer not null default 20000,
  prompts_sent bigint not null default 0,
  messages_sent bigint not null default 0,
  enrolment_hash bytea,
  device_hash bytea,
  created_at timestamp with time zone not null default now()
);

create table holds (
  payment_id bigint not null,
  account_id bigint not null,
  kind text not null,
  amount_minor bigint not null,
  expires_at timestamp with time zone,
  endpoints jsonb
);

create table idempotency_keys (
  key uuid not null,
  payment_id bigint not null
);

create table invoices (
  id bigint not null generated always as identity,
  shortcode text not null,
  external_reference text not null,
  billed_name text not null,
  billed_msisdn text not null,
  billed_period text not null,
  name text not null,
  due_day integer not null,
  account_reference text not null,
  amount_minor bigint not null,
  paid_minor bigint not null default 0,
  items jsonb not null,
  created_at timestamp with time zone not null,
  cancelled_at timestamp with time zone,
  remind_at timestamp with time zone
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
  expired_at timestamp with time zone,
  created_at timestamp with time zone not null
);

create table messages (
  id bigint not null generated always as identity,
  msisdn text not null,
  payment_id bigint,
  kind text not null,
  amount_minor bigint not null,
  balance_minor bigint,
  at timestamp with time zone not null,
  state text not null default 'queued'::text,
  arrives_at timestamp with time zone,
  lost_by_seed bigint,
  delivered_at timestamp with time zone,
  lease_until timestamp with time zone not null default '-infinity'::timestamp with time zone,
  invoice_id bigint,
  text text
);

create table migrations (
  version integer not null,
  name text not null,
  applied_at timestamp with time zone not null default now()
);

create table notifications (
  id bigint not null,
  payment_id bigint not null,
  application_id bigint not null,
  protocol text not null,
  kind text not null,
  endpoint text not null,
  query_result jsonb,
  created_at timestamp with time zone not null,
  delivered_at timestamp with time zone,
  balances jsonb,
  repeated jsonb
) partition by RANGE (id);

create table organisations (
  shortcode text not null,
  name text not null,
  kind text not null default 'paybill'::text,
  status text not null default 'active'::text,
  parent text,
  phone text,
  created_at timestamp with time zone not null default now(),
  external_validation boolean not null default false,
  confirmation_msisdn text,
  stk_enabled boolean not null default true,
  stk_only boolean not null default false,
  nominated_number text,
  utility_to_working_allowed boolean not null default false
);

create table payments (
  id bigint not null,
  type text not null,
  protocol text,
  operation text,
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
  hold_code text,
  notifications_owed smallint not null default 0,
  at timestamp with time zone not null,
  ended_at timestamp with time zone,
  receipt text,
  third_party_reference text
) partition by RANGE (id);

create table postings (
  payment_id bigint not null,
  ordinal smallint not null,
  debit_account bigint not null,
  credit_account bigint not null,
  amount_minor bigint not null,
  type text not null,
  at timestamp with time zone not null
) partition by RANGE (payment_id);

create table prompts (
  payment_id bigint not null,
  msisdn text not null,
  mandate jsonb,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  arrives_at timestamp with time zone,
  lost_by_seed bigint,
  shown_at timestamp with time zone,
  auto_reply_at timestamp with time zone,
  ended_at timestamp with time zone,
  answered_late boolean not null default false,
  lease_until timestamp with time zone not null default '-infinity'::timestamp with time zone
);

create table pull_registrations (
  shortcode text not null,
  application_id bigint not null,
  nominated_number text not null,
  callback_url text not null,
  registered_at timestamp with time zone not null
);

create table request_log (
  id bigint not null,
  block bigint not null,
  amount_minor bigint,
  series integer not null,
  latency_us integer not null,
  segment integer not null,
  ordinal smallint not null,
  made_payment boolean not null
) partition by RANGE (segment);

create table request_log_blocks (
  id bigint not null,
  first_id bigint not null,
  names bigint[] not null,
  customers integer[] not null,
  data bytea not null,
  segment integer not null
) partition by RANGE (segment);

create table request_log_omissions (
  starts_at integer not null,
  source text not null,
  requests bigint not null
);

create table request_log_rollups (
  resolution smallint not null,
  series integer not null,
  starts_at integer not null,
  requests bigint not null,
  value_minor bigint not null,
  latency bigint[] not null
) with (fillfactor=60);

create table request_log_segments (
  number integer not null generated always as identity,
  opened_at timestamp with time zone not null default now()
);

create table request_log_series (
  id integer not null generated always as identity,
  application_id bigint not null,
  credential_id bigint not null,
  environment text not null,
  protocol text not null,
  operation text not null,
  code text not null,
  http_status smallint not null
);

create table request_log_state (
  only_row boolean not null default true,
  dropped_through bigint not null default 0,
  minutes_from integer not null default 0,
  hours_from integer not null default 0
);

create table standing_orders (
  payment_id bigint not null,
  protocol text not null,
  application_id bigint not null,
  organisation text not null,
  account_kind text not null,
  account_reference text not null,
  amount_minor bigint not null,
  frequency text not null,
  start_day integer not null,
  period integer not null default 0,
  attempt smallint not null default 0,
  next_at timestamp with time zone,
  lease_until timestamp with time zone not null default '-infinity'::timestamp with time zone
);

create table usage (
  day integer not null,
  key uuid not null,
  count integer not null default 0,
  value_minor bigint not null default 0
) partition by RANGE (day);

create table validations (
  payment_id bigint not null,
  protocol text not null,
  application_id bigint not null,
  url text not null,
  validator text not null,
  response_type text not null,
  send_until timestamp with time zone not null,
  sent_at timestamp with time zone,
  lease_until timestamp with time zone not null default '-infinity'::timestamp with time zone,
  ended_at timestamp with time zone,
  verdict text,
  failure text
) with (fillfactor=80);

alter table accounts add constraint accounts_held_minor_check CHECK (held_minor >= 0);

alter table accounts add constraint accounts_kind_check CHECK (kind = ANY (ARRAY['wallet'::text, 'working'::text, 'utility'::text, 'merchant'::text, 'settlement'::text, 'charges_paid'::text, 'float'::text, 'fees'::text, 'suspense'::text]));

alter table accounts add constraint accounts_not_below_zero CHECK (available_minor >= 0 OR (kind = ANY (ARRAY['charges_paid'::text, 'float'::text, 'fees'::text, 'suspense'::text])));

alter table accounts add constraint accounts_owner_kind_key UNIQUE (owner, kind);

alter table accounts add constraint accounts_pkey PRIMARY KEY (id);

alter table accounts add constraint accounts_prompt_behaviour_check CHECK (prompt_behaviour = ANY (ARRAY['approve'::text, 'decline'::text, 'ignore'::text, 'ask'::text, 'off'::text, 'no_signal'::text, 'slow'::text, 'late'::text, 'loses_signal'::text]));

alter table accounts add constraint accounts_status_check CHECK (status = ANY (ARRAY['active'::text, 'pending'::text, 'locked'::text, 'inactive'::text]));

alter table accounts add constraint accounts_within_range CHECK (available_minor >= '-9000000000000000000'::bigint AND available_minor <= ('9000000000000000000'::bigint - held_minor));

alter table billers add constraint billers_app_key_hash_key UNIQUE (app_key_hash);

alter table billers add constraint billers_pkey PRIMARY KEY (shortcode);

alter table billers add constraint billers_shortcode_fkey FOREIGN KEY (shortcode) REFERENCES organisations(shortcode);

alter table c2b_urls add constraint c2b_urls_pkey PRIMARY KEY (shortcode);

alter table c2b_urls add constraint c2b_urls_response_type_check CHECK (response_type = ANY (ARRAY['completed'::text, 'cancelled'::text]));

alter table c2b_urls add constraint c2b_urls_shortcode_fkey FOREIGN KEY (shortcode) REFERENCES organisations(shortcode);

alter table callback_faults add constraint callback_faults_kind_check CHECK (kind = ANY (ARRAY['lose'::text, 'twice'::text]));

alter table callback_faults add constraint callback_faults_pkey PRIMARY KEY (kind);

alter table callback_faults add constraint callback_faults_remaining_check CHECK (remaining > 0);

alter table checkouts add constraint checkouts_amount_minor_check CHECK (amount_minor > 0);

alter table checkouts add constraint checkouts_application_id_reference_key UNIQUE (application_id, reference);

alter table checkouts add constraint checkouts_pkey PRIMARY KEY (id);

alter table customers add constraint customers_msisdn_check CHECK (msisdn ~ '^[0-9]{11,14}$'::text);

alter table customers add constraint customers_pkey PRIMARY KEY (msisdn);

alter table deliveries add constraint deliveries_pkey PRIMARY KEY (notification_id);

alter table delivery_attempts add constraint delivery_attempts_method_check CHECK (method = ANY (ARRAY['POST'::text, 'GET'::text]));

alter table delivery_attempts add constraint delivery_attempts_pkey PRIMARY KEY (id);

alter table handsets add constraint handsets_delay_ms_check CHECK (delay_ms >= 0 AND delay_ms <= 3600000);

alter table handsets add constraint handsets_device_hash_check CHECK (length(device_hash) = 32);

alter table handsets add constraint handsets_enrolment_hash_check CHECK (length(enrolment_hash) = 32);

alter table handsets add constraint handsets_msisdn_fkey FOREIGN KEY (msisdn) REFERENCES customers(msisdn);

alter table handsets add constraint handsets_pin_hash_check CHECK (length(pin_hash) = 32);

alter table handsets add constraint handsets_pkey PRIMARY KEY (msisdn);

alter table handsets add constraint handsets_wrong_pins_check CHECK (wrong_pins >= 0);

alter table holds add constraint holds_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id);

alter table holds add constraint holds_amount_minor_check CHECK (amount_minor >= 0 AND (amount_minor = 0) = (kind = 'prompt'::text));

alter table holds add constraint holds_expiry_check CHECK ((expires_at IS NULL) = (kind = 'validation'::text));

alter table holds add constraint holds_kind_check CHECK (kind = ANY (ARRAY['prompt'::text, 'two_step'::text, 'validation'::text]));

alter table holds add constraint holds_pkey PRIMARY KEY (payment_id);

alter table idempotency_keys add constraint idempotency_keys_pkey PRIMARY KEY (key);

alter table invoices add constraint invoices_amount_minor_check CHECK (amount_minor > 0);

alter table invoices add constraint invoices_paid_minor_check CHECK (paid_minor >= 0);

alter table invoices add constraint invoices_pkey PRIMARY KEY (id);

alter table invoices add constraint invoices_shortcode_external_reference_key UNIQUE (shortcode, external_reference);

alter table invoices add constraint invoices_shortcode_fkey FOREIGN KEY (shortcode) REFERENCES billers(shortcode);

alter table mandate_periods add constraint mandate_periods_mandate_id_fkey FOREIGN KEY (mandate_id) REFERENCES mandates(id);

alter table mandate_periods add constraint mandate_periods_pkey PRIMARY KEY (mandate_id, period);

alter table mandates add constraint mandates_check CHECK (range_start <= range_end);

alter table mandates add constraint mandates_check1 CHECK (first_payment_day <= expiry_day);

alter table mandates add constraint mandates_frequency_check CHECK (frequency = ANY (ARRAY['on_demand'::text, 'once'::text, 'daily'::text, 'weekly'::text, 'fortnightly'::text, 'monthly'::text, 'every_two_months'::text, 'quarterly'::text, 'half_yearly'::text, 'yearly'::text]));

alter table mandates add constraint mandates_payment_id_key UNIQUE (payment_id);

alter table mandates add constraint mandates_pkey PRIMARY KEY (id);

alter table mandates add constraint mandates_range_end_check CHECK (range_end >= 1 AND range_end <= 31);

alter table mandates add constraint mandates_range_start_check CHECK (range_start >= 1 AND range_start <= 31);

alter table messages add constraint messages_amount_minor_check CHECK (amount_minor >= 0);

alter table messages add constraint messages_kind_check CHECK (kind = ANY (ARRAY['paid'::text, 'received'::text, 'debited'::text, 'returned'::text, 'taken_back'::text, 'sold'::text, 'mandate'::text, 'mandate_ended'::text, 'not_paid'::text, 'order_skipped'::text, 'promotion'::text, 'invoice'::text, 'invoice_reminder'::text, 'text'::text]));

alter table messages add constraint messages_payment CHECK (kind = 'text'::text OR payment_id IS NOT NULL);

alter table messages add constraint messages_pkey PRIMARY KEY (id);

alter table messages add constraint messages_state_check CHECK (state = ANY (ARRAY['queued'::text, 'delivered'::text, 'lost'::text]));

alter table messages add constraint messages_subject CHECK ((kind = 'text'::text) = (text IS NOT NULL));

alter table messages add constraint messages_text_check CHECK (length(text) >= 1 AND length(text) <= 160);

alter table migrations add constraint migrations_pkey PRIMARY KEY (version);

alter table notifications add constraint notifications_pkey PRIMARY KEY (id);

alter table organisations add constraint organisations_check CHECK (parent IS DISTINCT FROM shortcode);

alter table organisations add constraint organisations_confirmation_msisdn_check CHECK (confirmation_msisdn = ANY (ARRAY['plain'::text, 'masked'::text, 'hashed'::text]));

alter table organisations add constraint organisations_kind_check CHECK (kind = ANY (ARRAY['paybill'::text, 'till'::text, 'head_office'::text, 'store'::text, 'b2c'::text, 'agency'::text]));

alter table organisations add constraint organisations_nominated_number_check CHECK (nominated_number ~ '^[0-9]{11,14}$'::text);

alter table organisations add constraint organisations_parent_fkey FOREIGN KEY (parent) REFERENCES organisations(shortcode);

alter table organisations add constraint organisations_phone_check CHECK (phone ~ '^[0-9]{11,14}$'::text);

alter table organisations add constraint organisations_pkey PRIMARY KEY (shortcode);

alter table organisations add constraint organisations_shortcode_check CHECK (shortcode ~ '^[0-9A-Za-z]{4,12}$'::text);

alter table organisations add constraint organisations_status_check CHECK (status = ANY (ARRAY['pending'::text, 'active'::text, 'suspended'::text, 'closed'::text]));

alter table payments add constraint payments_amount_minor_check CHECK (amount_minor >= 0);

alter table payments add constraint payments_notifications_owed_check CHECK (notifications_owed >= 0);

alter table payments add constraint payments_one_outcome CHECK ((status = 'held'::text) = (ended_at IS NULL));

alter table payments add constraint payments_pkey PRIMARY KEY (id);

alter table payments add constraint payments_protocol CHECK ((protocol IS NULL) = (operation IS NULL));

alter table payments add constraint payments_receipt_check CHECK (receipt ~ '^[A-Z0-9]{10}$'::text);

alter table payments add constraint payments_refusal CHECK ((status = ANY (ARRAY['held'::text, 'completed'::text])) = (refusal IS NULL));

alter table payments add constraint payments_reversed CHECK (reversed_minor >= 0 AND reversed_minor <= amount_minor);

alter table payments add constraint payments_status_check CHECK (status = ANY (ARRAY['held'::text, 'completed'::text, 'failed'::text, 'cancelled'::text, 'expired'::text]));

alter table payments add constraint payments_type_check CHECK (type = ANY (ARRAY['collection'::text, 'payout'::text, 'transfer'::text, 'reversal'::text, 'debit'::text, 'mandate'::text, 'mandate_cancel'::text, 'step'::text, 'funding'::text]));

alter table postings add constraint postings_amount_minor_check CHECK (amount_minor > 0);

alter table postings add constraint postings_pkey PRIMARY KEY (payment_id, ordinal);

alter table postings add constraint postings_two_accounts CHECK (debit_account <> credit_account);

alter table prompts add constraint prompts_pkey PRIMARY KEY (payment_id);

alter table pull_registrations add constraint pull_registrations_pkey PRIMARY KEY (shortcode);

alter table pull_registrations add constraint pull_registrations_shortcode_fkey FOREIGN KEY (shortcode) REFERENCES organisations(shortcode);

alter table request_log add constraint request_log_pkey PRIMARY KEY (id, segment);

alter table request_log_blocks add constraint request_log_blocks_pkey PRIMARY KEY (id, segment);

alter table request_log_omissions add constraint request_log_omissions_pkey PRIMARY KEY (starts_at, source);

alter table request_log_rollups add constraint request_log_rollups_pkey PRIMARY KEY (resolution, series, starts_at);

alter table request_log_rollups add constraint request_log_rollups_series_fkey FOREIGN KEY (series) REFERENCES request_log_series(id);

alter table request_log_segments add constraint request_log_segments_pkey PRIMARY KEY (number);

alter table request_log_series add constraint request_log_series_application_id_credential_id_environment_key UNIQUE (application_id, credential_id, environment, protocol, operation, code, http_status);

alter table request_log_series add constraint request_log_series_environment_check CHECK (environment = ANY (ARRAY['sandbox'::text, 'live'::text]));

alter table request_log_series add constraint request_log_series_pkey PRIMARY KEY (id);

alter table request_log_state add constraint request_log_state_only_row_check CHECK (only_row);

alter table request_log_state add constraint request_log_state_pkey PRIMARY KEY (only_row);

alter table standing_orders add constraint standing_orders_account_kind_check CHECK (account_kind = ANY (ARRAY['utility'::text, 'merchant'::text]));

alter table standing_orders add constraint standing_orders_amount_minor_check CHECK (amount_minor > 0);

alter table standing_orders add constraint standing_orders_pkey PRIMARY KEY (payment_id);

alter table usage add constraint usage_pkey PRIMARY KEY (day, key);

alter table validations add constraint validations_check CHECK ((ended_at IS NULL) = (verdict IS NULL));

alter table validations add constraint validations_pkey PRIMARY KEY (payment_id);

alter table validations add constraint validations_response_type_check CHECK (response_type = ANY (ARRAY['completed'::text, 'cancelled'::text]));

alter table validations add constraint validations_verdict_check CHECK (verdict = ANY (ARRAY['accepted'::text, 'refused'::text, 'none'::text]));

CREATE INDEX billers_by_application ON billers USING btree (application_id);

CREATE INDEX checkouts_confirmed ON checkouts USING btree (expires_at) WHERE claimed_until > '-infinity'::timestamp with time zone;

CREATE INDEX checkouts_open ON checkouts USING btree (application_id, expires_at) WHERE claimed_until = '-infinity'::timestamp with time zone;

CREATE INDEX checkouts_unconfirmed ON checkouts USING btree (expires_at) WHERE claimed_until = '-infinity'::timestamp with time zone;

CREATE INDEX deliveries_by_subject ON deliveries USING btree (subject_id);

CREATE INDEX deliveries_due ON deliveries USING btree (listener, due_at) WHERE dead_lettered_at IS NULL;

CREATE INDEX delivery_attempts_by_notification ON ONLY delivery_attempts USING btree (notification_id);

CREATE INDEX holds_expiry ON holds USING btree (expires_at);

CREATE INDEX invoices_open ON invoices USING btree (shortcode, lower(account_reference), id) WHERE cancelled_at IS NULL;

CREATE INDEX invoices_to_remind ON invoices USING btree (remind_at) WHERE remind_at IS NOT NULL;

CREATE INDEX mandates_by_msisdn ON mandates USING btree (msisdn);

CREATE INDEX mandates_by_reference ON mandates USING btree (organisation, reference, msisdn);

CREATE UNIQUE INDEX mandates_one_active ON mandates USING btree (application_id, msisdn, reference) WHERE cancelled_at IS NULL AND expired_at IS NULL AND msisdn !~ '^0+[1-9]$'::text;

CREATE INDEX messages_by_msisdn ON messages USING btree (msisdn, id);

CREATE INDEX messages_queued ON messages USING btree (id) WHERE state = 'queued'::text;

CREATE INDEX notifications_further ON ONLY notifications USING btree (payment_id) WHERE id <> payment_id;

CREATE INDEX payments_collected ON ONLY payments USING btree (organisation, id) WHERE receipt IS NOT NULL AND (type = ANY (ARRAY['collection'::text, 'debit'::text]));

CREATE INDEX payments_receipt ON ONLY payments USING btree (receipt) WHERE receipt IS NOT NULL;

CREATE INDEX prompts_auto_reply ON prompts USING btree (auto_reply_at) WHERE auto_reply_at IS NOT NULL;

CREATE INDEX prompts_by_msisdn ON prompts USING btree (msisdn, payment_id);

CREATE INDEX prompts_ended ON prompts USING btree (ended_at) WHERE ended_at IS NOT NULL;

CREATE INDEX prompts_open ON prompts USING btree (msisdn, payment_id) WHERE ended_at IS NULL;

CREATE INDEX prompts_to_show ON prompts USING btree (payment_id) WHERE shown_at IS NULL AND ended_at IS NULL;

CREATE INDEX request_log_blocks_names ON ONLY request_log_blocks USING gin (names);

CREATE INDEX request_log_rollups_age ON request_log_rollups USING btree (resolution, starts_at);

CREATE INDEX standing_orders_due ON standing_orders USING btree (next_at) WHERE next_at IS NOT NULL;

CREATE INDEX validations_ended ON validations USING btree (ended_at) WHERE ended_at IS NOT NULL;

CREATE INDEX validations_sent ON validations USING btree (lease_until) WHERE ended_at IS NULL AND sent_at IS NOT NULL;

CREATE INDEX validations_to_send ON validations USING btree (validator, payment_id) WHERE ended_at IS NULL AND sent_at IS NULL;

CREATE OR REPLACE FUNCTION add_counts(a bigint[], b bigint[])
 RETURNS bigint[]
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select array_agg(coalesce(x, 0) + coalesce(y, 0) order by ordinal)
  from unnest(a, b) with ordinality as counts (x, y, ordinal)
$function$;

CREATE OR REPLACE FUNCTION create_partition(parent text, suffix text, lower bigint, upper bigint, fill integer)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  name text := parent || '_' || suffix;
begin
  if to_regclass(format('%I.%I', current_schema(), name)) is not null then
    return;
  end if;
  execute format('create table %I (like %I including defaults including constraints including indexes including storage) with (fillfactor = %s)',
                 name, parent, fill);
  execute format('alter table %I attach partition %I for values from (%s) to (%s)', parent, name, lower, upper);
end $function$;

CREATE OR REPLACE FUNCTION postings_are_append_only()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'postings are append-only';
end $function$;

CREATE TRIGGER postings_append_only BEFORE DELETE OR UPDATE ON postings FOR EACH ROW EXECUTE FUNCTION postings_are_append_only();
