/** Prompts, for tests that answer them without a handset: which are open, and what is said to them. */
import { setTimeout as sleep } from "node:timers/promises";
import { rail, type Market } from "../../src/money.ts";
import type { PromptWord } from "../../src/payments/decide-answer.ts";
import type { Outcome } from "../../src/payments/order.ts";
import type { Town } from "./town.ts";

/** Looks until there is something to see. Throws when there is nothing in ten seconds, or in as many as it may take. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined>,
  patienceMs = 10_000,
): Promise<T> {
  const giveUpAt = Date.now() + patienceMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (Date.now() > giveUpAt) throw new Error(`${what}: nothing in ${patienceMs / 1000} s`);
    await sleep(10);
  }
}

/** The payment that a customer is being asked about, once there is one. */
export function promptOf(town: Town, msisdn: string, market: Market = "vodacomTZN"): Promise<bigint> {
  return eventually(`a prompt for ${msisdn}`, async () => {
    const [row] = await town.sql(market)<{ paymentId: bigint }[]>`
      select payment_id as "paymentId" from prompts where msisdn = ${msisdn} and ended_at is null`;
    return row?.paymentId;
  });
}

export function answerPrompt(
  town: Town,
  paymentId: bigint,
  says: PromptWord,
  market: Market = "vodacomTZN",
): Promise<Outcome> {
  const payments = town.platform.payments(rail("sandbox", market));
  return payments.answerPrompt({ id: town.platform.newId(), paymentId, says });
}
