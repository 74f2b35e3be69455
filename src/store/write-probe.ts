/**
 * Whether a database can store a payment: not only whether it responds.
 *
 * A probe needs what a payment needs: space for new pages (a temporary table, emptied at the commit), and a record in
 * the WAL that is flushed to the disk. It leaves nothing behind and writes no table, so it needs no schema. One probe
 * serves all schemas of a database, and all callers of a second.
 */
import { msPerSecond } from "../core/clock.ts";
import { connect, errorCode, type DatabaseAddress } from "./driver/connect.ts";

export interface WriteProbe {
  /** The result of the last probe if it is at most a second old, else of a new one. */
  canWrite(): Promise<boolean>;
  close(): Promise<void>;
}

const resultLifeMs = msPerSecond;
const probeTimeoutMs = 2 * msPerSecond;
const insufficientPrivilege = "42501";

export function createWriteProbe(address: DatabaseAddress): WriteProbe {
  const sql = connect(address, {
    schema: "public",
    maxConnections: 1,
    name: "pesarail readiness",
    arrays: false,
    statementTimeoutMs: probeTimeoutMs,
    settings: { idle_in_transaction_session_timeout: "10s" },
  });
  let mayUseTemporaryTables = true;
  let result: Promise<boolean> | null = null;
  let expiresAt = 0;

  async function probe(): Promise<boolean> {
    try {
      if (mayUseTemporaryTables) await allocatePages();
      await sql`select pg_logical_emit_message(true, 'pesarail', 'readiness')`;
      return true;
    } catch {
      return false;
    }
  }

  async function allocatePages(): Promise<void> {
    try {
      await sql.begin(async (tx) => {
        await tx`create temporary table if not exists pesarail_readiness (filler text) on commit delete rows`;
        // 128 kB: rows of this size are neither compressed nor stored elsewhere.
        await tx`insert into pg_temp.pesarail_readiness select repeat('x', 1900) from generate_series(1, 64)`;
      });
    } catch (error) {
      // An administrator may have revoked the privilege. Payments do not need it.
      if (errorCode(error) !== insufficientPrivilege) throw error;
      mayUseTemporaryTables = false;
    }
  }

  return {
    canWrite() {
      if (result === null || performance.now() > expiresAt) {
        expiresAt = Infinity;
        result = probe().finally(() => (expiresAt = performance.now() + resultLifeMs));
      }
      return result;
    },
    close: () => sql.end({ timeout: 1 }),
  };
}
