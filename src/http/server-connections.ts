/**
 * The connections of one server. They count in the limits of the process, and end with the server: it stops without closing
 * those of others.
 */
import type { Server } from "node:http";
import type { Socket } from "node:net";
import { msPerSecond } from "../core/clock.ts";
import type { ConnectionLimits, RequestHandler } from "./connection-limits.ts";
import type { DrainOptions, ServerOfConnections } from "./connection-source.ts";

const drainCheckIntervalMs = 25;

export interface ServerConnections {
  /** Applies the limits to every connection of an HTTP or HTTPS server. */
  watch(server: Server): void;
  /** Counts a connection of which it is not yet known which server it is for: its first byte says it. */
  accept(socket: Socket): void;
  /** Wraps the handler of a server's requests. */
  wrapHandler(handler: RequestHandler): RequestHandler;
  /** Destroys the connection soon, whether the client closes its side or not. Call it when the last response is written. */
  markRefused(socket: Socket): void;
  /** Whether a client is connected, or was within the last second. */
  isInUse(): boolean;
  /** Closes idle connections, answers the other requests, and resolves when no connection is left. */
  drain(options: DrainOptions): Promise<void>;
}

export function createServerConnections(limits: ConnectionLimits): ServerConnections {
  const own: ServerOfConnections = {
    connections: new Set(),
    usedAt: -Infinity,
    draining: null,
    onEmpty: () => {},
  };
  return {
    watch(server) {
      const isTls = "setSecureContext" in server;
      server.on("connection", (socket: Socket) => {
        limits.accept(own, socket);
        if (!isTls && !socket.destroyed) limits.markReady(socket);
      });
      server.on("secureConnection", (stream: Socket) => limits.markReady(stream));
      // A server that stops would otherwise close idle connections at once, while a request may be on its way.
      server.closeIdleConnections = () => {};
    },
    accept: (socket) => limits.accept(own, socket),
    wrapHandler: (handler) => limits.wrapHandler(handler),
    markRefused: (socket) => limits.markRefused(socket),
    isInUse: () => own.connections.size > 0 || performance.now() - own.usedAt < msPerSecond,
    async drain(options) {
      own.draining = options;
      const empty = new Promise<void>((resolve) => (own.onEmpty = resolve));
      for (const { lastResponse } of own.connections)
        if (lastResponse?.headersSent === false) lastResponse.shouldKeepAlive = false;
      limits.closeOverdue(own);
      if (own.connections.size === 0) return;
      const check = setInterval(() => limits.closeOverdue(own), drainCheckIntervalMs);
      const deadline = setTimeout(() => limits.closeAll(own), options.timeoutMs);
      await empty;
      clearInterval(check);
      clearTimeout(deadline);
    },
  };
}
