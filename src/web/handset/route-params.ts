/** Parses the market and the number in a path. */
import type { FastifyRequest } from "fastify";
import { marketNames, type Market } from "../../core/markets.ts";
import { PageError } from "./access-control.ts";

export interface HandsetParams {
  readonly market: Market;
  readonly msisdn: string;
}

/** Throws 404 if the market is unknown or the number is malformed. */
export function parseHandsetParams(request: FastifyRequest): HandsetParams {
  const { market: name = "", msisdn = "" } = request.params as Readonly<Record<string, string>>;
  const market = parseMarket(name);
  if (!/^\d{11,14}$/.test(msisdn)) {
    throw new PageError(404, (notices) => notices.invalidNumber);
  }
  return { market, msisdn };
}

/** Ignores case, like the paths of the M-Pesa API. */
export function parseMarket(text: string): Market {
  const market = marketNames.find((name) => name.toLowerCase() === text.toLowerCase());
  if (market === undefined)
    throw new PageError(404, (notices) => notices.unknownMarket(marketNames.join(", ")));
  return market;
}
