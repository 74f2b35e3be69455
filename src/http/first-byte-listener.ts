/**
 * One port for HTTP and HTTPS: the first byte of a connection decides which it is. A TLS handshake begins with 22, and no
 * HTTP request does.
 */
import { createServer as createHttpsServer } from "node:https";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import type { FastifyInstance } from "fastify";
import { msPerSecond } from "../core/clock.ts";
import { connectionOptions, handleClientError, toListenError } from "./server.ts";

const tlsHandshake = 22;

/** How long a client may send nothing. */
const firstByteTimeoutMs = 10 * msPerSecond;

export interface FirstByteListenerOptions {
  readonly host: string;
  readonly port: number;
  readonly cert: string;
  readonly key: string;
  /** The name of the setting with the port, for messages. */
  readonly setting: string;
}

export interface FirstByteListener {
  readonly address: AddressInfo;
  renewCertificate(certificate: { cert: string; key: string }): void;
  close(options: { readonly drainTimeoutMs: number }): Promise<void>;
}

export async function listenByFirstByte(
  app: FastifyInstance,
  { host, port, cert, key, setting }: FirstByteListenerOptions,
): Promise<FirstByteListener> {
  await app.ready();
  const { connectionLimits } = app;
  const httpServer = app.server;
  const httpsServer = createHttpsServer(
    { cert, key, ...connectionOptions },
    connectionLimits.wrapHandler(app.routing),
  );
  connectionLimits.watch(httpsServer);
  httpsServer.on("clientError", (error, socket) =>
    handleClientError(app.connectionLimits, error, socket as Socket),
  );
  // Neither listens by itself. With this event, they check their connections for timeouts.
  for (const server of [httpServer, httpsServer]) server.emit("listening");

  const waiting = new Set<Socket>();
  const listener = createServer((socket) => {
    waiting.add(socket);
    socket.setTimeout(firstByteTimeoutMs, () => socket.destroy());
    socket.on("error", () => socket.destroy());
    socket.once("close", () => waiting.delete(socket));
    socket.once("data", (bytes: Buffer) => {
      waiting.delete(socket);
      socket.pause();
      socket.setTimeout(0);
      socket.unshift(bytes);
      const server = bytes[0] === tlsHandshake ? httpsServer : httpServer;
      server.emit("connection", socket);
      process.nextTick(() => socket.resume());
    });
  });
  await startListening(listener, host, port, setting);
  return {
    address: listener.address() as AddressInfo,
    renewCertificate: (certificate) => httpsServer.setSecureContext(certificate),
    async close({ drainTimeoutMs }) {
      app.isStopping = true;
      listener.close();
      for (const socket of waiting) socket.destroy();
      const closed = app.close();
      await connectionLimits.drain({ idleMs: 0, timeoutMs: drainTimeoutMs });
      await closed;
      httpsServer.close();
    },
  };
}

function startListening(server: Server, host: string, port: number, setting: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(toListenError(error, setting, host, port)));
    server.listen(port, host, resolve);
  });
}
