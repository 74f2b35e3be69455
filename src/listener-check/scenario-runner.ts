/**
 * Used by a scenario to request payments, deliver their callbacks, check the merchant's records, and record
 * all of it as evidence.
 */
import { setTimeout as sleep } from "node:timers/promises";
import pMap from "p-map";
import type { CheckedPayment, ListenerMessage, RecordedRefusal } from "../protocols/listener-checks.ts";
import { failed, notObservable, passed, warning, pickWorse, type Finding } from "./finding.ts";
import {
  buildHeaders,
  describeExchange,
  isRetryable,
  type Delivery,
  type Exchange,
  type SignatureOptions,
} from "./exchange.ts";
import type { RawRequest } from "./raw-requests.ts";
import { createPayment } from "./payments.ts";
import { formatRecord, type MerchantRecord, type RecordCheck } from "./merchant-records.ts";
import { hideIfSequential, notMeasured, type Parallelism } from "./parallelism.ts";
import { ListenerGone, type CheckSession } from "./session.ts";
import { HookFailed } from "./merchant-hooks.ts";

/** A recorded step. `caseName` is the case that it belongs to, or null for the whole scenario. */
export type Step = { readonly caseName: string | null } & (
  | { readonly kind: "note"; readonly text: string }
  | { readonly kind: "exchange"; readonly of: string; readonly exchange: Exchange }
  | { readonly kind: "record"; readonly of: string; readonly text: string }
);

type NewStep = Step extends infer Each ? (Each extends Step ? Omit<Each, "caseName"> : never) : never;

/** Maximum number of recorded steps of a scenario. */
const maxSteps = 120;

/** How many payments are requested or looked up at the same time: as many as a server delivers at once. */
export const concurrency = 8;

/** Changes to a message's headers. */
interface MessageChange {
  readonly id?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Where it is sent; default: the listener's URL. */
  readonly url?: string;
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

  /** The same runner; its steps are evidence of one case only. */
  forCase(caseName: string): ScenarioRunner {
    return new ScenarioRunner(this.session, this.#scenario, caseName, this);
  }

  /** The same runner for many payments; it records only failures. */
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

  /** Adds an exchange of another scenario as evidence. */
  addExchange(of: string, exchange: Exchange): void {
    this.#addStep({ kind: "exchange", of, exchange });
  }

  #addStep(newStep: NewStep, isFailure = false): void {
    if (this.#failuresOnly && !isFailure) return;
    if (this.steps.length < maxSteps) this.steps.push({ caseName: this.#caseName, ...newStep });
  }

  /** Creates a payment that the merchant's system has not requested. */
  createUnrequestedPayment(label: string, change: Partial<CheckedPayment> = {}): CheckedPayment {
    const { checks, random, market, calls } = this.settings;
    const call = change.call ?? calls[0];
    const created = createPayment({ checks, random, market, call, label: `${this.#scenario}/${label}` });
    return { ...created, requested: false, ...change, label };
  }

  /**
   * Creates a payment, requested by the merchant's system if there is a hook for it. With `unanswered`, the
   * system gets no response to its request and knows only its own reference.
   */
  async begin(
    label: string,
    change: Partial<CheckedPayment> & { readonly unanswered?: true } = {},
  ): Promise<CheckedPayment> {
    const { unanswered, ...changes } = change;
    const payment = await this.session.begin(
      this.createUnrequestedPayment(label, changes),
      unanswered === true,
    );
    const { requested, reference, amount, currency } = payment;
    if (requested) this.note(`${label} was requested: ${reference}, ${amount} ${currency}`);
    await this.#assertNotBooked(payment);
    return payment;
  }

  async beginAll(labels: readonly string[], change: Partial<CheckedPayment> = {}): Promise<CheckedPayment[]> {
    return pMap(labels, (label) => this.begin(label, change), { concurrency });
  }

  /** A seed that was used with these records before would give wrong findings. */
  async #assertNotBooked(payment: CheckedPayment): Promise<void> {
    const record = await this.readRecord(payment);
    if (record === null || record.bookings === 0) return;
    throw new HookFailed(
      `${payment.reference} was booked before its result was delivered. Omit --seed, because these records contain an earlier run.`,
    );
  }

  /** Whether the records would show a booking of this payment. */
  canObserve({ requested }: CheckedPayment): boolean {
    return this.settings.hooks.state !== null && (requested || this.session.booksUnrequested);
  }

  successMessage = (payment: CheckedPayment): ListenerMessage =>
    this.settings.checks.buildMessage(this.settings.random, payment, null);
  refusalMessage = (payment: CheckedPayment, refusal: RecordedRefusal): ListenerMessage =>
    this.settings.checks.buildMessage(this.settings.random, payment, refusal);

  /** Signs as production does, if the secret is known. */
  defaultSignature(): SignatureOptions {
    const { webhook } = this.settings;
    return { webhooks: webhook === null ? [] : [webhook] };
  }

  /** Sends one ordinary request, as the server does. */
  async send(
    message: ListenerMessage,
    signature: SignatureOptions = this.defaultSignature(),
    change: MessageChange = {},
  ): Promise<Exchange> {
    const headers = await buildHeaders(message, signature, change.id);
    const exchange = await this.session.call(message, { ...headers, ...change.headers }, change.url);
    this.#addStep({ kind: "exchange", of: message.payment.label, exchange }, exchange.failure !== null);
    return exchange;
  }

  /** Sends a request with unusual transport. */
  async sendRaw(of: string, request: Omit<RawRequest, "url">): Promise<Exchange> {
    const exchange = await this.session.callRaw(request);
    this.#addStep({ kind: "exchange", of, exchange }, exchange.failure !== null);
    return exchange;
  }

  /** The headers of a message, for a request with unusual transport. */
  buildHeaders = (message: ListenerMessage): Promise<Record<string, string>> =>
    buildHeaders(message, this.defaultSignature());

  /** Delivers a message, with retries as long as they may help; production retries for two days. */
  async deliver(message: ListenerMessage): Promise<Delivery> {
    const first = await this.send(message);
    return this.continueDelivery(message, [first]);
  }

  /** Continues a delivery after some attempts. */
  async continueDelivery(
    message: ListenerMessage,
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

  /** Reports whether messages were acknowledged. */
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
          : `${deliveries.length} acknowledged within ${slowest} ms`;
      return this.report(name, passed(text));
    }
    const [{ attempts }] = retried as [Delivery];
    const text = `${retried.length} of ${deliveries.length} only after a retry; first attempt: ${describeExchange(attempts[0])}`;
    this.report(name, warning(text));
  }

  /** The records of a payment, or null without a hook. */
  async readRecord(payment: CheckedPayment): Promise<MerchantRecord | null> {
    const record = await this.session.readRecord(payment);
    if (record !== null) this.#addStep({ kind: "record", of: payment.label, text: formatRecord(record) });
    return record;
  }

  /**
   * Waits until the records show what is expected, and checks that they still do so shortly afterwards and at
   * the end of the run.
   */
  async expectRecords(name: string, payments: readonly CheckedPayment[], check: RecordCheck): Promise<void> {
    await this.expectRecordsNow(name, payments, check);
    if (this.settings.hooks.state !== null)
      this.session.addExpectation({
        name,
        findings: this.findings,
        recheck: () => this.#checkRecords(payments, check, true),
      });
  }

  /** The same, for records that will change later in the run. */
  async expectRecordsNow(
    name: string,
    payments: readonly CheckedPayment[],
    check: RecordCheck,
  ): Promise<void> {
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
    // A booking that was seen once counts, even if it was reversed later.
    this.report(name, finding.final === true && seen.verdict !== "failed" ? finding : seen);
  }

  /** Checks the records of several payments, and returns the worst finding. */
  async #checkRecords(
    payments: readonly CheckedPayment[],
    check: RecordCheck,
    addsSteps: boolean,
  ): Promise<ReturnType<RecordCheck>> {
    const checkPayment = async (payment: CheckedPayment): Promise<CheckedRecord> => {
      const record = await this.session.readRecord(payment);
      if (record === null) return { payment, finding: notVisible };
      const finding = this.#requireObservable(payment, check(payment, record));
      const text = formatRecord(record);
      if (addsSteps) this.#addStep({ kind: "record", of: payment.label, text }, finding.verdict === "failed");
      return { payment, finding };
    };
    const checked = await pMap(payments, checkPayment, { concurrency });
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
   * If a listener books only requested payments, the absence of a booking proves nothing for a payment that
   * was not requested.
   */
  #requireObservable(payment: CheckedPayment, finding: ReturnType<RecordCheck>): ReturnType<RecordCheck> {
    if (finding.verdict !== "passed" || payment.requested || this.session.booksUnrequested) return finding;
    return notObservable(
      "The merchant's system did not request the payment, so it would not book it anyway.",
      "--begin-url or --begin-command",
    );
  }

  /** Measures once per run whether the listener handles several callbacks at the same time. */
  async measureParallelism(): Promise<Parallelism> {
    const { session } = this;
    // Without records, no case depends on it.
    if (session.settings.hooks.state === null) return notMeasured;
    const runner = new ScenarioRunner(session, "parallelism").recordFailuresOnly();
    session.parallelism ??= session.settings.measureParallelism({
      beginPayments: (labels) => runner.beginAll(labels),
      createUnrequestedPayment: (label) => runner.createUnrequestedPayment(label),
      buildMessage: runner.successMessage,
      buildHeaders: runner.buildHeaders,
      callRaw: (request) => session.callRaw(request),
    });
    const parallelism = await session.parallelism;
    this.note(parallelism.message);
    return parallelism;
  }

  /**
   * The same as `expectRecords`, for payments whose results were sent together. A pass of a listener that handled them
   * one after another is not observable.
   */
  async expectRecordsOfConcurrent(
    name: string,
    payments: readonly CheckedPayment[],
    check: RecordCheck,
    parallelism: Parallelism,
  ): Promise<void> {
    await this.expectRecords(name, payments, check);
    const finding = this.findings.get(name);
    if (finding !== undefined) this.findings.set(name, hideIfSequential(finding, parallelism));
  }

  /** Checks with another payment that the listener still responds. Throws if it stays down. */
  async checkStillServes(label: string): Promise<Finding | null> {
    const downtimeMs = await this.session.measureDowntime();
    if (downtimeMs === null) throw new ListenerGone();
    if (downtimeMs > 0)
      return failed(`The listener went down, and was back after ${Math.round(downtimeMs)} ms.`);
    const failuresOnly = this.recordFailuresOnly();
    const probe = await failuresOnly.begin(label);
    const { acknowledged, attempts } = await failuresOnly.deliver(failuresOnly.successMessage(probe));
    if (acknowledged) return null;
    if ((await this.session.measureDowntime()) === null) throw new ListenerGone();
    return failed(`Afterwards, a valid message was not acknowledged: ${describeExchange(attempts[0])}`);
  }
}

export const notVisible: Finding = notObservable("Only the merchant's records show this.", stateOptions);

interface CheckedRecord {
  readonly payment: CheckedPayment;
  readonly finding: ReturnType<RecordCheck>;
}

/** `15 failed, not booked; 2 pending, not booked`. */
function formatCounts(checked: readonly CheckedRecord[]): string {
  const byMessage = Map.groupBy(checked, ({ finding }) => finding.message);
  return [...byMessage].map(([message, group]) => `${group.length} ${message}`).join("; ");
}

function formatList(checked: readonly CheckedRecord[], all: number): string {
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
