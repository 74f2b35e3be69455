/** How a command ends: 0 when it did what it was asked, else by one of these. */
export const exitCodes = { success: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** The command was understood and did not do it, or found what it looked for to be wrong. One line for a person. */
export class CommandFailed extends Error {}

/** The command cannot be understood. One line that says what would have been right. */
export class UsageError extends Error {}
