/** Schemas of fields that several APIs and commands share. */
import { Type, type TString } from "typebox";
import { shortcodeFormat } from "./field-formats.ts";

/** PostgreSQL cannot store NUL, and names do not need the other control characters. */
const noControlCharacters = "^[^\\u0000-\\u001f\\u007f]*$";

export const plainText = (description: string, maxLength: number, examples?: readonly string[]): TString =>
  Type.String({
    pattern: noControlCharacters,
    minLength: 1,
    maxLength,
    description: `${description} No control characters.`,
    ...(examples === undefined ? {} : { examples }),
  });

export const shortcode: TString = Type.String({
  ...shortcodeFormat,
  examples: [...shortcodeFormat.examples],
});
