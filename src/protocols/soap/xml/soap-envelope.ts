/** SOAP envelopes: reads those of callers and of merchants' servers, and writes those of the platform. SOAP 1.1. */
import { readXml, type XmlElement } from "./read-xml.ts";
import { xmlElement, type XmlMarkup } from "./write-xml.ts";

export const envelopeNamespace = "http://schemas.xmlsoap.org/soap/envelope/";

/** SOAP 1.2 is read too: some libraries send it unless they are configured. */
const envelopeNamespaces: ReadonlySet<string> = new Set([
  envelopeNamespace,
  "http://www.w3.org/2003/05/soap-envelope",
]);

export interface SoapEnvelope {
  /** Undefined without one. */
  readonly header: XmlElement | undefined;
  /** The first element of the body. */
  readonly message: XmlElement;
}

export type ReadEnvelope = SoapEnvelope | { readonly problem: string };

/** Reads the text of a body. Never throws. */
export function readEnvelope(text: string): ReadEnvelope {
  const document = readXml(text);
  if ("problem" in document) return document;
  const { root } = document;
  if (root.name !== "Envelope" || !envelopeNamespaces.has(root.namespace))
    return { problem: "The document is no SOAP envelope." };
  const find = (name: string): XmlElement | undefined =>
    root.children.find((child) => child.name === name && child.namespace === root.namespace);
  const [message] = find("Body")?.children ?? [];
  if (message === undefined) return { problem: "The envelope has no body with a message." };
  return { header: find("Header"), message };
}

/** An envelope around a message. `namespaces` are declared on the envelope, by prefix. */
export const buildEnvelope = (
  prefix: string,
  namespaces: Readonly<Record<string, string>>,
  ...message: readonly XmlMarkup[]
): XmlMarkup =>
  xmlElement(
    `${prefix}:Envelope`,
    {
      [`xmlns:${prefix}`]: envelopeNamespace,
      ...Object.fromEntries(Object.entries(namespaces).map(([name, uri]) => [`xmlns:${name}`, uri])),
    },
    xmlElement(`${prefix}:Body`, {}, message),
  );
