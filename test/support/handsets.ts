/** Handsets for tests that use them: their owners, their screens and their input. */
import { railFor } from "../../src/core/rails.ts";
import type { Market } from "../../src/core/markets.ts";
import type { ReplyResult, HandsetState, HandsetService, Prompt } from "../../src/handset/handset-api.ts";
import { waitFor } from "./prompts.ts";
import type { TestSandbox } from "./sandbox.ts";

const defaultMarket: Market = "vodacomTZN";

export const getHandsets = (
  { platform }: Pick<TestSandbox, "platform">,
  market: Market = defaultMarket,
): HandsetService => platform.handsets(railFor("sandbox", market));

/** A seed handset that asks for its PIN, 0 to 2. */
export function getSeedHandset(sandbox: TestSandbox, index: 0 | 1 | 2 = 0): { msisdn: string; pin: string } {
  const handset = sandbox.clientInfo.markets[defaultMarket].handsets[index];
  if (handset === undefined) throw new Error("the sandbox has no such handset");
  return handset;
}

export async function getHandsetState(
  sandbox: Pick<TestSandbox, "platform">,
  msisdn: string,
  market: Market = defaultMarket,
): Promise<HandsetState> {
  const state = await getHandsets(sandbox, market).getState(msisdn);
  if (state === null) throw new Error(`${msisdn} has no handset`);
  return state;
}

/** Waits for the prompt on the screen. */
export function waitForVisiblePrompt(
  sandbox: Pick<TestSandbox, "platform">,
  msisdn: string,
): Promise<Prompt> {
  return waitFor(
    `a prompt on the screen of ${msisdn}`,
    async () => (await getHandsetState(sandbox, msisdn)).prompts[0],
  );
}

/** Enters a PIN for the prompt on the screen. */
export async function approvePrompt(
  sandbox: Pick<TestSandbox, "platform">,
  msisdn: string,
  pin: string,
): Promise<ReplyResult> {
  const { paymentId } = await waitForVisiblePrompt(sandbox, msisdn);
  return getHandsets(sandbox).answerPrompt({ msisdn, paymentId, reply: "approve", pin });
}

/** The texts of the messages, newest first, once there are this many. */
export function waitForMessages(
  sandbox: Pick<TestSandbox, "platform">,
  msisdn: string,
  count = 1,
  market: Market = defaultMarket,
): Promise<string[]> {
  return waitFor(`${count} messages for ${msisdn}`, async () => {
    const { messages } = await getHandsetState(sandbox, msisdn, market);
    return messages.length >= count ? messages.map(({ text }) => text) : undefined;
  });
}
