/** The signing secrets of an application's callbacks. They are stored sealed; this folder cannot decrypt them. */
import type { Sql, Transaction } from "../driver/connect.ts";

export interface CallbackSecretRow {
  readonly id: bigint;
  readonly sealed: Buffer;
  /** Wall time; null is the current one. */
  readonly retiresAt: Date | null;
}

/** An application's secrets that are not retired yet: the current one, then the others, newest first. */
export function readCallbackSecrets(
  sql: Sql | Transaction,
  applicationId: bigint,
): Promise<CallbackSecretRow[]> {
  return sql<CallbackSecretRow[]>`
    select id, sealed, retires_at as "retiresAt" from callback_secrets
    where application_id = ${applicationId} and (retires_at is null or retires_at > clock_timestamp())
    order by retires_at is not null, id desc`;
}

/** Stores a current secret unless there is one. Of several servers, the first one wins. */
export async function insertCallbackSecret(
  sql: Sql | Transaction,
  applicationId: bigint,
  sealed: Buffer,
): Promise<void> {
  await sql`
    insert into callback_secrets (application_id, sealed) values (${applicationId}, ${sealed})
    on conflict (application_id) where retires_at is null do nothing`;
}

/** Retires the current secret after the overlap, and deletes secrets that are already retired. */
export async function retireCallbackSecret(
  tx: Transaction,
  applicationId: bigint,
  overlapMs: number,
): Promise<void> {
  await tx`
    update callback_secrets
    set retires_at = clock_timestamp() + make_interval(secs => ${overlapMs / 1000}::float8)
    where application_id = ${applicationId} and retires_at is null`;
  await tx`
    delete from callback_secrets
    where application_id = ${applicationId} and retires_at <= clock_timestamp()`;
}

/** Deletes all but the newest of an application's retiring secrets. */
export async function deleteOlderSecrets(
  tx: Transaction,
  applicationId: bigint,
  keepCount: number,
): Promise<void> {
  await tx`
    delete from callback_secrets where id in (
      select id from callback_secrets where application_id = ${applicationId} and retires_at is not null
      order by id desc offset ${keepCount})`;
}
