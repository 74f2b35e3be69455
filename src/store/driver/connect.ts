/**
 * Connections. Every statement goes through a pool created here. The search path binds a pool to one schema,
 * so statements need no schema name and cannot mix schemas.
 */
import postgres from "postgres";
import { createBufferedSocket, type SocketAddress } from "./buffered-socket.ts";

/** A connection string from the settings, or the socket of the embedded PostgreSQL. */
export type DatabaseAddress =
  string | { host: string; port: number; username: string; password: string; database: string };

/** `int8` is parsed as bigint: money and ids never pass through a JavaScript number. */
const types = {
  bigint: {
    to: 20,
    from: [20],
    serialize: (value: bigint | number | string) => value.toString(),
    parse: (value: string) => BigInt(value),
  },
};

// eslint-disable-next-line typescript/consistent-type-definitions -- the library needs a type alias
type Types = { bigint: bigint };

export type Sql = postgres.Sql<Types>;
export type Transaction = postgres.TransactionSql<Types>;

export interface PoolOptions {
  readonly schema: string;
  readonly maxConnections: number;
  /** Shown in pg_stat_activity. */
  readonly name: string;
  /** False for a pool that neither reads arrays nor reserves connections: it does not query array types on connect. */
  readonly arrays?: boolean;
  /** Further settings of each connection, such as `synchronous_commit`. */
  readonly settings?: Readonly<Record<string, string>>;
}

export function connect(address: DatabaseAddress, options: PoolOptions): Sql {
  const settings = {
    max: options.maxConnections,
    idle_timeout: 300,
    connect_timeout: 5,
    backoff: () => 0.2,
    types,
    fetch_types: options.arrays ?? true,
    onnotice: () => {},
    connection: {
      application_name: options.name,
      search_path: `"${options.schema}"`,
      ...options.settings,
    },
  };
  if (typeof address !== "string") {
    return postgres({
      ...address,
      ...settings,
      ...socketOption(toSocketAddress(address.host, address.port)),
    });
  }
  const { url, socketDir } = splitSocketDir(address);
  if (socketDir === null) return postgres(url, { ...settings, ...socketOption(parseSocketAddress(url)) });
  return postgres(url, {
    ...settings,
    host: socketDir,
    ...socketOption(toSocketAddress(socketDir, Number(new URL(url).port || 5432))),
  });
}

/** The driver option that makes it use buffered sockets. */
const socketOption = (socketAddress: SocketAddress | null) =>
  socketAddress === null ? {} : { socket: () => createBufferedSocket(socketAddress) };

const toSocketAddress = (host: string, port: number): SocketAddress =>
  host.startsWith("/") ? { path: `${host}/.s.PGSQL.${port}` } : { host, port };

/** The host of a URL. Null for a list of hosts and for TLS, which need the driver's own sockets. */
function parseSocketAddress(url: string): SocketAddress | null {
  const parsed = URL.parse(url);
  if (parsed === null || url.includes(",") || /[?&]ssl/.test(url) || process.env["PGSSLMODE"] !== undefined) {
    return null;
  }
  const host = decodeURIComponent(parsed.hostname).replace(/^\[|\]$/g, "");
  return host === "" ? null : toSocketAddress(host, Number(parsed.port || 5432));
}

/**
 * A Unix socket in a connection string is written as for PostgreSQL's own tools,
 * `postgres://user:password@localhost/database?host=/folder`. The driver takes the folder as a separate option.
 */
function splitSocketDir(address: string): { url: string; socketDir: string | null } {
  // The driver parses a list of hosts; `new URL` cannot.
  if (!address.includes("host=")) return { url: address, socketDir: null };
  const url = new URL(address);
  const socketDir = url.searchParams.get("host");
  url.searchParams.delete("host");
  return { url: url.href, socketDir };
}

/** The SQLSTATE of PostgreSQL, or the error code of the driver or the system; empty if there is none. */
export function errorCode(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "";
}

/** Whether the error is temporary, so that the statement may be retried. */
export function isTransient(error: unknown): boolean {
  const code = errorCode(error);
  return transientCodes.has(code) || code.startsWith("08");
}

const transientCodes: ReadonlySet<string> = new Set([
  "40001", // serialization_failure
  "40P01", // deadlock_detected
  "57P01", // admin_shutdown
  "57P02", // crash_shutdown
  "57P03", // cannot_connect_now
  "53300", // too_many_connections
  "55P03", // lock_not_available
  "CONNECTION_CLOSED",
  "CONNECTION_ENDED",
  "CONNECTION_DESTROYED",
  "CONNECT_TIMEOUT",
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOENT", // a Unix socket whose server is restarting
  "EPIPE",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "25006", // read_only_sql_transaction: a primary that was just demoted
  "ETIMEDOUT",
]);
