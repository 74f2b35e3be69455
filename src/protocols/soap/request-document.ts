/**
 * The document in a `RequestMsg`: the command with its parameters, and who is to do it.
 *
 * Only what no program gets wrong is required here. Namespaces of the document, the order of its children, the case of names
 * and unknown elements mean nothing, because programs differ in all of them.
 */
import { findChild, getChildText, isNamed, listChildren, readXml, type XmlElement } from "./xml/read-xml.ts";

/** The bounds of the core's schema. Longer texts are schema errors. */
const maxLengths = {
  CommandID: 64,
  LanguageCode: 10,
  OriginatorConversationID: 128,
  ConversationID: 36,
  Remark: 255,
  ThirdPartyID: 20,
  ResultURL: 1024,
  CheckSum: 1024,
  Identifier: 64,
  ShortCode: 20,
  SecurityCredential: 2048,
  Key: 128,
  Value: 2048,
} as const;

/** So that no request names more than any command has. */
const maxEntries = 50;

export interface PartyClaim {
  readonly identifierType: string | null;
  readonly identifier: string | null;
  readonly shortCode: string | null;
}

export interface RequestDocument {
  readonly commandId: string | null;
  readonly originatorConversationId: string | null;
  readonly remark: string | null;
  /** By key, without blanks around it. The first of several counts. */
  readonly parameters: ReadonlyMap<string, string>;
  readonly references: ReadonlyMap<string, string>;
  readonly resultUrl: string | null;
  readonly initiator: (PartyClaim & { readonly securityCredential: string | null }) | null;
  readonly primaryParty: PartyClaim | null;
  readonly receiverParty: PartyClaim | null;
  /** `1`: the credential is encrypted with the caller's key, `2`: with the initiator's. Both have the same certificate here. */
  readonly keyOwner: string | null;
}

/** The document, or what is wrong with it, as a sentence. */
export type ReadDocument = { readonly document: RequestDocument } | { readonly problem: string };

class SchemaProblem extends Error {}

/** Reads the text of a `RequestMsg`. Never throws. */
export function readRequestDocument(text: string): ReadDocument {
  const parsed = readXml(text);
  if ("problem" in parsed) return parsed;
  const { root } = parsed;
  if (!isNamed(root, "request"))
    return { problem: "The root of the document in RequestMsg must be request." };
  const transaction = findChild(root, "Transaction");
  if (transaction === undefined) return { problem: "The document has no Transaction." };
  try {
    return { document: toDocument(root, transaction, findChild(root, "Identity")) };
  } catch (error) {
    if (error instanceof SchemaProblem) return { problem: error.message };
    throw error;
  }
}

function toDocument(
  root: XmlElement,
  transaction: XmlElement,
  identity: XmlElement | undefined,
): RequestDocument {
  const initiator = findChild(identity, "Initiator");
  getText(transaction, "LanguageCode");
  getText(transaction, "ConversationID");
  const caller = findChild(identity, "Caller");
  getText(caller, "ThirdPartyID");
  getText(caller, "CheckSum");
  return {
    commandId: getText(transaction, "CommandID"),
    originatorConversationId: getText(transaction, "OriginatorConversationID"),
    remark: getText(transaction, "Remark"),
    parameters: readEntries(findChild(transaction, "Parameters"), "Parameter"),
    references: readEntries(findChild(transaction, "ReferenceData"), "ReferenceItem"),
    resultUrl: getText(caller, "ResultURL"),
    initiator:
      initiator === undefined
        ? null
        : { ...readParty(initiator), securityCredential: getText(initiator, "SecurityCredential") },
    primaryParty: readOptionalParty(
      findChild(identity, "PrimaryParty") ?? findChild(identity, "PrimartyParty"),
    ),
    receiverParty: readOptionalParty(findChild(identity, "ReceiverParty")),
    keyOwner: getChildText(root, "KeyOwner"),
  };
}

function getText(element: XmlElement | undefined, name: keyof typeof maxLengths): string | null {
  const text = getChildText(element, name);
  if (text !== null && text.length > maxLengths[name])
    throw new SchemaProblem(`${name} has more than ${maxLengths[name]} characters.`);
  return text;
}

const readParty = (party: XmlElement): PartyClaim => ({
  identifierType: getChildText(party, "IdentifierType"),
  identifier: getText(party, "Identifier"),
  shortCode: getText(party, "ShortCode"),
});

const readOptionalParty = (party: XmlElement | undefined): PartyClaim | null =>
  party === undefined ? null : readParty(party);

/** `Key` and `Value` of each entry. An entry without a key says nothing. */
function readEntries(list: XmlElement | undefined, name: string): ReadonlyMap<string, string> {
  const entries = listChildren(list, name);
  if (entries.length > maxEntries) throw new SchemaProblem(`There are more than ${maxEntries} of ${name}.`);
  const values = new Map<string, string>();
  for (const entry of entries) {
    const key = getText(entry, "Key");
    const value = getText(entry, "Value");
    if (key !== null && value !== null && !values.has(key)) values.set(key, value);
  }
  return values;
}
