import type { ProductSettings } from "./application-settings.ts";

/** Settings with these products enabled and nothing limited. */
export const enableProducts = (names: readonly string[]): Record<string, ProductSettings> =>
  Object.fromEntries(names.map((name) => [name, {}]));
