/**
 * A transaction in two trips: begin and lock in one, write and commit in the other.
 *
 * The driver's own `begin` waits for the answer to `begin`, and sends `commit` when all writes are
 * answered. On a busy event loop each wait costs a turn of several milliseconds (two to eight were seen),
 * in which locks are held; here there are two waits instead of four.
 */
import { errorCode, type Sql, type Transaction } from "./connect.ts";

/**
 * The driver keeps a statement of less than a kilobyte until the event loop has turned, in case another
 * follows. Nothing follows a commit, and locks are held until it arrives: so it is longer than that.
 */
const commit = `commit -- ${"at once ".repeat(128)}`;

export interface TransactionSteps<Locked, Result> {
  /** Locks and reads. May wait for one statement before it sends the next. */
  lock(tx: Transaction): Promise<Locked>;
  /**
   * Decides and sends every write at once: all statements must have been started when it returns, so
   * that `commit` follows them. If one fails, PostgreSQL makes the commit a rollback.
   */
  write(tx: Transaction, locked: Locked): Promise<Result>;
}

/**
 * Runs the steps in one transaction and returns what `write` resolved with, once it is durable.
 *
 * `onCommit` is called when the commit is on its way: a connection that is lost afterwards leaves the
 * outcome unknown.
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
    // No waiting for anybody from here to the commit: the connection that just answered is still the same one.
    const written = steps.write(tx, locked);
    // The driver sends a statement some microtasks after it is awaited. All of them are over before a tick
    // begins, so the commit goes out behind every write, and still in the same turn of the event loop.
    let failed: { readonly error: unknown } | undefined;
    written.catch((error: unknown) => (failed = { error }));
    await new Promise<void>((resolve) => process.nextTick(resolve));
    // A decision that threw sent nothing, or not everything: what was locked and claimed must not stand.
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

/** Returns a connection after a failure. One that was lost, or that PostgreSQL is closing, is the pool's to forget. */
async function releaseConnection(connection: ReservedConnection, error: unknown): Promise<void> {
  const code = errorCode(error);
  if (/^(CONNECTION|CONNECT_|E[A-Z]{3,}|57P)/.test(code)) return;
  try {
    await connection`rollback`;
    connection.release();
  } catch {
    // It was lost meanwhile.
  }
}

type ReservedConnection = Awaited<ReturnType<Sql["reserve"]>>;

/** Longer than a connection is waited for on any day but one on which connections are lost. */
const reserveTimeoutMs = 2_000;

/**
 * Takes a connection for ourselves. The driver (3.4.9) forgets who waits for one when another is lost at the
 * wrong moment; asking again finds the next.
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
