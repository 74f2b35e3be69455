/**
 * A transaction in two round trips: begin and lock in the first, write and commit in the second.
 *
 * The driver's own `begin` waits for the reply to `begin`, and sends `commit` only after the replies to all
 * writes. On a busy event loop each wait costs a turn of several milliseconds (measured: two to eight), while
 * locks are held. This function waits twice instead of four times.
 */
import { errorCode, type Sql, type Transaction } from "./connect.ts";

/**
 * The driver holds back a statement of less than a kilobyte until the next turn of the event loop, in case
 * another follows. Nothing follows a commit and locks are held until it arrives, so it is padded.
 */
const commit = `commit -- ${"at once ".repeat(128)}`;

export interface TransactionSteps<Locked, Result> {
  /** Locks and reads. May wait for one statement before it sends the next. */
  lock(tx: Transaction): Promise<Locked>;
  /**
   * Decides and sends every write at once. All statements must have been started when it returns, so that
   * `commit` follows them. If one fails, PostgreSQL turns the commit into a rollback.
   */
  write(tx: Transaction, locked: Locked): Promise<Result>;
}

/**
 * Runs the steps in one transaction and returns the result of `write` once it is durable.
 *
 * `onCommit` is called when the commit has been sent. If the connection is lost afterwards, the outcome is
 * unknown.
 */
export async function runInTwoRoundTrips<Locked, Result>(
  sql: Sql,
  steps: TransactionSteps<Locked, Result>,
  onCommit: () => void,
): Promise<Result> {
  const connection = await reserveConnection(sql);
  const tx = connection as unknown as Transaction;
  try {
    const started = connection`begin`.execute();
    const [, locked] = await Promise.all([started, steps.lock(tx)]);
    // Nothing is awaited from here to the commit, so the reserved connection cannot be replaced in between.
    const written = steps.write(tx, locked);
    // The driver sends a statement some microtasks after it is awaited. `nextTick` runs after all of them, so
    // the commit is sent after every write and still in the same turn of the event loop.
    let failed: { readonly error: unknown } | undefined;
    written.catch((error: unknown) => (failed = { error }));
    await new Promise<void>((resolve) => process.nextTick(resolve));
    // If the decision threw, not every write was sent: roll back the locks and the claimed keys.
    if (failed !== undefined) throw failed.error;
    const committed = connection.unsafe(commit).simple().execute();
    onCommit();
    const [result, { command }] = await Promise.all([written, committed]);
    if (command !== "COMMIT") throw new Error(`the transaction ended in ${command}`);
    connection.release();
    return result;
  } catch (error) {
    await releaseConnection(connection, error);
    throw error;
  }
}

/** Rolls back and releases a connection after a failure. The pool drops connections that are lost or closing. */
async function releaseConnection(connection: ReservedConnection, error: unknown): Promise<void> {
  const code = errorCode(error);
  if (/^(CONNECTION|CONNECT_|STATEMENT_|E[A-Z]{3,}|57P)/.test(code)) return;
  try {
    await connection`rollback`;
    connection.release();
  } catch {
    // The connection was lost in the meantime.
  }
}

type ReservedConnection = Awaited<ReturnType<Sql["reserve"]>>;

/** Reserving takes longer than this only when connections are being lost. A pool has a limit for all reservations. */
const reserveTimeoutMs = 2_000;

/**
 * Reserves a connection. The driver (3.4.9) can lose a pending reservation when another connection is lost at
 * the same time. A second reservation then succeeds.
 */
async function reserveConnection(sql: Sql): Promise<ReservedConnection> {
  for (;;) {
    const reservation = sql.reserve();
    const timeout = Promise.withResolvers<null>();
    const timer = setTimeout(() => timeout.resolve(null), reserveTimeoutMs);
    const connection = await Promise.race([reservation, timeout.promise]).finally(() => clearTimeout(timer));
    if (connection !== null) return connection;
    reservation.then(
      (late) => late.release(),
      () => {},
    );
  }
}
