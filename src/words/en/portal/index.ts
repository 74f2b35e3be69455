/** The English texts of the workspace, by noun. The browser loads this folder of one language. */
import {
  applicationCallbacks,
  applicationHistory,
  applicationKeys,
  applicationProducts,
  applications,
  applicationSettings,
  applicationSources,
} from "./applications.ts";
import { sandbox } from "./sandbox.ts";
import { sendRequest } from "./send-request.ts";
import { errors } from "./errors.ts";
import { payments } from "./payments.ts";
import { requests } from "./requests.ts";
import { account } from "./account.ts";
import { shell } from "./shell.ts";
import { states } from "./states.ts";

export const portal = {
  language: "en",
  errors,
  payments,
  requests,
  account,
  shell,
  states,
  applications,
  applicationKeys,
  applicationProducts,
  applicationSources,
  applicationCallbacks,
  applicationHistory,
  applicationSettings,
  sandbox,
  sendRequest,
};
