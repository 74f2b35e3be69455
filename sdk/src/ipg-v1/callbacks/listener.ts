/** The listener for callbacks of IPG v1, with the acknowledgement that M-Pesa documents. */
import { checkUnknownFields } from "../../check-unknown-fields.ts";
import { jsonResponse } from "../../webhooks/json-response.ts";
import {
  createWebhookListener,
  webhookOptionNames,
  type Listener,
  type WebhookOptions,
  type WebhookProblem,
} from "../../webhooks/listener.ts";
import { dedupeKey, parseEvent, type CallbackEvent } from "./event.ts";

export interface ListenerOptions<Context = void> extends WebhookOptions<CallbackEvent, Context> {}

/** A callback that was not acknowledged. */
export interface ListenerProblem extends WebhookProblem<CallbackEvent> {}

/** For the account's response URL. Throws `InvalidArgumentError`. */
export function createListener<Context = void>(options: ListenerOptions<Context>): Listener {
  checkUnknownFields("options", options, webhookOptionNames);
  return createWebhookListener(options, { parse: parseEvent, dedupeKey, acknowledge });
}

const acknowledge = ({ conversationId, reference }: CallbackEvent): Response =>
  jsonResponse(200, {
    output_OriginalConversationID: conversationId,
    output_ResponseDesc: "Successfully Accepted Result",
    output_ResponseCode: "0",
    output_ThirdPartyConversationID: reference,
  });
