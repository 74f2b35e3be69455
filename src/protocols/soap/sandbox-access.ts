/** The sandbox of the SOAP Broker for tools: what an integrator needs to start, and a client that sends commands. */
import { randomUUID } from "node:crypto";
import { markets } from "../../core/markets.ts";
import {
  SandboxClientError,
  type CallResponse,
  type ConnectOptions,
  type SandboxAccess,
  type SandboxClient,
  type SandboxSummary,
  type SeededMarket,
  type TriggeredCall,
} from "../sandbox-client.ts";
import type { NamedScenario } from "../scenario.ts";
import { buildCommandRequest, type CommandDetails, type SoapClientKeys } from "./build-request.ts";
import { buildExampleCommand } from "./examples.ts";
import { soapMarket } from "./names.ts";
import { findOperation } from "./operations.ts";
import { readBrokerResponse } from "./read-response.ts";
import { responseTexts, type BrokerCode } from "./response-codes.ts";

export const sandboxAccess: SandboxAccess = {
  labels: {
    transactionId: "receipt",
    conversationId: "ConversationID",
    reference: "OriginatorConversationID",
  },
  collectionAccounts: ["utility", "merchant"],
  createReference: () => randomUUID(),
  describe: (info) => describeKeys(info as SoapKeys),
  connect: ({ info, gateway, signal }: ConnectOptions) =>
    Promise.resolve(createClient({ gateway, signal, keys: info as SoapKeys })),
};

/** The protocol's section of `sandbox.json`, as far as this file reads it. */
interface SoapKeys extends SoapClientKeys {
  readonly shortCode: string;
  readonly otherShortCode: string;
  readonly initiatorPassword: string;
  readonly passwordKey: string;
  readonly passwordVector: string;
  readonly customers: SeededMarket["customers"];
  readonly handsets: SeededMarket["handsets"];
}

function describeKeys(keys: SoapKeys): SandboxSummary {
  const { country, currency } = markets[soapMarket];
  return {
    markets: { [soapMarket]: { country, currency, customers: keys.customers, handsets: keys.handsets } },
    organisation: keys.shortCode,
    facts: [
      { name: "spId", value: keys.spId },
      { name: "serviceId", value: keys.serviceId },
      { name: "its password", value: keys.spPassword, secret: true },
      { name: "shortcode", value: keys.shortCode },
      { name: "initiator", value: keys.initiatorName },
      { name: "initiator's password", value: keys.initiatorPassword, secret: true },
      { name: "passwordKey", value: keys.passwordKey, secret: true },
      { name: "passwordVector", value: keys.passwordVector, secret: true },
    ],
    blocks: [{ name: "security credential", value: keys.securityCredential }],
    variables: {
      SP_ID: keys.spId,
      SP_PASSWORD: keys.spPassword,
      SERVICE_ID: keys.serviceId,
      SHORT_CODE: keys.shortCode,
      INITIATOR_NAME: keys.initiatorName,
      INITIATOR_PASSWORD: keys.initiatorPassword,
      SECURITY_CREDENTIAL: keys.securityCredential,
      PASSWORD_KEY: keys.passwordKey,
      PASSWORD_VECTOR: keys.passwordVector,
    },
  };
}

interface Connection {
  readonly gateway: string;
  readonly signal: AbortSignal;
  readonly keys: SoapKeys;
}

function createClient(connection: Connection): SandboxClient {
  const noCollection = (): Promise<never> =>
    Promise.reject(
      new SandboxClientError("No command of the SOAP Broker collects from a customer. Use another protocol."),
    );
  return {
    collect: noCollection,
    completeHold: noCollection,
    trigger: (scenario, responseUrl) => trigger(connection, scenario, responseUrl),
  };
}

/** Nothing listens there. */
const unreadUrl = "http://127.0.0.1:9/";

const path = "/mminterface/request";

async function trigger(
  connection: Connection,
  { call, field, value }: NamedScenario,
  responseUrl = unreadUrl,
): Promise<TriggeredCall> {
  const { keys, gateway } = connection;
  const operation = findOperation(call.name);
  if (operation === undefined) throw new SandboxClientError(`No command is called ${call.name}.`);
  const parties = {
    shortCode: keys.shortCode,
    otherShortCode: keys.otherShortCode,
    customer: "254708374149",
  };
  const example = buildExampleCommand(operation, randomUUID(), parties, responseUrl);
  const details = setTrigger({ ...example, references: [["QueueTimeoutURL", responseUrl]] }, field, value);
  const response = await send(connection, details);
  return {
    method: "POST",
    url: `${gateway}${path}`,
    fields: listFields(details),
    response,
    acknowledged: response.verdict === "succeeded",
  };
}

/** The request with a trigger's number in a party or a parameter. */
function setTrigger(details: CommandDetails, field: string, value: string): CommandDetails {
  const { primaryParty, receiverParty, parameters } = details;
  if (field === "ReceiverParty" && receiverParty !== undefined)
    return { ...details, receiverParty: { ...receiverParty, identifier: value } };
  if (field === "PrimaryParty")
    return {
      ...details,
      initiatorShortCode: value,
      ...(primaryParty === undefined
        ? {}
        : { primaryParty: { ...primaryParty, identifier: value, shortCode: value } }),
    };
  return { ...details, parameters: parameters.map(([key, old]) => [key, key === field ? value : old]) };
}

const listFields = (details: CommandDetails): Record<string, string> => ({
  CommandID: details.command,
  OriginatorConversationID: details.originatorConversationId,
  ...(details.primaryParty === undefined ? {} : { PrimaryParty: details.primaryParty.identifier }),
  ...(details.receiverParty === undefined ? {} : { ReceiverParty: details.receiverParty.identifier }),
  ...Object.fromEntries(details.parameters.map(([key, value]) => [key, value ?? ""])),
  ResultURL: details.resultUrl ?? "",
});

async function send({ gateway, signal, keys }: Connection, details: CommandDetails): Promise<CallResponse> {
  const startedAt = performance.now();
  const { status, text } = await post(`${gateway}${path}`, buildCommandRequest(keys, details), signal);
  const { code, description, conversationId, originatorConversationId } = readBrokerResponse(text);
  return {
    status,
    code,
    codeText: Object.hasOwn(responseTexts, code) ? responseTexts[code as BrokerCode] : "",
    description,
    verdict: code === "0" ? "succeeded" : "refused",
    transactionId: null,
    conversationId,
    voucherCode: null,
    reference: originatorConversationId,
    fields: { ResponseCode: code, ResponseDesc: description },
    tookMs: Math.round(performance.now() - startedAt),
  };
}

async function post(
  url: string,
  body: string,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly text: string }> {
  try {
    const headers = { "content-type": "text/xml;charset=UTF-8", SOAPAction: '""' };
    const response = await fetch(url, { method: "POST", headers, body, signal });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    signal.throwIfAborted();
    throw new SandboxClientError(`The gateway did not respond at ${url}: ${String(error)}`, { cause: error });
  }
}
