/** The tariffs of an environment: the published ones, none, or those of a file. */
import { readFileSync } from "node:fs";
import { SettingError, type TariffSource } from "../config/parsers.ts";
import type { Environment } from "../core/markets.ts";
import { defaultTariffs, InvalidTariff, parseTariffs, type Tariffs } from "../payments/tariffs.ts";

/** Throws `SettingError` if a file cannot be read or is invalid. */
export const loadTariffs = (
  sources: Readonly<Record<Environment, TariffSource>>,
): Readonly<Record<Environment, Tariffs>> => ({
  sandbox: loadTariff(sources.sandbox, "TARIFF"),
  live: loadTariff(sources.live, "LIVE_TARIFF"),
});

function loadTariff(source: TariffSource, setting: string): Tariffs {
  if (source === "none") return {};
  if (source === "default") return defaultTariffs;
  try {
    return parseTariffs(JSON.parse(readFileSync(source.file, "utf8")));
  } catch (error) {
    throw new SettingError(`${setting}: ${source.file} ${describeFailure(error)}`);
  }
}

function describeFailure(error: unknown): string {
  if (error instanceof InvalidTariff) return `is no tariff: ${error.message}`;
  if (error instanceof SyntaxError) return "contains no JSON.";
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  return `cannot be read (${code}).`;
}
