/** What limits have counted, while a batch is decided: the locked rows of sessions, and customers' wallets. */
import type { Account, Book } from "../ledger/book.ts";
import type { UsageRow } from "../store/usage.ts";
import { readCounts, writeCounts, type CustomerCounts } from "./customer-counts.ts";
import { unused, type Usage } from "./limits.ts";
import type { Facts, Order } from "./order.ts";

export class Counters {
  readonly #day: number;
  readonly #sessions: ReadonlyMap<string, UsageRow>;
  readonly #changedSessions = new Set<UsageRow>();
  readonly #customers = new Map<Account, CustomerCounts>();

  /** `sessions` are the rows that the batch has locked; `day` is the market's local day, yyyymmdd. */
  constructor(sessions: readonly UsageRow[], day: number) {
    this.#day = day;
    this.#sessions = new Map(sessions.map((row) => [row.key, row]));
  }

  /** What the order's limits have counted before it. */
  usageOf(order: Order, book: Book): Facts["usage"] {
    return {
      session: this.#session(order) ?? unused,
      customer: this.#customer(order, book)?.usage ?? unused,
    };
  }

  /** Counts an order that went through or holds money. */
  count(order: Order, amountMinor: bigint, book: Book): void {
    const session = this.#session(order);
    if (session !== undefined) {
      add(session, amountMinor);
      this.#changedSessions.add(session);
    }
    const customer = this.#customer(order, book);
    if (customer !== undefined) {
      add(customer.usage, amountMinor);
      book.touch(customer.wallet);
    }
  }

  /** The sessions whose counts are no longer those of the database, in the order of their keys. */
  changedSessions(): UsageRow[] {
    return [...this.#changedSessions].sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** Puts customers' counts back on the wallets that are going to be written. */
  writeTo(book: Book): void {
    for (const [wallet, counts] of this.#customers) {
      if (book.changed.has(wallet)) wallet.counts = writeCounts(counts);
    }
  }

  #session(order: Order): UsageRow | undefined {
    return order.sessionUsageKey === null ? undefined : this.#sessions.get(order.sessionUsageKey);
  }

  /** Nobody with this number, nothing to count: the order will be refused. */
  #customer({ customerCounter }: Order, book: Book): { wallet: Account; usage: Usage } | undefined {
    if (customerCounter === null) return undefined;
    const wallet = book.find("wallet", customerCounter.msisdn);
    if (wallet === undefined) return undefined;
    let counts = this.#customers.get(wallet);
    if (counts === undefined) this.#customers.set(wallet, (counts = readCounts(wallet.counts, this.#day)));
    let usage = counts.byName.get(customerCounter.name);
    if (usage === undefined) counts.byName.set(customerCounter.name, (usage = { ...unused }));
    return { wallet, usage };
  }
}

function add(usage: Usage, amountMinor: bigint): void {
  usage.count += 1;
  usage.valueMinor += amountMinor;
}
