/**
 * HTTP and HTTPS on one port: the first byte of a connection decides which it is. A TLS handshake begins with 22, and no
 * HTTP request does.
 */
import { createServer as createHttpsServer } from "node:https";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import { connectionOptions, handleClientError, stopListening, toListenError } from "./server.ts";

const tlsHandshake = 22;

export interface FirstByteServerOptions {
  readonly cert: string;
  readonly key: string;
}

export interface ListeningOptions {
  readonly host: string;
  readonly port: number;
  /** The name of the setting with the port, for messages. */
  readonly setting: string;
}

export interface FirstByteListenerOptions extends FirstByteServerOptions, ListeningOptions {}

interface RunningFirstByteServer {
  renewCertificate(certificate: { cert: string; key: string }): void;
  /** `delayMs`: how long connections are still accepted if there are any. */
  close(options: { readonly drainTimeoutMs: number; readonly delayMs?: number }): Promise<void>;
}

/** A server that may listen on several ports. */
export interface FirstByteServer extends RunningFirstByteServer {
  /** Throws `ListenError` if it cannot listen on the port. */
  listen(options: ListeningOptions): Promise<AddressInfo>;
}

export interface FirstByteListener extends RunningFirstByteServer {
  readonly address: AddressInfo;
}

/** A server that listens on one port. */
export async function listenByFirstByte(
  app: FastifyInstance,
  { cert, key, ...listening }: FirstByteListenerOptions,
): Promise<FirstByteListener> {
  const { listen, ...server } = await createFirstByteServer(app, { cert, key });
  return { ...server, address: await listen(listening) };
}

export async function createFirstByteServer(
  app: FastifyInstance,
  { cert, key }: FirstByteServerOptions,
): Promise<FirstByteServer> {
  await app.ready();
  const { connections } = app;
  const httpServer = app.server;
  const httpsServer = createHttpsServer(
    { cert, key, ...connectionOptions },
    connections.wrapHandler(app.routing),
  );
  connections.watch(httpsServer);
  httpsServer.on("clientError", (error, socket) => handleClientError(connections, error, socket as Socket));
  // Neither listens by itself. With this event, they check their connections for timeouts.
  for (const server of [httpServer, httpsServer]) server.emit("listening");

  /** Connections that have sent nothing. The limits count them, and close them as those whose handshake is not complete. */
  const waiting = new Set<Socket>();
  const listeners: Server[] = [];
  const acceptConnection = (socket: Socket): void => {
    connections.accept(socket);
    if (socket.destroyed) return;
    waiting.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => waiting.delete(socket));
    socket.once("data", (bytes: Buffer) => {
      waiting.delete(socket);
      socket.pause();
      socket.unshift(bytes);
      const server = bytes[0] === tlsHandshake ? httpsServer : httpServer;
      server.emit("connection", socket);
      process.nextTick(() => socket.resume());
    });
  };
  return {
    async listen({ host, port, setting }) {
      const listener = createServer(acceptConnection);
      await startListening(listener, host, port, setting);
      listeners.push(listener);
      return listener.address() as AddressInfo;
    },
    renewCertificate: (certificate) => httpsServer.setSecureContext(certificate),
    async close({ drainTimeoutMs, delayMs = 0 }) {
      app.isStopping = true;
      if (delayMs > 0 && connections.isInUse()) await sleep(delayMs);
      await stopListening(listeners);
      for (const socket of waiting) socket.destroy();
      const closed = app.close();
      await connections.drain({ idleMs: delayMs, timeoutMs: drainTimeoutMs });
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
