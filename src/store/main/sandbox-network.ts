/** The sandbox's mobile network: what it does wrong, and the seed that it draws from. */
import type { Sql } from "../driver/connect.ts";

export interface NetworkRow {
  readonly seed: bigint;
  readonly promptsLostPercent: number;
  readonly messagesLostPercent: number;
  /** The longest that a prompt or message takes, in milliseconds of business time. */
  readonly delayMs: number;
}

const columns = (sql: Sql) => sql`
  seed, prompts_lost_percent as "promptsLostPercent", messages_lost_percent as "messagesLostPercent",
  delay_ms as "delayMs"`;

export async function readNetwork(sql: Sql): Promise<NetworkRow> {
  const [row] = await sql<NetworkRow[]>`select ${columns(sql)} from sandbox_network`;
  if (row === undefined) throw new Error("the sandbox's network has no row");
  return row;
}

/** Changes what is not null, and returns what holds then. */
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
  if (row === undefined) throw new Error("the sandbox's network has no row");
  return row;
}
