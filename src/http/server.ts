/**
 * The HTTP server: listeners, limits and error responses. It has no knowledge of payments.
 *
 * Every request gets a JSON response or is closed: no stack traces, no hanging sockets. Gateway responses have no ETag
 * and no quotation mark in any header, because a widely copied client cannot parse those.
 */
import { createServer as createHttpsServer, type Server as HttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import fastify, { type FastifyInstance, type FastifyReply } from "fastify";
import type { Logger } from "pino";
import { msPerSecond } from "../core/clock.ts";

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

export interface ServerOptions {
  /** Addresses and ranges whose forwarded headers are accepted. Empty: none. */
  readonly trustedProxies: readonly string[];
  readonly log: Logger;
  /** The response to a request that no route matches, if its path belongs to a protocol. */
  readonly renderUnmatchedRequest?: (request: {
    readonly method: string;
    readonly url: string;
  }) => {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  } | null;
}

export function buildServer({ trustedProxies, log, renderUnmatchedRequest }: ServerOptions): FastifyInstance {
  const app = fastify({
    ...limits,
    http: connectionChecks,
    bodyLimit: maxBodyBytes,
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    routerOptions: { caseSensitive: false, ignoreTrailingSlash: true, ignoreDuplicateSlashes: true },
    forceCloseConnections: "idle",
    exposeHeadRoutes: false,
    clientErrorHandler: handleClientError,
    // A path that cannot be decoded does not reach the error handler, and Fastify would echo it.
    frameworkErrors: (_error, _request, reply) => {
      void (reply as FastifyReply)
        .code(400)
        .send({ error: "Bad Request", message: "The path is not valid percent-encoding." });
    },
  });
  // The schemas of responses describe what is sent; they do not remove or convert fields.
  app.setSerializerCompiler(() => JSON.stringify);
  // Fastify does not pass this option on. If it were longer than requestTimeout, Node would not apply that timeout to
  // an endless body.
  app.server.headersTimeout = limits.headersTimeout;
  // Some M-Pesa clients send GET parameters in a body.
  app.addHttpMethod("GET", { hasBody: true, overrideExisting: true });

  app.setNotFoundHandler((request, reply) => {
    const rendered = renderUnmatchedRequest?.(request);
    if (rendered != null) return reply.code(rendered.status).headers(rendered.headers).send(rendered.body);
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
function handleClientError(
  this: FastifyInstance,
  error: Error & { code?: string },
  socket: import("node:net").Socket,
): void {
  if (error.code === "ECONNRESET" || !socket.writable || socket.destroyed) {
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
}

/** The server cannot listen on this address. The message is one line and names the setting. */
export class ListenError extends Error {}

export interface RunningServer {
  readonly http: AddressInfo;
  readonly https: AddressInfo | null;
  /** Replaces the certificate for new connections. */
  renewCertificate(certificate: { cert: string; key: string }): void;
  close(): Promise<void>;
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
  let httpsServer: HttpsServer | null = null;
  try {
    await app.listen({ host, port });
  } catch (error) {
    throw toListenError(error, "PORT", host, port);
  }
  if (https !== null) {
    httpsServer = createHttpsServer(
      { cert: https.cert, key: https.key, ...limits, ...connectionChecks },
      app.routing,
    );
    httpsServer.on("clientError", (error, socket) =>
      handleClientError.call(app, error, socket as import("node:net").Socket),
    );
    await listenTls(httpsServer, host, https.port);
  }
  return {
    http: app.server.address() as AddressInfo,
    https: (httpsServer?.address() as AddressInfo | undefined) ?? null,
    renewCertificate: (certificate) => httpsServer?.setSecureContext(certificate),
    async close() {
      // Otherwise a connection whose last response is sent during shutdown would stay open for another minute.
      const sweep = setInterval(() => app.server.closeIdleConnections(), sweepIntervalMs);
      const closed = app.close();
      await Promise.all([closed, httpsServer === null ? null : closeGracefully(httpsServer)]);
      clearInterval(sweep);
    },
  };
}

const sweepIntervalMs = 100;

/** Completes open requests, as the HTTP listener does, up to `requestTimeout`. */
async function closeGracefully(server: HttpsServer): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  const sweep = setInterval(() => server.closeIdleConnections(), sweepIntervalMs);
  const timer = setTimeout(() => server.closeAllConnections(), limits.requestTimeout).unref();
  await closed;
  clearInterval(sweep);
  clearTimeout(timer);
}

function listenTls(server: HttpsServer, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(toListenError(error, "HTTPS_PORT", host, port)));
    server.listen(port, host, resolve);
  });
}

function toListenError(error: unknown, setting: string, host: string, port: number): unknown {
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
