-- Messages to customers about invoices and promotions.

-- Of a message about an invoice: `payment_id` is then the id of the request that sent it, and no payment has it.
alter table messages add column invoice_id bigint;

alter table messages drop constraint messages_kind_check;
alter table messages add constraint messages_kind_check
  check (kind in ('paid', 'received', 'debited', 'returned', 'taken_back', 'sold', 'mandate', 'mandate_ended', 'not_paid',
                  'order_skipped', 'promotion', 'invoice', 'invoice_reminder'));

-- When the customer is reminded, business time. Null if that is over, or never happens.
alter table invoices add column remind_at timestamptz;
create index invoices_to_remind on invoices (remind_at) where remind_at is not null;
