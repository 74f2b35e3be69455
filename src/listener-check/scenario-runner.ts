/**
 * Where a scenario is played: it begins payments, tells the listener of them, looks into its records, and writes down
 * all of it as evidence.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Product } from "../protocols/openapi-v2/products.ts";
import type { RecordedRefusal } from "../payments/refusals.ts";
import { failed, notObservable, passed, warning, pickWorse, type Finding } from "./case.ts";
import {
  buildHeaders,
  describeExchange,
  isRetryable,
  type Exchange,
  type SignatureOptions,
} from "./exchange.ts";
import type { RawRequest } from "./raw-requests.ts";
import { createPayment, buildMessage, type Message, type Payment } from "./payments.ts";
import { formatRecord, type MerchantRecord, type RecordCheck } from "./merchant-records.ts";
import { ListenerGone, type CheckSession } from "./session.ts";
import { HookFailed } from "./merchant-hooks.ts";

/** What happened, in order. `about` is the case that it matters to; null is all of a scenario's. */
export type Step = { readonly caseName: string | null } & (
  | { readonly kind: "note"; readonly text: string }
  | { readonly kind: "exchange"; readonly of: string; readonly exchange: Exchange }
  | { readonly kind: "record"; readonly of: string; readonly text: string }
);

type NewStep = Step extends infer Each ? (Each extends Step ? Omit<Each, "caseName"> : never) : never;

/** All attempts to tell one message. */
export interface Delivery {
  readonly message: Message;
  readonly attempts: readonly [Exchange, ...Exchange[]];
  readonly acknowledged: boolean;
}

/** So much is written down of a scenario; a hundred payments at once need not all be. */
const maxSteps = 120;

/** What is different about a message's headers: the id it is sent under, and others. */
interface MessageChange {
  readonly id?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const stateOptions = "--state-url or --state-command";

export class ScenarioRunner {
  readonly session: CheckSession;
  readonly steps: Step[];
  readonly findings: Map<string, Finding>;
  readonly #scenario: string;
  readonly #caseName: string | null;
  readonly #failuresOnly: boolean;

  constructor(
    session: CheckSession,
    scenario: string,
    caseName: string | null = null,
    shared: { steps: Step[]; findings: Map<string, Finding> } = { steps: [], findings: new Map() },
    failuresOnly = false,
  ) {
    this.session = session;
    this.#scenario = scenario;
    this.#caseName = caseName;
    this.#failuresOnly = failuresOnly;
    this.steps = shared.steps;
    this.findings = shared.findings;
  }

  /** The same stage; what is written down there is evidence of one case alone. */
  forCase(caseName: string): ScenarioRunner {
    return new ScenarioRunner(this.session, this.#scenario, caseName, this);
  }

  /** The same stage, for a crowd: only what goes wrong is written down. */
  recordFailuresOnly(): ScenarioRunner {
    return new ScenarioRunner(this.session, this.#scenario, this.#caseName, this, true);
  }

  get settings() {
    return this.session.settings;
  }

  report(name: string, finding: Finding): void {
    const before = this.findings.get(name);
    this.findings.set(name, before === undefined ? finding : pickWorse(before, finding));
  }

  note(text: string): void {
    this.#addStep({ kind: "note", text });
  }

  /** An exchange of another scenario, as evidence of this one. */
  addExchange(of: string, exchange: Exchange): void {
    this.#addStep({ kind: "exchange", of, exchange });
  }

  #addStep(newStep: NewStep, isFailure = false): void {
    if (this.#failuresOnly && !isFailure) return;
    if (this.steps.length < maxSteps) this.steps.push({ caseName: this.#caseName, ...newStep });
  }

  /** A payment that nobody in the developer's system has ever heard of. */
  createUnrequestedPayment(label: string, change: Partial<Payment> = {}): Payment {
    const { random, market, calls } = this.settings;
    const call: Product = change.call ?? calls[0];
    const created = createPayment(random, market, call, `${this.#scenario}/${label}`);
    return { ...created, requested: false, ...change, label };
  }

  /**
   * A payment that the developer's own system has asked for, if it can be had begin one. `unanswered` is one whose
   * acknowledgement got lost, so that the system knows nothing of it but its own reference.
   */
  async begin(
    label: string,
    change: Partial<Payment> & { readonly unanswered?: true } = {},
  ): Promise<Payment> {
    const { unanswered, ...changes } = change;
    const payment = await this.session.begin(
      this.createUnrequestedPayment(label, changes),
      unanswered === true,
    );
    const { requested, reference, amount, currency } = payment;
    if (requested) this.note(`${label} was begun: ${reference}, ${amount} ${currency}`);
    await this.#assertNotBooked(payment);
    return payment;
  }

  async beginAll(labels: readonly string[], change: Partial<Payment> = {}): Promise<Payment[]> {
    return mapConcurrently(labels, 8, (label) => this.begin(label, change));
  }

  /** A seed that was used on these very books before says nothing any more. */
  async #assertNotBooked(payment: Payment): Promise<void> {
    const record = await this.readRecord(payment);
    if (record === null || record.bookings === 0) return;
    throw new HookFailed(
      `${payment.reference} was booked before anything was told of it: with these books, leave --seed out.`,
    );
  }

  /** Whether the records would show it if the payment were booked. */
  canObserve({ requested }: Payment): boolean {
    return this.settings.hooks.state !== null && (requested || this.session.booksUnrequested);
  }

  successMessage = (payment: Payment): Message => buildMessage(this.settings.random, payment, null);
  refusalMessage = (payment: Payment, refusal: RecordedRefusal): Message =>
    buildMessage(this.settings.random, payment, refusal);

  /** How a message is signed: as production does, if we have the secret. */
  defaultSignature(): SignatureOptions {
    const { webhook } = this.settings;
    return { webhooks: webhook === null ? [] : [webhook] };
  }

  /** One ordinary call, as the server makes it. */
  async send(
    message: Message,
    signature: SignatureOptions = this.defaultSignature(),
    change: MessageChange = {},
  ): Promise<Exchange> {
    const headers = await buildHeaders(change.id ?? message.payment.conversationId, message.body, signature);
    const exchange = await this.session.call(message, { ...headers, ...change.headers });
    this.#addStep({ kind: "exchange", of: message.payment.label, exchange }, exchange.failure !== null);
    return exchange;
  }

  /** A call in an unusual way. */
  async sendRaw(of: string, request: Omit<RawRequest, "url">): Promise<Exchange> {
    const exchange = await this.session.callRaw(request);
    this.#addStep({ kind: "exchange", of, exchange }, exchange.failure !== null);
    return exchange;
  }

  /** The headers of a message, for a call in an unusual way. */
  buildHeaders = (message: Message): Promise<Record<string, string>> =>
    buildHeaders(message.payment.conversationId, message.body, this.defaultSignature());

  /** Tells a message, again and again while that may help, as production does over two days. */
  async deliver(message: Message): Promise<Delivery> {
    const first = await this.send(message);
    return this.continueDelivery(message, [first]);
  }

  /** Goes on telling a message after some attempts. */
  async continueDelivery(
    message: Message,
    previousAttempts: readonly [Exchange, ...Exchange[]],
  ): Promise<Delivery> {
    const attempts: [Exchange, ...Exchange[]] = [...previousAttempts];
    for (const gapMs of this.settings.timeouts.retryDelaysMs) {
      const last = attempts.at(-1) as Exchange;
      if (last.failure === null || !isRetryable(last)) break;
      await this.wait(Math.max(gapMs, Math.min(last.retryAfterMs ?? 0, 2000)));
      attempts.push(await this.send(message));
    }
    const acknowledged = attempts.at(-1)?.failure === null;
    const delivery = { message, attempts, acknowledged };
    this.session.addDelivery(delivery);
    return delivery;
  }

  wait = (ms: number): Promise<unknown> => sleep(ms, undefined, { signal: this.settings.signal });

  /** Reports whether messages were acknowledged, of a case whose promise that is. */
  reportAcknowledged(name: string, deliveries: readonly Delivery[]): void {
    const unacknowledged = deliveries.filter(({ acknowledged }) => !acknowledged);
    if (unacknowledged.length > 0)
      return this.report(name, failed(describeUnacknowledged(unacknowledged, deliveries.length)));
    const retried = deliveries.filter(({ attempts }) => attempts.length > 1);
    const slowest = Math.max(...deliveries.flatMap(({ attempts }) => attempts.map(({ tookMs }) => tookMs)));
    if (retried.length === 0) {
      const text =
        deliveries.length === 1
          ? `acknowledged in ${slowest} ms`
          : `${deliveries.length} acknowledged, in ${slowest} ms at most`;
      return this.report(name, passed(text));
    }
    const [{ attempts }] = retried as [Delivery];
    const text = `${retried.length} of ${deliveries.length} only when told again, after: ${describeExchange(attempts[0])}`;
    this.report(name, warning(text));
  }

  /** The records of a payment, or null if we cannot look into them. */
  async readRecord(payment: Payment): Promise<MerchantRecord | null> {
    const record = await this.session.readRecord(payment);
    if (record !== null) this.#addStep({ kind: "record", of: payment.label, text: formatRecord(record) });
    return record;
  }

  /**
   * Reports what the records say of payments: waits until they say it, and sees whether they go on saying it, now and
   * at the end of the run.
   */
  async expectRecords(name: string, payments: readonly Payment[], check: RecordCheck): Promise<void> {
    await this.expectRecordsNow(name, payments, check);
    if (this.settings.hooks.state !== null)
      this.session.addExpectation({ runner: this, name, payments, check });
  }

  /** The same, for what will not be true any more at the end of the run. */
  async expectRecordsNow(name: string, payments: readonly Payment[], check: RecordCheck): Promise<void> {
    const { timeouts, hooks } = this.settings;
    if (hooks.state === null) return this.report(name, notVisible);
    const deadline = performance.now() + timeouts.recordsMs;
    let finding = await this.#checkRecords(payments, check, false);
    while (finding.verdict === "failed" && finding.final !== true && performance.now() < deadline) {
      await this.wait(50);
      finding = await this.#checkRecords(payments, check, false);
    }
    if (finding.verdict === "passed") await this.wait(timeouts.stableMs);
    const { final: _, ...seen } = await this.#checkRecords(payments, check, true);
    // What was booked at any moment was booked, even if it was taken back since.
    this.report(name, finding.final === true && seen.verdict !== "failed" ? finding : seen);
  }

  /** What the records say of several payments: the worst of it. */
  async recheckRecords(payments: readonly Payment[], check: RecordCheck): Promise<Finding> {
    return this.#checkRecords(payments, check, true);
  }

  async #checkRecords(
    payments: readonly Payment[],
    check: RecordCheck,
    addsSteps: boolean,
  ): Promise<ReturnType<RecordCheck>> {
    const checked = await mapConcurrently(payments, 8, async (payment) => {
      const record = await this.session.readRecord(payment);
      if (record === null) return { payment, finding: notVisible };
      const finding = this.#requireObservable(payment, check(payment, record));
      const text = formatRecord(record);
      if (addsSteps) this.#addStep({ kind: "record", of: payment.label, text }, finding.verdict === "failed");
      return { payment, finding };
    });
    const worst = checked.reduce<ReturnType<RecordCheck>>(
      (worstSoFar, { finding }) => pickWorse(worstSoFar, finding),
      passed(""),
    );
    const worstChecked = checked.filter(({ finding }) => finding.verdict === worst.verdict);
    if (payments.length === 1 || worst.verdict === "not observable") return worstChecked[0]?.finding ?? worst;
    return {
      ...worst,
      message:
        worst.verdict === "passed" ? formatCounts(worstChecked) : formatList(worstChecked, checked.length),
    };
  }

  /**
   * That a payment was not booked says nothing about a listener that books nothing that its system has not asked for,
   * if nobody asked.
   */
  #requireObservable(payment: Payment, finding: ReturnType<RecordCheck>): ReturnType<RecordCheck> {
    if (finding.verdict !== "passed" || payment.requested || this.session.booksUnrequested) return finding;
    return notObservable(
      "Nobody in the listener's own system asked for the payment, so it would not book it anyway.",
      "--begin-url or --begin-command",
    );
  }

  /** Makes sure that the listener still answers, with a payment of its own. Throws when it is gone for good. */
  async checkStillServes(label: string): Promise<Finding | null> {
    const downtimeMs = await this.session.measureDowntime();
    if (downtimeMs === null) throw new ListenerGone();
    if (downtimeMs > 0) return failed(`It went down, and came back after ${Math.round(downtimeMs)} ms.`);
    const failuresOnly = this.recordFailuresOnly();
    const probe = await failuresOnly.begin(label);
    const { acknowledged, attempts } = await failuresOnly.deliver(failuresOnly.successMessage(probe));
    if (acknowledged) return null;
    if ((await this.session.measureDowntime()) === null) throw new ListenerGone();
    return failed(`After it, a good message was not acknowledged any more: ${describeExchange(attempts[0])}`);
  }
}

export const notVisible: Finding = notObservable("Only the listener's own records show this.", stateOptions);

interface CheckedPayment {
  readonly payment: Payment;
  readonly finding: Finding;
}

/** `15 failed, not booked; 2 pending, not booked`. */
function formatCounts(checked: readonly CheckedPayment[]): string {
  const byMessage = Map.groupBy(checked, ({ finding }) => finding.message);
  return [...byMessage].map(([message, group]) => `${group.length} ${message}`).join("; ");
}

function formatList(checked: readonly CheckedPayment[], all: number): string {
  const first = checked.slice(0, 4).map(({ payment, finding }) => `${payment.label}: ${finding.message}`);
  const more = checked.length > 4 ? `; and ${checked.length - 4} more` : "";
  return `${checked.length} of ${all}: ${first.join("; ")}${more}`;
}

function describeUnacknowledged(unacknowledged: readonly Delivery[], all: number): string {
  const [first] = unacknowledged as [Delivery, ...Delivery[]];
  const last = first.attempts.at(-1) as Exchange;
  const reason = `${describeExchange(last)}${formatAttempt(first)}`;
  if (all === 1) return reason;
  return `${unacknowledged.length} of ${all} were not acknowledged; ${first.message.payment.label}: ${reason}`;
}

const formatAttempt = ({ attempts }: Delivery): string =>
  attempts.length === 1 ? "" : ` (attempt ${attempts.length})`;

/** Does something for each of them, so many at a time; the answers are in their order. */
export async function mapConcurrently<T, Result>(
  items: readonly T[],
  concurrency: number,
  action: (item: T) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) results[i] = await action(items[i] as T);
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker));
  return results;
}
