/** The sandbox of OpenAPI v2 for tools: what an integrator needs to start, and a client that pays. */
import { randomUUID } from "node:crypto";
import { markets, type Market } from "../../core/markets.ts";
import type {
  CallResponse,
  CollectRequest,
  ConnectOptions,
  HoldRequest,
  SandboxAccess,
  SandboxClient,
  SandboxSummary,
  SeededMarket,
  TriggeredCall,
} from "../sandbox-client.ts";
import type { NamedScenario } from "../scenario.ts";
import { codeTexts } from "./codes.ts";
import { examplePayload } from "./example-payloads.ts";
import type { Operation } from "./operation.ts";
import { findOperation } from "./operations.ts";
import { c2bMultiStage } from "./operations/c2b-multi-stage.ts";
import { c2bSingleStage } from "./operations/c2b-single-stage.ts";
import { updateTransactionStatus } from "./operations/update-transaction-status.ts";
import { responseUrl as responseUrlParameter } from "./parameters.ts";
import {
  connectGateway,
  describeAnswer,
  type Gateway,
  type SandboxHttpResponse,
  type SandboxRequest,
} from "./sandbox-gateway.ts";

export const sandboxAccess: SandboxAccess = {
  labels: {
    transactionId: "TransactionID",
    conversationId: "ConversationID",
    reference: "ThirdPartyConversationID",
  },
  collectionAccounts: ["working"],
  createReference,
  describe: (info) => describeSandbox(info as SandboxKeys),
  async connect({ info, apiKey, ...options }: ConnectOptions) {
    const keys = info as SandboxKeys;
    const gateway = await connectGateway({
      ...options,
      apiKey: apiKey ?? keys.apiKey,
      publicKey: keys.publicKey,
    });
    return createClient(gateway, options.market);
  },
};

/** The protocol's section of `sandbox.json`, as far as this file reads it. */
interface SandboxKeys {
  readonly apiKey: string;
  readonly publicKey: string;
  readonly serviceProviderCode: string;
  readonly receiverPartyCode: string;
  readonly markets: Readonly<Partial<Record<Market, SeededMarket>>>;
}

/** 32 letters and digits. */
function createReference(): string {
  return randomUUID().replaceAll("-", "");
}

function describeSandbox(keys: SandboxKeys): SandboxSummary {
  const { apiKey, publicKey, serviceProviderCode, receiverPartyCode, markets: seeded } = keys;
  return {
    markets: seeded,
    organisation: serviceProviderCode,
    facts: [
      { name: "service provider code", value: `${serviceProviderCode}   (it pays ${receiverPartyCode})` },
      { name: "API key", value: apiKey, secret: true },
    ],
    blocks: [{ name: "public key", value: publicKey }],
    variables: {
      API_KEY: apiKey,
      PUBLIC_KEY: publicKey,
      SERVICE_PROVIDER_CODE: serviceProviderCode,
      RECEIVER_PARTY_CODE: receiverPartyCode,
    },
  };
}

function createClient(gateway: Gateway, market: Market): SandboxClient {
  return {
    async collect(request) {
      return toResponse(await gateway.call(toCollectionRequest(request, market)));
    },
    async completeHold(request) {
      return toResponse(await gateway.call(toCompletionRequest(request, market)));
    },
    trigger: (scenario, responseUrl) => trigger(gateway, market, scenario, responseUrl),
  };
}

/** The request of a single-step payment, or of the first step of two. */
function toCollectionRequest(request: CollectRequest, market: Market): SandboxRequest {
  const { twoStep, responseUrl } = request;
  const { country, currency } = markets[market];
  const { method, path } = twoStep ? c2bMultiStage : c2bSingleStage;
  return {
    method,
    path,
    fields: {
      input_Amount: request.amount,
      input_CustomerMSISDN: request.msisdn,
      input_Country: country,
      input_Currency: currency,
      input_ServiceProviderCode: request.organisation,
      input_TransactionReference: request.reference,
      input_ThirdPartyConversationID: request.conversation,
      input_PurchasedItemsDesc: request.description,
      ...(twoStep ? { input_APIVersion: "3.1" } : {}),
      ...(responseUrl === undefined ? {} : { [responseUrlParameter.name]: responseUrl }),
    },
  };
}

/** The request that commits or releases what the first step held. */
function toCompletionRequest(request: HoldRequest, market: Market): SandboxRequest {
  const { method, path } = updateTransactionStatus;
  return {
    method,
    path,
    fields: {
      // The wire protocol carries the outcome in a field that is named after the customer's number.
      input_CustomerMSISDN: request.outcome === "commit" ? "1" : "0",
      input_VoucherCode: request.voucherCode,
      input_Country: markets[market].country,
      input_TransactionID: request.transactionId,
      input_ServiceProviderCode: request.organisation,
      input_ThirdPartyConversationID: createReference(),
      input_APIVersion: "3.1",
    },
  };
}

async function trigger(
  gateway: Gateway,
  market: Market,
  scenario: NamedScenario,
  responseUrl: string | undefined,
): Promise<TriggeredCall> {
  const operation = findOperation(scenario.call.name);
  const { method, path } = operation;
  const fields = {
    ...examplePayload(operation, market),
    [scenario.field]: scenario.value,
    input_ThirdPartyConversationID: createReference(),
    ...(responseUrl === undefined ? {} : { [responseUrlParameter.name]: responseUrl }),
  };
  const response = toResponse(await gateway.call({ method, path, fields }));
  const acknowledged = responseUrl !== undefined || isAcknowledgement(operation, response);
  return { method, url: gateway.buildUrl(path), fields, response, acknowledged };
}

/** An acknowledgement has none of the operation's own fields: they follow by callback. */
function isAcknowledgement(operation: Operation, { code, status, fields }: CallResponse): boolean {
  const { success, response } = operation;
  const ownFields = Object.keys(response);
  return code === success.code && status === success.status && !ownFields.some((name) => name in fields);
}

function toResponse({ status, fields, tookMs }: SandboxHttpResponse): CallResponse {
  const code = fields["output_ResponseCode"] ?? "-";
  return {
    status,
    code,
    codeText: (codeTexts as Readonly<Record<string, string>>)[code] ?? "",
    description: describeAnswer(fields),
    verdict: code.endsWith("-0") ? "succeeded" : code === "INS-9" ? "timed_out" : "refused",
    transactionId: fields["output_TransactionID"] ?? null,
    conversationId: fields["output_ConversationID"] ?? null,
    voucherCode: fields["output_VoucherCode"] ?? null,
    reference: fields["output_ThirdPartyConversationID"] ?? null,
    fields,
    tookMs,
  };
}
