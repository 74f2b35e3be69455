import { readFileSync } from "node:fs";

/** The embedded PostgreSQL or its folder cannot be used. The message is one line for the user. */
export class ClusterError extends Error {
  override readonly name = "ClusterError";
}

/** The system's error code (`EACCES`), for messages. */
export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

/** Reads a file that must exist. Throws `ClusterError` for a folder, or a file that this user cannot read. */
export function readTextFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new ClusterError(`The file ${file} cannot be read (${errorCode(cause)}).`, { cause });
  }
}
