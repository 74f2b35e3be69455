/** What a path names: a market, and a number that may have a handset in it. */
import type { FastifyRequest } from "fastify";
import { marketNames, type Market } from "../../core/money.ts";
import { PageError } from "./access-control.ts";

export interface HandsetParams {
  readonly market: Market;
  readonly msisdn: string;
}

/** Throws 404 where nobody can live. */
export function parseHandsetParams(request: FastifyRequest): HandsetParams {
  const { market: name = "", msisdn = "" } = request.params as Readonly<Record<string, string>>;
  const market = parseMarket(name);
  if (!/^\d{11,14}$/.test(msisdn)) {
    throw new PageError(404, "This is no number: it has 11 to 14 digits and begins with the country's.");
  }
  return { market, msisdn };
}

/** Markets are matched without regard to case, as in the gateway's paths. */
export function parseMarket(text: string): Market {
  const market = marketNames.find((name) => name.toLowerCase() === text.toLowerCase());
  if (market === undefined) throw new PageError(404, `There is no such market: ${marketNames.join(", ")}.`);
  return market;
}
