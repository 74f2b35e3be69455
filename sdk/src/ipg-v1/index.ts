/** `@pesarail/sdk/ipg-v1`: the client and the listener of IPG v1, Mozambique's first M-Pesa API. */
export { IpgV1 } from "./client.ts";
export type { IpgV1Initiator, IpgV1Options, IpgV1Ports } from "./options.ts";
export type * from "./requests.ts";
export type * from "./results.ts";
export { createReference } from "../references.ts";

export type { CallbackEvent, CallbackFields } from "./callbacks/event.ts";
export { createListener, type ListenerOptions, type ListenerProblem } from "./callbacks/listener.ts";
