/** The English texts of the workspace, by noun. The browser loads this folder of one language. */
import { account } from "./account.ts";
import { shell } from "./shell.ts";
import { states } from "./states.ts";

export const portal = {
  language: "en",
  account,
  shell,
  states,
};
