/**
 * Limits for connections: how many there are in total and from each source, and how long each may do nothing.
 *
 * A source is an IPv4 address, or a /64 network of IPv6; a /48 network may have four times as much. A source that is at
 * its limit loses its own longest idle connection, and never another source's. If the server is at its limit, the source
 * with the most connections loses one. Connections of trusted proxies count only in total: each carries many clients.
 *
 * Every connection ends: what Node's own timeouts leave open is destroyed by a check that runs every second.
 */
import { readFileSync } from "node:fs";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { msPerSecond } from "../core/clock.ts";
import type { Metrics } from "./metrics.ts";
import { createAddressMatcher, toClientKey, toNetworkKey } from "./client-address.ts";
import {
  countFailure,
  createSource,
  findEvictable,
  isForgettable,
  type Connection,
  type Source,
} from "./connection-source.ts";

export interface ConnectionLimitOptions {
  readonly maxConnections: number;
  readonly maxConnectionsPerSource: number;
  /** Above this many unsuccessful requests in a second, the server reads a source's failing connections slowly. */
  readonly maxFailuresPerSource: number;
  readonly trustedProxies: readonly string[];
  readonly timeouts?: ConnectionTimeouts;
}

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

export interface DrainOptions {
  /** A connection without a request is closed when it was idle for this long. */
  readonly idleMs: number;
  /** After this time the remaining connections are destroyed. */
  readonly timeoutMs: number;
}

export interface ConnectionLimits {
  /** Applies the limits to every connection of a server. */
  watch(server: Server): void;
  /** Wraps the handler of a server's requests. */
  wrapHandler(handler: RequestHandler): RequestHandler;
  /** Destroys the connection soon, whether the client closes its side or not. Call it when the last response is written. */
  markRefused(socket: Socket): void;
  /** Whether a client is connected, or was within the last second. */
  readonly isInUse: boolean;
  readonly open: number;
  /** Connections that were closed because of a limit. */
  readonly refused: number;
  /** Closes idle connections, answers the other requests, and resolves when no connection is left. */
  drain(options: DrainOptions): Promise<void>;
}

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
const networkFactor = 4;
const drainCheckIntervalMs = 25;

export function createConnectionLimits(options: ConnectionLimitOptions): ConnectionLimits {
  const { maxFailuresPerSource, timeouts = defaultTimeouts } = options;
  const maxConnections = Math.min(options.maxConnections, Math.floor(readMaxOpenFiles() / 2));
  const maxConnectionsPerSource = Math.min(options.maxConnectionsPerSource, Math.ceil(maxConnections / 2));
  const isTrustedProxy = createAddressMatcher(options.trustedProxies);
  const connections = new Set<Connection>();
  const byStream = new WeakMap<Socket, Connection>();
  /** TLS has a stream of its own, which names the connection only by its addresses. */
  const handshakes = new Map<string, Connection>();
  const sources = new Map<string, Source>();
  let draining: DrainOptions | null = null;
  let refused = 0;
  let usedAt = -Infinity;
  let onEmpty = (): void => {};
  let timer: NodeJS.Timeout | undefined;

  function findSources(ip: string): Source[] {
    if (isTrustedProxy(ip)) return [];
    const [client, network] = [toClientKey(ip), toNetworkKey(ip)];
    const own = getSource(client, maxConnectionsPerSource);
    return client === network
      ? [own]
      : [own, getSource(`${network}/48`, maxConnectionsPerSource * networkFactor)];
  }

  function getSource(key: string, limit: number): Source {
    let source = sources.get(key);
    if (source === undefined) sources.set(key, (source = createSource(key, limit)));
    return source;
  }

  function accept(socket: Socket, isReady: boolean): void {
    const now = performance.now();
    const ip = socket.remoteAddress;
    usedAt = now;
    // The client has already gone.
    if (ip === undefined) return void socket.destroy();
    const own = findSources(ip);
    if (!makeRoom(own, now)) {
      refused += 1;
      socket.destroy();
      return;
    }
    const connection: Connection = {
      stream: socket,
      isReady,
      openedAt: now,
      sources: own,
      inFlight: 0,
      lastRequest: null,
      lastResponse: null,
      activeAt: now,
      bytes: 0,
      halfClosedAt: null,
      isRefused: false,
    };
    connections.add(connection);
    byStream.set(socket, connection);
    for (const source of own) {
      source.connections.add(connection);
      source.idle.add(connection);
    }
    const key = describePeer(socket);
    if (!isReady) handshakes.set(key, connection);
    socket.once("close", () => {
      if (handshakes.get(key) === connection) handshakes.delete(key);
      remove(connection);
    });
    timer ??= setInterval(checkAll, timeouts.checkIntervalMs).unref();
  }

  function remove(connection: Connection): void {
    if (!connections.delete(connection)) return;
    connection.isRefused = true;
    for (const source of connection.sources) {
      source.connections.delete(connection);
      source.idle.delete(connection);
      source.inFlight -= connection.inFlight;
    }
    if (connections.size === 0) onEmpty();
  }

  /** Whether a connection of these sources is accepted. Closes another one if that is needed. */
  function makeRoom(own: readonly Source[], now: number): boolean {
    if (own.some(({ refusedUntil }) => now < refusedUntil)) return false;
    for (const source of own) if (source.connections.size >= source.limit && !evictFrom(source)) return false;
    return connections.size < maxConnections || evictFromLargest(own);
  }

  /** Closes a connection of the source that has the most, unless that is the new connection's own source. */
  function evictFromLargest(own: readonly Source[]): boolean {
    let largest: Source | null = null;
    for (const source of sources.values())
      if (source.connections.size > (largest?.connections.size ?? 0)) largest = source;
    const ownSize = Math.max(0, ...own.map(({ connections: { size } }) => size));
    return largest !== null && largest.connections.size > ownSize && evictFrom(largest);
  }

  function evictFrom(source: Source): boolean {
    const victim = findEvictable(source);
    if (victim !== undefined) destroy(victim);
    return victim !== undefined;
  }

  function destroy(connection: Connection): void {
    refused += 1;
    connection.stream.destroy();
    // `close` comes in a later turn, but the place is free now.
    remove(connection);
  }

  function begin(connection: Connection, request: IncomingMessage, response: ServerResponse): void {
    connection.inFlight += 1;
    connection.lastRequest = request;
    connection.lastResponse = response;
    for (const source of connection.sources) {
      source.inFlight += 1;
      source.idle.delete(connection);
    }
    response.once("close", () => end(connection, response));
  }

  function end(connection: Connection, response: ServerResponse): void {
    if (!connections.has(connection)) return;
    connection.inFlight -= 1;
    connection.activeAt = usedAt = performance.now();
    for (const source of connection.sources) {
      source.inFlight -= 1;
      if (connection.inFlight === 0) source.idle.add(connection);
    }
    const [source] = connection.sources;
    if (source === undefined || !isFailure(response.statusCode)) return;
    if (!countFailure(source, maxFailuresPerSource, connection.activeAt)) readSlowly(connection.stream);
  }

  /** Does not read the next requests for a moment: the client waits, and they cost this server nothing. */
  function readSlowly(stream: Socket): void {
    setImmediate(() => stream.pause());
    setTimeout(() => stream.resume(), slowReadMs).unref();
  }

  function checkAll(): void {
    const now = performance.now();
    for (const connection of connections) if (isOver(connection, now)) destroy(connection);
    for (const source of sources.values()) if (isForgettable(source, now)) sources.delete(source.key);
    if (connections.size > 0 || sources.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  function isOver(connection: Connection, now: number): boolean {
    const { stream } = connection;
    // Writes count when they have left this process, so that a client that reads nothing makes no progress.
    const bytes = stream.bytesRead + stream.bytesWritten - stream.writableLength;
    if (bytes !== connection.bytes) {
      connection.bytes = bytes;
      connection.activeAt = now;
    }
    if (!connection.isReady) return now - connection.openedAt > timeouts.handshakeMs;
    const quietMs = now - connection.activeAt;
    const isUnread = stream.writableLength > 0;
    if (isUnread) return quietMs > timeouts.unreadMs;
    const isHalfClosed = stream.writableEnded || (stream.readableEnded && connection.inFlight === 0);
    if (isHalfClosed || connection.isRefused) connection.halfClosedAt ??= now;
    if (connection.halfClosedAt !== null && now - connection.halfClosedAt > timeouts.halfClosedMs)
      return true;
    return draining !== null && connection.inFlight === 0 && quietMs >= draining.idleMs;
  }

  return {
    watch(server) {
      const isTls = "setSecureContext" in server;
      server.on("connection", (socket: Socket) => accept(socket, !isTls));
      server.on("secureConnection", (stream: Socket) => {
        const key = describePeer(stream);
        const connection = handshakes.get(key);
        if (connection === undefined) return void stream.destroy();
        handshakes.delete(key);
        connection.stream = stream;
        connection.isReady = true;
        byStream.set(stream, connection);
        stream.once("close", () => remove(connection));
      });
      // A server that stops would otherwise close idle connections at once, while a request may be on its way.
      server.closeIdleConnections = () => {};
    },
    wrapHandler: (handler) => (request, response) => {
      const connection = byStream.get(request.socket);
      // The rest of what was read before the connection was closed.
      if (connection === undefined || connection.isRefused) return;
      begin(connection, request, response);
      const isOverPipelined = connection.inFlight > maxPipelined;
      if (isOverPipelined || connection.sources.some(({ inFlight, limit }) => inFlight > limit)) {
        if (isOverPipelined)
          for (const source of connection.sources)
            source.refusedUntil = performance.now() + pipelinePenaltyMs;
        return destroy(connection);
      }
      handler(request, response);
    },
    markRefused(socket) {
      const connection = byStream.get(socket);
      if (connection === undefined) socket.destroy();
      else connection.isRefused = true;
    },
    get isInUse() {
      return connections.size > 0 || performance.now() - usedAt < msPerSecond;
    },
    get open() {
      return connections.size;
    },
    get refused() {
      return refused;
    },
    async drain(drainOptions) {
      draining = drainOptions;
      const empty = new Promise<void>((resolve) => (onEmpty = resolve));
      for (const { lastResponse } of connections)
        if (lastResponse?.headersSent === false) lastResponse.shouldKeepAlive = false;
      checkAll();
      if (connections.size === 0) return;
      const check = setInterval(checkAll, drainCheckIntervalMs);
      const deadline = setTimeout(() => [...connections].forEach(destroy), drainOptions.timeoutMs);
      await empty;
      clearInterval(check);
      clearTimeout(deadline);
    },
  };
}

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
