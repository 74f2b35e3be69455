/** All English texts. */
import type { Words } from "../catalogue.ts";
import { entrance } from "./entrance.ts";
import { behaviours, handsetList, handsetPage, registerForm } from "./handset-pages.ts";
import { words as handsetScripts } from "./handset-scripts.js";
import { mailbox, mails } from "./mails.ts";
import { notices } from "./notices.ts";
import { frequencies, prompts } from "./prompts.ts";
import { sms } from "./sms.ts";
import { ussd } from "./ussd.ts";
import { workspaceDocument } from "./workspace-document.ts";

export const en: Words = {
  language: "en",
  sms,
  prompts,
  frequencies,
  ussd,
  handsetPage,
  behaviours,
  handsetList,
  registerForm,
  notices,
  handsetScripts,
  entrance,
  workspaceDocument,
  mails,
  mailbox,
};
