-- What organisations register for calls beside payments: pulled transactions, standing orders, and bills.

-- The organisations that pull their transactions.
create table pull_registrations (
  shortcode text primary key references organisations,
  application_id bigint not null,
  nominated_number text not null,
  callback_url text not null,
  -- Business time.
  registered_at timestamptz not null
);

-- A pull reads an organisation's payments of two days. Only markets with receipts have pulls: elsewhere the index is empty.
create index payments_collected on payments (organisation, id)
  where receipt is not null and type in ('collection', 'debit');
