/** What `@pesarail/sdk` gives to whoever installs it. */
export { MpesaOpenApi } from "./open-api.ts";
export type { MpesaOpenApiOptions } from "./options.ts";
export type * from "./requests.ts";
export type * from "./results.ts";
export { InvalidArgumentError, PesarailError, TransportError } from "./errors.ts";
export { createReference } from "./references.ts";

export type { AcknowledgementCode } from "./listener/acknowledgement.ts";
export type { CallbackDetails, CallbackEvent, CallbackFields } from "./listener/event.ts";
export { toFastifyHandler, type FastifyLike, type FastifyOptions } from "./listener/fastify.ts";
export {
  createListener,
  type Listener,
  type ListenerOptions,
  type ListenerProblem,
  type ListenerProblemKind,
} from "./listener/listener.ts";
export { toExpressHandler, toNodeHandler, type NodeRequest, type NodeResponse } from "./listener/node.ts";
export { createMemoryStore, type EventStore, type MemoryStoreOptions } from "./listener/store.ts";

export {
  APIContext,
  APIMethodTypes,
  APIMethodTypes as APIMethodType,
  type APIContextOptions,
  type ParameterValue,
} from "./official/api-context.ts";
export { APIRequest, APIResponse } from "./official/api-request.ts";
