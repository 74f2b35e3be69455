/** The secrets of the environments. They are stored sealed; this folder cannot decrypt them. */
import type { Sql } from "../driver/connect.ts";

export interface SecretRow {
  readonly sealed: Buffer;
  /** The part that may be shown, such as the public key of a key pair. */
  readonly public: Buffer | null;
}

export async function readSecret(
  sql: Sql,
  environment: string,
  name: string,
): Promise<SecretRow | undefined> {
  const rows = await sql<SecretRow[]>`
    select sealed, public from secrets where environment = ${environment} and name = ${name}`;
  return rows[0];
}

/** All secrets of an environment, by name. */
export async function readSecrets(sql: Sql, environment: string): Promise<ReadonlyMap<string, SecretRow>> {
  const rows = await sql<(SecretRow & { readonly name: string })[]>`
    select name, sealed, public from secrets where environment = ${environment}`;
  return new Map(rows.map(({ name, ...secret }) => [name, secret]));
}

/** Stores a secret unless there is one already. Of several servers, the first one wins. */
export async function insertSecret(
  sql: Sql,
  environment: string,
  name: string,
  secret: SecretRow,
): Promise<void> {
  await sql`
    insert into secrets (environment, name, sealed, public)
    values (${environment}, ${name}, ${secret.sealed}, ${secret.public})
    on conflict (environment, name) do nothing`;
}

/** Whether the installation has sealed secrets already. */
export async function hasSecrets(sql: Sql): Promise<boolean> {
  return (await sql`select 1 from secrets limit 1`).length > 0;
}
