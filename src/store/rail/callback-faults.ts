/** Faults of a sandbox's callbacks: how many of the next ones are lost, or sent twice. */
import type { Sql } from "../driver/connect.ts";

export const callbackFaultKinds = ["lose", "twice"] as const;

export type CallbackFaultKind = (typeof callbackFaultKinds)[number];

export interface CallbackFault {
  readonly kind: CallbackFaultKind;
  /** How many callbacks it still applies to. */
  readonly remaining: number;
}

/** Sets how many of the next callbacks have a fault. Zero ends it. */
export async function setCallbackFault(sql: Sql, kind: CallbackFaultKind, times: number): Promise<void> {
  await (times === 0
    ? sql`delete from callback_faults where kind = ${kind}`
    : sql`
      insert into callback_faults (kind, remaining) values (${kind}, ${times})
      on conflict (kind) do update set remaining = excluded.remaining`);
}

export function readCallbackFaults(sql: Sql): Promise<CallbackFault[]> {
  return sql<CallbackFault[]>`select kind, remaining from callback_faults order by kind`;
}

/** Takes the faults of the next callbacks, at most `count`: losses first. No other server takes the same ones. */
export function takeCallbackFaults(sql: Sql, count: number): Promise<CallbackFaultKind[]> {
  return sql.begin(async (tx) => {
    const faults = await tx<CallbackFault[]>`
      select kind, remaining from callback_faults order by kind for update`;
    const taken: CallbackFaultKind[] = [];
    for (const { kind, remaining } of faults) {
      const times = Math.min(remaining, count - taken.length);
      if (times === 0) break;
      taken.push(...Array.from({ length: times }, () => kind));
      await (times === remaining
        ? tx`delete from callback_faults where kind = ${kind}`
        : tx`update callback_faults set remaining = remaining - ${times} where kind = ${kind}`);
    }
    return taken;
  });
}
