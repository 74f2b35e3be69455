/** `@pesarail/sdk/openapi-v2`: the client and the listener of M-Pesa's OpenAPI v2. */
export { MpesaOpenApi } from "./client.ts";
export type { MpesaOpenApiOptions } from "./options.ts";
export type * from "./requests.ts";
export type * from "./results.ts";
export { createReference } from "../references.ts";

export type { AcknowledgementCode } from "./callbacks/acknowledgement.ts";
export type { CallbackDetails, CallbackEvent, CallbackFields } from "./callbacks/event.ts";
export { createListener, type ListenerOptions, type ListenerProblem } from "./callbacks/listener.ts";
