/** Rails: one market in one environment each, the unit of isolation and of scaling out. */
import { environments, marketNames, type Environment, type Market } from "./markets.ts";

/** One market in one environment, with its own schema. Money never crosses rails. */
export interface Rail {
  readonly environment: Environment;
  readonly market: Market;
  /** `<environment>_<market>`: the name of the schema, also used in logs and metrics. */
  readonly name: RailName;
}

export type RailName = `${Environment}_${Market}`;

export function railFor(environment: Environment, market: Market): Rail {
  return { environment, market, name: `${environment}_${market}` };
}

export const rails: readonly Rail[] = environments.flatMap((environment) =>
  marketNames.map((market) => railFor(environment, market)),
);
