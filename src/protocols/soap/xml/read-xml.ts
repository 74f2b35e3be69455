/**
 * Reads XML from callers, which may be hostile: bounded before it is parsed, without document types, and with the five
 * entities of XML. Names are compared by namespace and local name; prefixes mean nothing.
 */
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { boundsProblems, findBoundsProblem, xmlBounds } from "./xml-bounds.ts";
import { decodeEntities } from "./xml-entities.ts";

export interface XmlElement {
  /** Without its prefix. */
  readonly name: string;
  /** Trimmed; empty if the element has none, or its prefix is not declared. */
  readonly namespace: string;
  readonly children: readonly XmlElement[];
  /** Its texts and CDATA sections, one after another. */
  readonly text: string;
  /** Whether `xsi:nil` says that it has no value. */
  readonly isNil: boolean;
}

/** The root, or why there is none, as a sentence. */
export type XmlDocument = { readonly root: XmlElement } | { readonly problem: string };

/** No element has such a name. */
const cdataKey = "#cdata";

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  attributeNamePrefix: "",
  cdataPropName: cdataKey,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  processEntities: false,
  // The bounds are narrower.
  maxNestedTags: 1_000,
  // Names are compared, and never used as keys.
  strictReservedNames: false,
});

/** What the parser makes of a node: one key with the content, and `:@` with the attributes. */
type ParsedNode = Readonly<Record<string, unknown>>;

const xsiNamespace = "http://www.w3.org/2001/XMLSchema-instance";

/** Blanks before the document are accepted, as some programs send them. Never throws. */
export function readXml(source: string): XmlDocument {
  const bounds = findBoundsProblem(source);
  if (bounds !== null) return { problem: bounds };
  const text = escapeBareAmpersands(source.trim());
  if (text === "") return { problem: "The document is empty." };
  if (!text.startsWith("<") || !text.endsWith(">"))
    return { problem: "The document is not one XML element." };
  const validity = XMLValidator.validate(text);
  if (validity !== true) {
    const { line, col } = validity.err;
    return { problem: `The document is not well-formed XML: line ${line}, column ${col}.` };
  }
  try {
    const roots = (parser.parse(text) as readonly ParsedNode[]).filter((node) => !isBlank(node));
    const [root] = roots;
    if (root === undefined || isText(root) || roots.length > 1)
      return { problem: "The document does not have one root element." };
    return { root: toElement(root, noPrefixes, { nodes: 0, attributes: 0, namespaces: 0 }, 1) };
  } catch (error) {
    if (error instanceof XmlProblem) return { problem: error.message };
    return { problem: "The document is not well-formed XML." };
  }
}

/** What the parser accepts, and XML does not. */
class XmlProblem extends Error {}

type Prefixes = ReadonlyMap<string, string>;
const noPrefixes: Prefixes = new Map();

const isText = (node: ParsedNode): boolean => "#text" in node;

const isBlank = (node: ParsedNode): boolean => isText(node) && (node["#text"] as string).trim() === "";

/** Documents in documents are written with bare ampersands between accounts. In a CDATA section they are right. */
const escapeBareAmpersands = (text: string): string =>
  text.includes("<![CDATA[") ? text : text.replaceAll(/&(?!#?[A-Za-z0-9]{1,40};)/g, "&amp;");

/** What the parser found, so that a document which it reads otherwise than `xml-bounds.ts` does has the same bounds. */
interface NodeCounts {
  nodes: number;
  attributes: number;
  namespaces: number;
}

function countElement(
  attributes: readonly (readonly [string, string])[],
  counts: NodeCounts,
  depth: number,
): void {
  counts.nodes += 1;
  counts.attributes += attributes.length;
  counts.namespaces += attributes.filter(([key]) => /^xmlns(?::|$)/.test(key)).length;
  const tooMany =
    attributes.length > xmlBounds.attributesOfElement || counts.attributes > xmlBounds.attributes;
  if (depth > xmlBounds.depth) throw new XmlProblem(boundsProblems.depth);
  if (counts.nodes > xmlBounds.nodes) throw new XmlProblem(boundsProblems.nodes);
  if (tooMany) throw new XmlProblem(boundsProblems.attributes);
  if (counts.namespaces > xmlBounds.namespaces) throw new XmlProblem(boundsProblems.namespaces);
}

function toElement(node: ParsedNode, inherited: Prefixes, counts: NodeCounts, depth: number): XmlElement {
  const [qualifiedName = ""] = Object.keys(node).filter((key) => key !== ":@");
  const attributes = Object.entries((node[":@"] ?? {}) as Readonly<Record<string, string>>);
  countElement(attributes, counts, depth);
  const prefixes = declarePrefixes(attributes, inherited);
  const [prefix, name] = splitName(qualifiedName);
  const content = node[qualifiedName] as readonly ParsedNode[];
  const children: XmlElement[] = [];
  let text = "";
  for (const child of content) {
    if (isText(child)) text += decode(child["#text"] as string);
    else if (cdataKey in child) text += readCdata(child);
    else children.push(toElement(child, prefixes, counts, depth + 1));
  }
  return { name, namespace: prefixes.get(prefix) ?? "", children, text, isNil: isNil(attributes, prefixes) };
}

const readCdata = (node: ParsedNode): string =>
  (node[cdataKey] as readonly { readonly "#text": string }[]).map((part) => part["#text"]).join("");

function splitName(qualified: string): readonly [prefix: string, name: string] {
  const colon = qualified.indexOf(":");
  return colon < 0 ? ["", qualified] : [qualified.slice(0, colon), qualified.slice(colon + 1)];
}

function declarePrefixes(attributes: readonly (readonly [string, string])[], inherited: Prefixes): Prefixes {
  const declared = attributes.flatMap(([key, value]): [string, string][] => {
    const [prefix, name] = splitName(key);
    if (prefix === "xmlns") return [[name, decode(value).trim()]];
    return key === "xmlns" ? [["", decode(value).trim()]] : [];
  });
  return declared.length === 0 ? inherited : new Map([...inherited, ...declared]);
}

const isNil = (attributes: readonly (readonly [string, string])[], prefixes: Prefixes): boolean =>
  attributes.some(([key, value]) => {
    const [prefix, name] = splitName(key);
    return name === "nil" && prefixes.get(prefix) === xsiNamespace && ["true", "1"].includes(value.trim());
  });

function decode(raw: string): string {
  const text = decodeEntities(raw);
  if (text === null) throw new XmlProblem("The document has an entity that XML does not define.");
  return text;
}

/** The first child with this name, in any namespace. Names are compared without case, as programs spell them. */
export const findChild = (element: XmlElement | undefined, name: string): XmlElement | undefined =>
  element?.children.find((child) => isNamed(child, name));

export const listChildren = (element: XmlElement | undefined, name: string): readonly XmlElement[] =>
  element?.children.filter((child) => isNamed(child, name)) ?? [];

/** The trimmed text of the first child with this name; null if there is none, or it says nothing. */
export function getChildText(element: XmlElement | undefined, name: string): string | null {
  const child = findChild(element, name);
  const text = child === undefined || child.isNil ? "" : child.text.trim();
  return text === "" ? null : text;
}

export const isNamed = (element: XmlElement, name: string): boolean =>
  element.name.toLowerCase() === name.toLowerCase();
