/** The documents that the Broker writes: responses, and results in both dialects of the core. Pure. */
import { namespaces } from "./names.ts";
import { buildEnvelope } from "./xml/soap-envelope.ts";
import { xmlCdata, xmlDocument, xmlElement, type XmlMarkup } from "./xml/write-xml.ts";

export interface ResponseFacts {
  readonly code: string;
  readonly description: string;
  /** Absent in a rejection that comes before the request has ids. Empty ones are written as empty elements. */
  readonly ids?: { readonly conversationId: string; readonly originatorConversationId: string };
}

const element = (name: string, text: string): XmlMarkup => xmlElement(name, {}, text);

/** An envelope with a document in a CDATA section. */
const wrapDocument = (prefix: string, namespace: string, name: string, root: XmlMarkup): string =>
  xmlDocument(
    buildEnvelope(
      "soapenv",
      { [prefix]: namespace },
      xmlElement(`${prefix}:${name}`, {}, xmlCdata(xmlDocument(root))),
    ),
  );

/** The document of a response. */
export const buildResponse = ({ code, description, ids }: ResponseFacts): XmlMarkup =>
  xmlElement(
    "response",
    { xmlns: namespaces.response },
    element("ResponseCode", code),
    ids === undefined ? null : element("ConversationID", ids.conversationId),
    element("ResponseDesc", description),
    ids === undefined ? null : element("OriginatorConversationID", ids.originatorConversationId),
    element("ServiceStatus", "0"),
  );

/** The body of a response. */
export const renderResponse = (facts: ResponseFacts): string =>
  wrapDocument("req", namespaces.request, "ResponseMsg", buildResponse(facts));

/** Names and values in order. A value that is null is blank. */
export type SoapEntries = readonly (readonly [key: string, value: string | null])[];

export interface SoapResult {
  readonly code: string;
  readonly description: string;
  readonly originatorConversationId: string;
  readonly conversationId: string;
  /** Absent for a command that is no payment. */
  readonly transactionId: string | null;
  readonly parameters: SoapEntries;
  readonly references: SoapEntries;
}

/** The generations of the core, whose results differ in form. */
export type ResultDialect = "g1" | "g2";

/** The body of a result. */
export const renderResult = (result: SoapResult, dialect: ResultDialect): string =>
  wrapDocument("res", namespaces.result, "ResultMsg", buildResult(result, dialect));

function buildResult(result: SoapResult, dialect: ResultDialect): XmlMarkup {
  const isG1 = dialect === "g1";
  const { parameters, references, transactionId } = result;
  return xmlElement(
    "Result",
    { xmlns: namespaces.result },
    element("ResultType", isG1 ? "Completed" : "0"),
    element("ResultCode", result.code),
    element("ResultDesc", result.description),
    element("OriginatorConversationID", result.originatorConversationId),
    element("ConversationID", result.conversationId),
    transactionId === null ? null : element("TransactionID", transactionId),
    buildEntries("ResultParameters", isG1 ? "Parameter" : "ResultParameter", parameters, dialect),
    buildEntries("ReferenceData", "ReferenceItem", references, dialect),
  );
}

const xsi = "http://www.w3.org/2001/XMLSchema-instance";

function buildEntries(
  list: string,
  item: string,
  entries: SoapEntries,
  dialect: ResultDialect,
): XmlMarkup | null {
  if (entries.length === 0) return null;
  // The first generation writes keys and values in the namespace of requests.
  const entryNamespace = dialect === "g1" ? { xmlns: namespaces.request } : {};
  const blank = dialect === "g1" ? { ...entryNamespace, "xmlns:i": xsi, "i:nil": "true" } : entryNamespace;
  return xmlElement(
    list,
    {},
    entries.map(([key, value]) =>
      xmlElement(
        item,
        {},
        xmlElement("Key", entryNamespace, key),
        value === null ? xmlElement("Value", blank) : xmlElement("Value", entryNamespace, value),
      ),
    ),
  );
}

/** The notice that a command was not executed in time. `originRequest`: the request without its header. */
export const renderTimeoutNotice = (originatorConversationId: string, originRequest: string): string =>
  xmlDocument(
    buildEnvelope(
      "soapenv",
      { loc: namespaces.timeoutNotification },
      xmlElement(
        "loc:notifyQueueTimeout",
        {},
        element("loc:originatorConversationID", originatorConversationId),
        element("loc:originRequest", Buffer.from(originRequest).toString("base64")),
      ),
    ),
  );
