/** Builds requests as a client's program does, for the tools, the samples' documentation and the tests. */
import type { SoapEntries } from "./messages.ts";
import { namespaces } from "./names.ts";
import { createDigest, type DigestForm } from "./sp-digest.ts";
import { envelopeNamespace } from "./xml/soap-envelope.ts";
import { xmlCdata, xmlDocument, xmlElement, type XmlContent, type XmlMarkup } from "./xml/write-xml.ts";

/** What a client has of its service provider and its initiator. */
export interface SoapClientKeys {
  readonly spId: string;
  readonly spPassword: string;
  readonly serviceId: string;
  readonly initiatorName: string;
  readonly securityCredential: string;
}

export interface PartyDetails {
  readonly identifierType: string;
  readonly identifier: string;
  readonly shortCode?: string;
}

export interface CommandDetails {
  readonly command: string;
  readonly originatorConversationId: string;
  readonly parameters: SoapEntries;
  readonly references?: SoapEntries;
  readonly remark?: string;
  readonly resultUrl?: string;
  /** The shortcode of the initiator's organisation; absent for a command without an initiator. */
  readonly initiatorShortCode?: string;
  readonly primaryParty?: PartyDetails;
  readonly receiverParty?: PartyDetails;
}

const element = (name: string, text: string): XmlMarkup => xmlElement(name, {}, text);

const optional = (name: string, text: string | undefined): XmlMarkup | null =>
  text === undefined ? null : element(name, text);

/** The header with a digest of this time. */
export function buildSpHeader(
  { spId, spPassword, serviceId }: SoapClientKeys,
  timeStamp: string,
  form: DigestForm = "lowerHex",
): XmlMarkup {
  return xmlElement(
    "tns:RequestSOAPHeader",
    { "xmlns:tns": namespaces.osgHeader },
    element("tns:spId", spId),
    element("tns:spPassword", createDigest({ spId, password: spPassword, timeStamp }, form)),
    element("tns:timeStamp", timeStamp),
    element("tns:serviceId", serviceId),
  );
}

/** `yyyyMMddHHmmss` in UTC. */
export const formatTimeStamp = (at: Date): string => at.toISOString().replaceAll(/\D/g, "").slice(0, 14);

const buildEntries = (list: string, item: string, entries: SoapEntries): XmlMarkup | null =>
  entries.length === 0
    ? null
    : xmlElement(
        list,
        {},
        entries.map(([key, value]) =>
          xmlElement(item, {}, element("Key", key), element("Value", value ?? "")),
        ),
      );

const buildParty = (name: string, party: PartyDetails | undefined): XmlMarkup | null =>
  party === undefined
    ? null
    : xmlElement(
        name,
        {},
        element("IdentifierType", party.identifierType),
        element("Identifier", party.identifier),
        optional("ShortCode", party.shortCode),
      );

/** The document of a command. */
export function buildRequestDocument(keys: SoapClientKeys, details: CommandDetails, at: Date): string {
  const { initiatorShortCode, resultUrl } = details;
  return xmlDocument(
    xmlElement(
      "request",
      { xmlns: namespaces.request },
      xmlElement(
        "Transaction",
        {},
        element("CommandID", details.command),
        element("LanguageCode", "0"),
        element("OriginatorConversationID", details.originatorConversationId),
        optional("Remark", details.remark),
        buildEntries("Parameters", "Parameter", details.parameters),
        buildEntries("ReferenceData", "ReferenceItem", details.references ?? []),
        element("Timestamp", at.toISOString()),
      ),
      xmlElement(
        "Identity",
        {},
        xmlElement("Caller", {}, element("CallerType", "2"), optional("ResultURL", resultUrl)),
        initiatorShortCode === undefined
          ? null
          : xmlElement(
              "Initiator",
              {},
              element("IdentifierType", "11"),
              element("Identifier", keys.initiatorName),
              element("SecurityCredential", keys.securityCredential),
              element("ShortCode", initiatorShortCode),
            ),
        buildParty("PrimaryParty", details.primaryParty),
        buildParty("ReceiverParty", details.receiverParty),
      ),
      element("KeyOwner", "1"),
    ),
  );
}

/** An envelope as most programs write it. */
export const buildRequestEnvelope = (header: XmlMarkup, ...body: readonly XmlContent[]): string =>
  xmlDocument(
    xmlElement(
      "soapenv:Envelope",
      { "xmlns:soapenv": envelopeNamespace, "xmlns:req": namespaces.request },
      xmlElement("soapenv:Header", {}, header),
      xmlElement("soapenv:Body", {}, body),
    ),
  );

/** The body of a request. */
export function buildCommandRequest(keys: SoapClientKeys, details: CommandDetails, at = new Date()): string {
  const document = buildRequestDocument(keys, details, at);
  return buildRequestEnvelope(
    buildSpHeader(keys, formatTimeStamp(at)),
    xmlElement("req:RequestMsg", {}, xmlCdata(document)),
  );
}
