/**
 * What an operator's gateway posts to us: the answers that its customers gave. docs/handsets.md is the contract.
 *
 * The signature says who posts; its timestamp, by wall time, may be five minutes old. A request that is posted
 * again is answered as it was the first time: a prompt ends once, and the same answer to it is accepted again;
 * what came of a PIN is remembered here, so that a wrong one counts once. That memory is this server's own:
 * on another, while the prompt is open, a wrong PIN counts once more.
 */
import { hash } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { LRUCache } from "lru-cache";
import { Webhook, WebhookVerificationError } from "standardwebhooks";
import { marketNames, type Market } from "../money.ts";
import { readPrompt } from "../store/prompts.ts";
import { answerPrompt, type HandsetContext, type Said, type Settled } from "./answering.ts";
import { isPin } from "./phone.ts";

export const gatewayAnswerPath = "/handset-gateway/v1/:market/prompts/:id/answer";

export interface GatewayRoutesDeps {
  readonly secret: string;
  readonly handsets: (market: Market) => HandsetContext;
}

interface GatewayAnswer {
  readonly says: Said;
  readonly pin: string | null;
}

const bodyBytesMax = 4 * 1024;

/** Requests whose answers are remembered, on each server. */
const rememberedMax = 10_000;

export function gatewayRoutes(app: FastifyInstance, { secret, handsets }: GatewayRoutesDeps): void {
  const webhook = new Webhook(secret);
  const answerOnce = openMemory();
  void app.register(async (scope) => {
    // The signature is of the bytes, so they are kept as they came.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, body));
    scope.post(gatewayAnswerPath, { bodyLimit: bodyBytesMax }, async (request, reply) => {
      const { market: name, id } = request.params as { market: string; id: string };
      const body = signedBody(webhook, request);
      if (body === null) return refuse(reply, 401, "The signature is missing, wrong or too old.");
      const answer = readAnswer(body, id);
      if (typeof answer === "string") return refuse(reply, 400, answer);
      const market = marketNames.find((each) => each.toLowerCase() === name.toLowerCase());
      if (market === undefined) return refuse(reply, 404, "There is no such market.");
      const settled = await answerOnce(requestKey(market, request, body), () =>
        settle(handsets(market), id, answer),
      );
      return settled === null
        ? refuse(reply, 404, "There is no such prompt.")
        : reply.code(statuses[settled.outcome]).send(worded(settled));
    });
  });
}

/**
 * Answers each request once. Those that come again meanwhile wait for the same answer; one that found no
 * prompt or no PIN, or failed, is looked at anew.
 */
function openMemory() {
  const answers = new LRUCache<string, Promise<Settled | null>>({ max: rememberedMax });
  return async (key: string, work: () => Promise<Settled | null>): Promise<Settled | null> => {
    const known = answers.get(key);
    if (known !== undefined) return known;
    const answer = work();
    answers.set(key, answer);
    let settled: Settled | null = null;
    try {
      settled = await answer;
    } finally {
      if (settled === null || settled.outcome === "no_handset") answers.delete(key);
    }
    return settled;
  };
}

/** Names a request. With its body: an id that a gateway uses for two answers never gives one for the other. */
const requestKey = (market: Market, { headers }: FastifyRequest, body: string): string =>
  hash("sha256", JSON.stringify([market, headers["webhook-id"], body]));

const refuse = (reply: FastifyReply, status: number, message: string): FastifyReply =>
  reply.code(status).send({ error: titles[status], message });

const titles: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  404: "Not Found",
};

const statuses: Readonly<Record<Settled["outcome"], number>> = {
  accepted: 200,
  prompt_not_open: 409,
  wrong_pin: 403,
  locked: 423,
  no_handset: 403,
};

const worded = (settled: Settled): object =>
  settled.outcome === "locked" ? { ...settled, until: new Date(settled.until).toISOString() } : settled;

/** The body, if whoever has the secret signed it; null otherwise. */
function signedBody(webhook: Webhook, { body, headers }: FastifyRequest): string | null {
  if (typeof body !== "string") return null;
  const known = ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) => {
    const value = headers[name];
    return [name, typeof value === "string" ? value : ""];
  });
  try {
    webhook.verify(body, Object.fromEntries(known) as Record<string, string>, { jsonParse: false });
    return body;
  } catch (error) {
    if (error instanceof WebhookVerificationError) return null;
    throw error;
  }
}

/** The answer, or what is wrong with it. `id` is the prompt's in the path: the signature has to cover it. */
function readAnswer(body: string, id: string): GatewayAnswer | string {
  let given: unknown;
  try {
    given = JSON.parse(body);
  } catch {
    return "The body is no JSON.";
  }
  if (typeof given !== "object" || given === null) return "The body is no JSON object.";
  const { id: named, says, pin } = given as { id?: unknown; says?: unknown; pin?: unknown };
  if (typeof named !== "string" || named.toLowerCase() !== id.toLowerCase()) {
    return "id must be the prompt's, as in the path.";
  }
  if (says !== "approve" && says !== "decline" && says !== "no_answer") {
    return "says must be one of: approve, decline, no_answer.";
  }
  if (pin === undefined || pin === null) return { says, pin: null };
  return typeof pin === "string" && isPin(pin) ? { says, pin } : "pin must be four to six digits.";
}

/** Null for a prompt that there is not. */
async function settle(
  context: HandsetContext,
  name: string,
  { says, pin }: GatewayAnswer,
): Promise<Settled | null> {
  const id = context.wire.find(name);
  const prompt = id === null ? undefined : await readPrompt(context.sql, id);
  return prompt === undefined ? null : answerPrompt(context, prompt, says, pin);
}
