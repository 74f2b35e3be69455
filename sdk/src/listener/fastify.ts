/** The listener in Fastify: a plugin with one route, which leaves the parsers of other routes alone. */
import type { Listener } from "./listener.ts";
import { handle, type NodeBody, type NodeRequest } from "./node.ts";

/** As much of a Fastify instance as is used. */
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
  /** The route, below the prefix that it is registered with. `/` if absent. */
  readonly path?: string;
}

/** For `app.register(toFastifyHandler(listener), { prefix: "/told" })`. */
export function toFastifyHandler(
  listener: Listener,
): (instance: FastifyLike, options: FastifyOptions) => Promise<void> {
  // A plugin has a scope of its own, so what is done to parsers here ends with it. It is async, so that
  // Fastify waits for no callback.
  // oxlint-disable-next-line typescript/require-await
  return async (instance, { path = "/" }) => {
    instance.removeAllContentTypeParsers();
    // Signatures are over the bytes that came: the listener reads them itself, and no further than it wants.
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
