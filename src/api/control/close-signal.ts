/** Notices that the client of a request has gone. */
import type { FastifyReply } from "fastify";

/** Aborted when the connection closes, with a sentence as reason. */
export function createCloseSignal({ raw }: FastifyReply): AbortSignal {
  const closed = new AbortController();
  const abort = (): void => closed.abort("The client closed its connection.");
  raw.once("close", abort);
  if (raw.destroyed) abort();
  return closed.signal;
}
