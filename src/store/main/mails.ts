/** Mails of the mailbox, and mails that wait for the SMTP server. Their content is sealed. */
import type { Sql } from "../driver/connect.ts";

export interface MailRow {
  readonly id: bigint;
  readonly sealed: Buffer;
  readonly attempts: number;
  readonly createdAt: Date;
}

/** The mailbox keeps this many, and the queue of an SMTP server that is away has this many. */
const maxMails = 500;

const mailColumns = (sql: Sql) => sql`id, sealed, attempts, created_at as "createdAt"`;

export async function insertMail(sql: Sql, sealed: Buffer, state: "mailbox" | "queued"): Promise<bigint> {
  const [row] = await sql<{ id: bigint }[]>`
    insert into mails (sealed, state) values (${sealed}, ${state}) returning id`;
  await sql`
    delete from mails where id <= (
      select coalesce(max(id), 0) from (select id from mails order by id desc offset ${maxMails} limit 1) oldest)`;
  return row?.id ?? 0n;
}

/** The newest first. */
export function readMailbox(sql: Sql, limit: number): Promise<MailRow[]> {
  return sql<MailRow[]>`
    select ${mailColumns(sql)} from mails where state = 'mailbox' order by id desc limit ${limit}`;
}

export async function readMailboxMail(sql: Sql, id: bigint): Promise<MailRow | undefined> {
  const rows = await sql<MailRow[]>`
    select ${mailColumns(sql)} from mails where state = 'mailbox' and id = ${id}`;
  return rows[0];
}

/** Claims a mail to send. No other server sends it until the lease ends. */
export async function claimMail(sql: Sql, leaseMs: number): Promise<MailRow | undefined> {
  const rows = await sql<MailRow[]>`
    update mails set lease_until = clock_timestamp() + ${leaseMs} * interval '1 millisecond', attempts = attempts + 1
    where id = (select id from mails where state = 'queued' and lease_until < clock_timestamp()
                order by id limit 1 for update skip locked)
    returning ${mailColumns(sql)}`;
  return rows[0];
}

export async function deleteMail(sql: Sql, id: bigint): Promise<void> {
  await sql`delete from mails where id = ${id}`;
}

export async function deleteOldMails(sql: Sql, maxAgeMs: number): Promise<void> {
  await sql`delete from mails where created_at < clock_timestamp() - ${maxAgeMs} * interval '1 millisecond'`;
}
