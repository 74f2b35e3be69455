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

interface OpenPrompt {
  readonly paymentId: bigint;
  readonly isDisplayed: boolean;
}

const readOpenPrompt = async (
  sandbox: TestSandbox,
  msisdn: string,
  market: Market,
): Promise<OpenPrompt | undefined> => {
  const [row] = await sandbox.sql(market)<OpenPrompt[]>`
    select payment_id as "paymentId", shown_at is not null as "isDisplayed"
    from prompts where msisdn = ${msisdn} and ended_at is null`;
  return row;
};

/** The payment of a customer's open prompt, once there is one. */
export const waitForPrompt = (
  sandbox: TestSandbox,
  msisdn: string,
  market: Market = "vodacomTZN",
): Promise<bigint> =>
  waitFor(`a prompt for ${msisdn}`, async () => (await readOpenPrompt(sandbox, msisdn, market))?.paymentId);

/** The same, once the phone displays it. */
export const waitForDisplayedPrompt = (
  sandbox: TestSandbox,
  msisdn: string,
  market: Market = "vodacomTZN",
): Promise<bigint> =>
  waitFor(`a displayed prompt for ${msisdn}`, async () => {
    const prompt = await readOpenPrompt(sandbox, msisdn, market);
    return prompt?.isDisplayed === true ? prompt.paymentId : undefined;
  });

export function answerPrompt(
  sandbox: TestSandbox,
  paymentId: bigint,
  reply: PromptReply,
  market: Market = "vodacomTZN",
): Promise<Outcome> {
  const payments = sandbox.platform.payments(railFor("sandbox", market));
  return payments.answerPrompt({ id: sandbox.platform.newId(), paymentId, reply });
}
