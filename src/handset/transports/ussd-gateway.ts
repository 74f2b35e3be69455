/**
 * The carrier for an operator's own phones: prompts go to its USSD gateway, messages to its SMS centre, by
 * HTTP. docs/handsets.md is the contract.
 *
 * A prompt is claimed for a while in a short transaction, posted with no transaction open, and what came of
 * it is written down in another. A server that dies in between leaves the prompt to the others, who post it
 * again under the same id. A gateway that hangs keeps some places busy for ten seconds each, and nothing of
 * a payment's.
 */
import { Webhook } from "standardwebhooks";
import { Agent, request } from "undici";
import { msPerMinute, msPerSecond } from "../../core/clock.ts";
import { formatAmount, markets } from "../../core/money.ts";
import { claimMessages, finishMessage, postponeMessage, type MessageRow } from "../../store/rail/messages.ts";
import { claimPrompts, markDisplayed, postponePrompt, type PromptRow } from "../../store/rail/prompts.ts";
import type { HandsetContext } from "../answer-prompt.ts";
import type { HandsetTransport } from "../transport.ts";
import { formatMessage, formatPrompt } from "../message-text.ts";

export interface UssdGatewayOptions {
  /** Without a slash at its end. */
  readonly url: string;
  /** `whsec_…`: what both sides sign with. */
  readonly secret: string;
  /** How long a call may take, by wall time. */
  readonly timeoutMs?: number;
  /** Told what went wrong with a call; nothing of it says a PIN or a message. */
  readonly onError: (message: string) => void;
}

/** How many prompts, and as many messages, one server has with the gateway at a time. */
const maxConcurrentCalls = 32;
/** After "retry", a prompt is tried again that soon. */
const promptRetryMs = 2 * msPerSecond;
/** Messages nobody takes are given up after a day. */
const messageMaxAgeMs = 24 * 60 * msPerMinute;

type PostResult = "accepted" | "unreachable" | "retry";

export function createUssdGatewayTransport(
  context: HandsetContext,
  { url, secret, timeoutMs = 10 * msPerSecond, onError }: UssdGatewayOptions,
): HandsetTransport {
  const { sql, clock } = context;
  const webhook = new Webhook(secret);
  // Its connections are its own: a gateway that hangs takes none from anybody else.
  const agent = new Agent({ connections: 2 * maxConcurrentCalls });
  const leaseMs = timeoutMs + 5 * msPerSecond;
  const aborting = new AbortController();

  async function post(path: string, id: string, body: object): Promise<PostResult> {
    const payload = JSON.stringify(body);
    const signedAt = new Date();
    const headers = {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(signedAt.getTime() / 1000)),
      "webhook-signature": webhook.sign(id, signedAt, payload),
    };
    try {
      const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), aborting.signal]);
      const response = await request(url + path, {
        method: "POST",
        headers,
        body: payload,
        dispatcher: agent,
        signal,
      });
      // What it says is not needed; how much it says is not waited for.
      await response.body.dump({ limit: 64 * 1024, signal });
      const { statusCode } = response;
      if (statusCode >= 200 && statusCode < 300) return "accepted";
      if (statusCode === 404 || statusCode === 410) return "unreachable";
      onError(`the handset gateway answered ${statusCode} to ${path}`);
    } catch (error) {
      onError(`the handset gateway did not answer ${path}: ${error instanceof Error ? error.message : "?"}`);
    }
    return "retry";
  }

  async function deliverPrompt(prompt: PromptRow): Promise<void> {
    const result = await post("/prompts", toTransactionId(prompt.paymentId), toPromptBody(prompt, context));
    if (result === "accepted") await markDisplayed(sql, prompt.paymentId, clock.now());
    else if (result === "retry") await postponePrompt(sql, prompt.paymentId, promptRetryMs);
    else {
      const { paymentId } = prompt;
      await context.payments.answerPrompt({ id: context.newId(), paymentId, reply: "unreachable" });
    }
  }

  async function deliverMessage(message: MessageRow): Promise<void> {
    const now = clock.now();
    const result = await post(
      "/messages",
      `${toTransactionId(message.paymentId)}-${message.id}`,
      toMessageBody(message, context),
    );
    const age = now - message.at.getTime();
    if (result === "accepted") await finishMessage(sql, message.id, "delivered", now);
    else if (result === "unreachable" || age > messageMaxAgeMs)
      await finishMessage(sql, message.id, "lost", now);
    else await postponeMessage(sql, message.id, messageRetryMs(age));
  }

  const toTransactionId = (paymentId: bigint): string => context.publicIds.receipt(paymentId);
  const prompts = createWorkerPool(
    maxConcurrentCalls,
    (free) => claimPrompts(sql, clock.now(), free, leaseMs),
    deliverPrompt,
    onError,
  );
  const messages = createWorkerPool(
    maxConcurrentCalls,
    (free) => claimMessages(sql, free, leaseMs),
    deliverMessage,
    onError,
  );
  return {
    deliverPrompts: prompts.claimJobs,
    deliverMessages: messages.claimJobs,
    async close() {
      aborting.abort(new Error("the server stops"));
      await Promise.all([prompts.onIdle(), messages.onIdle()]);
      await agent.close();
    },
  };
}

/** The older a message, the rarer it is tried: after a quarter of its age, 2 s to 10 min. */
export const messageRetryMs = (ageMs: number): number =>
  Math.min(10 * msPerMinute, Math.max(2 * msPerSecond, ageMs / 4));

/** What the gateway is posted for a prompt. */
export function toPromptBody(
  prompt: PromptRow,
  { rail, publicIds }: Pick<HandsetContext, "rail" | "publicIds">,
): object {
  const { currency, decimals } = markets[rail.market];
  return {
    id: publicIds.receipt(prompt.paymentId),
    market: rail.market,
    msisdn: prompt.msisdn,
    kind: prompt.mandate === null ? "payment" : "mandate",
    text: formatPrompt(prompt, rail.market),
    amount: formatAmount(prompt.amountMinor, decimals),
    currency,
    organisation: { shortcode: prompt.organisation, name: prompt.organisationName },
    reference: prompt.reference,
    expiresAt: prompt.expiresAt.toISOString(),
  };
}

/** What the SMS centre is posted. */
export function toMessageBody(
  message: MessageRow,
  { rail, publicIds }: Pick<HandsetContext, "rail" | "publicIds">,
): object {
  const transactionId = (id: bigint): string => publicIds.receipt(id);
  return {
    id: `${transactionId(message.paymentId)}-${message.id}`,
    market: rail.market,
    msisdn: message.msisdn,
    text: formatMessage(message, rail.market, transactionId),
  };
}

/** A few places for work that takes its time: `fill` claims as much as there are free ones, and waits for none. */
function createWorkerPool<T>(
  maxConcurrent: number,
  claim: (free: number) => Promise<T[]>,
  run: (job: T) => Promise<void>,
  onError: (message: string) => void,
): { claimJobs(): Promise<boolean>; onIdle(): Promise<void> } {
  const running = new Set<Promise<void>>();
  return {
    async claimJobs() {
      const free = maxConcurrent - running.size;
      if (free === 0) return false;
      const jobs = await claim(free);
      for (const job of jobs) {
        const promise = run(job)
          // The lease ends, and somebody tries again.
          .catch((error: unknown) => onError(`a handset's work failed: ${String(error)}`))
          .finally(() => running.delete(promise));
        running.add(promise);
      }
      return false;
    },
    async onIdle() {
      await Promise.all(running);
    },
  };
}
