/** The message catalogue: the texts that people read, by language. */
import type { MarketWords, Words } from "./catalogue.ts";
import { kenya } from "./en/kenya.ts";
import * as dictionaries from "./languages.ts";

export type { SmsParts, Words } from "./catalogue.ts";

export type Language = keyof typeof dictionaries;

export const languages = Object.keys(dictionaries) as Language[];

/** Complete in every version, so it replaces a language that has no dictionary. */
export const defaultLanguage: Language = "en";

/** Finds the dictionary of a language tag; `en-GB` has that of `en`. Returns null if there is none. */
export function findLanguage(tag: string): Language | null {
  const [primary = ""] = tag.toLowerCase().split("-");
  return languages.find((language) => language === primary) ?? null;
}

/** The wordings of markets, by language. */
const marketWords: Readonly<Record<Language, Readonly<Record<string, MarketWords>>>> = {
  en: { safaricomKEN: kenya },
};

/** The texts of a language in a market. */
export function getMarketWords(tag: string, market: string): Words {
  const language = findLanguage(tag) ?? defaultLanguage;
  return { ...dictionaries[language], ...marketWords[language][market] };
}

/** The texts of a language, or of the default language if the tag has no dictionary. */
export const getWords = (tag: string): Words => dictionaries[findLanguage(tag) ?? defaultLanguage];
