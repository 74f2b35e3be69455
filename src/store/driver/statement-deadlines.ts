/**
 * The deadline of each statement on this side of the connection.
 *
 * PostgreSQL's own `statement_timeout` ends a statement only if PostgreSQL still works and its reply arrives. The
 * driver (3.4.9) waits for a reply for ever, and so does a statement in the queue of its pool. This deadline counts
 * from the moment that a statement is given to the pool, wherever it waits then.
 *
 * The driver has no hook for it, so `handle` of its query class is replaced. Its other functions stay as they are.
 */
import postgres from "postgres";

/** The fields of the driver's query that this file uses. */
interface DriverQuery {
  executed: boolean;
  /** One function for each pool. */
  readonly canceller: object | null;
  /** One function for each pool, reserved connection and transaction. */
  readonly handler: object;
  resolve(result: unknown): void;
  reject(error: unknown): void;
  handle(): Promise<void>;
}

export interface StatementDeadlines {
  /** Follows every statement of a pool of the driver, of its transactions and of its reserved connections. */
  followPool(pool: postgres.Sql): void;
  /** Rejects at the deadline unless the promise is settled before. */
  follow<T>(promise: Promise<T>): Promise<T>;
  stop(): void;
}

interface Waiting {
  readonly lastTick: number;
  reject(error: unknown): void;
}

/**
 * Time is counted in ticks of a timer: if the event loop stands still, replies are waiting unread, and the time does
 * not count.
 */
const tickMs = 200;

const deadlinesByPool = new WeakMap<object, (query: DriverQuery) => void>();
const longTimeouts = new WeakMap<object, number>();

/** `onExpired` is called at a deadline, before the statement is rejected. */
export function createStatementDeadlines(timeoutMs: number, onExpired: () => void): StatementDeadlines {
  const waiting = new Set<Waiting>();
  let tick = 0;
  let timer: NodeJS.Timeout | undefined;

  function add(limitMs: number, reject: (error: unknown) => void): Waiting {
    const entry = { lastTick: tick + Math.ceil(limitMs / tickMs), reject };
    waiting.add(entry);
    timer ??= setInterval(endTick, tickMs);
    return entry;
  }

  function endTick(): void {
    tick += 1;
    const expired = [...waiting].filter(({ lastTick }) => lastTick <= tick);
    if (expired.length > 0) onExpired();
    for (const entry of expired) {
      waiting.delete(entry);
      entry.reject(createTimeoutError());
    }
    if (waiting.size === 0) stop();
  }

  function stop(): void {
    clearInterval(timer);
    timer = undefined;
  }

  function followQuery(query: DriverQuery): void {
    const { resolve, reject } = query;
    const entry = add(longTimeouts.get(query.handler) ?? timeoutMs, reject);
    query.resolve = (result) => {
      waiting.delete(entry);
      resolve(result);
    };
    query.reject = (error) => {
      waiting.delete(entry);
      reject(error);
    };
  }

  return {
    followPool(pool) {
      const { canceller } = createUnsentQuery(pool);
      if (canceller !== null) deadlinesByPool.set(canceller, followQuery);
    },
    async follow(promise) {
      const { promise: expired, reject } = Promise.withResolvers<never>();
      const entry = add(timeoutMs, reject);
      return Promise.race([promise, expired]).finally(() => waiting.delete(entry));
    },
    stop,
  };
}

/**
 * Gives the statements of a transaction more time, in PostgreSQL and on this side: for work on whole tables. The
 * transaction may also be idle for that long.
 */
export async function allowLongStatements(tx: postgres.ISql, timeoutMs: number): Promise<void> {
  longTimeouts.set(createUnsentQuery(tx).handler, timeoutMs + clientMarginMs);
  for (const name of ["statement_timeout", "idle_in_transaction_session_timeout"])
    await tx`select set_config(${name}, ${`${timeoutMs}ms`}, true)`;
}

/** PostgreSQL ends a statement this much earlier than this side gives up, because its reply says more. */
export const clientMarginMs = 1_000;

const createTimeoutError = (): Error =>
  Object.assign(new Error("PostgreSQL did not answer in time"), { code: "STATEMENT_TIMEOUT" });

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the driver's type hides these fields
const createUnsentQuery = (sql: postgres.ISql): DriverQuery => sql`select` as unknown as DriverQuery;

function replaceHandle(): void {
  // A pool connects only when a statement is awaited.
  const prototype = Object.getPrototypeOf(createUnsentQuery(postgres())) as DriverQuery;
  // oxlint-disable-next-line typescript/unbound-method -- it is called with `this` below
  const { handle } = prototype;
  prototype.handle = function handleWithDeadline(this: DriverQuery): Promise<void> {
    if (!this.executed && this.canceller !== null) deadlinesByPool.get(this.canceller)?.(this);
    return handle.call(this);
  };
}
replaceHandle();
