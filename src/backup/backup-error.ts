/** A backup cannot be written or restored. The message is one line for the user. */
export class BackupError extends Error {}
