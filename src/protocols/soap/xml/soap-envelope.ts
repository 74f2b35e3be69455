/**
 * SOAP envelopes: reads those of callers and of merchants' servers, and writes those of the platform. They are of SOAP 1.1,
 * but the response to a request of SOAP 1.2 is of its version.
 */
import { readXml, type XmlElement } from "./read-xml.ts";
import { xmlElement, type XmlMarkup } from "./write-xml.ts";

export const envelopeNamespace = "http://schemas.xmlsoap.org/soap/envelope/";

/** Some libraries send it unless they are configured. */
const soap12Namespace = "http://www.w3.org/2003/05/soap-envelope";

const envelopeNamespaces: ReadonlySet<string> = new Set([envelopeNamespace, soap12Namespace]);

export interface SoapEnvelope {
  /** Of its version of SOAP. */
  readonly namespace: string;
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
  return { namespace: root.namespace, header: find("Header"), message };
}

/** A response of `buildEnvelope` with its media type, in the version of SOAP that the request has. */
export function toRequestVersion(
  request: ReadEnvelope,
  response: string,
): { readonly text: string; readonly contentType: string } {
  const isSoap12 = "namespace" in request && request.namespace === soap12Namespace;
  return isSoap12
    ? {
        text: response.replace(`"${envelopeNamespace}"`, `"${soap12Namespace}"`),
        contentType: "application/soap+xml;charset=UTF-8",
      }
    : { text: response, contentType: "text/xml;charset=UTF-8" };
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
