/** A client of the SOAP Broker as integrators write it, and the results that a listener receives. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { createApplicationService } from "../../src/developers/application-service.ts";
import { enableProducts } from "../../src/developers/enabled-products.ts";
import { msPerDay } from "../../src/core/clock.ts";
import {
  buildCommandRequest,
  buildRequestEnvelope,
  buildSpHeader,
  formatTimeStamp,
  type CommandDetails,
  type SoapClientKeys,
} from "../../src/protocols/soap/build-request.ts";
import { buildExampleCommand } from "../../src/protocols/soap/examples.ts";
import { soap } from "../../src/protocols/soap/index.ts";
import type { SoapEntries } from "../../src/protocols/soap/messages.ts";
import type { SoapOperation } from "../../src/protocols/soap/operation.ts";
import { findOperation } from "../../src/protocols/soap/operations.ts";
import { productNames } from "../../src/protocols/soap/products.ts";
import {
  readBrokerResponse,
  readEntryList,
  readMessageDocument,
  type BrokerResponse,
} from "../../src/protocols/soap/read-response.ts";
import { getPublicNames } from "../../src/protocols/soap/service-provider.ts";
import { xmlCdata, xmlElement } from "../../src/protocols/soap/xml/write-xml.ts";
import { getChildText } from "../../src/protocols/soap/xml/read-xml.ts";
import { testSecretKey } from "./cluster.ts";
import { createTestListener, type Listener, type ListenerBehaviour } from "./listener.ts";
import type { TestSandbox } from "./sandbox.ts";

export { kenya } from "./daraja.ts";

export const payer = "600996";
export const otherOrganisation = "600000";
export const customer = "254708374149";

export interface SoapTestKeys extends SoapClientKeys {
  readonly passwordKey: string;
  readonly passwordVector: string;
  readonly initiatorPassword: string;
  readonly certificate: string;
}

export interface SoapReply extends BrokerResponse {
  readonly status: number;
  readonly text: string;
}

export const getSoapKeys = ({ platform }: Pick<TestSandbox, "platform">): SoapTestKeys =>
  platform.sandboxInfo["soap"] as SoapTestKeys;

/** Changes of an example. Undefined leaves a part out. */
export type CommandChange = { readonly [K in keyof CommandDetails]?: CommandDetails[K] | undefined };

export interface SoapTestClient {
  readonly keys: SoapTestKeys;
  /** Posts a body to a path of the Broker, and returns the response. */
  post(body: string | Buffer, path?: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** The same for the services of commands. */
  send(body: string | Buffer, path?: string): Promise<SoapReply>;
  /** Sends the example of a command, with changes. */
  run(command: string, change?: CommandChange): Promise<SoapReply>;
  /** Sends a document as it is, with the client's header. */
  sendDocument(document: string): Promise<SoapReply>;
}

export const createSoapClient = (
  sandbox: Pick<TestSandbox, "url" | "platform">,
  keys = getSoapKeys(sandbox),
): SoapTestClient => createSoapClientAt(sandbox.url, keys);

/** The same for a server at this address. */
export function createSoapClientAt(url: string, keys: SoapTestKeys): SoapTestClient {
  const client: SoapTestClient = {
    keys,
    post: (body, path = "/mminterface/request", headers = {}) =>
      fetch(url + path, {
        method: "POST",
        headers: { "content-type": "text/xml;charset=UTF-8", SOAPAction: '""', ...headers },
        body: typeof body === "string" ? body : new Uint8Array(body),
      }),
    async send(body, path) {
      const response = await client.post(body, path);
      const text = await response.text();
      return { status: response.status, text, ...readBrokerResponse(text) };
    },
    run(command, change = {}) {
      const example = buildExampleCommand(getOperation(command), `test_${randomUUID()}`);
      return client.send(buildCommandRequest(keys, { ...example, ...change } as CommandDetails));
    },
    sendDocument: (document) =>
      client.send(
        buildRequestEnvelope(
          buildSpHeader(keys, formatTimeStamp(new Date())),
          xmlElement("req:RequestMsg", {}, xmlCdata(document)),
        ),
      ),
  };
  return client;
}

export function getOperation(command: string): SoapOperation {
  const operation = findOperation(command);
  assert(operation !== undefined, command);
  return operation;
}

/** A new application of the Broker: a service provider with secrets of its own. */
export async function createServiceProvider(
  sandbox: Pick<TestSandbox, "stores" | "platform">,
  options: {
    readonly environment?: "sandbox" | "live";
    readonly products?: readonly string[];
    readonly shortcodes?: readonly string[] | null;
    readonly trustedSources?: readonly string[];
  } = {},
): Promise<{ readonly id: bigint; readonly keys: SoapTestKeys }> {
  const {
    environment = "sandbox",
    products = productNames,
    shortcodes = null,
    trustedSources = [],
  } = options;
  const service = createApplicationService({
    sql: sandbox.stores.main,
    environment,
    actor: "test",
    refresh: () => Promise.resolve(),
    readSecretKey: () => testSecretKey,
  });
  const { id, secrets } = await service.create({
    developer: { email: "tester@sandbox.invalid", name: "Tester" },
    name: "Service provider of a test",
    description: "",
    sessionLifetimeMs: msPerDay,
    trustedSources,
    trustedOrigins: [],
    shortcodes,
    products: enableProducts(products),
    callbackUrls: [],
    credentials: soap.credentials,
  });
  const [spPassword = "", passwordKey = "", passwordVector = ""] = secrets;
  return {
    id,
    keys: { ...getSoapKeys(sandbox), ...getPublicNames(id), spPassword, passwordKey, passwordVector },
  };
}

/** A result as a listener reads it. */
export interface ReceivedSoapResult {
  readonly path: string;
  readonly text: string;
  readonly code: string;
  readonly type: string | null;
  readonly description: string | null;
  readonly originatorConversationId: string | null;
  readonly conversationId: string | null;
  readonly transactionId: string | null;
  readonly parameters: ReadonlyMap<string, string | null>;
  readonly references: ReadonlyMap<string, string | null>;
}

export interface SoapListener extends Listener {
  readonly resultUrl: string;
  readonly timeoutUrl: string;
  waitForResult(index?: number): Promise<ReceivedSoapResult>;
}

/** As the documentation of results asks listeners to answer. */
export const acknowledgement =
  '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body><res:ResponseMsg xmlns:res="http://api-v1.gen.mm.vodafone.com/mminterface/result"><![CDATA[<response><ResponseCode>00000000</ResponseCode><ResponseDesc>success</ResponseDesc></response>]]></res:ResponseMsg></soapenv:Body></soapenv:Envelope>';

export const acknowledgeResult: ListenerBehaviour = (_callback, response) =>
  void response.writeHead(200, { "content-type": "text/xml" }).end(acknowledgement);

export async function createSoapListener(behaviour = acknowledgeResult): Promise<SoapListener> {
  const listener = await createTestListener({ behaviour });
  const waitForResult = async (index = 0): Promise<ReceivedSoapResult> => {
    const received = (await listener.waitForCallbacks(index + 1))[index];
    assert(received !== undefined);
    return readResult(received.path, received.text);
  };
  return Object.assign(Object.create(listener) as Listener, {
    resultUrl: new URL("/result", listener.url).href,
    timeoutUrl: new URL("/timeout", listener.url).href,
    waitForResult,
    [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose](),
  });
}

export function readResult(path: string, text: string): ReceivedSoapResult {
  const result = readMessageDocument(text);
  assert.equal(result.name, "Result");
  const toMap = (entries: SoapEntries): ReadonlyMap<string, string | null> => new Map(entries);
  const g2 = readEntryList(result, "ResultParameters", "ResultParameter");
  return {
    path,
    text,
    code: getChildText(result, "ResultCode") ?? "",
    type: getChildText(result, "ResultType"),
    description: getChildText(result, "ResultDesc"),
    originatorConversationId: getChildText(result, "OriginatorConversationID"),
    conversationId: getChildText(result, "ConversationID"),
    transactionId: getChildText(result, "TransactionID"),
    parameters: toMap(g2.length > 0 ? g2 : readEntryList(result, "ResultParameters", "Parameter")),
    references: toMap(readEntryList(result, "ReferenceData", "ReferenceItem")),
  };
}
