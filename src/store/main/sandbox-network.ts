/** The simulated mobile network of the sandbox: its loss rates, its delay and its random seed. */
import type { Sql } from "../driver/connect.ts";

export interface NetworkRow {
  readonly seed: bigint;
  readonly promptsLostPercent: number;
  readonly messagesLostPercent: number;
  /** The maximum delay of a prompt or message, in milliseconds of business time. */
  readonly delayMs: number;
}

const columns = (sql: Sql) => sql`
  seed, prompts_lost_percent as "promptsLostPercent", messages_lost_percent as "messagesLostPercent",
  delay_ms as "delayMs"`;

export async function readNetwork(sql: Sql): Promise<NetworkRow> {
  const [row] = await sql<NetworkRow[]>`select ${columns(sql)} from sandbox_network`;
  if (row === undefined) throw new Error("the table sandbox_network has no row");
  return row;
}

/** Changes the fields that are not null, and returns the new row. */
export async function setNetwork(
  sql: Sql,
  change: { readonly [K in keyof NetworkRow]: NetworkRow[K] | null },
): Promise<NetworkRow> {
  const [row] = await sql<NetworkRow[]>`
    update sandbox_network
    set seed = coalesce(${change.seed}, seed),
        prompts_lost_percent = coalesce(${change.promptsLostPercent}, prompts_lost_percent),
        messages_lost_percent = coalesce(${change.messagesLostPercent}, messages_lost_percent),
        delay_ms = coalesce(${change.delayMs}, delay_ms)
    returning ${columns(sql)}`;
  if (row === undefined) throw new Error("the table sandbox_network has no row");
  return row;
}
