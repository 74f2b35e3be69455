/** Entities of texts and attributes: the five of XML and numbers. Documents cannot declare others. */

const named: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

const reference = /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([A-Za-z][\w.-]{0,40}));/gi;

/** The text that entities stand for. Null if one is unknown, or stands for no character. A bare `&` stays as it is. */
export function decodeEntities(raw: string): string | null {
  if (!raw.includes("&")) return raw;
  let isValid = true;
  const text = raw.replaceAll(
    reference,
    (match, decimal: string | undefined, hexadecimal: string | undefined, name: string | undefined) => {
      const decoded =
        name === undefined
          ? toCharacter(decimal === undefined ? parseInt(hexadecimal ?? "", 16) : Number(decimal))
          : Object.hasOwn(named, name)
            ? named[name]
            : undefined;
      if (decoded === undefined) isValid = false;
      return decoded ?? match;
    },
  );
  return isValid ? text : null;
}

/** Undefined for what is no character of XML. */
function toCharacter(code: number): string | undefined {
  const isCharacter =
    code === 0x9 ||
    code === 0xa ||
    code === 0xd ||
    (code >= 0x20 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) ||
    (code >= 0x10000 && code <= 0x10ffff);
  return isCharacter ? String.fromCodePoint(code) : undefined;
}
