/** Whether the disk of a database is full. */
import { errorCode, type Sql } from "../driver/connect.ts";

const diskFull = "53100";

/** Rolls a transaction back. */
class TakenBack extends Error {}

/**
 * Writes something as large as a batch, and takes it back. A COPY that failed does not say why: the driver discards the
 * reason.
 */
export async function isDiskFull(sql: Sql): Promise<boolean> {
  try {
    await sql.begin(async (tx) => {
      await tx`
        insert into request_log_omissions (starts_at, source, requests)
        select -n, repeat(md5(n::text), 60), 0 from generate_series(1, 1000) as n`;
      throw new TakenBack();
    });
    return false;
  } catch (error) {
    if (error instanceof TakenBack) return false;
    if (errorCode(error) === diskFull) return true;
    throw error;
  }
}
