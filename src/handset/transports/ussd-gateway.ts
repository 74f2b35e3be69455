/**
 * The transport for real phones: posts prompts to the operator's USSD gateway and messages to its SMS centre, by HTTP.
 * docs/handsets.md is the contract.
 *
 * A short transaction claims a prompt with a lease, the request is sent with no transaction open, and another
 * transaction stores the result. If a server stops in between, another server posts the prompt again under the same id.
 * A gateway that hangs occupies some of the concurrent requests for ten seconds each, and holds no locks of a payment.
 */
import { Webhook } from "standardwebhooks";
import PQueue from "p-queue";
import { msPerMinute, msPerSecond } from "../../core/clock.ts";
import { formatAmount } from "../../core/money.ts";
import { markets } from "../../core/markets.ts";
import { createOutboundClient } from "../../outbound/outbound-client.ts";
import { claimMessages, finishMessage, postponeMessage, type MessageRow } from "../../store/rail/messages.ts";
import { claimPrompts, markDisplayed, postponePrompt, type PromptRow } from "../../store/rail/prompts.ts";
import type { HandsetContext } from "../answer-prompt.ts";
import type { HandsetTransport } from "../transport.ts";
import { formatMessage, formatPrompt } from "../message-text.ts";

export interface UssdGatewayOptions {
  /** Without a trailing slash. */
  readonly url: string;
  /** `whsec_…`: both sides sign with it. */
  readonly secret: string;
  /** Limit for one request, in wall time. */
  readonly timeoutMs?: number;
  /** Gets a message that never contains a PIN or the text of an SMS. */
  readonly onError: (message: string) => void;
}

/** For prompts, and the same for messages, on each server. */
const maxConcurrentCalls = 32;
const promptRetryMs = 2 * msPerSecond;
/** After this, an undelivered message is lost. */
const messageMaxAgeMs = 24 * 60 * msPerMinute;

type PostResult = "accepted" | "unreachable" | "retry";

export function createUssdGatewayTransport(
  context: HandsetContext,
  { url, secret, timeoutMs = 10 * msPerSecond, onError }: UssdGatewayOptions,
): HandsetTransport {
  const { sql, clock } = context;
  const webhook = new Webhook(secret);
  // A separate connection pool: a gateway that hangs must not block other requests.
  const client = createOutboundClient({ timeoutMs, maxConnections: 2 * maxConcurrentCalls });
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
      const { status } = await client.send(
        { url: url + path, method: "POST", headers, body: payload },
        aborting.signal,
      );
      if (status >= 200 && status < 300) return "accepted";
      if (status === 404 || status === 410) return "unreachable";
      onError(`the handset gateway responded ${status} to ${path}`);
    } catch (error) {
      onError(
        `the handset gateway did not respond to ${path}: ${error instanceof Error ? error.message : "?"}`,
      );
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
  const prompts = new PQueue({ concurrency: maxConcurrentCalls });
  const messages = new PQueue({ concurrency: maxConcurrentCalls });
  return {
    deliverPrompts: () =>
      startJobs(prompts, (limit) => claimPrompts(sql, clock.now(), limit, leaseMs), deliverPrompt, onError),
    deliverMessages: () =>
      startJobs(messages, (limit) => claimMessages(sql, limit, leaseMs), deliverMessage, onError),
    async close() {
      aborting.abort(new Error("the server is stopping"));
      await Promise.all([prompts.onIdle(), messages.onIdle()]);
      await client.close();
    },
  };
}

/** A quarter of the message's age, from 2 s to 10 min: old messages are retried less often. */
export const messageRetryMs = (ageMs: number): number =>
  Math.min(10 * msPerMinute, Math.max(2 * msPerSecond, ageMs / 4));

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

/**
 * Claims as many jobs as the queue can run at once, and does not wait for them: a gateway that hangs must not delay the
 * jobs that become due meanwhile. True if there may be more jobs.
 */
async function startJobs<Job>(
  queue: PQueue,
  claim: (limit: number) => Promise<Job[]>,
  run: (job: Job) => Promise<void>,
  onError: (message: string) => void,
): Promise<boolean> {
  const limit = queue.concurrency - queue.pending;
  if (limit === 0) return false;
  const jobs = await claim(limit);
  for (const job of jobs) {
    queue
      .add(() => run(job))
      // When the lease expires, a server claims the job again.
      .catch((error: unknown) => onError(`a handset delivery failed and is retried: ${String(error)}`));
  }
  return jobs.length === limit;
}
