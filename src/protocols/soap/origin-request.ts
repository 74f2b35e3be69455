/**
 * The request as the notice of a timeout repeats it: made from what was read, in an envelope without a header. So it
 * has neither the digest of the provider nor a password, however the program spelled them.
 */
import { listKnownEntries, type KnownEntries } from "./known-entries.ts";
import { namespaces } from "./names.ts";
import type { PartyClaim, RequestDocument } from "./request-document.ts";
import { buildEnvelope } from "./xml/soap-envelope.ts";
import { xmlCdata, xmlDocument, xmlElement, type XmlMarkup } from "./xml/write-xml.ts";

export function renderOriginRequest(document: RequestDocument): string {
  const { initiator, primaryParty, receiverParty, resultUrl } = document;
  const { parameters, references } = listKnownEntries(document);
  const root = xmlElement(
    "request",
    { xmlns: namespaces.request },
    xmlElement(
      "Transaction",
      {},
      optional("CommandID", document.commandId),
      optional("OriginatorConversationID", document.originatorConversationId),
      optional("Remark", document.remark),
      buildEntries("Parameters", "Parameter", parameters),
      buildEntries("ReferenceData", "ReferenceItem", references),
    ),
    xmlElement(
      "Identity",
      {},
      xmlElement("Caller", {}, optional("ResultURL", resultUrl)),
      buildParty("Initiator", initiator),
      buildParty("PrimaryParty", primaryParty),
      buildParty("ReceiverParty", receiverParty),
    ),
    optional("KeyOwner", document.keyOwner),
  );
  return xmlDocument(
    buildEnvelope(
      "soapenv",
      { req: namespaces.request },
      xmlElement("req:RequestMsg", {}, xmlCdata(xmlDocument(root))),
    ),
  );
}

const optional = (name: string, text: string | null): XmlMarkup | null =>
  text === null ? null : xmlElement(name, {}, text);

const buildParty = (name: string, party: PartyClaim | null): XmlMarkup | null =>
  party === null
    ? null
    : xmlElement(
        name,
        {},
        optional("IdentifierType", party.identifierType),
        optional("Identifier", party.identifier),
        optional("ShortCode", party.shortCode),
      );

const buildEntries = (list: string, item: string, entries: KnownEntries): XmlMarkup | null =>
  entries.length === 0
    ? null
    : xmlElement(
        list,
        {},
        entries.map(([key, value]) =>
          xmlElement(item, {}, xmlElement("Key", {}, key), xmlElement("Value", {}, value)),
        ),
      );
