/**
 * HTTP and HTTPS on one port: the first byte of a connection decides which it is. A TLS handshake begins with 22, and no
 * HTTP request does.
 */
import { createServer as createHttpsServer } from "node:https";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import { msPerSecond } from "../core/clock.ts";
import { toClientKey } from "./client-address.ts";
import { connectionOptions, handleClientError, stopListening, toListenError } from "./server.ts";

const tlsHandshake = 22;

/** Connections that may send nothing at the same time. */
const maxWaiting = 1000;
const maxWaitingPerSource = 200;

/** How long a client may send nothing. */
const firstByteTimeoutMs = 10 * msPerSecond;

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

  /** Connections that have sent nothing, the oldest first, with their sources. The limits count them from the first byte. */
  const waiting = new Map<Socket, string>();
  const listeners: Server[] = [];
  const acceptConnection = (socket: Socket): void => {
    const source = toClientKey(socket.remoteAddress ?? "");
    makeRoom(waiting, source);
    waiting.set(socket, source);
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
      if (delayMs > 0 && connectionLimits.isInUse) await sleep(delayMs);
      await stopListening(listeners);
      for (const socket of waiting.keys()) socket.destroy();
      const closed = app.close();
      await connectionLimits.drain({ idleMs: delayMs, timeoutMs: drainTimeoutMs });
      await closed;
      httpsServer.close();
    },
  };
}

/** Closes the oldest waiting connection of a source that has too many, or else of the server. */
function makeRoom(waiting: ReadonlyMap<Socket, string>, source: string): void {
  const own = [...waiting].filter(([, other]) => other === source);
  const oldest =
    own.length >= maxWaitingPerSource
      ? own[0]?.[0]
      : waiting.size >= maxWaiting
        ? waiting.keys().next().value
        : undefined;
  oldest?.destroy();
}

function startListening(server: Server, host: string, port: number, setting: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(toListenError(error, setting, host, port)));
    server.listen(port, host, resolve);
  });
}
