/** The state of one run against one listener, which its scenarios share. */
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { addQuery } from "../callbacks/deliver.ts";
import { createWebhookClient, type WebhookClient } from "../callbacks/webhook-client.ts";
import { markets } from "../core/markets.ts";
import type { CheckedPayment, ListenerMessage } from "../protocols/listener-checks.ts";
import type { Delivery, Exchange } from "./exchange.ts";
import { getContent } from "./message-content.ts";
import { sendRaw, type RawRequest } from "./raw-requests.ts";
import type { Finding } from "./finding.ts";
import { readRecord, type MerchantRecord } from "./merchant-records.ts";
import type { Parallelism } from "./parallelism.ts";
import type { CheckSettings } from "./settings.ts";
import { isReference, HookFailed, runHook, type HookVariables, type Hook } from "./merchant-hooks.ts";

/** A listener of the developer's own may have any URL. */
const anyUrl = { httpsOnly: false, ports: null };

/** The listener is down and stays down, so no other scenario can run. */
export class ListenerGone extends Error {}

/** A passed check on records, to be repeated at the end of the run. */
export interface Expectation {
  /** The case. */
  readonly name: string;
  /** The findings of its scenario. */
  readonly findings: Map<string, Finding>;
  recheck(): Promise<Finding>;
}

export class CheckSession implements AsyncDisposable {
  readonly settings: CheckSettings;
  readonly deliveries: Delivery[] = [];
  readonly expectations: Expectation[] = [];
  /** Whether the merchant was seen to book a payment that its own system did not request. */
  booksUnrequested = false;
  /** Whether the listener handles several callbacks at the same time; null as long as no case needed it. */
  parallelism: Promise<Parallelism> | null = null;
  readonly #client: WebhookClient;

  constructor(settings: CheckSettings) {
    this.settings = settings;
    this.#client = createWebhookClient({
      rules: { environment: "sandbox", privateListeners: true },
      resolve: () => Promise.resolve(settings.addresses),
      timeoutMs: settings.timeouts.responseMs,
    });
  }

  addDelivery = (delivery: Delivery): void => void this.deliveries.push(delivery);
  addExpectation = (expectation: Expectation): void => void this.expectations.push(expectation);

  /** Sends an ordinary request with the server's own client. */
  async call(
    message: ListenerMessage,
    headers: Readonly<Record<string, string>>,
    url = this.settings.url,
  ): Promise<Exchange> {
    const { signal } = this.settings;
    const { method = "POST", query, body } = message;
    const at = new Date();
    const request = { urlRules: anyUrl, url: query === undefined ? url : addQuery(url, query), method };
    const response = await this.#client.send({ ...request, headers, body }, signal);
    signal.throwIfAborted();
    const { httpStatus: status, durationMs: tookMs, body: responseBody, failure, retryAfterMs } = response;
    const warning =
      failure === null ? (response.warning ?? message.checkAcknowledgement(responseBody)) : null;
    return {
      at,
      method,
      headers,
      body: getContent(message),
      manner: "",
      status,
      tookMs,
      responseBody,
      failure,
      warning,
      retryAfterMs,
    };
  }

  callRaw(post: Omit<RawRequest, "url">): Promise<Exchange> {
    const { url, timeouts, lookup, signal } = this.settings;
    return sendRaw({ url, ...post }, { timeoutMs: timeouts.responseMs, lookup, signal });
  }

  /** The records of a payment; null without a hook. */
  readRecord(payment: CheckedPayment): Promise<MerchantRecord | null> {
    const { hooks, signal } = this.settings;
    return hooks.state === null ? Promise.resolve(null) : readRecord(hooks.state, payment, signal);
  }

  /** Makes the merchant's system request a payment. It may return its own ids. */
  async begin(payment: CheckedPayment, unanswered: boolean): Promise<CheckedPayment> {
    const { hooks, signal } = this.settings;
    if (hooks.begin === null) return payment;
    const output = await runHook(hooks.begin, toHookVariables(payment, unanswered), signal);
    return { ...payment, ...parseHookOutput(hooks.begin, output), requested: true };
  }

  /** Runs another hook for a payment. */
  async runHook(hook: Hook, payment: CheckedPayment): Promise<void> {
    await runHook(hook, toHookVariables(payment, true), this.settings.signal);
  }

  /** The listener's downtime in milliseconds: 0 if it is up, null if it stays down. */
  async measureDowntime(): Promise<number | null> {
    const startedAt = performance.now();
    for (let attempts = 0; ; attempts += 1) {
      if (await this.#isListening()) return attempts === 0 ? 0 : performance.now() - startedAt;
      if (performance.now() - startedAt > this.settings.timeouts.restartMs) return null;
      await sleep(50, undefined, { signal: this.settings.signal });
    }
  }

  /** Tries all addresses: `localhost` often has two, and most listeners use only one. */
  async #isListening(): Promise<boolean> {
    const { protocol, port } = new URL(this.settings.url);
    const number = Number(port === "" ? (protocol === "https:" ? 443 : 80) : port);
    for (const { address } of this.settings.addresses) if (await isPortOpen(address, number)) return true;
    return false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
  }
}

function isPortOpen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2000 });
    const end = (listens: boolean) => (): void => {
      socket.destroy();
      resolve(listens);
    };
    socket.once("connect", end(true)).once("error", end(false)).once("timeout", end(false));
  });
}

/** The data that a hook gets about a payment. */
function toHookVariables(payment: CheckedPayment, unanswered: boolean): HookVariables {
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
    transactionId: payment.committedTransactionId === "" ? null : payment.committedTransactionId,
  };
}

/** The reference and the platform's id of the request that the merchant's system returned, if any. */
function parseHookOutput(hook: Hook, output: string): Partial<CheckedPayment> {
  const text = output.trim();
  if (!text.startsWith("{")) return {};
  let names: { reference?: unknown; conversationId?: unknown };
  try {
    names = JSON.parse(text) as typeof names;
  } catch (error) {
    throw new HookFailed(`The output of ${hook.option} begins like JSON but is not valid JSON.`, {
      cause: error,
    });
  }
  const { reference, conversationId } = names;
  if (reference !== undefined && (typeof reference !== "string" || !isReference(reference)))
    throw new HookFailed(`${hook.option} returned a reference that is not 1 to 32 letters and digits.`);
  if (
    conversationId !== undefined &&
    (typeof conversationId !== "string" || !/^\w{1,64}$/.test(conversationId))
  )
    throw new HookFailed(`${hook.option} returned a conversationId that is not 1 to 64 letters and digits.`);
  return {
    ...(reference === undefined ? {} : { reference }),
    ...(conversationId === undefined ? {} : { conversationId }),
  };
}
