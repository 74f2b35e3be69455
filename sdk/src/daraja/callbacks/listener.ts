/** The listener for Daraja's callbacks: one for every URL but the ValidationURL. */
import { checkUnknownFields } from "../../check-unknown-fields.ts";
import { jsonResponse } from "../../webhooks/json-response.ts";
import {
  createWebhookListener,
  webhookOptionNames,
  type Listener,
  type WebhookOptions,
  type WebhookProblem,
} from "../../webhooks/listener.ts";
import { dedupeKey, parseEvent, type DarajaEvent } from "./event.ts";

export interface ListenerOptions<Context = void> extends WebhookOptions<DarajaEvent, Context> {}

/** A callback that was not acknowledged. */
export interface ListenerProblem extends WebhookProblem<DarajaEvent> {}

/**
 * For CallBackURL, ResultURL, QueueTimeOutURL, ConfirmationURL and Bill Manager's callbackurl; all of them may be one
 * URL. Throws `InvalidArgumentError`.
 */
export function createListener<Context = void>(options: ListenerOptions<Context>): Listener {
  checkUnknownFields("options", options, webhookOptionNames);
  return createWebhookListener(options, { parse: parseEvent, dedupeKey, acknowledge });
}

const acknowledge = ({ kind }: DarajaEvent): Response =>
  jsonResponse(
    200,
    kind === "invoice" ? { resmsg: "Success", rescode: "200" } : { ResultCode: 0, ResultDesc: "Success" },
  );
