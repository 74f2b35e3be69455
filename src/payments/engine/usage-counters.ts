/** The usage that limits count, while a batch is decided: locked session rows, and counters on customers' wallets. */
import { maxBalanceMinor, type Account, type LockedAccounts } from "../../ledger/locked-accounts.ts";
import type { UsageRow } from "../../store/rail/session-usage.ts";
import {
  parseCustomerUsage,
  formatCustomerUsage,
  toRefusalCounterName,
  type CustomerUsage,
} from "../customer-usage.ts";
import { noUsage, type Usage } from "../limits.ts";
import type { LockedState, Instruction } from "../instruction.ts";

export class UsageCounters {
  readonly #day: number;
  readonly #sessions: ReadonlyMap<string, UsageRow>;
  readonly #changedSessions = new Set<UsageRow>();
  readonly #customers = new Map<Account, CustomerUsage>();

  /** `sessions` are the usage rows that the batch locked. `day` is the market's local day, yyyymmdd. */
  constructor(sessions: readonly UsageRow[], day: number) {
    this.#day = day;
    this.#sessions = new Map(sessions.map((row) => [row.key, row]));
  }

  /** The usage before this instruction. */
  getUsage(instruction: Instruction, accounts: LockedAccounts): LockedState["usage"] {
    return {
      session: this.#findSession(instruction) ?? noUsage,
      customer: this.#findCustomer(instruction, accounts)?.usage ?? noUsage,
    };
  }

  /** Counts an instruction that completed or holds money. */
  count(instruction: Instruction, amountMinor: bigint, accounts: LockedAccounts): void {
    const session = this.#findSession(instruction);
    if (session !== undefined) {
      addUsage(session, amountMinor);
      this.#changedSessions.add(session);
    }
    const customer = this.#findCustomer(instruction, accounts);
    if (customer !== undefined) {
      addUsage(customer.usage, amountMinor);
      accounts.markChanged(customer.wallet);
    }
  }

  /** How many requests of the application were refused by the customer, or for their balance, today. */
  getRefusals(wallet: Account, applicationId: bigint): number {
    // Almost every wallet has no counters, and is not parsed.
    if (wallet.dailyUsage === "" && !this.#customers.has(wallet)) return 0;
    const { usageByCounter } = this.#getCustomer(wallet);
    return usageByCounter.get(toRefusalCounterName(applicationId))?.count ?? 0;
  }

  countRefusal(wallet: Account, applicationId: bigint, accounts: LockedAccounts): void {
    addUsage(getCounter(this.#getCustomer(wallet), toRefusalCounterName(applicationId)), 0n);
    accounts.markChanged(wallet);
  }

  /** The session rows to write, in the order of their keys. */
  getChangedSessions(): UsageRow[] {
    return [...this.#changedSessions].sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** Writes the customers' counters to the wallets that the batch will write. */
  writeCustomerUsage(accounts: LockedAccounts): void {
    for (const [wallet, counts] of this.#customers) {
      if (accounts.changed.has(wallet)) wallet.dailyUsage = formatCustomerUsage(counts);
    }
  }

  #findSession(instruction: Instruction): UsageRow | undefined {
    return instruction.sessionUsageKey === null ? undefined : this.#sessions.get(instruction.sessionUsageKey);
  }

  /** Returns undefined if the customer does not exist: the instruction will be refused. */
  #findCustomer(
    { customerCounter }: Instruction,
    accounts: LockedAccounts,
  ): { wallet: Account; usage: Usage } | undefined {
    if (customerCounter === null) return undefined;
    const wallet = accounts.findAccount("wallet", customerCounter.msisdn);
    if (wallet === undefined) return undefined;
    return { wallet, usage: getCounter(this.#getCustomer(wallet), customerCounter.name) };
  }

  #getCustomer(wallet: Account): CustomerUsage {
    let counts = this.#customers.get(wallet);
    if (counts === undefined)
      this.#customers.set(wallet, (counts = parseCustomerUsage(wallet.dailyUsage, this.#day)));
    return counts;
  }
}

/** Creates the counter if the customer does not have it yet. */
function getCounter({ usageByCounter }: CustomerUsage, name: string): Usage {
  let usage = usageByCounter.get(name);
  if (usage === undefined) usageByCounter.set(name, (usage = { ...noUsage }));
  return usage;
}

/** The value stops at what its column holds: no limit is higher. */
function addUsage(usage: Usage, amountMinor: bigint): void {
  const valueMinor = usage.valueMinor + amountMinor;
  usage.count += 1;
  usage.valueMinor = valueMinor > maxBalanceMinor ? maxBalanceMinor : valueMinor;
}
