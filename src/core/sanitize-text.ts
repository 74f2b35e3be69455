/** Replaces control characters: PostgreSQL cannot store NUL, and terminals execute escape sequences. */
export const sanitizeText = (text: string): string =>
  text.toWellFormed().replaceAll(/[^\P{Cc}\t\n\r]/gu, "\ufffd");
