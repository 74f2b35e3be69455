/** The listener for the ValidationURL: decides whether a customer may pay, before the money moves. */
import { checkUnknownFields } from "../../check-unknown-fields.ts";
import { jsonResponse } from "../../webhooks/json-response.ts";
import {
  createWebhookListener,
  webhookOptionNames,
  type Listener,
  type WebhookEvent,
  type WebhookOptions,
} from "../../webhooks/listener.ts";
import { parseCustomerPayment, type CustomerPayment } from "./confirmation.ts";
import { parseBody } from "./event.ts";

/** A payment that a customer wants to make. Its receipt is that of the confirmation, if you accept it. */
export interface ValidationEvent extends CustomerPayment, WebhookEvent {}

/** Accept, with your own ID of the payment if you like, or reject with a reason. */
export type ValidationDecision =
  | { readonly accept: true; readonly thirdPartyTransactionId?: string }
  | { readonly accept: false; readonly because?: RejectionReason };

export type RejectionReason = keyof typeof rejectionCodes;

const rejectionCodes = {
  invalid_msisdn: "C2B00011",
  invalid_account: "C2B00012",
  invalid_amount: "C2B00013",
  invalid_kyc: "C2B00014",
  invalid_shortcode: "C2B00015",
  other: "C2B00016",
} as const;

export interface ValidatorOptions extends Omit<WebhookOptions<ValidationEvent>, "store" | "onEvent"> {
  /**
   * Decides. Answer within eight seconds: after that, the `ifUnanswered` of `registerUrls` decides. If this throws, the
   * listener answers 500, and `ifUnanswered` decides, too. A validation may be repeated: do not book anything here.
   */
  decide(payment: ValidationEvent): ValidationDecision | Promise<ValidationDecision>;
}

const { store: _store, onEvent: _onEvent, ...knownOptions } = webhookOptionNames;

/** Throws `InvalidArgumentError`. */
export function createValidator({ decide, ...options }: ValidatorOptions): Listener {
  checkUnknownFields("options", { decide, ...options }, { ...knownOptions, decide: true });
  const decisions = new WeakMap<ValidationEvent, ValidationDecision>();
  return createWebhookListener<ValidationEvent, void>(
    {
      ...options,
      // A validation is a question: an answer of last time would be out of date.
      store: {
        async runOnce(_key, work) {
          await work();
          return "done";
        },
      },
      async onEvent(event) {
        decisions.set(event, await decide(event));
      },
    },
    {
      parse(body, delivery) {
        const fields = parseBody(body);
        const payment = typeof fields === "string" ? fields : parseCustomerPayment(fields);
        return typeof payment === "string" ? payment : { ...payment, ...delivery };
      },
      dedupeKey: ({ receipt }) => receipt,
      acknowledge: (event) => jsonResponse(200, buildAnswer(decisions.get(event))),
    },
  );
}

function buildAnswer(decision: ValidationDecision | undefined): object {
  if (decision?.accept === true) {
    const { thirdPartyTransactionId } = decision;
    return {
      ResultCode: "0",
      ResultDesc: "Accepted",
      ...(thirdPartyTransactionId === undefined ? {} : { ThirdPartyTransID: thirdPartyTransactionId }),
    };
  }
  return { ResultCode: rejectionCodes[decision?.because ?? "other"], ResultDesc: "Rejected" };
}
