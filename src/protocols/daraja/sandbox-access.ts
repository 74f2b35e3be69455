/** The sandbox of Daraja for tools: what an integrator needs to start, and a client that pays by STK push. */
import { randomUUID } from "node:crypto";
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
import { markets } from "../../core/markets.ts";
import { darajaMarket } from "./names.ts";
import { buildExampleRequest } from "./examples.ts";
import { formatNairobiTime } from "../g2/identifiers.ts";
import { oauthPath } from "./find-route.ts";
import type { DarajaOperation } from "./operation.ts";
import { findDarajaOperation } from "./operations.ts";
import { stkPush } from "./operations/stk-push.ts";

export const sandboxAccess: SandboxAccess = {
  labels: {
    transactionId: "receipt",
    conversationId: "CheckoutRequestID",
    reference: "AccountReference",
  },
  collectionAccounts: ["utility", "merchant"],
  createReference: () => randomUUID().replaceAll("-", "").slice(0, 12),
  describe: (info) => describeKeys(info as DarajaKeys),
  async connect({ info, gateway, signal }: ConnectOptions) {
    const keys = info as DarajaKeys;
    return createClient({ gateway, signal, keys, token: await fetchToken(gateway, keys, signal) });
  },
};

/** The protocol's section of `sandbox.json`, as far as this file reads it. */
export interface DarajaKeys {
  readonly consumerKey: string;
  readonly consumerSecret: string;
  readonly stkShortCode: string;
  readonly passkey: string;
  readonly shortCode: string;
  readonly initiatorName: string;
  readonly initiatorPassword: string;
  readonly securityCredential: string;
  readonly customers: SeededMarket["customers"];
  readonly handsets: SeededMarket["handsets"];
}

function describeKeys(keys: DarajaKeys): SandboxSummary {
  const { consumerKey, consumerSecret, stkShortCode, passkey, shortCode, initiatorName } = keys;
  const { country, currency } = markets[darajaMarket];
  return {
    markets: { [darajaMarket]: { country, currency, customers: keys.customers, handsets: keys.handsets } },
    organisation: stkShortCode,
    facts: [
      { name: "STK shortcode", value: stkShortCode },
      { name: "shortcode", value: shortCode },
      { name: "consumer key", value: consumerKey, secret: true },
      { name: "consumer secret", value: consumerSecret, secret: true },
      { name: "initiator", value: initiatorName },
      { name: "its password", value: keys.initiatorPassword, secret: true },
    ],
    blocks: [
      { name: "passkey", value: passkey },
      { name: "security credential", value: keys.securityCredential },
    ],
    variables: {
      CONSUMER_KEY: consumerKey,
      CONSUMER_SECRET: consumerSecret,
      STK_SHORT_CODE: stkShortCode,
      PASSKEY: passkey,
      SHORT_CODE: shortCode,
      INITIATOR_NAME: initiatorName,
      INITIATOR_PASSWORD: keys.initiatorPassword,
      SECURITY_CREDENTIAL: keys.securityCredential,
    },
  };
}

async function fetchToken(gateway: string, keys: DarajaKeys, signal: AbortSignal): Promise<string> {
  const basic = Buffer.from(`${keys.consumerKey}:${keys.consumerSecret}`).toString("base64");
  const { status, body } = await send(`${gateway}${oauthPath}?grant_type=client_credentials`, {
    headers: { authorization: `Basic ${basic}` },
    signal,
  });
  const token = body["access_token"];
  if (typeof token !== "string")
    throw new SandboxClientError(`The gateway issued no token (${status}): ${JSON.stringify(body)}`);
  return token;
}

interface Connection {
  readonly gateway: string;
  readonly signal: AbortSignal;
  readonly keys: DarajaKeys;
  readonly token: string;
}

type JsonBody = Readonly<Record<string, unknown>>;

function createClient(connection: Connection): SandboxClient {
  return {
    collect: (request) => collect(connection, request),
    completeHold: () =>
      Promise.reject(new SandboxClientError("Daraja has no payment in two steps: leave out the hold.")),
    trigger: (scenario, responseUrl) => trigger(connection, scenario, responseUrl),
  };
}

async function collect(connection: Connection, request: CollectRequest): Promise<CallResponse> {
  if (request.twoStep) throw new SandboxClientError("Daraja has no payment in two steps.");
  return call(connection, stkPush, {
    ...signStk(connection.keys, request.organisation),
    TransactionType: "CustomerPayBillOnline",
    Amount: request.amount.replace(/\.0+$/, ""),
    PartyA: request.msisdn,
    PartyB: request.organisation,
    PhoneNumber: request.msisdn,
    // The callback is not needed: the payment can be queried.
    CallBackURL: request.responseUrl ?? unreadUrl,
    AccountReference: request.reference.slice(0, 12),
    TransactionDesc: request.description.slice(0, 13),
  });
}

/** Nothing listens there. */
const unreadUrl = "http://127.0.0.1:9/";

export const signStk = ({ passkey }: DarajaKeys, shortcode: string) => {
  const timestamp = formatNairobiTime(Date.now());
  const password = Buffer.from(`${shortcode}${passkey}${timestamp}`).toString("base64");
  return { BusinessShortCode: shortcode, Password: password, Timestamp: timestamp };
};

async function trigger(
  connection: Connection,
  scenario: NamedScenario,
  responseUrl: string | undefined,
): Promise<TriggeredCall> {
  const operation = findDarajaOperation(scenario.call.name);
  const { keys } = connection;
  const fields: Record<string, unknown> = {
    ...buildExampleRequest(operation),
    ...("Password" in operation.fields ? signStk(keys, keys.stkShortCode) : {}),
    ...("SecurityCredential" in operation.fields ? { SecurityCredential: keys.securityCredential } : {}),
    ...("OriginatorConversationID" in operation.fields ? { OriginatorConversationID: randomUUID() } : {}),
    [scenario.field]: scenario.value,
  };
  for (const name of urlFields) if (name in fields) fields[name] = responseUrl ?? unreadUrl;
  const response = await call(connection, operation, fields);
  return {
    method: operation.method ?? "POST",
    url: `${connection.gateway}${operation.path}`,
    fields: Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)])),
    response,
    acknowledged: response.verdict === "succeeded",
  };
}

const urlFields = ["CallBackURL", "ResultURL", "QueueTimeOutURL", "callbackUrl", "CallbackURL"] as const;

async function call(
  { gateway, token, signal }: Connection,
  { path }: Pick<DarajaOperation, "path">,
  fields: JsonBody,
): Promise<CallResponse> {
  const startedAt = performance.now();
  const { status, body } = await send(`${gateway}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(fields),
    signal,
  });
  const getText = (name: string): string | null => {
    const value = body[name];
    return typeof value === "string" ? value : null;
  };
  const code = getText("ResponseCode") ?? getText("errorCode") ?? getText("code") ?? "-";
  const description = getText("ResponseDescription") ?? getText("errorMessage") ?? getText("status") ?? "";
  return {
    status,
    code,
    codeText: description,
    description,
    verdict: status === 200 ? "succeeded" : "refused",
    transactionId: null,
    conversationId: getText("CheckoutRequestID") ?? getText("ConversationID"),
    voucherCode: null,
    reference: getText("OriginatorConversationID") ?? getText("MerchantRequestID"),
    fields: Object.fromEntries(Object.entries(body).map(([name, value]) => [name, String(value)])),
    tookMs: Math.round(performance.now() - startedAt),
  };
}

async function send(
  url: string,
  init: RequestInit & { readonly signal: AbortSignal },
): Promise<{ readonly status: number; readonly body: JsonBody }> {
  try {
    const response = await fetch(url, init);
    return { status: response.status, body: (await response.json()) as JsonBody };
  } catch (error) {
    init.signal.throwIfAborted();
    throw new SandboxClientError(`The gateway did not respond at ${url}: ${String(error)}`, { cause: error });
  }
}
