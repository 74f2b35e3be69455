/** The texts of the workspace in the language of the document. */
import { portal as en } from "../../src/words/en/portal/index.ts";

export type PortalWords = typeof en;

/** One line for each language. */
const dictionaries: Readonly<Record<string, PortalWords>> = { en };

export const words: PortalWords = dictionaries[document.documentElement.lang] ?? en;
