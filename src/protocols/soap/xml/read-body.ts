/** The text of a body: bytes in the encoding that the Content-Type or the document declares. */

/** The text, or why there is none, as a sentence. */
export type BodyText = { readonly text: string } | { readonly problem: string };

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The encodings that are read, and the decoder of each. Their names are compared without case, hyphens and underscores. */
const decoders: Readonly<Record<string, "utf-8" | "latin1">> = {
  utf8: "utf-8",
  usascii: "utf-8",
  ascii: "utf-8",
  iso88591: "latin1",
  latin1: "latin1",
  windows1252: "latin1",
};

const mark = "\ufeff";

/** Bytes that are UTF-8 are read as UTF-8, if the declaration does not contradict that. */
export function readBodyText(bytes: Buffer | undefined, contentType: string | undefined): BodyText {
  if (bytes === undefined || bytes.length === 0) return { problem: "The request has no body." };
  const wide = findWideEncoding(bytes);
  if (wide !== null) return decodeWide(bytes, wide);
  const beginning = bytes.subarray(0, 200).toString("latin1");
  const inDocument = /^[^<]*<\?xml\b[^>]*?\bencoding\s*=\s*["']([^"']{1,40})["']/.exec(beginning)?.[1];
  const inHeader = /charset\s*=\s*"?([^";\s]{1,40})/i.exec(contentType ?? "")?.[1];
  const declared = inDocument ?? inHeader;
  const decoder = declared === undefined ? "utf-8" : decoders[declared.toLowerCase().replaceAll(/[-_]/g, "")];
  if (decoder === undefined)
    return {
      problem: "The body declares an encoding that it does not have, or that is not read. Send UTF-8.",
    };
  try {
    const text = utf8.decode(bytes);
    return { text: text.startsWith(mark) ? text.slice(1) : text };
  } catch {
    return decoder === "latin1"
      ? { text: bytes.toString("latin1") }
      : { problem: "The bytes of the body are not UTF-8, which it declares." };
  }
}

type WideEncoding = "utf-16le" | "utf-16be";

const findWideEncoding = (bytes: Buffer): WideEncoding | null => {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  return bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : null;
};

function decodeWide(bytes: Buffer, encoding: WideEncoding): BodyText {
  try {
    return { text: new TextDecoder(encoding, { fatal: true }).decode(bytes) };
  } catch {
    return { problem: "The bytes of the body are not UTF-16, as their beginning says." };
  }
}
