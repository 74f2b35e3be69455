/** Reads the ciphertext of an Authorization header, and says what is wrong with one that has none. */
import { bearerBytes } from "./bearer-decryption.ts";

/**
 * Why a bearer is not accepted, whatever key is in it. The texts are on the wire (`output_error`): do not change them. Bad
 * padding and an unknown key share one text and one code path, so that an attacker cannot distinguish them.
 */
export const bearerFailures = {
  header_missing: "The Authorization header must be: Bearer, a space, and the encrypted key in base64.",
  not_base64: "The bearer is not valid base64.",
  wrong_length:
    "The bearer must decode to 512 bytes: a key encrypted with this environment's 4096-bit public key.",
  key_unknown:
    "The bearer was not made from a key that is valid here, or not with this environment's public key.",
  key_with_line_end:
    "The key was encrypted with a line end: remove the line end of its file or of echo, and encrypt only the key.",
  key_with_spaces:
    "The key was encrypted with spaces around it: remove the white space, and encrypt only the key.",
  key_with_quotes:
    "The key was encrypted with other characters around it, such as quotation marks: encrypt only the key.",
  key_with_bom:
    "The key was encrypted with a byte-order mark: save its file without one, and encrypt only the key.",
  key_with_nul:
    "The key was encrypted with a NUL byte: leave out the end of the string, and encrypt only the key.",
  key_as_utf16: "The key was encrypted as UTF-16: convert it to UTF-8 without a byte-order mark first.",
} as const;

export type BearerFailure = keyof typeof bearerFailures;

/** The ciphertext in an Authorization header, or the reason why there is none. */
export function parseBearer(authorization: string | undefined): Buffer | BearerFailure {
  const match = /^Bearer +(\S.*)$/i.exec(authorization?.trim() ?? "");
  if (match?.[1] === undefined) return "header_missing";
  // Some clients break base64 into lines, and header folding turns these into spaces.
  const text = match[1].replace(/\s+/g, "");
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text) || text.replace(/=+$/, "").length % 4 === 1) return "not_base64";
  const bearer = Buffer.from(text, "base64");
  return bearer.length === bearerBytes ? bearer : "wrong_length";
}
