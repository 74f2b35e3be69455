/** The languages: one line each. The name of an export is the language's tag and the name of its folder. */
export { en } from "./en/index.ts";
