/** The texts of the scripts. The server serves `src/words/<language>/handset-scripts.js` under the name `words.js`. */
import type { HandsetScriptWords } from "../../../words/catalogue.ts";

export declare const words: HandsetScriptWords;
