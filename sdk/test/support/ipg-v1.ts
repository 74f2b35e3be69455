/** A stand-in for M-Pesa's own gateway of IPG v1: one listener for each call, and answers as a test needs them. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { constants, generateKeyPairSync, privateDecrypt } from "node:crypto";
import { IpgV1, type IpgV1Options, type IpgV1Ports } from "../../src/ipg-v1/index.ts";

const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 4096 });

export const apiKey = "abcdefghijklmnopqrstuvwxyz012345";
export const publicKeyText = publicKey.export({ type: "spki", format: "der" }).toString("base64");

/** The key that a request was authenticated with. */
export function decryptBearer(authorization: string | undefined): string {
  const bearer = Buffer.from(authorization?.replace(/^Bearer /, "") ?? "", "base64");
  return privateDecrypt({ key: privateKey, padding: constants.RSA_PKCS1_PADDING }, bearer).toString("utf8");
}

export interface StubRequest {
  /** The listener that received it. */
  readonly listener: string;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  /** The parameters, from the body or from the query string. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** Answers a request with a status and a body, or by itself. */
export type StubAnswer = (
  request: StubRequest,
  response: ServerResponse,
) => readonly [status: number, body: unknown] | null;

export interface StubGateway extends AsyncDisposable {
  /** Its address without a port of a call: nothing listens there. */
  readonly url: string;
  readonly ports: Readonly<Record<keyof IpgV1Ports, number>>;
  readonly requests: readonly StubRequest[];
  setAnswer(answer: StubAnswer): void;
}

const names = ["c2b", "b2c", "b2b", "reversal", "queryTransactionStatus", "queryCustomerName"] as const;

export async function createStubGateway(): Promise<StubGateway> {
  const requests: StubRequest[] = [];
  let answer: StubAnswer = ({ parameters }) => [201, buildSuccess(parameters)];
  const listen = async (listener: string): Promise<Server> => {
    const server = createServer((request, response) => {
      void text(request).then((body) => {
        const received = { ...parseRequest(request, body), listener };
        requests.push(received);
        const reply = answer(received, response);
        if (reply === null) return;
        const isText = typeof reply[1] === "string";
        response.writeHead(reply[0], { "content-type": isText ? "text/html" : "application/json" });
        response.end(isText ? reply[1] : JSON.stringify(reply[1]));
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return server;
  };
  const servers = await Promise.all(names.map(listen));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  return {
    url: "http://127.0.0.1:9",
    ports: Object.fromEntries(names.map((name, index) => [name, ports[index] ?? 0])) as StubGateway["ports"],
    requests,
    setAnswer: (next) => void (answer = next),
    async [Symbol.asyncDispose]() {
      for (const server of servers) {
        server.closeAllConnections();
        server.close();
        await once(server, "close");
      }
    },
  };
}

function parseRequest({ method = "", url = "", headers }: IncomingMessage, body: string) {
  const { pathname, searchParams } = new URL(url, "http://stub");
  const parameters =
    body === "" ? Object.fromEntries(searchParams) : (JSON.parse(body) as Record<string, string>);
  return { method, path: pathname, headers, body, parameters };
}

/** What M-Pesa answers to a payment that succeeded. */
export const buildSuccess = (parameters: StubRequest["parameters"]) => ({
  output_ConversationID: "33ba59a5dbba4c1e9d4c1ba2a0b1e3d4",
  output_ResponseCode: "INS-0",
  output_ResponseDesc: "Request processed successfully",
  output_ThirdPartyReference: parameters["input_ThirdPartyReference"],
  output_TransactionID: "7m2swkzme9y9",
});

export const createStubClient = (
  { url, ports }: Pick<StubGateway, "url" | "ports">,
  overrides: Partial<IpgV1Options> = {},
): IpgV1 =>
  new IpgV1({
    environment: "sandbox",
    apiKey,
    publicKey: publicKeyText,
    baseUrl: url,
    ports,
    serviceProviderCode: "171717",
    initiator: { identifier: "MPesa2018", securityCredential: "Mpesa2019" },
    ...overrides,
  });
