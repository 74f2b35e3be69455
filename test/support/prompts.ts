/** Prompts for tests without a handset: find them and reply to them. */
import { setTimeout as sleep } from "node:timers/promises";
import { railFor } from "../../src/core/rails.ts";
import type { Market } from "../../src/core/markets.ts";
import type { PromptReply } from "../../src/payments/rules/answer-prompt.ts";
import type { Outcome } from "../../src/payments/instruction.ts";
import type { TestSandbox } from "./sandbox.ts";

/** Polls until there is a value. Fails after the timeout. */
export async function waitFor<T>(
  description: string,
  poll: () => Promise<T | undefined>,
  timeoutMs = 10_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await poll();
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Error(`${description}: nothing in ${timeoutMs / 1000} s`);
    await sleep(10);
  }
}

/** The payment of a customer's open prompt, once there is one. */
export function waitForPrompt(
  sandbox: TestSandbox,
  msisdn: string,
  market: Market = "vodacomTZN",
): Promise<bigint> {
  return waitFor(`a prompt for ${msisdn}`, async () => {
    const [row] = await sandbox.sql(market)<{ paymentId: bigint }[]>`
      select payment_id as "paymentId" from prompts where msisdn = ${msisdn} and ended_at is null`;
    return row?.paymentId;
  });
}

export function answerPrompt(
  sandbox: TestSandbox,
  paymentId: bigint,
  reply: PromptReply,
  market: Market = "vodacomTZN",
): Promise<Outcome> {
  const payments = sandbox.platform.payments(railFor("sandbox", market));
  return payments.answerPrompt({ id: sandbox.platform.newId(), paymentId, reply });
}
