/**
 * An operator's USSD gateway and SMS centre, as far as a test needs one: a real server that takes what it is
 * posted, checks its signature, and behaves as it is told to.
 */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text as readText } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";
import { eventually } from "./prompts.ts";

export interface Posted {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
  readonly verified: boolean;
}

/** A status to answer with; `hang` never answers; `vanish` hangs up after reading. */
export type Behaviour = number | "hang" | "vanish";

export interface UssdGateway extends AsyncDisposable {
  readonly url: string;
  readonly secret: string;
  readonly posted: readonly Posted[];
  /** What it does with each path from now on: `/prompts` or `/messages`. */
  behave(path: string, behaviour: Behaviour): void;
  /** What was posted to a path, once there is as much of it. */
  heard(path: string, count?: number): Promise<Posted[]>;
  /** Tells the platform what a customer answered, signed; `unusual` spoils something. */
  answer(
    to: string,
    market: string,
    body: { id: string; says: string; pin?: string },
    unusual?: Unusual,
  ): Promise<Told>;
}

export interface Unusual {
  readonly secret?: string;
  readonly at?: Date;
  /** The request's own id, for one that is posted again. */
  readonly webhookId?: string;
  /** Another prompt in the path than in the body. */
  readonly path?: string;
  /** Sent instead of what was signed. */
  readonly text?: string;
}

export interface Told {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- whatever the platform answers; the assertions say what it should be
  readonly body: any;
}

export async function openUssdGateway(port = 0): Promise<UssdGateway> {
  const secret = `whsec_${Buffer.alloc(32, 9).toString("base64")}`;
  const posted: Posted[] = [];
  const behaviours = new Map<string, Behaviour>();
  const server = createServer((request, response) => void take(request, response));

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await readText(request);
    const path = request.url ?? "";
    const headers = request.headers as Record<string, string>;
    posted.push({
      path,
      headers,
      body: JSON.parse(text) as Posted["body"],
      verified: verifies(secret, text, headers),
    });
    const behaviour = behaviours.get(path) ?? 202;
    if (behaviour === "hang") return;
    if (behaviour === "vanish") request.socket.destroy();
    else response.writeHead(behaviour, { "content-type": "application/json" }).end("{}");
  }

  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const of = (path: string): Posted[] => posted.filter((each) => each.path === path);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    secret,
    posted,
    behave: (path, behaviour) => void behaviours.set(path, behaviour),
    heard: (path, count = 1) =>
      eventually(`${count} posted to ${path}`, async () => (of(path).length >= count ? of(path) : undefined)),
    answer: (to, market, body, unusual) => tell(to, market, body, { secret, ...unusual }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function verifies(secret: string, text: string, headers: Record<string, string>): boolean {
  try {
    new Webhook(secret).verify(text, headers);
    return true;
  } catch {
    return false;
  }
}

async function tell(
  to: string,
  market: string,
  body: object & { id: string },
  unusual: Unusual,
): Promise<Told> {
  const { secret = "", at = new Date(), webhookId: id = randomUUID(), path = body.id, text } = unusual;
  const signed = JSON.stringify(body);
  const response = await fetch(`${to}/handset-gateway/v1/${market}/prompts/${path}/answer`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
      "webhook-signature": new Webhook(secret).sign(id, at, signed),
    },
    body: text ?? signed,
  });
  const answer = await response.text();
  return { status: response.status, body: answer === "" ? null : JSON.parse(answer) };
}
