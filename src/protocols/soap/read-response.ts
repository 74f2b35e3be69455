/** Reads the Broker's own messages as a client's program does, for the tools and the tests. */
import type { SoapEntries } from "./messages.ts";
import { findChild, getChildText, listChildren, readXml, type XmlElement } from "./xml/read-xml.ts";
import { readEnvelope } from "./xml/soap-envelope.ts";

/** The document in the message of an envelope. Throws for anything else. */
export function readMessageDocument(body: string): XmlElement {
  const envelope = readEnvelope(body);
  if ("problem" in envelope) throw new Error(envelope.problem);
  const document = readXml(envelope.message.text);
  if ("problem" in document) throw new Error(document.problem);
  return document.root;
}

export interface BrokerResponse {
  readonly code: string;
  readonly description: string;
  readonly conversationId: string | null;
  readonly originatorConversationId: string | null;
}

export function readBrokerResponse(body: string): BrokerResponse {
  const document = readMessageDocument(body);
  return {
    code: getChildText(document, "ResponseCode") ?? "",
    description: getChildText(document, "ResponseDesc") ?? "",
    conversationId: getChildText(document, "ConversationID"),
    originatorConversationId: getChildText(document, "OriginatorConversationID"),
  };
}

/** Keys and values of a list of entries. A value is null if it is blank. */
export const readEntryList = (document: XmlElement, list: string, item: string): SoapEntries =>
  listChildren(findChild(document, list), item).map((entry) => [
    getChildText(entry, "Key") ?? "",
    getChildText(entry, "Value"),
  ]);
