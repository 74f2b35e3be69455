/** The codes of OpenAPI v2 for the frequencies of mandates. */
import { frequencies, type Frequency } from "../../payments/mandate-terms.ts";

export const frequencyByCode = {
  "01": "once",
  "02": "daily",
  "03": "weekly",
  "04": "monthly",
  "05": "quarterly",
  "06": "half_yearly",
  "07": "yearly",
  "08": "on_demand",
} as const satisfies Readonly<Record<string, Frequency>>;

/** The code of a frequency, or empty for a mandate without one, and for one that v2 has no code for. */
export const toFrequencyCode = (frequency: Frequency | null): string =>
  Object.entries(frequencyByCode).find(([, name]) => name === frequency)?.[0] ?? "";

/** The codes with their texts for people, such as `half-yearly`. */
export const frequencyTexts: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(frequencyByCode).map(([code, name]) => [code, frequencies[name]]),
);
