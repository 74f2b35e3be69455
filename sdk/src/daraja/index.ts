/** `@pesarail/sdk/daraja`: the client and the listeners of Daraja, Kenya's M-Pesa. */
export { Daraja } from "./client.ts";
export type { DarajaOptions, Initiator } from "./options.ts";
export type * from "./requests.ts";
export type * from "./results.ts";
export { createReference } from "../references.ts";
export { createSecurityCredential } from "./credentials.ts";

export type * from "./callbacks/call-result.ts";
export type { CollectionDetails } from "./callbacks/collection.ts";
export type { ConfirmationDetails, CustomerPayment } from "./callbacks/confirmation.ts";
export type { DarajaEvent, EventDetails } from "./callbacks/event.ts";
export type { CheckoutDetails, InvoicePaymentDetails, RatibaOrderDetails } from "./callbacks/flat.ts";
export { createListener, type ListenerOptions, type ListenerProblem } from "./callbacks/listener.ts";
export type { ResultDetails as ResultEventDetails, TimeoutDetails } from "./callbacks/result.ts";
export {
  createValidator,
  type RejectionReason,
  type ValidationDecision,
  type ValidationEvent,
  type ValidatorOptions,
} from "./callbacks/validator.ts";
export type { CallbackFields, Parameters } from "./callbacks/values.ts";
