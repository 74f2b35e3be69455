/**
 * Connections. Every statement goes through a pool created here. The search path binds a pool to one schema,
 * so statements need no schema name and cannot mix schemas.
 */
import type { Socket } from "node:net";
import postgres from "postgres";
import { msPerHour } from "../../core/clock.ts";
import "./array-types.ts";
import { createBufferedSocket, createPlainSocket, type SocketAddress } from "./buffered-socket.ts";
import { clientMarginMs, createStatementDeadlines } from "./statement-deadlines.ts";

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
  /**
   * How long a statement may take: PostgreSQL ends it then, and the pool is replaced if no reply arrives. Without it, an
   * hour on this side and no limit in PostgreSQL.
   */
  readonly statementTimeoutMs?: number;
  /** Further settings of each connection, such as `synchronous_commit`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** For commands and starts, whose statements may read whole tables. */
const longTimeoutMs = msPerHour;

/**
 * Creates a pool; it connects at its first use.
 *
 * If a statement gets no reply in time, the pool is replaced: its connections are destroyed, everything that waits
 * for them fails, and the next statement connects again. One statement is enough, because PostgreSQL would have
 * ended it earlier. The pool's users keep the same object.
 */
export function connect(address: DatabaseAddress, options: PoolOptions): Sql {
  let hasEnded = false;
  const deadlines = createStatementDeadlines(
    options.statementTimeoutMs === undefined ? longTimeoutMs : options.statementTimeoutMs + clientMarginMs,
    () => {
      const silent = pool;
      if (!hasEnded) pool = create();
      silent.destroy();
    },
  );
  const create = (): DestroyablePool => {
    const created = createPool(address, options);
    deadlines.followPool(created.sql);
    return created;
  };
  let pool = create();

  /** What differs from the driver's pool. */
  const own = {
    reserve: () => deadlines.follow(pool.sql.reserve()),
    async end(endOptions?: { timeout?: number }) {
      hasEnded = true;
      await pool.sql.end(endOptions);
      pool.destroy();
      deadlines.stop();
    },
  };
  return new Proxy(pool.sql, {
    apply: (_target, _this, args: Parameters<Sql>) => pool.sql(...args),
    get: (_target, name: keyof Sql) =>
      Object.hasOwn(own, name) ? own[name as keyof typeof own] : pool.sql[name],
  });
}

interface DestroyablePool {
  readonly sql: Sql;
  /** Fails everything that waits and destroys the connections. */
  destroy(): void;
}

function createPool(address: DatabaseAddress, options: PoolOptions): DestroyablePool {
  const sockets = new Set<Socket>();
  let isDestroyed = false;
  const follow = (createSocket: (() => Socket) | null) =>
    createSocket === null
      ? {}
      : {
          socket() {
            // The driver may still try to connect again.
            if (isDestroyed)
              throw Object.assign(new Error("the pool was replaced"), { code: "CONNECTION_ENDED" });
            const socket = createSocket();
            sockets.add(socket);
            socket.once("close", () => sockets.delete(socket));
            return socket;
          },
        };
  const sql = createDriverPool(address, toDriverSettings(options), follow);
  return {
    sql,
    destroy() {
      isDestroyed = true;
      void sql.end({ timeout: 0 }).finally(() => {
        for (const socket of sockets) socket.destroy();
      });
    },
  };
}

function toDriverSettings(options: PoolOptions) {
  const { statementTimeoutMs } = options;
  const connection: Record<string, string> = {
    application_name: options.name,
    search_path: `"${options.schema}"`,
    // Without them, PostgreSQL would keep the locks of a server whose machine has vanished for two hours.
    tcp_keepalives_idle: "15",
    tcp_keepalives_interval: "5",
    tcp_keepalives_count: "3",
    ...options.settings,
  };
  if (statementTimeoutMs !== undefined) connection["statement_timeout"] = `${statementTimeoutMs}ms`;
  return {
    max: options.maxConnections,
    idle_timeout: 300,
    connect_timeout: 5,
    backoff: () => 0.2,
    types,
    fetch_types: options.arrays ?? true,
    onnotice: () => {},
    connection: connection as object,
  };
}

function createDriverPool(
  address: DatabaseAddress,
  settings: ReturnType<typeof toDriverSettings>,
  follow: (createSocket: (() => Socket) | null) => { socket?: () => Socket },
): Sql {
  const buffered = (socketAddress: SocketAddress) => follow(() => createBufferedSocket(socketAddress));
  if (typeof address !== "string") {
    return postgres({ ...address, ...settings, ...buffered(toSocketAddress(address.host, address.port)) });
  }
  const { url, socketDir } = splitSocketDir(address);
  if (socketDir === null) return postgres(url, { ...settings, ...follow(chooseSocket(url)) });
  const port = Number(new URL(url).port || 5432);
  return postgres(url, { ...settings, host: socketDir, ...buffered(toSocketAddress(socketDir, port)) });
}

const toSocketAddress = (host: string, port: number): SocketAddress =>
  host.startsWith("/") ? { path: `${host}/.s.PGSQL.${port}` } : { host, port };

/**
 * How to create the sockets for a URL. The driver adds TLS to a plain one, and with a list of hosts each socket
 * connects to the next host. Null leaves it to the driver: a URL without a host.
 */
function chooseSocket(url: string): (() => Socket) | null {
  const hosts = parseHosts(url);
  const [first] = hosts;
  if (first === undefined) return null;
  const isPlain = /[?&]ssl/.test(url) || process.env["PGSSLMODE"] !== undefined || hosts.length > 1;
  if (!isPlain) return () => createBufferedSocket(first);
  let next = 0;
  return () => createPlainSocket(hosts[next++ % hosts.length] ?? first);
}

/** The hosts of a URL: `new URL` cannot parse a list of them. */
function parseHosts(url: string): { host: string; port: number }[] {
  const [, list = ""] = /^[a-z]+:\/\/(?:[^@/]*@)?([^/?]*)/i.exec(url) ?? [];
  return list.split(",").flatMap((each) => {
    const [, host = "", port = "5432"] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(each) ?? [];
    const name = decodeURIComponent(host).replace(/^\[|\]$/g, "");
    return name === "" || name.startsWith("/") ? [] : { host: name, port: Number(port) };
  });
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
  return transientCodes.has(code) || code.startsWith("08") || isOutOfResources(error);
}

const transientCodes: ReadonlySet<string> = new Set([
  "40001", // serialization_failure
  "40P01", // deadlock_detected
  "57P01", // admin_shutdown
  "57P02", // crash_shutdown
  "57P03", // cannot_connect_now
  "53300", // too_many_connections
  "55P03", // lock_not_available
  "57014", // query_canceled: by statement_timeout
  "25P03", // idle_in_transaction_session_timeout
  "STATEMENT_TIMEOUT",
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

/** Whether PostgreSQL lacks disk space or memory, or cannot read or write its files. It may pass, but not in seconds. */
export function isOutOfResources(error: unknown): boolean {
  const code = errorCode(error);
  // PostgreSQL has no code of its own for some failures of the file system, such as a file that may not grow.
  const isFileError =
    code === "XX000" && /could not (extend|write|create|open|fsync|read) file/.test(String(error));
  return outOfResourcesCodes.has(code) || code.startsWith("58") || isFileError;
}

const outOfResourcesCodes: ReadonlySet<string> = new Set(["53000", "53100", "53200", "53400"]);
