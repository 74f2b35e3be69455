/** The public exports of `@pesarail/sdk`. */
export { MpesaOpenApi } from "./openapi-v2/client.ts";
export type { MpesaOpenApiOptions } from "./openapi-v2/options.ts";
export type * from "./openapi-v2/requests.ts";
export type * from "./openapi-v2/results.ts";
export { InvalidArgumentError, PesarailError, TransportError } from "./errors.ts";
export { createReference } from "./openapi-v2/references.ts";

export type { AcknowledgementCode } from "./webhooks/acknowledgement.ts";
export type { CallbackDetails, CallbackEvent, CallbackFields } from "./webhooks/event.ts";
export { toFastifyHandler, type FastifyLike, type FastifyOptions } from "./webhooks/fastify.ts";
export {
  createListener,
  type Listener,
  type ListenerOptions,
  type ListenerProblem,
  type ListenerProblemKind,
} from "./webhooks/listener.ts";
export { toExpressHandler, toNodeHandler, type NodeRequest, type NodeResponse } from "./webhooks/node.ts";
export { createMemoryStore, type EventStore, type MemoryStoreOptions } from "./webhooks/store.ts";

export {
  APIContext,
  APIMethodTypes,
  APIMethodTypes as APIMethodType,
  type APIContextOptions,
  type ParameterValue,
} from "./compat/api-context.ts";
export { APIRequest, APIResponse } from "./compat/api-request.ts";
