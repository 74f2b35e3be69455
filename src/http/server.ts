/**
 * The HTTP server: listeners, limits and error responses. It has no knowledge of payments.
 *
 * Every request gets a JSON response or is closed: no stack traces, no hanging sockets. Gateway responses have no ETag
 * and no quotation mark in any header, because a widely copied client cannot parse those.
 */
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer, type Server as HttpsServer } from "node:https";
import { Server as NetServer, type AddressInfo, type Socket } from "node:net";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { TLSSocket } from "node:tls";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { msPerSecond } from "../core/clock.ts";
import { ConnectionLimits, type ConnectionLimitOptions } from "./connection-limits.ts";

/** More than any gateway call needs; `/control/v1` has its own limit. */
const maxBodyBytes = 64 * 1024;

/** How often Node checks connections for timeouts. Its default of 30 s would keep incomplete requests open too long. */
const connectionChecks = { connectionsCheckingInterval: msPerSecond } as const;

const limits = {
  /** A request must be complete within this time. */
  requestTimeout: 15 * msPerSecond,
  headersTimeout: 10 * msPerSecond,
  /** Longer than the timeout of common load balancers, so that they close the connection first. */
  keepAliveTimeout: 75 * msPerSecond,
} as const;

/** The timeouts of a server's connections, and how often they are checked. */
export const connectionOptions = { ...limits, ...connectionChecks } as const;

declare module "fastify" {
  interface FastifyInstance {
    readonly connectionLimits: ConnectionLimits;
    /** Whether the server has begun to stop. */
    isStopping: boolean;
  }
}

export interface RenderedPage {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** `trustedProxies`: addresses and ranges whose forwarded headers are accepted. Empty: none. */
export interface ServerOptions extends ConnectionLimitOptions {
  readonly log: Logger;
  /** The page for a browser that asks for a path without a route; null for a program. */
  readonly renderMissingPage?: (request: FastifyRequest) => RenderedPage | null;
  /** The response to a request that no route matches, if its path belongs to a protocol. */
  readonly renderUnmatchedRequest?: (request: { readonly method: string; readonly url: string }) => {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  } | null;
}

export function buildServer({
  log,
  renderMissingPage,
  renderUnmatchedRequest,
  ...limitOptions
}: ServerOptions): FastifyInstance {
  const { trustedProxies } = limitOptions;
  const connectionLimits = new ConnectionLimits(limitOptions);
  const app = fastify({
    serverFactory(handler) {
      const server = createHttpServer(connectionOptions, connectionLimits.wrapHandler(handler));
      connectionLimits.watch(server);
      return server;
    },
    bodyLimit: maxBodyBytes,
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    routerOptions: { caseSensitive: false, ignoreTrailingSlash: true, ignoreDuplicateSlashes: true },
    // A request that arrives while the server stops is answered. `drain` closes the connections.
    forceCloseConnections: false,
    return503OnClosing: false,
    exposeHeadRoutes: false,
    clientErrorHandler: (error, socket) => handleClientError(connectionLimits, error, socket),
    // A path that cannot be decoded does not reach the error handler, and Fastify would echo it.
    frameworkErrors: (_error, request, reply) => {
      const rendered = renderUnmatchedRequest?.(request);
      void (rendered == null
        ? (reply as FastifyReply)
            .code(400)
            .send({ error: "Bad Request", message: "The path is not valid percent-encoding." })
        : (reply as FastifyReply).code(rendered.status).headers(rendered.headers).send(rendered.body));
    },
  });
  app.decorate("connectionLimits", connectionLimits);
  app.decorate("isStopping", false);
  // The schemas of responses describe what is sent; they do not remove or convert fields.
  app.setSerializerCompiler(() => JSON.stringify);
  // Some M-Pesa clients send GET parameters in a body.
  app.addHttpMethod("GET", { hasBody: true, overrideExisting: true });

  app.setNotFoundHandler((request, reply) => {
    const rendered = renderUnmatchedRequest?.(request);
    if (rendered != null) return reply.code(rendered.status).headers(rendered.headers).send(rendered.body);
    const page = renderMissingPage?.(request) ?? null;
    if (page !== null) return reply.code(404).headers(page.headers).send(page.body);
    return reply.code(404).send({
      error: "Not Found",
      message: `No route matches this path for ${request.method}. See /openapi.json.`,
    });
  });
  app.setErrorHandler((error: Error & { statusCode?: number; code?: string }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500)
      log.error({ err: error, requestId: request.id, route: request.routeOptions.url }, "request failed");
    const [title, message] =
      status >= 500
        ? ["Internal Server Error", "The server failed to handle the request. See its log."]
        : describeError(error);
    void reply.code(status).send({ error: title, message });
  });
  return app;
}

/** Status title and message for a request that reached no handler. Never echoes the request. */
function describeError(error: { statusCode?: number; code?: string; message: string }): [string, string] {
  if (error.statusCode === 413)
    return ["Payload Too Large", "The body is larger than the limit of this call."];
  if (error.statusCode === 415) return ["Unsupported Media Type", "The Content-Type is not supported."];
  if (error.code === "FST_ERR_CTP_INVALID_CONTENT_LENGTH") {
    return ["Bad Request", "The length of the body differs from Content-Length."];
  }
  return [
    "Bad Request",
    error.code === "FST_ERR_VALIDATION" ? error.message : "The request cannot be parsed.",
  ];
}

/** Responds to invalid HTTP, too large headers and incomplete requests, and closes the connection. */
export function handleClientError(
  connectionLimits: ConnectionLimits,
  error: Error & { code?: string },
  socket: Socket,
): void {
  // Before the handshake is complete, a response would wait for it.
  const isUnsecured = socket instanceof TLSSocket && socket.getCipher()?.name === undefined;
  if (error.code === "ECONNRESET" || isUnsecured || !socket.writable || socket.destroyed) {
    socket.destroy();
    return;
  }
  const [status, title] =
    error.code === "ERR_HTTP_REQUEST_TIMEOUT"
      ? [408, "Request Timeout"]
      : error.code === "HPE_HEADER_OVERFLOW"
        ? [431, "Request Header Fields Too Large"]
        : [400, "Bad Request"];
  const body = JSON.stringify({ error: title, message: "The request is not valid HTTP." });
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  );
  connectionLimits.markRefused(socket);
}

/** The server cannot listen on this address. The message is one line and names the setting. */
export class ListenError extends Error {}

export interface RunningServer {
  readonly http: AddressInfo;
  readonly https: AddressInfo | null;
  /** Replaces the certificate for new connections. */
  renewCertificate(certificate: { cert: string; key: string }): void;
  /** Answers the requests on their way, closes every connection, and resolves within the two times of its options. */
  close(options?: CloseOptions): Promise<void>;
}

export interface CloseOptions {
  /**
   * How long new connections are still accepted while `/health/ready` responds with 503, and how long a connection must
   * then be idle before it is closed.
   */
  readonly delayMs?: number;
  /** How long the requests on their way may take after that. */
  readonly drainTimeoutMs?: number;
}

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** Null: no HTTPS. */
  readonly https: { readonly port: number; readonly cert: string; readonly key: string } | null;
}

export async function listen(
  app: FastifyInstance,
  { host, port, https }: ListenOptions,
): Promise<RunningServer> {
  await app.ready();
  const { connectionLimits } = app;
  let httpsServer: HttpsServer | null = null;
  try {
    await app.listen({ host, port });
  } catch (error) {
    throw toListenError(error, "PORT", host, port);
  }
  if (https !== null) {
    httpsServer = createHttpsServer(
      { cert: https.cert, key: https.key, ...connectionOptions },
      connectionLimits.wrapHandler(app.routing),
    );
    connectionLimits.watch(httpsServer);
    httpsServer.on("clientError", (error, socket) =>
      handleClientError(connectionLimits, error, socket as Socket),
    );
    await listenTls(httpsServer, host, https.port);
  }
  return {
    http: app.server.address() as AddressInfo,
    https: (httpsServer?.address() as AddressInfo | undefined) ?? null,
    renewCertificate: (certificate) => httpsServer?.setSecureContext(certificate),
    async close({ delayMs = 0, drainTimeoutMs = limits.requestTimeout } = {}) {
      app.isStopping = true;
      if (delayMs > 0 && connectionLimits.isInUse) await sleep(delayMs);
      await stopListening(httpsServer === null ? [app.server] : [app.server, httpsServer]);
      // From here on, every response closes its connection, and requests that wait for a customer end.
      const closed = app.close();
      await connectionLimits.drain({ idleMs: delayMs, timeoutMs: drainTimeoutMs });
      await closed;
      httpsServer?.close();
    },
  };
}

/** A turn of the event loop that took less than this had nothing to do. */
const idleTurnMs = 0.05;
const maxTurns = 1000;

/**
 * Closes the listening sockets, but not their connections.
 *
 * The system resets a connection that it has completed and that this process has not accepted, although the client may
 * have sent its request. So the sockets are closed after a turn that was too short for one to arrive.
 */
export async function stopListening(servers: readonly NetServer[]): Promise<void> {
  for (let turns = 0; turns < maxTurns; turns += 1) {
    const startedAt = performance.now();
    await nextTurn();
    if (performance.now() - startedAt < idleTurnMs) break;
  }
  // The close method of HTTP servers would also end their checks for timeouts, while requests are still served.
  for (const server of servers) NetServer.prototype.close.call(server);
}

function listenTls(server: HttpsServer, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(toListenError(error, "HTTPS_PORT", host, port)));
    server.listen(port, host, resolve);
  });
}

export function toListenError(error: unknown, setting: string, host: string, port: number): unknown {
  const code = (error as { code?: string }).code;
  if (code === "EADDRINUSE")
    return new ListenError(`${setting}: port ${port} on ${host} is in use by another program.`);
  if (code === "EACCES")
    return new ListenError(`${setting}: this user may not listen on port ${port}. Use a port above 1023.`);
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") {
    return new ListenError(`HOST: ${host} is not an address of this machine.`);
  }
  return error;
}
