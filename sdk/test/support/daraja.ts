/** Clients of Daraja: of a sandbox, and of a server that answers as a test needs. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { generateKeyPairSync } from "node:crypto";
import { publicPasskey } from "../../../src/organisations/passkeys.ts";
import type { DarajaKeys } from "../../../test/support/daraja.ts";
import type { TestSandbox } from "../../../test/support/sandbox.ts";
import { Daraja, type DarajaOptions } from "../../src/daraja/index.ts";

export const paybill = "600990";

/** A client of the sandbox's seeded application. */
export function createSandboxClient(
  { url, platform }: Pick<TestSandbox, "url" | "platform">,
  overrides: Partial<DarajaOptions> = {},
): Daraja {
  const info = platform.sandboxInfo["daraja"] as DarajaKeys & { readonly securityCredential: string };
  const { consumerKey, consumerSecret, securityCredential } = info;
  return new Daraja({
    environment: "sandbox",
    baseUrl: url,
    consumerKey,
    consumerSecret,
    shortcode: paybill,
    passkey: publicPasskey,
    initiator: { name: "testapi", securityCredential },
    callbackUrl: "http://127.0.0.1:9/callback",
    resultUrl: "http://127.0.0.1:9/result",
    ...overrides,
  });
}

export interface StubRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Readonly<Record<string, unknown>>;
}

/** Answers a request: a status and a body, or nothing. */
export type StubAnswer = (
  request: StubRequest,
  response: ServerResponse,
) => readonly [status: number, body: unknown] | null;

export interface Stub extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly StubRequest[];
  /** Applies to every request but OAuth, which issues `token-1`, `token-2`, … */
  setAnswer(answer: StubAnswer): void;
  setTokenAnswer(answer: StubAnswer): void;
  listPaths(): string[];
}

export const oauthPath = "/oauth/v1/generate?grant_type=client_credentials";

export async function createStub(): Promise<Stub> {
  const requests: StubRequest[] = [];
  let tokens = 0;
  let answer: StubAnswer = () => [200, { ResponseCode: "0" }];
  let answerToken: StubAnswer = () => [200, { access_token: `token-${(tokens += 1)}`, expires_in: "3599" }];
  const server = createServer((request, response) => {
    void text(request).then((raw) => {
      const { method = "", url: path = "", headers } = request;
      const received = { method, path, headers, body: raw === "" ? {} : (JSON.parse(raw) as object) };
      requests.push(received as StubRequest);
      const reply = (path === oauthPath ? answerToken : answer)(received as StubRequest, response);
      if (reply === null) return;
      const [status, body] = reply;
      const isText = typeof body === "string";
      response.writeHead(status, { "content-type": isText ? "text/html" : "application/json" });
      response.end(isText ? body : JSON.stringify(body));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    setAnswer: (next) => void (answer = next),
    setTokenAnswer: (next) => void (answerToken = next),
    listPaths: () => requests.map(({ path }) => path),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

/** A key pair of M-Pesa: what the client encrypts with, and what decrypts it. */
export const certificate = publicKey.export({ type: "spki", format: "pem" });
export const certificateKey = privateKey;

export const createStubClient = (
  { url }: Pick<Stub, "url">,
  overrides: Partial<DarajaOptions> = {},
): Daraja =>
  new Daraja({
    environment: "sandbox",
    baseUrl: url,
    consumerKey: "a-consumer-key",
    consumerSecret: "a-consumer-secret",
    shortcode: "600996",
    passkey: "a-passkey",
    initiator: { name: "testapi", password: "Safaricom123!", certificate },
    callbackUrl: "https://example.com/callback",
    resultUrl: "https://example.com/result",
    ...overrides,
  });
