/** The embedded PostgreSQL or its folder cannot be used. The message is one line for the user. */
export class ClusterError extends Error {
  override readonly name = "ClusterError";
}

/** The system's error code (`EACCES`), for messages. */
export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
