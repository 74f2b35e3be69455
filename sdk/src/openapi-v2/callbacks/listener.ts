/** The listener for callbacks of OpenAPI v2. */
import { checkUnknownFields } from "../../check-unknown-fields.ts";
import {
  createWebhookListener,
  webhookOptionNames,
  type Listener,
  type WebhookOptions,
  type WebhookProblem,
} from "../../webhooks/listener.ts";
import { buildAcknowledgement, type AcknowledgementCode } from "./acknowledgement.ts";
import { dedupeKey, parseEvent, parseFields, type CallbackEvent } from "./event.ts";

export interface ListenerOptions<Context = void> extends WebhookOptions<CallbackEvent, Context> {
  /**
   * Overrides the acknowledgement code where the callback does not show it: return `INS-GAR-0` for a refused `commit`
   * or `release`. Return undefined to use the default.
   */
  acknowledgeWith?(event: CallbackEvent): AcknowledgementCode | undefined;
}

/** A callback that was not acknowledged. */
export interface ListenerProblem extends WebhookProblem<CallbackEvent> {}

const knownOptions: Readonly<Record<keyof ListenerOptions, true>> = {
  ...webhookOptionNames,
  acknowledgeWith: true,
};

/** Throws `InvalidArgumentError`. */
export function createListener<Context = void>(options: ListenerOptions<Context>): Listener {
  checkUnknownFields("options", options, knownOptions);
  return createWebhookListener(options, {
    parse(body, delivery) {
      const fields = parseFields(body);
      return typeof fields === "string" ? fields : parseEvent(fields, delivery);
    },
    dedupeKey,
    acknowledge: (event) => buildAcknowledgement(event, options.acknowledgeWith?.(event)),
  });
}
