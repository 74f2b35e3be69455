/**
 * Limits for connections: how many there are in total and from each source, and how long each may do nothing. All servers of
 * a process share one count (`server-connections.ts` is what each server has of it).
 *
 * A source is an IPv4 address, or a /64 network of IPv6; a /48 network may have four times as much. A source that is at
 * its limit loses its own longest idle connection (one on which no request succeeded, or idle for ten seconds), and
 * never another source's. If the server is at its limit, the source with the most connections loses one. Connections of
 * trusted proxies count only in total: each carries many clients.
 *
 * Every connection ends: what Node's own timeouts leave open is destroyed by a check that runs every second.
 */
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { msPerSecond } from "../core/clock.ts";
import type { Metrics } from "./metrics.ts";
import { createAddressMatcher, toClientKey, toNetworkKey } from "./client-address.ts";
import { createEventLoopLoad, type EventLoopLoad } from "./event-loop-load.ts";
import {
  addIdle,
  countRequest,
  createSource,
  findEvictable,
  isForgettable,
  removeIdle,
  type Connection,
  type ConnectionSource,
  type ServerOfConnections,
} from "./connection-source.ts";

export interface ConnectionLimitOptions {
  readonly maxConnections: number;
  readonly maxConnectionsPerSource: number;
  /** Above this many unsuccessful requests in a second, the server reads a source's failing connections slowly. */
  readonly maxFailuresPerSource: number;
  readonly trustedProxies: readonly string[];
  readonly timeouts?: ConnectionTimeouts;
  readonly load?: EventLoopLoad;
}

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

export interface ConnectionTimeouts {
  readonly handshakeMs: number;
  /** How long a client may take to close its side of a connection that the server has closed, or the reverse. */
  readonly halfClosedMs: number;
  /** How long a client may read nothing of a response. */
  readonly unreadMs: number;
  readonly checkIntervalMs: number;
}

const defaultTimeouts: ConnectionTimeouts = {
  handshakeMs: 10 * msPerSecond,
  halfClosedMs: 2 * msPerSecond,
  unreadMs: 30 * msPerSecond,
  checkIntervalMs: msPerSecond,
};

/** Requests that a client may send without waiting for a response. Browsers and HTTP clients send one. */
const maxPipelined = 16;
/** How long a source that sends more may open no connection. Parsing one read of 64 KB can take ten milliseconds. */
const pipelinePenaltyMs = msPerSecond;
const slowReadMs = 250;
/** While the server is busy, strangers wait longer, and earlier. */
const busySlowReadMs = 1000;
const busyShareOfLimit = 0.05;
const networkFactor = 4;

export class ConnectionLimits {
  readonly #maxConnections: number;
  readonly #maxConnectionsPerSource: number;
  readonly #maxFailuresPerSource: number;
  readonly #timeouts: ConnectionTimeouts;
  readonly #load: EventLoopLoad;
  readonly #isTrustedProxy: (ip: string) => boolean;
  readonly #connections = new Set<Connection>();
  readonly #byStream = new WeakMap<Socket, Connection>();
  /** Those that are not ready. TLS has a stream of its own, which names the connection only by its addresses. */
  readonly #handshakes = new Map<string, Connection>();
  readonly #sources = new Map<string, ConnectionSource>();
  #refused = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ConnectionLimitOptions) {
    this.#maxConnections = Math.min(options.maxConnections, Math.floor(readMaxOpenFiles() / 2));
    this.#maxConnectionsPerSource = Math.min(
      options.maxConnectionsPerSource,
      Math.ceil(this.#maxConnections / 2),
    );
    this.#maxFailuresPerSource = options.maxFailuresPerSource;
    this.#timeouts = options.timeouts ?? defaultTimeouts;
    this.#load = options.load ?? createEventLoopLoad();
    this.#isTrustedProxy = createAddressMatcher(options.trustedProxies);
  }

  /** Counts a connection, or destroys it. A socket that was accepted before stays as it is. */
  accept(server: ServerOfConnections, socket: Socket): void {
    if (this.#byStream.has(socket)) return;
    const now = performance.now();
    const ip = socket.remoteAddress;
    server.usedAt = now;
    // The client has already gone.
    if (ip === undefined) return void socket.destroy();
    const own = this.#findSources(ip);
    if (!this.#makeRoom(own, now)) {
      this.#refused += 1;
      socket.destroy();
      return;
    }
    const connection = createConnection({ server, socket, sources: own, now });
    this.#connections.add(connection);
    server.connections.add(connection);
    this.#byStream.set(socket, connection);
    for (const source of own) source.connections.add(connection);
    addIdle(connection);
    const key = describePeer(socket);
    this.#handshakes.set(key, connection);
    socket.once("close", () => {
      if (this.#handshakes.get(key) === connection) this.#handshakes.delete(key);
      this.#remove(connection);
    });
    this.#timer ??= setInterval(() => this.#checkAll(), this.#timeouts.checkIntervalMs).unref();
  }

  /** A connection may send requests, over `stream`: its own socket, or TLS above that. Destroys one that was not accepted. */
  markReady(stream: Socket): void {
    const key = describePeer(stream);
    const connection = this.#handshakes.get(key);
    if (connection === undefined) {
      stream.destroy();
      return;
    }
    this.#handshakes.delete(key);
    connection.isReady = true;
    if (connection.stream === stream) return;
    connection.stream = stream;
    this.#byStream.set(stream, connection);
    stream.once("close", () => this.#remove(connection));
  }

  /** Wraps the handler of a server's requests. */
  wrapHandler(handler: RequestHandler): RequestHandler {
    return (request, response) => this.#handle(handler, request, response);
  }

  #handle(handler: RequestHandler, request: IncomingMessage, response: ServerResponse): void {
    const connection = this.#byStream.get(request.socket);
    // The rest of what was read before the connection was closed.
    if (connection === undefined || connection.isRefused) return;
    this.#begin(connection, request, response);
    const isOverPipelined = connection.inFlight > maxPipelined;
    if (isOverPipelined || connection.sources.some(({ inFlight, limit }) => inFlight > limit)) {
      const [source] = connection.sources;
      if (isOverPipelined && source !== undefined)
        source.refusedUntil = performance.now() + pipelinePenaltyMs;
      return this.#destroy(connection);
    }
    handler(request, response);
  }

  /** Destroys the connection soon, whether the client closes its side or not. Call it when the last response is written. */
  markRefused(socket: Socket): void {
    const connection = this.#byStream.get(socket);
    if (connection === undefined) socket.destroy();
    else connection.isRefused = true;
  }

  get open(): number {
    return this.#connections.size;
  }

  /** Connections that were closed because of a limit. */
  get refused(): number {
    return this.#refused;
  }

  /** Closes those of a server's connections that have been open, or idle, for too long. */
  closeOverdue({ connections }: ServerOfConnections): void {
    this.#closeOverdue(connections, performance.now());
  }

  closeAll({ connections }: ServerOfConnections): void {
    for (const connection of connections) this.#destroy(connection);
  }

  #findSources(ip: string): ConnectionSource[] {
    if (this.#isTrustedProxy(ip)) return [];
    const [client, network] = [toClientKey(ip), toNetworkKey(ip)];
    const own = this.#getSource(client, this.#maxConnectionsPerSource);
    return client === network
      ? [own]
      : [own, this.#getSource(`${network}/48`, this.#maxConnectionsPerSource * networkFactor)];
  }

  #getSource(key: string, limit: number): ConnectionSource {
    let source = this.#sources.get(key);
    if (source === undefined) this.#sources.set(key, (source = createSource(key, limit)));
    return source;
  }

  #remove(connection: Connection): void {
    if (!this.#connections.delete(connection)) return;
    const { server } = connection;
    server.connections.delete(connection);
    connection.isRefused = true;
    removeIdle(connection);
    for (const source of connection.sources) {
      source.connections.delete(connection);
      source.inFlight -= connection.inFlight;
    }
    if (server.connections.size === 0) server.onEmpty();
  }

  /** Whether a connection of these sources is accepted. Closes another one if that is needed. */
  #makeRoom(own: readonly ConnectionSource[], now: number): boolean {
    if (own.some(({ refusedUntil }) => now < refusedUntil)) return false;
    for (const source of own)
      if (source.connections.size >= source.limit && !this.#evictFrom(source, now)) return false;
    return this.#connections.size < this.#maxConnections || this.#evictFromLargest(own, now);
  }

  /** Closes a connection of the source that has the most, unless that is the new connection's own source. */
  #evictFromLargest(own: readonly ConnectionSource[], now: number): boolean {
    let largest: ConnectionSource | null = null;
    for (const source of this.#sources.values())
      if (source.connections.size > (largest?.connections.size ?? 0)) largest = source;
    const ownSize = Math.max(0, ...own.map(({ connections: { size } }) => size));
    return largest !== null && largest.connections.size > ownSize && this.#evictFrom(largest, now);
  }

  #evictFrom(source: ConnectionSource, now: number): boolean {
    const victim = findEvictable(source, now);
    if (victim !== undefined) this.#destroy(victim);
    return victim !== undefined;
  }

  #destroy(connection: Connection): void {
    this.#refused += 1;
    connection.stream.destroy();
    // `close` comes in a later turn, but the place is free now.
    this.#remove(connection);
  }

  #begin(connection: Connection, request: IncomingMessage, response: ServerResponse): void {
    connection.inFlight += 1;
    connection.lastRequest = request;
    connection.lastResponse = response;
    for (const source of connection.sources) source.inFlight += 1;
    removeIdle(connection);
    response.once("close", () => this.#end(connection, request, response));
  }

  #end(connection: Connection, { headers }: IncomingMessage, { statusCode }: ServerResponse): void {
    if (!this.#connections.has(connection)) return;
    connection.inFlight -= 1;
    connection.activeAt = connection.server.usedAt = performance.now();
    for (const source of connection.sources) source.inFlight -= 1;
    const failed = isFailure(statusCode);
    connection.hasSucceeded ||= !failed;
    connection.isTrusted ||= statusCode < 400 && headers.authorization !== undefined;
    if (connection.inFlight === 0) addIdle(connection);
    const [source] = connection.sources;
    if (source !== undefined && (failed || !connection.isTrusted)) this.#slowDown(connection, source, failed);
  }

  /**
   * Slows down a source's connections with many failures; and, while the server is busy, those of strangers: on which no
   * request with an Authorization header succeeded. A page or a forged key must not delay payments.
   */
  #slowDown({ stream, isTrusted, activeAt }: Connection, source: ConnectionSource, failed: boolean): void {
    const limit = this.#maxFailuresPerSource;
    if (failed && !countRequest(source.failures, limit, activeAt)) this.#readSlowly(stream, slowReadMs);
    else if (
      !isTrusted &&
      !countRequest(source.untrusted, limit * busyShareOfLimit, activeAt) &&
      this.#load.isBusy()
    )
      this.#readSlowly(stream, busySlowReadMs);
  }

  /** Does not read the next requests for a moment: the client waits, and they cost this server nothing. */
  #readSlowly(stream: Socket, forMs: number): void {
    setImmediate(() => stream.pause());
    setTimeout(() => stream.resume(), forMs).unref();
  }

  #checkAll(): void {
    const now = performance.now();
    this.#closeOverdue(this.#connections, now);
    for (const source of this.#sources.values())
      if (isForgettable(source, now)) this.#sources.delete(source.key);
    if (this.#connections.size > 0 || this.#sources.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #closeOverdue(connections: ReadonlySet<Connection>, now: number): void {
    for (const connection of connections) if (this.#isOver(connection, now)) this.#destroy(connection);
  }

  #isOver(connection: Connection, now: number): boolean {
    const { stream, server } = connection;
    // Writes count when they have left this process, so that a client that reads nothing makes no progress.
    const bytes = stream.bytesRead + stream.bytesWritten - stream.writableLength;
    if (bytes !== connection.bytes) {
      connection.bytes = bytes;
      connection.activeAt = now;
    }
    if (!connection.isReady) return now - connection.openedAt > this.#timeouts.handshakeMs;
    const quietMs = now - connection.activeAt;
    const isUnread = stream.writableLength > 0;
    if (isUnread) return quietMs > this.#timeouts.unreadMs;
    const isHalfClosed = stream.writableEnded || (stream.readableEnded && connection.inFlight === 0);
    if (isHalfClosed || connection.isRefused) connection.halfClosedAt ??= now;
    if (connection.halfClosedAt !== null && now - connection.halfClosedAt > this.#timeouts.halfClosedMs)
      return true;
    return server.draining !== null && connection.inFlight === 0 && quietMs >= server.draining.idleMs;
  }
}

interface NewConnection extends Pick<Connection, "server" | "sources"> {
  readonly socket: Socket;
  readonly now: number;
}

const createConnection = ({ server, socket, sources, now }: NewConnection): Connection => ({
  server,
  stream: socket,
  isReady: false,
  openedAt: now,
  sources,
  inFlight: 0,
  lastRequest: null,
  lastResponse: null,
  hasSucceeded: false,
  isTrusted: false,
  activeAt: now,
  bytes: 0,
  halfClosedAt: null,
  isRefused: false,
});

/** How many descriptors this process may have. Only Linux says it in a file; elsewhere the settings are the limit. */
function readMaxOpenFiles(): number {
  try {
    const [, max] = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
    return max === undefined ? Infinity : Number(max);
  } catch {
    return Infinity;
  }
}

const describePeer = ({ remoteAddress, remotePort, localPort }: Socket): string =>
  `${remoteAddress} ${remotePort} ${localPort}`;

/** Responses to requests that no caller with a valid key sends often. */
const isFailure = (status: number): boolean =>
  status === 401 || status === 403 || status === 404 || status === 405 || status === 421 || status === 429;

export function registerConnectionMetrics(metrics: Metrics, limits: ConnectionLimits): void {
  metrics.gauge("pesarail_connections", "Open connections of clients.", () => limits.open);
  metrics.gauge(
    "pesarail_connections_refused",
    "Connections of clients that were closed because of a limit, since the start.",
    () => limits.refused,
  );
}
