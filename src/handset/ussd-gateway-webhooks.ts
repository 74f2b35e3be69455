/**
 * Webhooks for an operator's USSD gateway: it posts its customers' answers to prompts. docs/handsets.md is the
 * contract.
 *
 * The signature authenticates the gateway; its timestamp may be up to five minutes old (wall time). A repeated request
 * gets the first response again: a prompt ends once, the same answer to it is accepted again, and results of PIN checks
 * are cached, so that a wrong PIN is counted once. The cache is local to this server: if the repeat reaches another
 * server while the prompt is open, a wrong PIN is counted again.
 */
import { hash } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { Webhook, WebhookVerificationError } from "standardwebhooks";
import { marketNames, type Market } from "../core/markets.ts";
import { createLruCache } from "../core/lru-cache.ts";
import { readPrompt } from "../store/rail/prompts.ts";
import {
  answerPrompt,
  type HandsetContext,
  type HandsetReply,
  type HandsetReplyResult,
} from "./answer-prompt.ts";
import { isPin } from "./handset-api.ts";

export const gatewayAnswerPath = "/handset-gateway/v1/:market/prompts/:id/answer";

export interface GatewayWebhookDeps {
  readonly secret: string;
  readonly handsets: (market: Market) => HandsetContext;
}

interface GatewayReply {
  readonly reply: HandsetReply;
  readonly pin: string | null;
}

const maxBodyBytes = 4 * 1024;

/** Per server. */
const maxCachedResults = 10_000;

export function registerGatewayWebhooks(
  app: FastifyInstance,
  { secret, handsets }: GatewayWebhookDeps,
): void {
  const webhook = new Webhook(secret);
  const processOnce = createResultCache();
  void app.register(async (scope) => {
    // The signature covers the raw body, so it must not be parsed first.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "string" }, (_request, text, done) => done(null, text));
    scope.post(gatewayAnswerPath, { bodyLimit: maxBodyBytes }, async (request, reply) => {
      const { market: name, id } = request.params as { market: string; id: string };
      const signedText = readSignedBody(webhook, request);
      if (signedText === null)
        return sendError(
          reply,
          401,
          "The signature is missing, wrong or older than five minutes. Check the secret and the clock.",
        );
      const gatewayReply = parseReply(signedText, id);
      if (typeof gatewayReply === "string") return sendError(reply, 400, gatewayReply);
      const market = marketNames.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
      if (market === undefined)
        return sendError(
          reply,
          404,
          `The path names an unknown market. The markets: ${marketNames.join(", ")}.`,
        );
      const result = await processOnce(getRequestKey(market, request, signedText), () =>
        applyReply(handsets(market), id, gatewayReply),
      );
      return result === null
        ? sendError(reply, 404, "No prompt has this id in this market.")
        : reply.code(statuses[result.outcome]).send(toResponseBody(result));
    });
  });
}

/**
 * Processes each request once. Repeats wait for the same result. A request that failed, or that found no prompt or no
 * handset, is processed again.
 */
function createResultCache() {
  const results = createLruCache<string, Promise<HandsetReplyResult | null>>(maxCachedResults);
  return async (
    key: string,
    process: () => Promise<HandsetReplyResult | null>,
  ): Promise<HandsetReplyResult | null> => {
    const cached = results.get(key);
    if (cached !== undefined) return cached;
    const pending = process();
    results.set(key, pending);
    let result: HandsetReplyResult | null = null;
    try {
      result = await pending;
    } finally {
      if (result === null || result.outcome === "no_handset") results.delete(key);
    }
    return result;
  };
}

/** Includes the body: if a gateway uses one id for two answers, each gets its own result. */
const getRequestKey = (market: Market, { headers }: FastifyRequest, body: string): string =>
  hash("sha256", JSON.stringify([market, headers["webhook-id"], body]));

const sendError = (reply: FastifyReply, status: number, message: string): FastifyReply =>
  reply.code(status).send({ error: titles[status], message });

const titles: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  404: "Not Found",
};

const statuses: Readonly<Record<HandsetReplyResult["outcome"], number>> = {
  accepted: 200,
  prompt_not_open: 409,
  wrong_pin: 403,
  locked: 423,
  no_handset: 403,
};

const toResponseBody = (result: HandsetReplyResult): object =>
  result.outcome === "locked"
    ? { outcome: result.outcome, until: new Date(result.until).toISOString() }
    : result;

/** Returns the body, or null if its signature is not valid. */
function readSignedBody(webhook: Webhook, { body, headers }: FastifyRequest): string | null {
  if (typeof body !== "string") return null;
  const signatureHeaders = ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) => {
    const value = headers[name];
    return [name, typeof value === "string" ? value : ""];
  });
  try {
    webhook.verify(body, Object.fromEntries(signatureHeaders) as Record<string, string>, {
      jsonParse: false,
    });
    return body;
  } catch (error) {
    if (error instanceof WebhookVerificationError) return null;
    throw error;
  }
}

/** Returns the reply, or an error message. The body repeats the path's `id`, because the signature covers only the body. */
function parseReply(body: string, id: string): GatewayReply | string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return "The body is not JSON.";
  }
  if (typeof parsed !== "object" || parsed === null) return "The body is not a JSON object.";
  const { id: bodyId, says: reply, pin } = parsed as { id?: unknown; says?: unknown; pin?: unknown };
  if (typeof bodyId !== "string" || bodyId.toLowerCase() !== id.toLowerCase()) {
    return "id must be the prompt's id, as in the path.";
  }
  if (reply !== "approve" && reply !== "decline" && reply !== "no_answer") {
    return "says must be one of: approve, decline, no_answer.";
  }
  if (pin === undefined || pin === null) return { reply, pin: null };
  return typeof pin === "string" && isPin(pin) ? { reply, pin } : "pin must be four to six digits.";
}

/** Returns null if there is no such prompt. */
async function applyReply(
  context: HandsetContext,
  transactionId: string,
  { reply, pin }: GatewayReply,
): Promise<HandsetReplyResult | null> {
  const id = context.publicIds.decode(transactionId);
  const prompt = id === null ? undefined : await readPrompt(context.sql, id);
  return prompt === undefined ? null : answerPrompt(context, prompt, reply, pin);
}
