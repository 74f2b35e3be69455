/**
 * What is refused of a document before it is parsed: everything that could cost time or memory, every declaration, and every
 * processing instruction but one XML declaration at the start. Where an instruction ends is read differently by the parser.
 *
 * One pass over the text, without recursion. Messages of the Broker have some fifty elements and no attributes but
 * namespaces, so the bounds are far above them.
 */

export const xmlBounds = {
  /** Of a document, in characters. */
  length: 64 * 1024,
  /** Also comments and CDATA sections. */
  nodes: 500,
  depth: 32,
  attributes: 400,
  attributesOfElement: 32,
  /** Of namespaces; each is known to all elements within. */
  namespaces: 100,
} as const;

export const boundsProblems = {
  nodes: `The document has more than ${xmlBounds.nodes} elements.`,
  depth: `Elements are nested deeper than ${xmlBounds.depth} levels.`,
  attributes: `The document has too many attributes: at most ${xmlBounds.attributesOfElement} in an element, and ${xmlBounds.attributes} in all.`,
  namespaces: `The document declares more than ${xmlBounds.namespaces} namespaces.`,
} as const;

/** The XML declaration, after blanks. Its values have nothing that could end it elsewhere. */
const xmlDeclaration = /^\s*<\?xml(?:\s+[A-Za-z]+\s*=\s*(?:"[^"<>?]*"|'[^'<>?]*'))*\s*\?>/;

/** XML has no such characters, and PostgreSQL has no NUL. */
const forbiddenCharacters = /(?![\t\n\r])\p{Cc}(?<![\u007f-\u009f])|[\ufffe\uffff]/u;

/** Why the text is refused, as a sentence, or null. What it accepts may still not be well-formed. */
export function findBoundsProblem(text: string): string | null {
  if (text.length > xmlBounds.length) return `The document is longer than ${xmlBounds.length} characters.`;
  if (forbiddenCharacters.test(text)) return "The document has a character that XML does not have.";
  let depth = 0;
  let nodes = 0;
  let attributes = 0;
  let at = text.indexOf("<", xmlDeclaration.exec(text)?.[0].length ?? 0);
  while (at >= 0) {
    const isEnd = text[at + 1] === "/";
    if (!isEnd) nodes += 1;
    if (nodes > xmlBounds.nodes) return boundsProblems.nodes;
    const skipped = skipNonElement(text, at);
    if (typeof skipped === "string") return skipped;
    if (skipped !== null) {
      at = text.indexOf("<", skipped);
      continue;
    }
    const tag = isEnd ? scanEndTag(text, at + 2) : scanTag(text, at + 1);
    if (tag === null) return "A tag does not end.";
    attributes += tag.attributes;
    if (isEnd) depth -= 1;
    else if (text[tag.end - 1] !== "/") depth += 1;
    if (depth > xmlBounds.depth) return boundsProblems.depth;
    if (tag.attributes > xmlBounds.attributesOfElement || attributes > xmlBounds.attributes)
      return boundsProblems.attributes;
    at = text.indexOf("<", tag.end);
  }
  return null;
}

/** Where a comment or a CDATA section ends; null for an element, and a sentence for what is refused. */
function skipNonElement(text: string, at: number): number | string | null {
  const find = (end: string, from: number): number | string => {
    const index = text.indexOf(end, from);
    return index < 0 ? "A comment or a CDATA section does not end." : index + end.length;
  };
  if (text.startsWith("<!--", at)) return find("-->", at + 4);
  if (text.startsWith("<![CDATA[", at)) return find("]]>", at + 9);
  if (text.startsWith("<?", at))
    return "A processing instruction is not accepted, but an XML declaration at the start.";
  if (text.startsWith("<!", at)) return "A document type or another declaration is not accepted.";
  return null;
}

/** The position of an end tag's `>`. It has no attributes, so it has no quotes that could hide one. */
function scanEndTag(text: string, from: number): { readonly end: number; readonly attributes: 0 } | null {
  const end = text.indexOf(">", from);
  return end < 0 || /[<"']/.test(text.slice(from, end)) ? null : { end, attributes: 0 };
}

/** The position of a tag's `>`, and how many attributes it has. Null if it does not end. */
function scanTag(text: string, from: number): { readonly end: number; readonly attributes: number } | null {
  let attributes = 0;
  for (let at = from; at < text.length; at += 1) {
    const character = text[at];
    if (character === ">") return { end: at, attributes };
    if (character === "<") return null;
    if (character === '"' || character === "'") {
      attributes += 1;
      const close = text.indexOf(character, at + 1);
      if (close < 0) return null;
      at = close;
    }
  }
  return null;
}
