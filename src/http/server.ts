/**
 * The HTTP server: listeners, limits and error answers. It has never heard of money.
 *
 * Whatever arrives gets an answer in JSON within milliseconds, or is cut off: no stack trace, no socket
 * that hangs. Gateway answers carry no ETag and no quotation mark in any header, since one widely copied
 * client cannot read those.
 */
import { createServer as createHttpsServer, type Server as HttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import fastify, { type FastifyInstance, type FastifyReply } from "fastify";
import type { Logger } from "pino";
import { msPerSecond } from "../core/clock.ts";

/** More than any gateway call needs; `/control/v1` has a limit of its own. */
const maxBodyBytes = 64 * 1024;

/** How often connections are looked at: Node's own half a minute would let a half-sent request linger. */
const connectionChecks = { connectionsCheckingInterval: msPerSecond } as const;

const limits = {
  /** A request must have arrived whole by then. */
  requestTimeout: 15 * msPerSecond,
  headersTimeout: 10 * msPerSecond,
  /** Longer than the load balancers in front of us keep theirs, so that it is they who close. */
  keepAliveTimeout: 75 * msPerSecond,
} as const;

export interface ServerOptions {
  /** Addresses and ranges whose forwarded headers are believed; empty believes none. */
  readonly trustedProxies: readonly string[];
  readonly log: Logger;
}

export function buildServer({ trustedProxies, log }: ServerOptions): FastifyInstance {
  const app = fastify({
    ...limits,
    http: connectionChecks,
    bodyLimit: maxBodyBytes,
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    routerOptions: { caseSensitive: false, ignoreTrailingSlash: true, ignoreDuplicateSlashes: true },
    forceCloseConnections: "idle",
    exposeHeadRoutes: false,
    clientErrorHandler: handleClientError,
    // A path that cannot be decoded never reaches the error handler, and the framework would repeat it.
    frameworkErrors: (_error, _request, reply) => {
      void (reply as FastifyReply)
        .code(400)
        .send({ error: "Bad Request", message: "The path cannot be read." });
    },
  });
  // The framework does not hand this one on; and where it is longer than the request's own limit, Node
  // forgets that limit for a body that never ends.
  app.server.headersTimeout = limits.headersTimeout;
  // Clients of the real gateway send GET parameters in a body too.
  app.addHttpMethod("GET", { hasBody: true, overrideExisting: true });

  app.setNotFoundHandler((request, reply) => {
    void reply
      .code(404)
      .send({ error: "Not Found", message: `There is nothing at ${request.method} on this path.` });
  });
  app.setErrorHandler((error: Error & { statusCode?: number; code?: string }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500)
      log.error({ err: error, requestId: request.id, route: request.routeOptions.url }, "request failed");
    const [title, message] =
      status >= 500 ? ["Internal Server Error", "Something failed on our side."] : describeError(error);
    void reply.code(status).send({ error: title, message });
  });
  return app;
}

/** What is wrong with a request that no handler saw, without repeating any of it. */
function describeError(error: { statusCode?: number; code?: string; message: string }): [string, string] {
  if (error.statusCode === 413) return ["Payload Too Large", "The body is larger than this call takes."];
  if (error.statusCode === 415) return ["Unsupported Media Type", "The Content-Type cannot be read."];
  if (error.code === "FST_ERR_CTP_INVALID_CONTENT_LENGTH") {
    return ["Bad Request", "The body is not as long as Content-Length says."];
  }
  return ["Bad Request", error.code === "FST_ERR_VALIDATION" ? error.message : "The request cannot be read."];
}

/** Bytes that are no HTTP, a header that never ends, a request that never came: answered and closed. */
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
  const body = JSON.stringify({ error: title, message: "The request cannot be read." });
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/** The port is taken, or may not be used: one line, with the setting's name in it. */
export class ListenError extends Error {}

export interface RunningServer {
  readonly http: AddressInfo;
  readonly https: AddressInfo | null;
  /** Swaps the certificate that new connections see. */
  renewCertificate(certificate: { cert: string; key: string }): void;
  close(): Promise<void>;
}

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** Null does without HTTPS. */
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
      // A connection whose last answer goes out while we stop would otherwise be kept alive for a minute more.
      const sweep = setInterval(() => app.server.closeIdleConnections(), sweepIntervalMs);
      const closed = app.close();
      await Promise.all([closed, httpsServer === null ? null : closeGracefully(httpsServer)]);
      clearInterval(sweep);
    },
  };
}

const sweepIntervalMs = 100;

/** Lets requests that are under way have their answers, as the HTTP listener does, but not for ever. */
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
    return new ListenError(`${setting}: port ${port} may not be used without more rights.`);
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") {
    return new ListenError(`HOST: ${host} is no address of this machine.`);
  }
  return error;
}
