/**
 * A client of the OpenAPI gateway. Like an integrator's program it uses only M-Pesa's protocol and the data of
 * `sandbox.json`. `pay` and `trigger` use it.
 */
import { constants, createPublicKey, publicEncrypt, randomUUID, type KeyObject } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { authenticationFailures } from "../../../protocols/openapi-v2/authentication/authenticate.ts";
import type { Market } from "../../../core/markets.ts";
import { CommandFailed } from "../../terminal/exit-codes.ts";
import type { Sandbox } from "../../control-client.ts";
import { Interrupted, abortController } from "../../context.ts";

export interface GatewayResponse {
  readonly status: number;
  readonly code: string;
  readonly description: string;
  /** The response body. */
  readonly fields: Readonly<Record<string, string>>;
  readonly tookMs: number;
}

export interface GatewayRequest {
  readonly method: "GET" | "POST" | "PUT";
  /** The path below the market, such as `c2bPayment/singleStage`. */
  readonly path: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface GatewayClient {
  /** The full URL of an operation. */
  buildUrl(path: string): string;
  call(call: GatewayRequest): Promise<GatewayResponse>;
}

/** A new ThirdPartyConversationID: 32 letters and digits. */
export const createReference = (): string => randomUUID().replaceAll("-", "");

/** A new session becomes active with a delay. Requests are retried for this long. */
const activationTimeoutMs = 60_000;

/** Opens a session in a market of the sandbox. Throws `CommandFailed` if the gateway opens none. */
export async function createGatewayClient(
  sandbox: Sandbox,
  market: Market,
  apiKey?: string,
): Promise<GatewayClient> {
  const publicKey = createPublicKey({
    key: Buffer.from(sandbox.publicKey, "base64"),
    format: "der",
    type: "spki",
  });
  const buildUrl = (path: string): string => `${sandbox.gateway}/sandbox/ipg/v2/${market}/${path}/`;
  const sessionResponse = await send(
    buildUrl("getSession"),
    "GET",
    encryptBearer(publicKey, apiKey ?? sandbox.apiKey),
    {},
  );
  const session = sessionResponse.fields["output_SessionID"];
  if (session === undefined)
    throw new CommandFailed(`The gateway did not open a session: ${sessionResponse.description}`);
  const bearer = encryptBearer(publicKey, session);
  return {
    buildUrl,
    async call({ method, path, fields }) {
      const deadline = performance.now() + activationTimeoutMs;
      for (;;) {
        const response = await send(buildUrl(path), method, bearer, fields);
        const isInactive = response.fields["output_error"] === authenticationFailures.session_not_live;
        if (!isInactive || performance.now() > deadline) return response;
        await sleep(500);
      }
    },
  };
}

function encryptBearer(publicKey: KeyObject, secret: string): string {
  const padding = constants.RSA_PKCS1_PADDING;
  return publicEncrypt({ key: publicKey, padding }, Buffer.from(secret)).toString("base64");
}

async function send(
  url: string,
  method: string,
  bearer: string,
  fields: Readonly<Record<string, string>>,
): Promise<GatewayResponse> {
  const { signal } = abortController;
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
      code: body["output_ResponseCode"] ?? "-",
      description: body["output_error"] ?? body["output_ResponseDesc"] ?? "",
      fields: body,
      tookMs: Math.round(performance.now() - startedAt),
    };
  } catch (error) {
    if (signal.aborted) throw new Interrupted();
    throw new CommandFailed(`The gateway did not respond at ${url}: ${describeError(error)}`, {
      cause: error,
    });
  }
}

/** fetch puts the actual error into `cause`. */
function describeError(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}
