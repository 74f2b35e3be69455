/** The markets that have OpenAPI v2. Other markets have other protocols. */
import type { Market } from "../../core/markets.ts";

export const openapiV2Markets = [
  "vodafoneGHA",
  "vodacomTZN",
  "vodacomLES",
  "vodacomDRC",
  "vodacomMOZ",
] as const satisfies readonly Market[];

export type OpenapiV2Market = (typeof openapiV2Markets)[number];
