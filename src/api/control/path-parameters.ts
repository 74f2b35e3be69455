/** The parameters in the paths of the control API. An invalid one gets 404, as one that nothing has. */
import type { FastifyRequest } from "fastify";
import { Type, type TSchema } from "typebox";
import { shortcode } from "../../core/fields.ts";
import { marketNames, type Market } from "../../core/markets.ts";
import { object, stringEnum } from "../../core/schema.ts";
import { snapshotName } from "../../sandbox/snapshots.ts";
import { ApiError } from "../api-error.ts";
import { msisdn, username } from "./fields.ts";

const parameters = {
  market: stringEnum(marketNames, { description: "The market. Case-insensitive." }),
  msisdn,
  shortcode,
  username,
  protocol: Type.String({
    pattern: "^[a-z0-9-]{1,20}$",
    description: "The name of a protocol.",
    examples: ["daraja"],
  }),
  id: Type.String({ pattern: "^[0-9]{1,18}$", description: "The application's id.", examples: ["1"] }),
  snapshot: Type.String({ pattern: snapshotName, description: "The snapshot's name.", examples: ["payday"] }),
  name: Type.String({
    description: "The payment's TransactionID or ConversationID.",
    examples: ["hv9ahxcg4ccv"],
  }),
};

/** The schema of the parameters of a path, or undefined if it has none. */
export function pathSchema(path: string): TSchema | undefined {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name as keyof typeof parameters);
  if (names.length === 0) return undefined;
  return object(Object.fromEntries(names.map((name) => [name, parameters[name]])));
}

/** Market names are case-insensitive, as in the paths of the gateway. Throws 404 for an unknown market. */
export async function normaliseMarket(request: FastifyRequest): Promise<void> {
  const params = request.params as { market?: string };
  if (params.market !== undefined) params.market = parseMarket(params.market);
}

function parseMarket(text: string): Market {
  const lower = text.toLowerCase();
  const market = marketNames.find((name) => name.toLowerCase() === lower);
  if (market === undefined)
    throw new ApiError(404, `Unknown market. The markets: ${marketNames.join(", ")}.`);
  return market;
}
