/** Calls the gateway of a sandbox over HTTP: a session, and requests in it. */
import { constants, createPublicKey, publicEncrypt, type KeyObject } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Market } from "../../core/markets.ts";
import { SandboxClientError } from "../sandbox-client.ts";
import { authenticationFailures } from "./authentication/authenticate.ts";

export interface SandboxRequest {
  readonly method: "GET" | "POST" | "PUT";
  /** The path below the market, such as `c2bPayment/singleStage`. */
  readonly path: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface SandboxHttpResponse {
  readonly status: number;
  /** The response body. */
  readonly fields: Readonly<Record<string, string>>;
  readonly tookMs: number;
}

export interface Gateway {
  /** The full URL of an operation. */
  buildUrl(path: string): string;
  call(request: SandboxRequest): Promise<SandboxHttpResponse>;
}

export interface GatewayOptions {
  /** Without a slash at its end. */
  readonly gateway: string;
  readonly market: Market;
  readonly apiKey: string;
  /** SubjectPublicKeyInfo, DER, base64. */
  readonly publicKey: string;
  readonly signal: AbortSignal;
}

/** A new session becomes active with a delay. Requests are retried for this long. */
const activationTimeoutMs = 60_000;
const activationPollMs = 500;

/** Opens a session in a market of the sandbox. Throws `SandboxClientError` if the gateway opens none. */
export async function connectGateway(options: GatewayOptions): Promise<Gateway> {
  const { gateway, market, apiKey, signal } = options;
  const publicKey = createPublicKey({
    key: Buffer.from(options.publicKey, "base64"),
    format: "der",
    type: "spki",
  });
  const buildUrl = (path: string): string => `${gateway}/sandbox/ipg/v2/${market}/${path}/`;
  const send = (request: SandboxRequest, bearer: string): Promise<SandboxHttpResponse> =>
    sendRequest(buildUrl(request.path), request, bearer, signal);
  const sessionRequest = { method: "GET", path: "getSession", fields: {} } as const;
  const { fields } = await send(sessionRequest, encryptBearer(publicKey, apiKey));
  const session = fields["output_SessionID"];
  if (session === undefined)
    throw new SandboxClientError(`The gateway did not open a session: ${describeAnswer(fields)}`);
  const bearer = encryptBearer(publicKey, session);
  return {
    buildUrl,
    async call(request) {
      const deadline = performance.now() + activationTimeoutMs;
      for (;;) {
        const answer = await send(request, bearer);
        const isInactive = answer.fields["output_error"] === authenticationFailures.session_not_live;
        if (!isInactive || performance.now() > deadline) return answer;
        await sleep(activationPollMs, undefined, { signal });
      }
    },
  };
}

/** What a response says about itself. */
export const describeAnswer = (fields: Readonly<Record<string, string>>): string =>
  fields["output_error"] ?? fields["output_ResponseDesc"] ?? "";

function encryptBearer(publicKey: KeyObject, secret: string): string {
  const padding = constants.RSA_PKCS1_PADDING;
  return publicEncrypt({ key: publicKey, padding }, Buffer.from(secret)).toString("base64");
}

async function sendRequest(
  url: string,
  { method, fields }: SandboxRequest,
  bearer: string,
  signal: AbortSignal,
): Promise<SandboxHttpResponse> {
  const query = new URLSearchParams(fields).toString();
  const hasQuery = method === "GET" && query !== "";
  const startedAt = performance.now();
  try {
    const response = await fetch(hasQuery ? `${url}?${query}` : url, {
      method,
      headers: { authorization: `Bearer ${bearer}`, origin: "*", "content-type": "application/json" },
      ...(method === "GET" ? {} : { body: JSON.stringify(fields) }),
      signal,
    });
    const body = (await response.json()) as Readonly<Record<string, string>>;
    return {
      status: response.status,
      fields: body,
      tookMs: Math.round(performance.now() - startedAt),
    };
  } catch (error) {
    signal.throwIfAborted();
    throw new SandboxClientError(`The gateway did not respond at ${url}: ${describeError(error)}`, {
      cause: error,
    });
  }
}

/** fetch puts the actual error into `cause`. */
function describeError(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}
