/** Errors of a start that the user can fix, as one line: files, folders and databases that cannot be used. */
import { ClusterError } from "../embedded-postgres/cluster-error.ts";
import { SettingError } from "../config/settings.ts";
import { ListenError } from "../http/server.ts";
import { StoreError } from "../store/databases.ts";
import { errorCode, isTransient } from "../store/driver/connect.ts";
import { DecryptionError } from "../vault/seal.ts";

/** Their messages are one line and say what to do. */
const userFacingErrors = [SettingError, ClusterError, StoreError, ListenError, DecryptionError];

/** The line for the user; null for an unexpected error, whose stack trace is needed. */
export function describeStartError(error: unknown, dataDir: string): string | null {
  if (!(error instanceof Error)) return null;
  if (userFacingErrors.some((kind) => error instanceof kind)) return error.message;
  const { syscall, path } = error as NodeJS.ErrnoException;
  if (syscall !== undefined && !networkCalls.has(syscall)) {
    // The system's error of a read or a write names no file.
    const file = path ?? `a file of the data folder ${dataDir}`;
    return `${file} cannot be used (${errorCode(error)}). Check its owner, its mode and the space on the disk.`;
  }
  return isTransient(error) ? `The database cannot be used: ${error.message}` : null;
}

const networkCalls: ReadonlySet<string> = new Set(["connect", "getaddrinfo"]);
