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
import { minute, second } from "../clock.ts";
import { formatAmount, markets } from "../money.ts";
import { claimMessages, endMessage, postponeMessage, type MessageRow } from "../store/messages.ts";
import { claimPrompts, markShown, postponePrompt, type PromptRow } from "../store/prompts.ts";
import type { HandsetContext } from "./answering.ts";
import type { Carrier } from "./port.ts";
import { messageText, promptText } from "./words.ts";

export interface GatewayOptions {
  /** Without a slash at its end. */
  readonly url: string;
  /** `whsec_…`: what both sides sign with. */
  readonly secret: string;
  /** How long a call may take, by wall time. */
  readonly limitMs?: number;
  /** Told what went wrong with a call; nothing of it says a PIN or a message. */
  readonly onTrouble: (trouble: string) => void;
}

/** How many prompts, and as many messages, one server has with the gateway at a time. */
const atATime = 32;
/** After "later", a prompt is tried again that soon. */
const promptAgainMs = 2 * second;
/** Messages nobody takes are given up after a day. */
const messageLifeMs = 24 * 60 * minute;

type Told = "taken" | "unreachable" | "later";

export function gatewayCarrier(
  context: HandsetContext,
  { url, secret, limitMs = 10 * second, onTrouble }: GatewayOptions,
): Carrier {
  const { sql, clock } = context;
  const webhook = new Webhook(secret);
  // Its connections are its own: a gateway that hangs takes none from anybody else.
  const agent = new Agent({ connections: 2 * atATime });
  const leaseMs = limitMs + 5 * second;
  const aborting = new AbortController();

  async function post(path: string, id: string, body: object): Promise<Told> {
    const text = JSON.stringify(body);
    const at = new Date();
    const headers = {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
      "webhook-signature": webhook.sign(id, at, text),
    };
    try {
      const signal = AbortSignal.any([AbortSignal.timeout(limitMs), aborting.signal]);
      const answer = await request(url + path, {
        method: "POST",
        headers,
        body: text,
        dispatcher: agent,
        signal,
      });
      // What it says is not needed; how much it says is not waited for.
      await answer.body.dump({ limit: 64 * 1024, signal });
      const { statusCode } = answer;
      if (statusCode >= 200 && statusCode < 300) return "taken";
      if (statusCode === 404 || statusCode === 410) return "unreachable";
      onTrouble(`the handset gateway answered ${statusCode} to ${path}`);
    } catch (error) {
      onTrouble(
        `the handset gateway did not answer ${path}: ${error instanceof Error ? error.message : "?"}`,
      );
    }
    return "later";
  }

  async function carryPrompt(prompt: PromptRow): Promise<void> {
    const told = await post("/prompts", idOf(prompt.paymentId), promptBody(prompt, context));
    if (told === "taken") await markShown(sql, prompt.paymentId, clock.now());
    else if (told === "later") await postponePrompt(sql, prompt.paymentId, promptAgainMs);
    else {
      const { paymentId } = prompt;
      await context.payments.answerPrompt({ id: context.newId(), paymentId, says: "unreachable" });
    }
  }

  async function carryMessage(message: MessageRow): Promise<void> {
    const now = clock.now();
    const told = await post(
      "/messages",
      `${idOf(message.paymentId)}-${message.id}`,
      messageBody(message, context),
    );
    const age = now - message.at.getTime();
    if (told === "taken") await endMessage(sql, message.id, "delivered", now);
    else if (told === "unreachable" || age > messageLifeMs) await endMessage(sql, message.id, "lost", now);
    else await postponeMessage(sql, message.id, messageAgainMs(age));
  }

  const idOf = (paymentId: bigint): string => context.wire.transactionId(paymentId);
  const prompts = places(
    atATime,
    (free) => claimPrompts(sql, clock.now(), free, leaseMs),
    carryPrompt,
    onTrouble,
  );
  const messages = places(atATime, (free) => claimMessages(sql, free, leaseMs), carryMessage, onTrouble);
  return {
    prompts: prompts.fill,
    messages: messages.fill,
    async close() {
      aborting.abort(new Error("the server stops"));
      await Promise.all([prompts.idle(), messages.idle()]);
      await agent.close();
    },
  };
}

/** The older a message, the rarer it is tried: after a quarter of its age, 2 s to 10 min. */
export const messageAgainMs = (ageMs: number): number =>
  Math.min(10 * minute, Math.max(2 * second, ageMs / 4));

/** What the gateway is posted for a prompt. */
export function promptBody(prompt: PromptRow, { rail, wire }: Pick<HandsetContext, "rail" | "wire">): object {
  const { currency, decimals } = markets[rail.market];
  return {
    id: wire.transactionId(prompt.paymentId),
    market: rail.market,
    msisdn: prompt.msisdn,
    kind: prompt.mandate === null ? "payment" : "mandate",
    text: promptText(prompt, rail.market),
    amount: formatAmount(prompt.amountMinor, decimals),
    currency,
    organisation: { shortcode: prompt.organisation, name: prompt.organisationName },
    reference: prompt.reference,
    expiresAt: prompt.expiresAt.toISOString(),
  };
}

/** What the SMS centre is posted. */
export function messageBody(
  message: MessageRow,
  { rail, wire }: Pick<HandsetContext, "rail" | "wire">,
): object {
  const transactionId = (id: bigint): string => wire.transactionId(id);
  return {
    id: `${transactionId(message.paymentId)}-${message.id}`,
    market: rail.market,
    msisdn: message.msisdn,
    text: messageText(message, rail.market, transactionId),
  };
}

/** A few places for work that takes its time: `fill` claims as much as there are free ones, and waits for none. */
function places<T>(
  most: number,
  claim: (free: number) => Promise<T[]>,
  work: (each: T) => Promise<void>,
  onTrouble: (trouble: string) => void,
): { fill(): Promise<boolean>; idle(): Promise<void> } {
  const busy = new Set<Promise<void>>();
  return {
    async fill() {
      const free = most - busy.size;
      if (free === 0) return false;
      const claimed = await claim(free);
      for (const each of claimed) {
        const running = work(each)
          // The lease ends, and somebody tries again.
          .catch((error: unknown) => onTrouble(`a handset's work failed: ${String(error)}`))
          .finally(() => busy.delete(running));
        busy.add(running);
      }
      return false;
    },
    async idle() {
      await Promise.all(busy);
    },
  };
}
