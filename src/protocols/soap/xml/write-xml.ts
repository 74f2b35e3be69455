/** Writes XML. Every text is escaped, because only this file makes `XmlMarkup`. */

/** Text that is XML already. */
export class XmlMarkup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
}

export type XmlContent = XmlMarkup | string | null;

/** What XML cannot express. */
const unwritable = /(?![\t\n\r])\p{Cc}(?<![\u007f-\u009f])|[\ufffe\uffff]/gu;

const clean = (text: string): string => text.toWellFormed().replaceAll(unwritable, "\ufffd");

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};

const escapeText = (text: string): string =>
  clean(text).replaceAll(/[&<>\r]/g, (character) => escapes[character] ?? character);

const escapeAttribute = (text: string): string =>
  clean(text).replaceAll(/[&<>"\t\n\r]/g, (character) => escapes[character] ?? character);

/** An element. Attributes without a value are left out, and so is content that is null. */
export function xmlElement(
  name: string,
  attributes: Readonly<Record<string, string | undefined>>,
  ...content: readonly (XmlContent | readonly XmlContent[])[]
): XmlMarkup {
  const written = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${escapeAttribute(value)}"`],
  );
  const inner = content.flat().map((each) => {
    if (each === null) return "";
    return each instanceof XmlMarkup ? each.text : escapeText(each);
  });
  const text = inner.join("");
  const tag = `${name}${written.join("")}`;
  return new XmlMarkup(text === "" ? `<${tag}/>` : `<${tag}>${text}</${name}>`);
}

/** A text as a CDATA section, or as several if it has the end of one. */
export const xmlCdata = (text: string): XmlMarkup =>
  new XmlMarkup(`<![CDATA[${clean(text).replaceAll("]]>", "]]]]><![CDATA[>")}]]>`);

export const xmlProlog = '<?xml version="1.0" encoding="UTF-8"?>';

/** A document with its prolog. */
export const xmlDocument = (root: XmlMarkup): string => xmlProlog + root.text;
