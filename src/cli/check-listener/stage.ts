/**
 * Where a scenario is played: it begins payments, tells the listener of them, looks into its records, and writes down
 * all of it as evidence.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Product } from "../../payments/products.ts";
import type { Refusal } from "../../payments/refusals.ts";
import { failed, notObservable, passed, warning, worse, type Finding } from "./case.ts";
import { headersOf, inWords, mayRecover, type Exchange, type SignedBy } from "./exchange.ts";
import type { OddPost } from "./odd-posts.ts";
import { makePayment, messageOf, type Message, type Payment } from "./payments.ts";
import { recordInWords, type BookRecord, type Judge } from "./records.ts";
import { ListenerGone, type Run } from "./run.ts";
import { ToolFailed } from "./tools.ts";

/** What happened, in order. `about` is the case that it matters to; null is all of a scenario's. */
export type Step = { readonly about: string | null } & (
  | { readonly kind: "note"; readonly says: string }
  | { readonly kind: "exchange"; readonly of: string; readonly exchange: Exchange }
  | { readonly kind: "record"; readonly of: string; readonly says: string }
);

type Unsaid = Step extends infer Each ? (Each extends Step ? Omit<Each, "about"> : never) : never;

/** All attempts to tell one message. */
export interface Delivery {
  readonly message: Message;
  readonly attempts: readonly [Exchange, ...Exchange[]];
  readonly acknowledged: boolean;
}

/** So much is written down of a scenario; a hundred payments at once need not all be. */
const stepsMax = 120;

/** What is different about a message's headers: the id it is sent under, and others. */
interface Change {
  readonly id?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const anywhere = "--state-url or --state-command";

export class Stage {
  readonly run: Run;
  readonly steps: Step[];
  readonly findings: Map<string, Finding>;
  readonly #scenario: string;
  readonly #about: string | null;
  readonly #quiet: boolean;

  constructor(
    run: Run,
    scenario: string,
    about: string | null = null,
    kept: { steps: Step[]; findings: Map<string, Finding> } = { steps: [], findings: new Map() },
    quiet = false,
  ) {
    this.run = run;
    this.#scenario = scenario;
    this.#about = about;
    this.#quiet = quiet;
    this.steps = kept.steps;
    this.findings = kept.findings;
  }

  /** The same stage; what is written down there is evidence of one case alone. */
  for(about: string): Stage {
    return new Stage(this.run, this.#scenario, about, this);
  }

  /** The same stage, for a crowd: only what goes wrong is written down. */
  quietly(): Stage {
    return new Stage(this.run, this.#scenario, this.#about, this, true);
  }

  get settings() {
    return this.run.settings;
  }

  report(name: string, finding: Finding): void {
    const before = this.findings.get(name);
    this.findings.set(name, before === undefined ? finding : worse(before, finding));
  }

  note(says: string): void {
    this.#write({ kind: "note", says });
  }

  /** An exchange of another scenario, as evidence of this one. */
  show(of: string, exchange: Exchange): void {
    this.#write({ kind: "exchange", of, exchange });
  }

  #write(step: Unsaid, wrong = false): void {
    if (this.#quiet && !wrong) return;
    if (this.steps.length < stepsMax) this.steps.push({ about: this.#about, ...step });
  }

  /** A payment that nobody in the developer's system has ever heard of. */
  stranger(label: string, change: Partial<Payment> = {}): Payment {
    const { chance, market, calls } = this.settings;
    const call: Product = change.call ?? calls[0];
    const made = makePayment(chance, market, call, `${this.#scenario}/${label}`);
    return { ...made, asked: false, ...change, label };
  }

  /**
   * A payment that the developer's own system has asked for, if it can be had begin one. `unanswered` is one whose
   * acknowledgement got lost, so that the system knows nothing of it but its own reference.
   */
  async begin(
    label: string,
    change: Partial<Payment> & { readonly unanswered?: true } = {},
  ): Promise<Payment> {
    const { unanswered, ...wanted } = change;
    const payment = await this.run.begin(this.stranger(label, wanted), unanswered === true);
    const { asked, reference, amount, currency } = payment;
    if (asked) this.note(`${label} was begun: ${reference}, ${amount} ${currency}`);
    await this.#expectFresh(payment);
    return payment;
  }

  async beginAll(labels: readonly string[], change: Partial<Payment> = {}): Promise<Payment[]> {
    return inTurns(labels, 8, (label) => this.begin(label, change));
  }

  /** A seed that was used on these very books before says nothing any more. */
  async #expectFresh(payment: Payment): Promise<void> {
    const record = await this.record(payment);
    if (record === null || record.bookings === 0) return;
    throw new ToolFailed(
      `${payment.reference} was booked before anything was told of it: with these books, leave --seed out.`,
    );
  }

  /** Whether the records would show it if the payment were booked. */
  sees({ asked }: Payment): boolean {
    return this.settings.tools.state !== null && (asked || this.run.booksStrangers);
  }

  success = (payment: Payment): Message => messageOf(this.settings.chance, payment, null);
  refusal = (payment: Payment, refusal: Refusal): Message =>
    messageOf(this.settings.chance, payment, refusal);

  /** How a message is signed: as production does, if we have the secret. */
  signed(): SignedBy {
    const { webhook } = this.settings;
    return { webhooks: webhook === null ? [] : [webhook] };
  }

  /** One ordinary call, as the server makes it. */
  async send(message: Message, signed: SignedBy = this.signed(), change: Change = {}): Promise<Exchange> {
    const headers = await headersOf(change.id ?? message.payment.conversationId, message.body, signed);
    const exchange = await this.run.call(message, { ...headers, ...change.headers });
    this.#write({ kind: "exchange", of: message.payment.label, exchange }, exchange.failure !== null);
    return exchange;
  }

  /** A call in an unusual way. */
  async sendOddly(of: string, post: Omit<OddPost, "url">): Promise<Exchange> {
    const exchange = await this.run.callOddly(post);
    this.#write({ kind: "exchange", of, exchange }, exchange.failure !== null);
    return exchange;
  }

  /** The headers of a message, for a call in an unusual way. */
  headers = (message: Message): Promise<Record<string, string>> =>
    headersOf(message.payment.conversationId, message.body, this.signed());

  /** Tells a message, again and again while that may help, as production does over two days. */
  async tell(message: Message): Promise<Delivery> {
    const first = await this.send(message);
    return this.goOn(message, [first]);
  }

  /** Goes on telling a message after some attempts. */
  async goOn(message: Message, made: readonly [Exchange, ...Exchange[]]): Promise<Delivery> {
    const attempts: [Exchange, ...Exchange[]] = [...made];
    for (const gapMs of this.settings.patience.retryGapsMs) {
      const last = attempts.at(-1) as Exchange;
      if (last.failure === null || !mayRecover(last)) break;
      await this.wait(Math.max(gapMs, Math.min(last.retryAfterMs ?? 0, 2000)));
      attempts.push(await this.send(message));
    }
    const delivery = { message, attempts, acknowledged: attempts.at(-1)?.failure === null };
    this.run.remember(delivery);
    return delivery;
  }

  wait = (ms: number): Promise<unknown> => sleep(ms, undefined, { signal: this.settings.signal });

  /** Reports whether messages were acknowledged, of a case whose promise that is. */
  acknowledged(name: string, deliveries: readonly Delivery[]): void {
    const lost = deliveries.filter(({ acknowledged }) => !acknowledged);
    if (lost.length > 0) return this.report(name, failed(reasons(lost, deliveries.length)));
    const again = deliveries.filter(({ attempts }) => attempts.length > 1);
    const slowest = Math.max(...deliveries.flatMap(({ attempts }) => attempts.map(({ tookMs }) => tookMs)));
    if (again.length === 0) {
      const says =
        deliveries.length === 1
          ? `acknowledged in ${slowest} ms`
          : `${deliveries.length} acknowledged, in ${slowest} ms at most`;
      return this.report(name, passed(says));
    }
    const [{ attempts }] = again as [Delivery];
    const how = `${again.length} of ${deliveries.length} only when told again, after: ${inWords(attempts[0])}`;
    this.report(name, warning(how));
  }

  /** The records of a payment, or null if we cannot look into them. */
  async record(payment: Payment): Promise<BookRecord | null> {
    const record = await this.run.record(payment);
    if (record !== null) this.#write({ kind: "record", of: payment.label, says: recordInWords(record) });
    return record;
  }

  /**
   * Reports what the records say of payments: waits until they say it, and sees whether they go on saying it, now and
   * at the end of the run.
   */
  async watch(name: string, payments: readonly Payment[], judge: Judge): Promise<void> {
    await this.watchForNow(name, payments, judge);
    if (this.settings.tools.state !== null) this.run.expect({ stage: this, name, payments, judge });
  }

  /** The same, for what will not be true any more at the end of the run. */
  async watchForNow(name: string, payments: readonly Payment[], judge: Judge): Promise<void> {
    const { patience, tools } = this.settings;
    if (tools.state === null) return this.report(name, unseen);
    const givingUpAt = performance.now() + patience.settleMs;
    let finding = await this.#look(payments, judge, false);
    while (finding.verdict === "failed" && finding.final !== true && performance.now() < givingUpAt) {
      await this.wait(50);
      finding = await this.#look(payments, judge, false);
    }
    if (finding.verdict === "passed") await this.wait(patience.quietMs);
    const { final: _, ...seen } = await this.#look(payments, judge, true);
    // What was booked at any moment was booked, even if it was taken back since.
    this.report(name, finding.final === true && seen.verdict !== "failed" ? finding : seen);
  }

  /** What the records say of several payments: the worst of it. */
  async lookAgain(payments: readonly Payment[], judge: Judge): Promise<Finding> {
    return this.#look(payments, judge, true);
  }

  async #look(payments: readonly Payment[], judge: Judge, writes: boolean): Promise<ReturnType<Judge>> {
    const found = await inTurns(payments, 8, async (payment) => {
      const record = await this.run.record(payment);
      if (record === null) return { payment, finding: unseen };
      const finding = this.#honest(payment, judge(payment, record));
      const says = recordInWords(record);
      if (writes) this.#write({ kind: "record", of: payment.label, says }, finding.verdict === "failed");
      return { payment, finding };
    });
    const worst = found.reduce<ReturnType<Judge>>((so, { finding }) => worse(so, finding), passed(""));
    const same = found.filter(({ finding }) => finding.verdict === worst.verdict);
    if (payments.length === 1 || worst.verdict === "not observable") return same[0]?.finding ?? worst;
    return { ...worst, says: worst.verdict === "passed" ? counted(same) : listed(same, found.length) };
  }

  /**
   * That a payment was not booked says nothing about a listener that books nothing that its system has not asked for,
   * if nobody asked.
   */
  #honest(payment: Payment, finding: ReturnType<Judge>): ReturnType<Judge> {
    if (finding.verdict !== "passed" || payment.asked || this.run.booksStrangers) return finding;
    return notObservable(
      "Nobody in the listener's own system asked for the payment, so it would not book it anyway.",
      "--begin-url or --begin-command",
    );
  }

  /** Makes sure that the listener still answers, with a payment of its own. Throws when it is gone for good. */
  async stillServes(label: string): Promise<Finding | null> {
    const gone = await this.run.downFor();
    if (gone === null) throw new ListenerGone();
    if (gone > 0) return failed(`It went down, and came back after ${Math.round(gone)} ms.`);
    const quiet = this.quietly();
    const probe = await quiet.begin(label);
    const { acknowledged, attempts } = await quiet.tell(quiet.success(probe));
    if (acknowledged) return null;
    if ((await this.run.downFor()) === null) throw new ListenerGone();
    return failed(`After it, a good message was not acknowledged any more: ${inWords(attempts[0])}`);
  }
}

export const unseen: Finding = notObservable("Only the listener's own records show this.", anywhere);

interface Found {
  readonly payment: Payment;
  readonly finding: Finding;
}

/** `15 failed, not booked; 2 pending, not booked`. */
function counted(found: readonly Found[]): string {
  const bySays = Map.groupBy(found, ({ finding }) => finding.says);
  return [...bySays].map(([says, those]) => `${those.length} ${says}`).join("; ");
}

function listed(found: readonly Found[], all: number): string {
  const first = found.slice(0, 4).map(({ payment, finding }) => `${payment.label}: ${finding.says}`);
  const more = found.length > 4 ? `; and ${found.length - 4} more` : "";
  return `${found.length} of ${all}: ${first.join("; ")}${more}`;
}

function reasons(lost: readonly Delivery[], all: number): string {
  const [first] = lost as [Delivery, ...Delivery[]];
  const last = first.attempts.at(-1) as Exchange;
  const why = `${inWords(last)}${tries(first)}`;
  if (all === 1) return why;
  return `${lost.length} of ${all} were not acknowledged; ${first.message.payment.label}: ${why}`;
}

const tries = ({ attempts }: Delivery): string =>
  attempts.length === 1 ? "" : ` (attempt ${attempts.length})`;

/** Does something for each of them, so many at a time; the answers are in their order. */
export async function inTurns<T, Done>(
  all: readonly T[],
  atOnce: number,
  work: (one: T) => Promise<Done>,
): Promise<Done[]> {
  const done: Done[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < all.length; i = next++) done[i] = await work(all[i] as T);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, all.length) }, worker));
  return done;
}
