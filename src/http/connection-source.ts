/**
 * A connection, the server that it belongs to, and its source with what that uses: connections, requests at the same time, and
 * failures in a second.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { msPerSecond } from "../core/clock.ts";

/** Times are on the clock of `performance.now()`. */
export interface Connection {
  /** Carries the requests: the socket, or TLS above it. */
  stream: Socket;
  /** False until the TLS handshake is complete. */
  isReady: boolean;
  readonly openedAt: number;
  readonly server: ServerOfConnections;
  /** The sources that it counts in. Empty for a trusted proxy. */
  readonly sources: readonly ConnectionSource[];
  /** The requests without a complete response. */
  inFlight: number;
  lastRequest: IncomingMessage | null;
  lastResponse: ServerResponse | null;
  /** Whether one of its requests succeeded. */
  hasSucceeded: boolean;
  /** Whether a request with an Authorization header succeeded. */
  isTrusted: boolean;
  /** When bytes were last received or sent. */
  activeAt: number;
  bytes: number;
  /** Since when one of the two sides is closed. */
  halfClosedAt: number | null;
  /** No request of it is handled any more. */
  isRefused: boolean;
}

export interface DrainOptions {
  /** A connection without a request is closed when it was idle for this long. */
  readonly idleMs: number;
  /** After this time the remaining connections are destroyed. */
  readonly timeoutMs: number;
}

/** The connections of one server, which may listen on several ports. */
export interface ServerOfConnections {
  readonly connections: Set<Connection>;
  /** When a client last connected, or got a response. */
  usedAt: number;
  /** Not null while the server stops. */
  draining: DrainOptions | null;
  /** Called when its last connection is closed. */
  onEmpty(): void;
}

export interface ConnectionSource {
  readonly key: string;
  /** Of connections, and of requests at the same time. */
  readonly limit: number;
  readonly connections: Set<Connection>;
  /** Those without a request, the longest idle first: on which a request succeeded, and the others. */
  readonly idle: Set<Connection>;
  readonly unprovenIdle: Set<Connection>;
  inFlight: number;
  /** No connection is accepted before this time. */
  refusedUntil: number;
  readonly failures: Count;
  /** Requests on connections that are not trusted. */
  readonly untrusted: Count;
}

/** A number of requests, and when its second began. */
export interface Count {
  value: number;
  since: number;
}

export function createSource(key: string, limit: number): ConnectionSource {
  return {
    key,
    limit,
    connections: new Set(),
    idle: new Set(),
    unprovenIdle: new Set(),
    inFlight: 0,
    refusedUntil: 0,
    failures: { value: 0, since: 0 },
    untrusted: { value: 0, since: 0 },
  };
}

/** Counts a request. False if there are more than `limit` in a second. */
export function countRequest(count: Count, limit: number, now: number): boolean {
  if (now - count.since >= msPerSecond) {
    count.since = now;
    count.value = 0;
  }
  count.value += 1;
  return count.value <= limit;
}

/** Whether nothing about the source needs to be remembered. */
export function isForgettable(
  { connections, refusedUntil, failures }: ConnectionSource,
  now: number,
): boolean {
  return connections.size === 0 && now >= refusedUntil && now - failures.since >= msPerSecond;
}

/** Adds a connection that has no request to its sources. */
export function addIdle(connection: Connection): void {
  for (const { idle, unprovenIdle } of connection.sources)
    (connection.hasSucceeded ? idle : unprovenIdle).add(connection);
}

export function removeIdle(connection: Connection): void {
  for (const { idle, unprovenIdle } of connection.sources) {
    idle.delete(connection);
    unprovenIdle.delete(connection);
  }
}

/** A client that keeps a connection may send its next request within this time, and would lose it. */
const reuseMs = 10 * msPerSecond;

/**
 * The connection to close if the source has too many: the longest idle one of those on which no request succeeded; then
 * one that is idle for ten seconds; then one whose first request is not complete, which no handler has seen.
 */
export function findEvictable(source: ConnectionSource, now: number): Connection | undefined {
  const [unproven] = source.unprovenIdle;
  if (unproven !== undefined) return unproven;
  const [longestIdle] = source.idle;
  if (longestIdle !== undefined && now - longestIdle.activeAt >= reuseMs) return longestIdle;
  return source.connections.values().find(isReceiving);
}

const isReceiving = ({ hasSucceeded, inFlight, lastRequest }: Connection): boolean =>
  !hasSucceeded && inFlight === 1 && lastRequest?.complete === false;
