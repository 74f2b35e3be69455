/**
 * Turns a `RequestMsg` into its response, in the documented order of checks:
 *
 * the envelope; the service provider; the document; the ids and URLs of the request; the product and its usage hours. A
 * failure of these is the response. What the core checks after them (`run-command.ts`) is a result, which follows at the
 * ResultURL.
 */
import type { Environment } from "../../core/markets.ts";
import { railFor } from "../../core/rails.ts";
import { DatabaseUnavailable } from "../../payments/engine/database-unavailable.ts";
import { authenticateSp, readSpHeader } from "./authentication.ts";
import type { BrokerReply, RequestTrace } from "./broker-reply.ts";
import { getOperationName } from "./command-request.ts";
import { findLimits } from "./find-limits.ts";
import { findOperation } from "./operations.ts";
import { renderResponse } from "./messages.ts";
import { namespaces, registerUrlName, soapMarket } from "./names.ts";
import { handleRegisterUrl } from "./register-url.ts";
import { readRequestDocument, type RequestDocument } from "./request-document.ts";
import { readEndpoints } from "./request-endpoints.ts";
import { takeBrokerFault } from "./request-faults.ts";
import { brokerError } from "./response-codes.ts";
import type { ServedSoapCall } from "./served-call.ts";
import { runCommand } from "./run-command.ts";
import type { SoapDeps } from "./soap-deps.ts";
import type { ReadEnvelope, SoapEnvelope } from "./xml/soap-envelope.ts";

export interface SoapRequest {
  readonly environment: Environment;
  readonly source: string;
  readonly envelope: ReadEnvelope;
}

/** Handles one request. Never rejects: an internal error becomes a response, and is returned as `fault` for the log. */
export async function handleSoapRequest(deps: SoapDeps, request: SoapRequest): Promise<ServedSoapCall> {
  const trace: RequestTrace = {
    id: deps.newId(),
    application: null,
    credential: null,
    document: null,
    notes: [],
  };
  try {
    return toResponse(trace, await reply(deps, request, trace));
  } catch (fault) {
    const isUnknown = fault instanceof DatabaseUnavailable && fault.mayHaveCommitted;
    const reason = isUnknown
      ? "The database connection was lost after the payment may have been committed. Query its status."
      : "The platform failed to handle the request. See the server log.";
    return { ...toResponse(trace, { error: brokerError("100000004"), reason }), fault };
  }
}

function toResponse({ notes, ...trace }: RequestTrace, response: BrokerReply): ServedSoapCall {
  const reason = [response.reason, ...notes].join(" ");
  const operation = getCommandName(trace.document);
  if ("error" in response) {
    const { error } = response;
    const responseText = renderResponse(error);
    return {
      ...trace,
      operation,
      responseText,
      code: error.code,
      reason,
      amountMinor: null,
      madePayment: false,
    };
  }
  const { code, amountMinor = null, madePayment = false } = response;
  const responseText = renderResponse(response);
  return { ...trace, operation, responseText, code, reason, amountMinor, madePayment };
}

/** The name of a command that exists, so that callers cannot make names of metrics. */
function getCommandName(document: RequestDocument | null): string {
  const commandId = document?.commandId ?? null;
  return commandId === registerUrlName ? registerUrlName : getOperationName(findOperation(commandId));
}

const schemaError = (reason: string): BrokerReply => ({
  error: brokerError("23", reason),
  reason: `The request does not have the form of the Broker: ${reason}`,
});

async function reply(deps: SoapDeps, request: SoapRequest, trace: RequestTrace): Promise<BrokerReply> {
  const { environment, envelope } = request;
  if ("problem" in envelope) return schemaError(envelope.problem);
  const caller = await authenticateSp(deps, environment, readSpHeader(envelope.header), request.source);
  trace.application = caller.application;
  trace.credential = caller.credential;
  if ("error" in caller) return caller;
  const read = readMessage(envelope);
  if ("problem" in read) return schemaError(read.problem);
  const { document } = read;
  trace.document = document;
  if (document.commandId === registerUrlName) return handleRegisterUrl(deps, environment, caller, document);
  const endpoints = readEndpoints(deps, environment, caller, document, trace.notes);
  if ("error" in endpoints) return endpoints;
  const operation = findOperation(document.commandId);
  const limits = operation === undefined ? {} : findLimits(deps, environment, caller, operation.product);
  if ("error" in limits) return limits;
  const fault = await takeBrokerFault(deps, environment);
  if (fault !== null) return fault;
  return runCommand(deps, {
    id: trace.id,
    rail: railFor(environment, soapMarket),
    caller,
    document,
    operation,
    limits,
    endpoints,
    trace,
  });
}

/** The document in the envelope's message. */
function readMessage({ message }: SoapEnvelope): ReturnType<typeof readRequestDocument> {
  if (message.name !== "RequestMsg" || message.namespace !== namespaces.request)
    return { problem: `The message must be RequestMsg of the namespace ${namespaces.request}.` };
  return readRequestDocument(message.text);
}
