/** COPY: exports and imports whole tables as a stream, in PostgreSQL's text format or, for rows that the server itself encodes, its binary one. */
import type { Transaction } from "../driver/connect.ts";

/** A quoted name, for statements that take no parameters. */
export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** The rows of a table, including its partitions, in chunks of whole rows. */
export async function* exportRows(
  tx: Transaction,
  table: string,
  columns: readonly string[],
): AsyncGenerator<Buffer> {
  const statement = `copy (select ${columns.map(quoteIdentifier).join(", ")} from ${quoteIdentifier(table)}) to stdout`;
  // The driver yields one row at a time. Joining them avoids a hundred thousand small writes.
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
  // The driver pauses its socket while the stream is full. If the last rows filled it, the socket would stay
  // paused for ever after the end of the stream. `_read` resumes it.
  // oxlint-disable-next-line eslint/no-underscore-dangle -- `read` does nothing on an ended stream
  stream._read(0);
}

const chunkBytes = 128 * 1024;

/** Writes chunks from `exportRows` into a table. Throws if PostgreSQL rejects a row. */
export async function importRows(
  tx: Transaction,
  table: string,
  columns: readonly string[],
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  format: "text" | "binary" = "text",
): Promise<void> {
  const statement = `copy ${quoteIdentifier(table)} (${columns.map(quoteIdentifier).join(", ")}) from stdin (format ${format})`;
  const stream = await tx.unsafe(statement).writable();
  // The callback of `write` reports a lost connection. Without a listener, the `error` event would end the process.
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
 * Waits until PostgreSQL has accepted all rows.
 *
 * The stream's own end is no use here: the driver releases a COPY once its end is sent and discards an error
 * reply, and then the stream never ends. A statement after it fails instead. It can be sent after this turn of
 * the event loop, when the driver has released the COPY.
 */
async function waitUntilImported(tx: Transaction, table: string): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  try {
    await tx`select 1`;
  } catch (cause) {
    throw new Error(`PostgreSQL rejected rows of ${table}. See PostgreSQL's log for the reason.`, { cause });
  }
}
