/** Callback URLs: where results and notifications go when a request names no URL. */
import type { Sql, Transaction } from "../driver/connect.ts";

/** Sets an application's URL for a protocol's notification kind; null removes it. */
export async function setApplicationCallbackUrl(
  sql: Sql | Transaction,
  applicationId: bigint,
  { protocol, kind }: { readonly protocol: string; readonly kind: string },
  url: string | null,
): Promise<void> {
  if (url === null) {
    await sql`
      delete from callback_urls
      where application_id = ${applicationId} and protocol = ${protocol} and kind = ${kind}`;
    return;
  }
  await sql`
    insert into callback_urls (application_id, protocol, kind, url) values (${applicationId}, ${protocol}, ${kind}, ${url})
    on conflict (application_id, protocol, kind) where application_id is not null do update set url = excluded.url`;
}
