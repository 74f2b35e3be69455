/**
 * A client of the gateway, as an integrator's program has one: it speaks M-Pesa's own protocol over HTTP and
 * knows nothing that `sandbox.json` does not say. `pay` and `trigger` call with it.
 */
import { constants, createPublicKey, publicEncrypt, randomUUID, type KeyObject } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { authenticationFailures } from "../developers/authenticate.ts";
import type { Market } from "../money.ts";
import { Refused } from "./command-error.ts";
import type { Sandbox } from "./control-client.ts";
import { Interrupted, interruption } from "./run.ts";

export interface GatewayAnswer {
  readonly status: number;
  readonly code: string;
  readonly description: string;
  /** The raw answer. */
  readonly fields: Readonly<Record<string, string>>;
  readonly tookMs: number;
}

export interface GatewayCall {
  readonly method: "GET" | "POST" | "PUT";
  /** Below the market, such as `c2bPayment/singleStage`. */
  readonly path: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface Gateway {
  /** Where a call goes. */
  urlOf(path: string): string;
  call(call: GatewayCall): Promise<GatewayAnswer>;
}

/** A reference of one's own for a request: 32 letters and digits. */
export const newReference = (): string => randomUUID().replaceAll("-", "");

/** How long a session that is not live yet is waited for. */
const activationPatienceMs = 60_000;

/** Opens a session in a market of the sandbox. Throws `Refused` where the gateway gives none. */
export async function openGateway(sandbox: Sandbox, market: Market, apiKey?: string): Promise<Gateway> {
  const publicKey = createPublicKey({
    key: Buffer.from(sandbox.publicKey, "base64"),
    format: "der",
    type: "spki",
  });
  const urlOf = (path: string): string => `${sandbox.gateway}/sandbox/ipg/v2/${market}/${path}/`;
  const opened = await send(urlOf("getSession"), "GET", bearerFor(publicKey, apiKey ?? sandbox.apiKey), {});
  const session = opened.fields["output_SessionID"];
  if (session === undefined) throw new Refused(`The gateway gave no session: ${opened.description}`);
  const bearer = bearerFor(publicKey, session);
  return {
    urlOf,
    async call({ method, path, fields }) {
      const givingUpAt = performance.now() + activationPatienceMs;
      for (;;) {
        const answer = await send(urlOf(path), method, bearer, fields);
        const tooEarly = answer.fields["output_error"] === authenticationFailures.session_not_live;
        if (!tooEarly || performance.now() > givingUpAt) return answer;
        await sleep(500);
      }
    },
  };
}

function bearerFor(publicKey: KeyObject, secret: string): string {
  const padding = constants.RSA_PKCS1_PADDING;
  return publicEncrypt({ key: publicKey, padding }, Buffer.from(secret)).toString("base64");
}

async function send(
  url: string,
  method: string,
  bearer: string,
  fields: Readonly<Record<string, string>>,
): Promise<GatewayAnswer> {
  const { signal } = interruption;
  const query = new URLSearchParams(fields).toString();
  const inQuery = method === "GET" && query !== "";
  const startedAt = performance.now();
  try {
    const response = await fetch(inQuery ? `${url}?${query}` : url, {
      method,
      headers: { authorization: `Bearer ${bearer}`, origin: "*", "content-type": "application/json" },
      ...(method === "GET" ? {} : { body: JSON.stringify(fields) }),
      signal,
    });
    const said = (await response.json()) as Readonly<Record<string, string>>;
    return {
      status: response.status,
      code: said["output_ResponseCode"] ?? "-",
      description: said["output_error"] ?? said["output_ResponseDesc"] ?? "",
      fields: said,
      tookMs: Math.round(performance.now() - startedAt),
    };
  } catch (error) {
    if (signal.aborted) throw new Interrupted();
    throw new Refused(`The gateway did not answer at ${url}: ${reasonOf(error)}`, { cause: error });
  }
}

/** What fetch hides in a cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}
