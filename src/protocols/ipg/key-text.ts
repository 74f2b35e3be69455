/** Finds what a client encrypted together with its key, by mistake. */

export type KeyMistakeName =
  | "key_with_line_end"
  | "key_with_spaces"
  | "key_with_quotes"
  | "key_with_bom"
  | "key_with_nul"
  | "key_as_utf16";

/** A mistake, with the key as it was meant. */
export interface KeyMistake {
  readonly name: KeyMistakeName;
  readonly key: string;
}

/**
 * The likely mistake in a decrypted text (latin1), or null if there is none to remove. Keys are letters and digits. Of
 * several mistakes, the first has its name.
 */
export function findKeyMistake(text: string): KeyMistake | null {
  const utf16 = /^(?:\u00ff\u00fe)?(?:[^\0]\0)+$|^(?:\u00fe\u00ff)?(?:\0[^\0])+$/.test(text);
  const key = removeSurroundings(utf16 ? text.replaceAll("\0", "") : text);
  if (key === text || key === "") return null;
  return { name: nameMistake(text, utf16), key };
}

function nameMistake(text: string, utf16: boolean): KeyMistakeName {
  if (utf16) return "key_as_utf16";
  // The three bytes of a UTF-8 byte-order mark.
  if (text.startsWith("\u00ef\u00bb\u00bf")) return "key_with_bom";
  if (text.includes("\0")) return "key_with_nul";
  // A non-breaking space is two bytes in UTF-8.
  if (!/^[0-9A-Za-z\s\u00c2]*$/.test(text)) return "key_with_quotes";
  return /[\r\n]/.test(text) ? "key_with_line_end" : "key_with_spaces";
}

const removeSurroundings = (text: string): string => text.replaceAll(/^[^0-9A-Za-z]+|[^0-9A-Za-z]+$/g, "");
