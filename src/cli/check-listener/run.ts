/** One run against one listener: what its scenarios share. */
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { openCaller, type Caller } from "../../callbacks/call.ts";
import { markets } from "../../money.ts";
import type { Exchange } from "./exchange.ts";
import { postOddly, type OddPost } from "./odd-posts.ts";
import type { Message, Payment } from "./payments.ts";
import { readRecord, type BookRecord, type Judge } from "./records.ts";
import type { Settings } from "./settings.ts";
import type { Delivery, Stage } from "./stage.ts";
import { isReference, ToolFailed, use, type Facts, type Tool } from "./tools.ts";

/** Nobody listens any more: what has not been played cannot be. */
export class ListenerGone extends Error {}

/** What a case saw in the records, to be seen once more when everything is over. */
export interface Expectation {
  readonly stage: Stage;
  readonly name: string;
  readonly payments: readonly Payment[];
  readonly judge: Judge;
}

export class Run implements AsyncDisposable {
  readonly settings: Settings;
  readonly deliveries: Delivery[] = [];
  readonly expectations: Expectation[] = [];
  /** Whether the listener was seen to book a payment that its own system never asked for. */
  booksStrangers = false;
  readonly #caller: Caller;

  constructor(settings: Settings) {
    this.settings = settings;
    this.#caller = openCaller({
      rules: { environment: "sandbox", privateListeners: true },
      resolve: () => Promise.resolve(settings.addresses),
      attemptMaxMs: settings.patience.withinMs,
    });
  }

  remember = (delivery: Delivery): void => void this.deliveries.push(delivery);
  expect = (expectation: Expectation): void => void this.expectations.push(expectation);

  /** An ordinary call, by the server's own caller. */
  async call(message: Message, headers: Readonly<Record<string, string>>): Promise<Exchange> {
    const { url, signal } = this.settings;
    const { body } = message;
    const at = new Date();
    const told = await this.#caller.call({ protocol: "openapi-v2", url, headers, body }, signal);
    signal.throwIfAborted();
    const { httpStatus: status, tookMs, answer, failure, retryAfterMs } = told;
    const flag = failure === null ? (told.flag ?? message.oddity(answer)) : null;
    return {
      at,
      method: "POST",
      headers,
      body,
      manner: "",
      status,
      tookMs,
      answer,
      failure,
      flag,
      retryAfterMs,
    };
  }

  callOddly(post: Omit<OddPost, "url">): Promise<Exchange> {
    const { url, patience, lookup, signal } = this.settings;
    return postOddly({ url, ...post }, { withinMs: patience.withinMs, lookup, signal });
  }

  /** The records of a payment; null without an option that shows them. */
  record(payment: Payment): Promise<BookRecord | null> {
    const { tools, signal } = this.settings;
    return tools.state === null ? Promise.resolve(null) : readRecord(tools.state, payment, signal);
  }

  /** Has the developer's own system begin a payment. It may have names of its own for it. */
  async begin(payment: Payment, unanswered: boolean): Promise<Payment> {
    const { tools, signal } = this.settings;
    if (tools.begin === null) return payment;
    const said = await use(tools.begin, factsOf(payment, unanswered), signal);
    return { ...payment, ...ownNames(tools.begin, said), asked: true };
  }

  /** Has the developer's own system do something about a payment. */
  async have(tool: Tool, payment: Payment): Promise<void> {
    await use(tool, factsOf(payment, true), this.settings.signal);
  }

  /**
   * How long the listener was away, in milliseconds: 0 when somebody listens now, null when nobody does and we have
   * waited long enough.
   */
  async downFor(): Promise<number | null> {
    const startedAt = performance.now();
    for (let tries = 0; ; tries += 1) {
      if (await this.#somebodyListens()) return tries === 0 ? 0 : performance.now() - startedAt;
      if (performance.now() - startedAt > this.settings.patience.comebackMs) return null;
      await sleep(50, undefined, { signal: this.settings.signal });
    }
  }

  /** At any of its addresses: `localhost` is often two, and most listeners have one of them. */
  async #somebodyListens(): Promise<boolean> {
    const { protocol, port } = new URL(this.settings.url);
    const number = Number(port === "" ? (protocol === "https:" ? 443 : 80) : port);
    for (const { address } of this.settings.addresses) if (await answersAt(address, number)) return true;
    return false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#caller.close();
  }
}

function answersAt(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2000 });
    const end = (listens: boolean) => (): void => {
      socket.destroy();
      resolve(listens);
    };
    socket.once("connect", end(true)).once("error", end(false)).once("timeout", end(false));
  });
}

/** What the developer's system is told of a payment that it is to begin, or to do something about. */
function factsOf(payment: Payment, unanswered: boolean): Facts {
  const { market } = payment;
  return {
    reference: payment.reference,
    conversationId: unanswered ? null : payment.conversationId,
    call: payment.call,
    amount: payment.amount,
    currency: payment.currency,
    msisdn: payment.msisdn,
    market,
    country: markets[market].country,
    transactionId: payment.commits === "" ? null : payment.commits,
  };
}

/** The reference and the ConversationID that the developer's system gave the payment, if it says so. */
function ownNames(tool: Tool, said: string): Partial<Payment> {
  const text = said.trim();
  if (!text.startsWith("{")) return {};
  let names: { reference?: unknown; conversationId?: unknown };
  try {
    names = JSON.parse(text) as typeof names;
  } catch (error) {
    throw new ToolFailed(`What ${tool.option} answered begins like JSON and is none.`, { cause: error });
  }
  const { reference, conversationId } = names;
  if (reference !== undefined && (typeof reference !== "string" || !isReference(reference)))
    throw new ToolFailed(`${tool.option} gave a reference that is not 1 to 32 letters and digits.`);
  if (
    conversationId !== undefined &&
    (typeof conversationId !== "string" || !/^\w{1,64}$/.test(conversationId))
  )
    throw new ToolFailed(`${tool.option} gave a conversationId that is not 1 to 64 letters and digits.`);
  return {
    ...(reference === undefined ? {} : { reference }),
    ...(conversationId === undefined ? {} : { conversationId }),
  };
}
