/**
 * Connections that count every received byte, and are closed when one response reaches the limit.
 *
 * The HTTP parser reports neither interim responses without end, nor chunk extensions, nor a reason phrase of a
 * gigabyte, and TLS can receive records without any content. So the count is taken at the socket.
 */
import { subscribe } from "node:diagnostics_channel";
import { connect as connectTcp, type LookupFunction, type Socket } from "node:net";
import { buildConnector } from "undici";
import { msPerMinute } from "../core/clock.ts";
import { createTooLongError, maxResponseBytes } from "./limits.ts";

/** TLS adds at least 22 bytes to each record, so a server that sends tiny records needs several times the content. */
const maxEncryptedBytes = 8 * maxResponseBytes;
/** Only content causes an event, so encrypted bytes are compared in this interval. */
const encryptedCheckMs = 100;

/** What one connection has received, and how much of it before the current response. */
class ReceivedBytes {
  readonly #tcp: Socket;
  /** The connection that carries HTTP: the TLS socket of an encrypted one. */
  #http: Socket | null = null;
  #before = 0;
  #encryptedBefore = 0;

  constructor(tcp: Socket) {
    this.#tcp = tcp;
  }

  /** The connection is established. The HTTP client has not attached its own listeners yet. */
  attach(http: Socket): void {
    receivedBytes.set(http, this);
    http.prependListener("error", (error: Error) => {
      if (this.#before > 0 && http.bytesRead === this.#before) closedWhileIdle.add(error);
    });
  }

  /** The bytes that follow belong to the response of a new request. */
  startResponse(http: Socket): void {
    this.#before = http.bytesRead;
    this.#encryptedBefore = this.#tcp.bytesRead;
    if (this.#http !== null) return;
    this.#http = http;
    // Attached after the listener of the HTTP client, so that the client parses what arrived before the limit.
    http.on("readable", () => {
      if (http.bytesRead - this.#before > maxResponseBytes) http.destroy(createTooLongError());
    });
  }

  checkEncrypted(): void {
    if (this.#tcp.bytesRead - this.#encryptedBefore > maxEncryptedBytes)
      (this.#http ?? this.#tcp).destroy(createTooLongError());
  }
}

const receivedBytes = new WeakMap<object, ReceivedBytes>();
const closedWhileIdle = new WeakSet<object>();

// The client publishes this immediately before it writes a request: the only public link of a request to its socket.
subscribe("undici:client:sendHeaders", (message) => {
  const { socket } = message as { readonly socket: Socket };
  receivedBytes.get(socket)?.startResponse(socket);
});

/** Whether the server closed a kept connection before it sent anything for the request that reused it. */
export const wasClosedWhileIdle = (error: unknown): boolean =>
  typeof error === "object" && error !== null && closedWhileIdle.has(error);

/** Limits the next response on a connection of Node's own HTTP client. Returns a function that ends the limit. */
export function limitNextResponse(socket: Socket): () => void {
  const before = socket.bytesRead;
  const check = (): void => {
    if (socket.bytesRead - before > maxResponseBytes) socket.destroy(createTooLongError());
  };
  socket.on("data", check);
  return () => void socket.off("data", check);
}

export interface LimitedConnector {
  readonly connect: buildConnector.connector;
  /** Connections that are established or being established. */
  readonly connectionCount: number;
  close(): void;
}

export interface LimitedConnectorOptions {
  /** Default: the operating system's. */
  readonly lookup?: LookupFunction | undefined;
  /** For the name lookup, the connection and the TLS handshake together. */
  readonly timeoutMs: number;
}

export function createLimitedConnector({ lookup, timeoutMs }: LimitedConnectorOptions): LimitedConnector {
  const startTls = buildConnector({ timeout: 0, allowH2: false });
  let connectionCount = 0;
  const encrypted = new Set<ReceivedBytes>();
  const timer = setInterval(() => {
    for (const received of encrypted) received.checkEncrypted();
  }, encryptedCheckMs).unref();

  const connect: buildConnector.connector = (options, callback) => {
    const tcp = connectTcp({
      host: options.hostname,
      port: Number(options.port === "" ? defaultPorts[options.protocol] : options.port),
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: msPerMinute,
      ...(lookup === undefined ? {} : { lookup }),
    });
    const received = new ReceivedBytes(tcp);
    connectionCount += 1;
    const deadline = setTimeout(() => {
      tcp.destroy(Object.assign(new Error("no connection in time"), { code: "ETIMEDOUT" }));
    }, timeoutMs);
    tcp.once("close", () => {
      clearTimeout(deadline);
      encrypted.delete(received);
      connectionCount -= 1;
    });
    const end = (...[error, socket]: Parameters<buildConnector.Callback>): void => {
      clearTimeout(deadline);
      tcp.off("error", fail);
      if (error !== null) return callback(error, null);
      received.attach(socket);
      callback(null, socket);
    };
    const fail = (error: Error): void => end(error, null);
    tcp.once("error", fail);
    tcp.once("connect", () => {
      if (options.protocol !== "https:") return end(null, tcp);
      encrypted.add(received);
      startTls({ ...options, httpSocket: tcp }, end);
    });
  };

  return {
    connect,
    get connectionCount() {
      return connectionCount;
    },
    close: () => clearInterval(timer),
  };
}

const defaultPorts: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };
