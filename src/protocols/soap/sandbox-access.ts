/** The sandbox of the SOAP Broker for tools: what an integrator needs to start, and a client that sends commands. */
import { randomUUID } from "node:crypto";
import { markets } from "../../core/markets.ts";
import {
  SandboxClientError,
  type CallResponse,
  type CollectRequest,
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
import { buildExampleCheckout } from "./lnmo/build-request.ts";
import { processCheckOut } from "./lnmo/process-check-out.ts";
import { payCheckout, type LnmoSandboxKeys } from "./lnmo/sandbox-client.ts";
import { soapMarket } from "./names.ts";
import { findOperation } from "./operations.ts";
import { postMessage } from "./post-message.ts";
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
  readonly lnmo: LnmoSandboxKeys;
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
      { name: "MERCHANT_ID", value: keys.lnmo.merchantId },
      { name: "passkey", value: keys.lnmo.passkey, secret: true },
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
      MERCHANT_ID: keys.lnmo.merchantId,
      PASSKEY: keys.lnmo.passkey,
    },
  };
}

interface Connection {
  readonly gateway: string;
  readonly signal: AbortSignal;
  readonly keys: SoapKeys;
}

function createClient(connection: Connection): SandboxClient {
  return {
    collect: (request) => collect(connection, request),
    completeHold: () => Promise.reject(new SandboxClientError(noTwoSteps)),
    trigger: (scenario, responseUrl) => trigger(connection, scenario, responseUrl),
  };
}

const noTwoSteps = "The SOAP Broker has no payment in two steps: leave out the hold.";

/** No command collects from a customer, but the LNMO checkout does. */
async function collect({ keys, ...connection }: Connection, request: CollectRequest): Promise<CallResponse> {
  if (request.twoStep) throw new SandboxClientError(noTwoSteps);
  const { conversation, reference, amount, msisdn, description, organisation, responseUrl } = request;
  // A merchant that acts for several organisations names the one that is paid.
  const merchantId = `${keys.lnmo.merchantId}-${organisation}`;
  return payCheckout(
    { ...connection, keys: { ...keys.lnmo, merchantId } },
    buildExampleCheckout({
      MERCHANT_TRANSACTION_ID: conversation,
      REFERENCE_ID: reference,
      AMOUNT: amount,
      MSISDN: msisdn,
      ENC_PARAMS: description,
      // The callback is not needed: the payment can be queried.
      CALL_BACK_URL: responseUrl ?? unreadUrl,
    }),
  );
}

/** Nothing listens there. */
const unreadUrl = "http://127.0.0.1:9/";

const path = "/mminterface/request";

async function trigger(
  connection: Connection,
  scenario: NamedScenario,
  responseUrl = unreadUrl,
): Promise<TriggeredCall> {
  const { keys, gateway } = connection;
  const { call, field, value } = scenario;
  if (call.name === processCheckOut.name) return triggerCheckout(connection, scenario, responseUrl);
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

async function triggerCheckout(
  { gateway, signal, keys }: Connection,
  { field, value }: NamedScenario,
  responseUrl: string,
): Promise<TriggeredCall> {
  const fields = buildExampleCheckout({
    MERCHANT_TRANSACTION_ID: randomUUID(),
    CALL_BACK_URL: responseUrl,
    [field]: value,
  });
  const response = await payCheckout({ gateway, signal, keys: keys.lnmo }, fields);
  const acknowledged = response.verdict === "succeeded";
  return { method: "POST", url: gateway + keys.lnmo.path, fields, response, acknowledged };
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
  const { status, text } = await postMessage(`${gateway}${path}`, buildCommandRequest(keys, details), signal);
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
