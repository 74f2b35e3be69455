/** Exit codes, and the errors that lead to them. */
export const exitCodes = { success: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** The command was refused, failed, or found a problem. The message is one line for the user. */
export class CommandFailed extends Error {}

/** The command line is not valid. The message is one line that says what to change. */
export class UsageError extends Error {}
