/** Schemas of fields that several APIs and commands share. */
import { Type, type TString } from "typebox";
import { shortcodeFormat } from "./field-formats.ts";

/**
 * PostgreSQL cannot store NUL, and names do not need the other control characters. Half a surrogate pair has no UTF-8;
 * the driver would store another character. (The pattern is compiled with the flag `u`, so whole pairs match.)
 */
const noControlCharacters = "^[^\\u0000-\\u001f\\u007f\\ud800-\\udfff]*$";

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
