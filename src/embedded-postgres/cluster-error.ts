/** Why our own PostgreSQL, or the folder it lives in, cannot be used. The message is one line for a person. */
export class ClusterError extends Error {
  override readonly name = "ClusterError";
}

/** The system's short name for what went wrong with a file (`EACCES`), for the end of a message. */
export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
