/** A validation, before and after its protocol renders it, and the answer to it. */
import type { Environment } from "../core/markets.ts";
import type { Rail } from "../core/rails.ts";
import type { UrlRules } from "../callbacks/addresses.ts";
import type { RenderedNotification } from "../callbacks/notification.ts";
import type { ValidationRefusal } from "../payments/rules/validate.ts";
import type { PaymentParties } from "../store/rail/payment-parties.ts";
import type { PaymentRow } from "../store/rail/payments.ts";

/** The request that asks an organisation's server whether the organisation accepts a payment. */
export interface Validation {
  readonly rail: Rail;
  readonly payment: PaymentRow;
  readonly parties: PaymentParties;
}

/** A validation in the format of its protocol. */
export type RenderedValidation = Omit<RenderedNotification, "checkAcknowledgement">;

export interface ValidationResponse {
  readonly httpStatus: number;
  readonly body: string;
}

/** `none`: the response is no answer. `failure` says why, as a sentence. */
export type ValidationAnswer =
  | { readonly verdict: "accepted"; readonly thirdPartyReference: string | null }
  | { readonly verdict: "refused"; readonly refusal: ValidationRefusal }
  | { readonly verdict: "none"; readonly failure: string };

/** How a protocol asks an organisation's server. Both functions are pure. */
export interface ValidationFormat {
  /** Throws only on a bug. */
  render(validation: Validation): RenderedValidation;
  /** Reads the answer. Never throws. */
  parse(response: ValidationResponse): ValidationAnswer;
}

/** The formats of the protocols that ask, by the protocol's name, with their rules for URLs. */
export type ValidationFormats = Readonly<
  Record<string, ValidationFormat & { urlRules(environment: Environment): UrlRules }>
>;
