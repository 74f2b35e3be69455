/** A newcomer: a test number with a name, money and a handset, for whoever wants a phone of their own to press. */
import type { Phones } from "../handset/phone.ts";
import type { Id } from "../ids.ts";
import { markets, parseAmount } from "../money.ts";
import { fund } from "../payments/funding.ts";
import type { Payments } from "../payments/payments.ts";
import { registerCustomers } from "../payments/registry.ts";
import type { StandingAnswer } from "../store/accounts.ts";

export interface Newcomer {
  readonly msisdn: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly balanceMinor: bigint;
  /** Four to six digits. */
  readonly pin: string;
  /** How the handset behaves. */
  readonly answer: StandingAnswer;
}

export interface Town {
  readonly payments: Payments;
  readonly phones: Phones;
  readonly newId: () => Id;
}

/** Registers a customer with a handset. False when somebody has the number already: they stay as they are. */
export async function settleNewcomer(
  { payments, phones, newId }: Town,
  { msisdn, firstName, lastName, balanceMinor, pin, answer }: Newcomer,
): Promise<boolean> {
  const created = await registerCustomers(payments.context, [{ msisdn, firstName, lastName, answer }]);
  if (!created.has(msisdn)) return false;
  if (balanceMinor > 0n) {
    const account = { kind: "wallet", owner: msisdn } as const;
    await fund(payments, { id: newId(), account, minor: balanceMinor, description: "Opening balance" });
  }
  return phones.open({ msisdn, pin, answer });
}

/** What a newcomer who registers on the handset's page has to spend, in the market's currency. */
const startingMoney = "10000.00";

/**
 * Registers whoever asks for a number on the handset's page. A customer who has no handset yet gets one, and
 * answers as before: a test may rely on it. False when the number has a handset already: nobody gets another's
 * phone by naming a PIN.
 */
export async function settleOnPage(
  town: Town,
  newcomer: Omit<Newcomer, "balanceMinor" | "answer">,
): Promise<boolean> {
  const { msisdn, pin } = newcomer;
  const { decimals } = markets[town.payments.context.rail.market];
  const balanceMinor = parseAmount(startingMoney, decimals) ?? 0n;
  if (await settleNewcomer(town, { ...newcomer, balanceMinor, answer: "ask" })) return true;
  return (await town.phones.equip([msisdn], pin)).has(msisdn);
}
