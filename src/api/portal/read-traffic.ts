/** The requests of applications by credential in the last 24 hours, from the roll-ups of the request log. */
import { msPerDay, msPerMinute } from "../../core/clock.ts";
import type { Market } from "../../core/markets.ts";
import { railFor } from "../../core/rails.ts";
import { readCredentialTraffic } from "../../store/request-log/rollups.ts";
import type { PortalDeps } from "./route.ts";

export interface Traffic {
  readonly applicationId: bigint;
  readonly credentialId: bigint;
  /** In the last 24 hours. */
  readonly requests: number;
  /** In minutes since 1970. */
  readonly lastAt: number;
  readonly market: Market | null;
}

/** One entry for each credential and market with requests, ever. Paths without a market have a log of their own. */
export async function readTraffic(
  { main, rail }: PortalDeps,
  applicationIds: readonly bigint[],
  markets: readonly Market[],
): Promise<readonly Traffic[]> {
  if (applicationIds.length === 0) return [];
  const since = Math.floor((Date.now() - msPerDay) / msPerMinute);
  const logs = [
    { market: null, sql: main },
    ...markets.map((market) => ({ market, sql: rail(railFor("sandbox", market)) })),
  ];
  const rows = await Promise.all(
    logs.map(async ({ market, sql }) =>
      (await readCredentialTraffic(sql, applicationIds, since)).map((row) => ({
        ...row,
        requests: Number(row.requests),
        market,
      })),
    ),
  );
  return rows.flat();
}
