/** Registers a test customer in the sandbox: an MSISDN with a name, money and a handset. */
import type { HandsetService } from "../handset/handset-api.ts";
import type { Id } from "../core/ids.ts";
import { markets } from "../core/markets.ts";
import { parseAmount } from "../core/money.ts";
import { fund } from "../payments/funding.ts";
import type { Payments } from "../payments/payments.ts";
import { registerCustomers } from "../payments/register.ts";
import type { PromptBehaviour } from "../store/rail/accounts.ts";

export interface TestCustomer {
  readonly msisdn: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly balanceMinor: bigint;
  /** Four to six digits. */
  readonly pin: string;
  /** How the handset behaves. */
  readonly answer: PromptBehaviour;
}

export interface RegistrationDeps {
  readonly payments: Payments;
  readonly phones: HandsetService;
  readonly newId: () => Id;
}

/** Registers a customer with a handset. False if the MSISDN is already registered: nothing changes then. */
export async function registerTestCustomer(
  { payments, phones, newId }: RegistrationDeps,
  { msisdn, firstName, lastName, balanceMinor, pin, answer }: TestCustomer,
): Promise<boolean> {
  const created = await registerCustomers(payments.context, [
    { msisdn, firstName, lastName, behaviour: answer },
  ]);
  if (!created.has(msisdn)) return false;
  if (balanceMinor > 0n) {
    const account = { kind: "wallet", owner: msisdn } as const;
    await fund(payments, { id: newId(), account, amountMinor: balanceMinor, description: "Opening balance" });
  }
  return phones.upsert({ msisdn, pin, behaviour: answer });
}

/** The opening balance of a customer who registers on the handset page, in the market's currency. */
const startingBalance = "10000.00";

/**
 * Registers a number from the handset page. An existing customer without a handset gets one, and keeps their prompt
 * behaviour, because a test may rely on it. False if the number has a handset already: a new PIN must not give access
 * to another person's handset.
 */
export async function registerTestCustomerFromPage(
  deps: RegistrationDeps,
  customer: Omit<TestCustomer, "balanceMinor" | "answer">,
): Promise<boolean> {
  const { msisdn, pin } = customer;
  const { decimals } = markets[deps.payments.context.rail.market];
  const balanceMinor = parseAmount(startingBalance, decimals) ?? 0n;
  if (await registerTestCustomer(deps, { ...customer, balanceMinor, answer: "ask" })) return true;
  return (await deps.phones.provision([msisdn], pin)).has(msisdn);
}
