/**
 * An operator's USSD gateway and SMS centre for tests: a real server that records requests, checks their signature,
 * and responds as configured.
 */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text as readText } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";
import { waitFor } from "./prompts.ts";

export interface GatewayRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
  readonly verified: boolean;
}

/** A status to respond with; `hang` never responds; `vanish` disconnects after reading. */
export type GatewayBehaviour = number | "hang" | "vanish";

export interface UssdGateway extends AsyncDisposable {
  readonly url: string;
  readonly secret: string;
  readonly requests: readonly GatewayRequest[];
  /** Sets how it responds to a path: `/prompts` or `/messages`. */
  setBehaviour(path: string, behaviour: GatewayBehaviour): void;
  /** The requests to a path, once there are this many. */
  waitForRequests(path: string, count?: number): Promise<GatewayRequest[]>;
  /** Sends a customer's signed reply to the server; `overrides` make it invalid. */
  sendReply(
    serverUrl: string,
    market: string,
    body: { id: string; says: string; pin?: string },
    unusual?: ReplyOverrides,
  ): Promise<ReplyResult>;
}

export interface ReplyOverrides {
  readonly secret?: string;
  readonly at?: Date;
  /** The webhook id, for a repeated request. */
  readonly webhookId?: string;
  /** The prompt in the path, if it differs from the body's. */
  readonly path?: string;
  /** Sent instead of the signed body. */
  readonly text?: string;
}

export interface ReplyResult {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- any JSON of the server; the assertions check it
  readonly body: any;
}

export async function createUssdGateway(port = 0): Promise<UssdGateway> {
  const secret = `whsec_${Buffer.alloc(32, 9).toString("base64")}`;
  const requests: GatewayRequest[] = [];
  const behaviours = new Map<string, GatewayBehaviour>();
  const server = createServer((request, response) => void handleRequest(request, response));

  async function handleRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await readText(request);
    const path = request.url ?? "";
    const headers = request.headers as Record<string, string>;
    requests.push({
      path,
      headers,
      body: JSON.parse(text) as GatewayRequest["body"],
      verified: verifySignature(secret, text, headers),
    });
    const behaviour = behaviours.get(path) ?? 202;
    if (behaviour === "hang") return;
    if (behaviour === "vanish") request.socket.destroy();
    else response.writeHead(behaviour, { "content-type": "application/json" }).end("{}");
  }

  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const requestsTo = (path: string): GatewayRequest[] =>
    requests.filter((received) => received.path === path);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    secret,
    requests,
    setBehaviour: (path, behaviour) => void behaviours.set(path, behaviour),
    waitForRequests: (path, count = 1) =>
      waitFor(`${count} requests to ${path}`, async () =>
        requestsTo(path).length >= count ? requestsTo(path) : undefined,
      ),
    sendReply: (serverUrl, market, body, overrides) =>
      postReply(serverUrl, market, body, { secret, ...overrides }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function verifySignature(secret: string, text: string, headers: Record<string, string>): boolean {
  try {
    new Webhook(secret).verify(text, headers);
    return true;
  } catch {
    return false;
  }
}

async function postReply(
  serverUrl: string,
  market: string,
  body: object & { id: string },
  overrides: ReplyOverrides,
): Promise<ReplyResult> {
  const {
    secret = "",
    at: signedAt = new Date(),
    webhookId: id = randomUUID(),
    path = body.id,
    text,
  } = overrides;
  const signed = JSON.stringify(body);
  const response = await fetch(`${serverUrl}/handset-gateway/v1/${market}/prompts/${path}/answer`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(signedAt.getTime() / 1000)),
      "webhook-signature": new Webhook(secret).sign(id, signedAt, signed),
    },
    body: text ?? signed,
  });
  const responseText = await response.text();
  return { status: response.status, body: responseText === "" ? null : JSON.parse(responseText) };
}
