/** The Fastify adapter: a plugin with one route. It does not change the parsers of other routes. */
import type { Listener } from "./listener.ts";
import { handle, type NodeBody, type NodeRequest } from "./node.ts";

/** The parts of a Fastify instance that the adapter uses. */
export interface FastifyLike {
  removeAllContentTypeParsers(): unknown;
  addContentTypeParser(
    type: string,
    parser: (
      request: unknown,
      payload: NodeBody,
      done: (error: Error | null, body?: unknown) => void,
    ) => void,
  ): unknown;
  all(
    path: string,
    handler: (request: FastifyRequestLike, reply: FastifyReplyLike) => Promise<unknown>,
  ): unknown;
}

export interface FastifyRequestLike {
  readonly raw: NodeRequest;
  readonly body: unknown;
}

export interface FastifyReplyLike {
  code(status: number): unknown;
  headers(headers: Readonly<Record<string, string>>): unknown;
  send(text: string): unknown;
}

export interface FastifyOptions {
  /** The route, below the registered prefix. Default `/`. */
  readonly path?: string;
}

/** For `app.register(toFastifyHandler(listener), { prefix: "/callbacks" })`. */
export function toFastifyHandler(
  listener: Listener,
): (instance: FastifyLike, options: FastifyOptions) => Promise<void> {
  // A plugin has its own scope, so these parser changes do not affect other routes. It is async because Fastify
  // otherwise expects a `done` callback.
  // oxlint-disable-next-line typescript/require-await
  return async (instance, { path = "/" }) => {
    instance.removeAllContentTypeParsers();
    // The signature covers the raw bytes, so pass the stream on. The listener reads it with its own limits.
    instance.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
    instance.all(path, async ({ raw, body }, reply) => {
      const response = await handle(listener, raw, isStream(body) ? body : raw);
      reply.code(response.status);
      reply.headers(response.headers);
      return reply.send(response.text);
    });
  };
}

const isStream = (body: unknown): body is NodeBody =>
  typeof body === "object" && body !== null && "pause" in body && "resume" in body;
