/**
 * What a text of a field must look like, as plain data: the schemas of the APIs are made of it, and the options of
 * commands are checked with it without loading a schema library.
 */

/** Keywords of a JSON schema. */
export interface TextFormat {
  readonly pattern: string;
  /** What it must be, as a sentence. Documentation and error messages show it. */
  readonly description: string;
  readonly examples: readonly string[];
}

export const shortcodeFormat = {
  pattern: "^[0-9A-Za-z]{4,12}$",
  description: "The organisation's shortcode: 4 to 12 letters and digits.",
  examples: ["100001"],
} as const satisfies TextFormat;

export const usernameFormat = {
  pattern: "^[0-9A-Za-z._@-]{1,100}$",
  description: "The operator's username: 1 to 100 letters, digits and the characters . _ @ and -.",
  examples: ["testapi"],
} as const satisfies TextFormat;

export const timeOfDayFormat = {
  pattern: "^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$",
  description: 'A time of day in the market, HH:MM, such as "08:00".',
  examples: ["08:00"],
} as const satisfies TextFormat;

/** The lifetime of a session. */
export const sessionLifetimeRange = { minimumSeconds: 60, maximumSeconds: 2_592_000 } as const;
