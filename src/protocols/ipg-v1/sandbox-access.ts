/** The sandbox of IPG v1 for tools: what an integrator needs to start, and a client that pays. */
import { constants, createPublicKey, publicEncrypt, randomUUID } from "node:crypto";
import { markets } from "../../core/markets.ts";
import {
  SandboxClientError,
  type CallResponse,
  type CollectRequest,
  type ConnectOptions,
  type SandboxAccess,
  type SandboxClient,
  type SandboxSummary,
  type TriggeredCall,
} from "../sandbox-client.ts";
import type { NamedScenario } from "../scenario.ts";
import { codes } from "./codes.ts";
import { examplePayload } from "./example-payloads.ts";
import { pathPrefix } from "./find-route.ts";
import { ipgV1Market } from "./names.ts";
import type { IpgV1Operation } from "./operation.ts";
import { findOperation } from "./operations.ts";
import { c2b } from "./operations/c2b.ts";
import type { IpgV1SandboxInfo } from "./sandbox-info.ts";

export const sandboxAccess: SandboxAccess = {
  labels: {
    transactionId: "TransactionID",
    conversationId: "ConversationID",
    reference: "ThirdPartyReference",
  },
  collectionAccounts: ["working"],
  createReference,
  describe: (info) => describeKeys(info as IpgV1SandboxInfo),
  connect({ gateway, info, apiKey, signal }: ConnectOptions) {
    const keys = info as IpgV1SandboxInfo;
    const bearer = encryptKey(keys.publicKey, apiKey ?? keys.apiKey);
    return Promise.resolve(createClient({ gateway, bearer, signal }));
  },
};

/** 32 letters and digits. */
function createReference(): string {
  return randomUUID().replaceAll("-", "");
}

function describeKeys(keys: IpgV1SandboxInfo): SandboxSummary {
  const { apiKey, publicKey, serviceProviderCode, receiverPartyCode, customers, handsets } = keys;
  const { country, currency } = markets[ipgV1Market];
  return {
    markets: { [ipgV1Market]: { country, currency, customers, handsets } },
    organisation: serviceProviderCode,
    facts: [
      { name: "service provider code", value: `${serviceProviderCode}   (it pays ${receiverPartyCode})` },
      { name: "API key", value: apiKey, secret: true },
      { name: "initiator", value: keys.initiatorIdentifier },
      { name: "its password", value: keys.securityCredential, secret: true },
    ],
    blocks: [{ name: "public key", value: publicKey }],
    variables: {
      API_KEY: apiKey,
      PUBLIC_KEY: publicKey,
      SERVICE_PROVIDER_CODE: serviceProviderCode,
      RECEIVER_PARTY_CODE: receiverPartyCode,
      INITIATOR_IDENTIFIER: keys.initiatorIdentifier,
      SECURITY_CREDENTIAL: keys.securityCredential,
    },
  };
}

function encryptKey(publicKey: string, apiKey: string): string {
  const key = createPublicKey({ key: Buffer.from(publicKey, "base64"), format: "der", type: "spki" });
  const padding = constants.RSA_PKCS1_PADDING;
  return publicEncrypt({ key, padding }, Buffer.from(apiKey)).toString("base64");
}

interface Connection {
  readonly gateway: string;
  readonly bearer: string;
  readonly signal: AbortSignal;
}

type Fields = Readonly<Record<string, string>>;

const noTwoSteps = "IPG v1 has no payment in two steps: leave out the hold.";
const noResponseUrl =
  "A request of IPG v1 has no response URL: give one to its application (`keys response-url <id> <url> --protocol ipg-v1`).";

function createClient(connection: Connection): SandboxClient {
  return {
    async collect(request) {
      if (request.twoStep) throw new SandboxClientError(noTwoSteps);
      if (request.responseUrl !== undefined) throw new SandboxClientError(noResponseUrl);
      return send(connection, c2b, toCollection(request));
    },
    completeHold: () => Promise.reject(new SandboxClientError(noTwoSteps)),
    trigger: (scenario, responseUrl) => trigger(connection, scenario, responseUrl),
  };
}

/** Spaces would make the gateway fail. */
const toReference = (text: string): string => text.replaceAll(/[^0-9A-Za-z_+]/g, "").slice(0, 20) || "pay";

const toCollection = (request: CollectRequest): Fields => ({
  input_TransactionReference: toReference(request.reference),
  input_CustomerMSISDN: request.msisdn,
  input_Amount: request.amount,
  input_ThirdPartyReference: request.conversation,
  input_ServiceProviderCode: request.organisation,
});

async function trigger(
  connection: Connection,
  scenario: NamedScenario,
  responseUrl: string | undefined,
): Promise<TriggeredCall> {
  if (responseUrl !== undefined) throw new SandboxClientError(noResponseUrl);
  const operation = findOperation(scenario.call.name);
  const { method, response: ownFields } = operation;
  const fields = {
    ...examplePayload(operation),
    [scenario.field]: scenario.value,
    input_ThirdPartyReference: createReference(),
  };
  const response = await send(connection, operation, fields);
  // An acknowledgement has none of the operation's own fields: they follow by callback.
  const acknowledged =
    response.verdict === "succeeded" && !Object.keys(ownFields).some((name) => name in response.fields);
  return { method, url: buildUrl(connection, operation), fields, response, acknowledged };
}

const buildUrl = ({ gateway }: Connection, { path }: Pick<IpgV1Operation, "path">): string =>
  `${gateway}${pathPrefix}/${path}/`;

async function send(
  connection: Connection,
  operation: Pick<IpgV1Operation, "method" | "path">,
  fields: Fields,
): Promise<CallResponse> {
  const { bearer, signal } = connection;
  const url = buildUrl(connection, operation);
  const { method } = operation;
  const query = method === "GET" ? `?${new URLSearchParams(fields).toString()}` : "";
  const startedAt = performance.now();
  try {
    const response = await fetch(url + query, {
      method,
      headers: { authorization: `Bearer ${bearer}`, origin: "*", "content-type": "application/json" },
      ...(method === "GET" ? {} : { body: JSON.stringify(fields) }),
      signal,
    });
    const body = (await response.json()) as Fields;
    return toResponse(response.status, body, Math.round(performance.now() - startedAt));
  } catch (error) {
    signal.throwIfAborted();
    throw new SandboxClientError(`The gateway did not respond at ${url}: ${String(error)}`, { cause: error });
  }
}

function toResponse(status: number, fields: Fields, tookMs: number): CallResponse {
  const code = fields["output_ResponseCode"] ?? "-";
  const known = (codes as Readonly<Record<string, { readonly text: string }>>)[code];
  const transactionId = fields["output_TransactionID"];
  return {
    status,
    code,
    codeText: known?.text ?? "",
    description: fields["output_error"] ?? fields["output_ResponseDesc"] ?? "",
    verdict: code === "INS-0" ? "succeeded" : code === "INS-9" ? "timed_out" : "refused",
    transactionId: transactionId === undefined || transactionId === "N/A" ? null : transactionId,
    conversationId: fields["output_ConversationID"] ?? null,
    voucherCode: null,
    reference: fields["output_ThirdPartyReference"] ?? null,
    fields,
    tookMs,
  };
}
