-- API operators are locked after wrong passwords, and access tokens may be limited to products.

-- How many wrong passwords were sent since the last right one. Counted here, so that all servers count together.
alter table api_operators add column wrong_passwords smallint not null default 0 check (wrong_passwords >= 0);
alter table api_operators drop constraint api_operators_status_check;
alter table api_operators add constraint api_operators_status_check
  check (status in ('active', 'suspended', 'locked', 'closed'));

-- The products that the token is good for; null is all of its application.
alter table access_tokens add column products text[];
