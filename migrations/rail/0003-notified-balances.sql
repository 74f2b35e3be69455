-- The organisation's available balances after the payment, in minor units as texts by kind of account. Null for
-- notifications that report none. They are written with the payment, so that a notification that is sent again says the
-- same as before.
alter table notifications add column balances jsonb;
