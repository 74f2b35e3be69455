/** `@pesarail/sdk/webhooks`: what the listeners of all protocols share: adapters for servers, and stores. */
export type {
  Listener,
  ListenerProblemKind,
  WebhookEvent,
  WebhookOptions,
  WebhookProblem,
} from "./listener.ts";
export { toFastifyHandler, type FastifyLike, type FastifyOptions } from "./fastify.ts";
export { toExpressHandler, toNodeHandler, type NodeRequest, type NodeResponse } from "./node.ts";
export { createMemoryStore, type EventStore, type MemoryStoreOptions } from "./store.ts";
