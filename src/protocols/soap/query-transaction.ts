/**
 * `queryTransaction`: what the Broker sent about a request, by the caller's id: its response and its result or the notice of
 * a timeout, each as base64 of an HTTP message. The request itself is not kept, because it has the initiator's credential.
 */
import { railFor } from "../../core/rails.ts";
import { protocolScope } from "../../payments/idempotency-keys.ts";
import { findReferencedId } from "../../payments/queries.ts";
import { authenticateSp, readSpHeader } from "./authentication.ts";
import { acceptedText } from "./broker-reply.ts";
import type { SoapRequest } from "./handle-request.ts";
import { renderResponse } from "./messages.ts";
import { namespaces, protocolName, soapMarket } from "./names.ts";
import { brokerError } from "./response-codes.ts";
import type { ServedSoapCall, ServiceTrace } from "./served-call.ts";
import type { SoapDeps } from "./soap-deps.ts";
import { getChildText } from "./xml/read-xml.ts";
import { buildEnvelope } from "./xml/soap-envelope.ts";
import { xmlDocument, xmlElement, type XmlMarkup } from "./xml/write-xml.ts";

export const queryTransactionName = "queryTransaction";

interface KeptMessages {
  readonly responses: readonly string[];
  readonly results: readonly string[];
  readonly timeouts: readonly string[];
}

const none: KeptMessages = { responses: [], results: [], timeouts: [] };

interface QueryReply {
  readonly code: string;
  readonly description: string;
  readonly reason: string;
  readonly kept: KeptMessages;
}

/** Never rejects: an internal error becomes a response, and is returned as `fault` for the log. */
export async function handleQueryTransaction(deps: SoapDeps, request: SoapRequest): Promise<ServedSoapCall> {
  const trace: ServiceTrace = { application: null, credential: null, fields: [] };
  const toServed = (reply: QueryReply, fault?: unknown): ServedSoapCall => ({
    id: deps.newId(),
    operation: queryTransactionName,
    ...trace,
    document: null,
    code: reply.code,
    reason: reply.reason,
    amountMinor: null,
    madePayment: false,
    responseText: renderReply(reply),
    ...(fault === undefined ? {} : { fault }),
  });
  try {
    return toServed(await query(deps, request, trace));
  } catch (fault) {
    const reason = "The platform failed to handle the request. See the server log.";
    return toServed({ ...brokerError("100000004"), reason, kept: none }, fault);
  }
}

async function query(
  deps: SoapDeps,
  { environment, source, envelope }: SoapRequest,
  trace: ServiceTrace,
): Promise<QueryReply> {
  if ("problem" in envelope)
    return { ...brokerError("100000005", "Envelope"), reason: envelope.problem, kept: none };
  const caller = await authenticateSp(deps, environment, readSpHeader(envelope.header), source);
  trace.application = caller.application;
  trace.credential = caller.credential;
  if ("error" in caller) return { ...caller.error, reason: caller.reason, kept: none };
  const { message } = envelope;
  if (message.name !== queryTransactionName || message.namespace !== namespaces.transaction) {
    const reason = `The message must be ${queryTransactionName} of the namespace ${namespaces.transaction}.`;
    return { ...brokerError("100000005", queryTransactionName), reason, kept: none };
  }
  const reference = getChildText(message, "originatorConversationID");
  if (reference === null || reference.length > 128) {
    const reason = "originatorConversationID is missing, or too long.";
    return { ...brokerError("100000014", "originatorConversationID"), reason, kept: none };
  }
  trace.fields = ["originatorConversationID", reference];
  const rail = railFor(environment, soapMarket);
  const owner = { applicationId: caller.application.id, protocol: protocolName };
  const id = await findReferencedId(deps.payments(rail).context, owner, reference, protocolScope);
  if (id === undefined)
    return { code: "00000000", description: "Success", reason: "No request has this id.", kept: none };
  const notification = await deps.readNotification(rail, id);
  const ids = {
    conversationId: deps.identifiers[environment].conversationId(id),
    originatorConversationId: reference,
  };
  const sent = notification === null ? [] : [toRequestMessage(notification.url, notification.body)];
  const isTimeout = notification?.kind === "timeout";
  return {
    code: "00000000",
    description: "Success",
    reason: "The messages about the request were found.",
    kept: {
      responses: [toResponseMessage(renderResponse({ code: "0", description: acceptedText, ids }))],
      results: isTimeout ? [] : sent,
      timeouts: isTimeout ? sent : [],
    },
  };
}

const contentHeaders = (body: string): string =>
  `Content-Type: text/xml;charset=UTF-8\r\nContent-Length: ${Buffer.byteLength(body)}`;

const toResponseMessage = (body: string): string =>
  `HTTP/1.1 200 OK\r\n${contentHeaders(body)}\r\n\r\n${body}`;

function toRequestMessage(url: string, body: string): string {
  const { pathname, search, host } = new URL(url);
  return `POST ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\n${contentHeaders(body)}\r\n\r\n${body}`;
}

const renderReply = ({ code, description, kept }: QueryReply): string =>
  xmlDocument(
    buildEnvelope(
      "soapenv",
      { loc: namespaces.transaction, res: namespaces.response },
      xmlElement(
        "loc:queryTransactionResponse",
        {},
        xmlElement(
          "loc:result",
          {},
          xmlElement("res:ResponseCode", {}, code),
          xmlElement("res:ResponseDesc", {}, description),
        ),
        renderList("submitApiRequestList", []),
        renderList("submitApiResponseList", kept.responses),
        renderList("submitApiResultList", kept.results),
        renderList("queueTimeOutList", kept.timeouts),
      ),
    ),
  );

const renderList = (name: string, messages: readonly string[]): XmlMarkup | null =>
  messages.length === 0
    ? null
    : xmlElement(
        `loc:${name}`,
        {},
        messages.map((message) => xmlElement("loc:item", {}, Buffer.from(message).toString("base64"))),
      );
