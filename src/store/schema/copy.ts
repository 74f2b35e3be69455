/** COPY: whole tables out of the database and into it, as a stream of PostgreSQL's own text format. */
import type { Transaction } from "../driver/connect.ts";

/** A name as SQL text, for the statements that take no parameters. */
export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** The rows of a table, or of a partitioned table's partitions, in pieces that end where a row ends. */
export async function* exportRows(
  tx: Transaction,
  table: string,
  columns: readonly string[],
): AsyncGenerator<Buffer> {
  const statement = `copy (select ${columns.map(quoteIdentifier).join(", ")} from ${quoteIdentifier(table)}) to stdout`;
  // The driver hands over a row at a time; a hundred thousand small writes cost more than their bytes do.
  let rows: Buffer[] = [];
  let bytes = 0;
  const stream = await tx.unsafe(statement).readable();
  for await (const row of stream as AsyncIterable<Buffer>) {
    rows.push(row);
    bytes += row.length;
    if (bytes < chunkBytes) continue;
    yield Buffer.concat(rows);
    rows = [];
    bytes = 0;
  }
  if (rows.length > 0) yield Buffer.concat(rows);
  // The driver pauses its socket while the stream is full. Where the last rows filled it, nobody reads on
  // after the end, and the connection would stay silent for ever: asking for more wakes it.
  // oxlint-disable-next-line eslint/no-underscore-dangle -- `read` asks no stream that has ended
  stream._read(0);
}

const chunkBytes = 128 * 1024;

/** Writes pieces that `copyOut` read into a table. Throws for rows that PostgreSQL refuses. */
export async function importRows(
  tx: Transaction,
  table: string,
  columns: readonly string[],
  chunks: AsyncIterable<Buffer> | Iterable<Buffer>,
): Promise<void> {
  const statement = `copy ${quoteIdentifier(table)} (${columns.map(quoteIdentifier).join(", ")}) from stdin`;
  const stream = await tx.unsafe(statement).writable();
  // A connection that is lost is told to whoever writes; nobody else listens, and an error unheard ends the process.
  stream.on("error", () => {});
  for await (const chunk of chunks) {
    await new Promise<void>((resolve, reject) => {
      stream.write(chunk, (error) => (error == null ? resolve() : reject(error)));
    });
  }
  stream.end();
  await waitUntilImported(tx, table);
}

/**
 * Waits until PostgreSQL has taken all rows.
 *
 * Not for the stream's own end: the driver lets go of a COPY once its end is sent, drops what PostgreSQL
 * answers if that is an error, and then the stream never ends. A statement behind it hears of the failure,
 * and may be sent once the driver has let go, which it does in this turn of the event loop.
 */
async function waitUntilImported(tx: Transaction, table: string): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  try {
    await tx`select 1`;
  } catch (cause) {
    throw new Error(`PostgreSQL refused rows of ${table}; its own log says which and why`, { cause });
  }
}
