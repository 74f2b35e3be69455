-- Messages whose text is stored, because they are about no payment: a code that confirms a number.
alter table messages add column text text check (length(text) between 1 and 160);
alter table messages alter column payment_id drop not null;
alter table messages drop constraint messages_kind_check;
alter table messages add constraint messages_kind_check
  check (kind in ('paid', 'received', 'debited', 'returned', 'taken_back', 'sold', 'mandate', 'mandate_ended',
                  'not_paid', 'order_skipped', 'promotion', 'invoice', 'invoice_reminder', 'text'));
alter table messages add constraint messages_subject check ((kind = 'text') = (text is not null));
alter table messages add constraint messages_payment check (kind = 'text' or payment_id is not null);
