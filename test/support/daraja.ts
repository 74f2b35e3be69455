/** A client of Daraja as integrators write it: a token, and requests as JSON. */
import {
  registerOrganisations,
  type NewOrganisation,
} from "../../src/organisations/register-organisations.ts";
import { publicPasskey } from "../../src/organisations/passkeys.ts";
import { railFor } from "../../src/core/rails.ts";
import { createCertificateAuthority, issueServerCertificate } from "../../src/http/certificate-authority.ts";
import { listenByFirstByte } from "../../src/http/first-byte-listener.ts";
import { createApplicationService } from "../../src/developers/application-service.ts";
import { enableProducts } from "../../src/developers/enabled-products.ts";
import { msPerDay } from "../../src/core/clock.ts";
import { daraja } from "../../src/protocols/daraja/index.ts";
import { formatNairobiTime } from "../../src/protocols/g2/identifiers.ts";
import { stkPush } from "../../src/protocols/daraja/operations/stk-push.ts";
import { stkQuery } from "../../src/protocols/daraja/operations/stk-query.ts";
import type { DarajaProduct } from "../../src/protocols/daraja/products.ts";
import { control } from "./control.ts";
import { createTestListener, type Listener } from "./listener.ts";
import { testSecretKey } from "./cluster.ts";
import type { TestSandbox } from "./sandbox.ts";

export interface DarajaReply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface DarajaKeys {
  readonly consumerKey: string;
  readonly consumerSecret: string;
}

export interface DarajaTestClient {
  readonly keys: DarajaKeys;
  /** A new token. Throws if there is none. */
  getToken(keys?: DarajaKeys): Promise<string>;
  /** Posts fields with the client's token, or that of `options`. */
  post(path: string, fields: object, options?: { readonly token?: string }): Promise<DarajaReply>;
  /** Any request. */
  send(path: string, init: RequestInit): Promise<DarajaReply>;
  push(fields?: Readonly<Record<string, unknown>>): Promise<DarajaReply>;
  query(checkoutRequestId: unknown, fields?: Readonly<Record<string, unknown>>): Promise<DarajaReply>;
}

export const kenya = "safaricomKEN";

export const basic = ({ consumerKey, consumerSecret }: DarajaKeys): string =>
  `Basic ${Buffer.from(`${consumerKey}:${consumerSecret}`).toString("base64")}`;

export const createDarajaClient = ({
  url,
  platform,
}: Pick<TestSandbox, "url" | "platform">): DarajaTestClient =>
  createDarajaClientAt(url, platform.sandboxInfo["daraja"] as DarajaKeys);

/** The same for a server at this address. */
export function createDarajaClientAt(url: string, keys: DarajaKeys): DarajaTestClient {
  let ownToken: string | null = null;
  const send = async (path: string, init: RequestInit): Promise<DarajaReply> => {
    const response = await fetch(url + path, init);
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: parseObject(text) };
  };
  const client: DarajaTestClient = {
    keys,
    send,
    async getToken(credentials = keys) {
      const reply = await send("/oauth/v1/generate?grant_type=client_credentials", {
        headers: { authorization: basic(credentials) },
      });
      const token = reply.body["access_token"];
      if (typeof token !== "string") throw new Error(`no token: ${reply.status} ${reply.text}`);
      return token;
    },
    async post(path, fields, options = {}) {
      const token = options.token ?? (ownToken ??= await client.getToken());
      return send(path, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify(fields),
      });
    },
    push: (fields = {}) => client.post(stkPush.path, stkFields(fields)),
    query: (checkoutRequestId, fields = {}) =>
      client.post(stkQuery.path, { ...signStk(), CheckoutRequestID: checkoutRequestId, ...fields }),
  };
  return client;
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}

/** BusinessShortCode, Password and Timestamp. */
export function signStk(
  shortcode = "174379",
  timestamp = formatNairobiTime(Date.now()),
  passkey = publicPasskey,
) {
  const password = Buffer.from(`${shortcode}${passkey}${timestamp}`).toString("base64");
  return { BusinessShortCode: shortcode, Password: password, Timestamp: timestamp };
}

/** Nothing listens there. */
export const unreadUrl = "http://127.0.0.1:9/callback";

export const darajaCustomer = "254708374149";

/** The fields of an STK push that succeeds, with overrides. */
export const stkFields = (overrides: Readonly<Record<string, unknown>> = {}) => ({
  ...signStk(),
  TransactionType: "CustomerPayBillOnline",
  Amount: 1,
  PartyA: darajaCustomer,
  PartyB: "174379",
  PhoneNumber: darajaCustomer,
  CallBackURL: unreadUrl,
  AccountReference: "CompanyXLTD",
  TransactionDesc: "Payment",
  ...overrides,
});

export interface DarajaCustomer {
  readonly msisdn: string;
  readonly answer?: "approve" | "decline" | "ignore" | "ask" | "off" | "no_signal";
  readonly balance?: string;
}

/** Registers customers in the sandbox's Kenyan market, each with some money. */
export async function registerDarajaCustomers(
  sandbox: TestSandbox,
  customers: readonly DarajaCustomer[],
): Promise<void> {
  await control(sandbox, "POST /markets/{market}/customers", {
    params: { market: kenya },
    body: {
      customers: customers.map(({ msisdn, answer = "approve", balance = "100000.00" }) => ({
        msisdn,
        answer,
        balance,
        firstName: "John",
        lastName: "Doe",
      })),
    },
  });
}

/** Registers organisations in the sandbox's Kenyan market. */
export async function registerShortcodes(
  { platform }: TestSandbox,
  organisations: readonly NewOrganisation[],
): Promise<void> {
  await registerOrganisations(platform.payments(railFor("sandbox", kenya)).context, organisations);
}

/** A new application with its own consumer key and secret. */
export async function createDarajaApplication(
  { stores: { main } }: Pick<TestSandbox, "stores">,
  products: readonly DarajaProduct[],
  environment: "sandbox" | "live" = "sandbox",
  shortcodes: readonly string[] | null = environment === "sandbox" ? null : ["174379"],
): Promise<DarajaKeys & { readonly id: bigint }> {
  const service = createApplicationService({
    sql: main,
    environment,
    actor: "test",
    refresh: () => Promise.resolve(),
    readSecretKey: () => testSecretKey,
  });
  const { id, secrets } = await service.create({
    developer: { email: "tester@sandbox.invalid", name: "Tester" },
    name: "Application of a test",
    description: "",
    sessionLifetimeMs: msPerDay,
    trustedSources: [],
    trustedOrigins: [],
    shortcodes,
    products: enableProducts(products),
    callbackUrls: [],
    credentials: daraja.credentials,
  });
  return { id, consumerKey: secrets[0] ?? "", consumerSecret: secrets[1] ?? "" };
}

/** Daraja's listener for live. */
export async function listenLive({
  platform,
}: Pick<TestSandbox, "platform">): Promise<AsyncDisposable & { readonly url: string }> {
  const authority = await createCertificateAuthority(new Date());
  const certificate = await issueServerCertificate(authority, ["127.0.0.1"], new Date());
  const listener = await listenByFirstByte(platform.createLiveServer("daraja"), {
    host: "127.0.0.1",
    port: 0,
    ...certificate,
    setting: "DARAJA_LIVE_PORT",
  });
  return {
    url: `http://127.0.0.1:${listener.address.port}`,
    [Symbol.asyncDispose]: () => listener.close({ drainTimeoutMs: 1000 }),
  };
}

/** Why the last request of the sandbox's Kenyan market got its response, as the request log says. */
export async function readLastDecision(sandbox: TestSandbox): Promise<string> {
  const { requests } = await control(sandbox, "GET /markets/{market}/requests", {
    params: { market: kenya },
    query: { limit: "1" },
  });
  return requests[0]?.decision ?? "";
}

/** The seeded initiator, and its password encrypted with the sandbox's certificate. */
export const initiatorFields = ({ platform }: Pick<TestSandbox, "platform">) => ({
  Initiator: "testapi",
  SecurityCredential: (platform.sandboxInfo["daraja"] as { readonly securityCredential: string })
    .securityCredential,
});

/** `Result` of a notification. */
export interface DarajaResult {
  readonly ResultType: number | string;
  readonly ResultCode: number | string;
  readonly ResultDesc: string;
  readonly OriginatorConversationID: string;
  readonly ConversationID: string;
  readonly TransactionID?: string;
  readonly ResultParameters?: unknown;
  readonly ReferenceData?: unknown;
  /** The value of a result parameter; undefined if there is none. Not a part of the JSON. */
  getValue(key: string): unknown;
}

export interface ReceivedResult {
  readonly path: string;
  readonly text: string;
  readonly result: DarajaResult;
}

/** A listener with a ResultURL and a QueueTimeOutURL. */
export interface ResultListener extends AsyncDisposable {
  readonly resultUrl: string;
  readonly timeoutUrl: string;
  readonly received: Listener["received"];
  /** The notification with this index, in the order of arrival. */
  waitForResult(index?: number): Promise<ReceivedResult>;
}

export async function createResultListener(): Promise<ResultListener> {
  const listener = await createTestListener();
  return {
    resultUrl: new URL("/result", listener.url).href,
    timeoutUrl: new URL("/timeout", listener.url).href,
    received: listener.received,
    async waitForResult(index = 0) {
      const received = (await listener.waitForCallbacks(index + 1))[index];
      if (received === undefined) throw new Error("no notification");
      const { path, text, body } = received;
      return { path, text, result: toResult((body as unknown as { Result: DarajaResult }).Result) };
    },
    [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose](),
  };
}

interface ResultEntry {
  readonly Key: string;
  readonly Value?: unknown;
}

function toResult(result: DarajaResult): DarajaResult {
  const parameters = (
    result.ResultParameters as { ResultParameter?: ResultEntry | ResultEntry[] } | undefined
  )?.ResultParameter;
  const entries = parameters === undefined ? [] : [parameters].flat();
  const getValue = (key: string): unknown => entries.find(({ Key }) => Key === key)?.Value;
  return Object.defineProperty(result, "getValue", { value: getValue, enumerable: false });
}
