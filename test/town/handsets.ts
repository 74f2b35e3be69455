/** Handsets, for tests that press their buttons: whose they are, what they show, what is typed. */
import { rail, type Market } from "../../src/money.ts";
import type { Answered, PhoneState, Phones, Prompt } from "../../src/handset/phone.ts";
import { eventually } from "./prompts.ts";
import type { Town } from "./town.ts";

const market: Market = "vodacomTZN";

export const phonesOf = ({ platform }: Pick<Town, "platform">): Phones =>
  platform.phones(rail("sandbox", market));

/** A handset that asks for its PIN: one of the three that the town has, 0 to 2. */
export function handset(town: Town, which: 0 | 1 | 2 = 0): { msisdn: string; pin: string } {
  const found = town.facts.markets[market].handsets[which];
  if (found === undefined) throw new Error("the town has no such handset");
  return found;
}

export async function stateOf(town: Pick<Town, "platform">, msisdn: string): Promise<PhoneState> {
  const state = await phonesOf(town).state(msisdn);
  if (state === null) throw new Error(`${msisdn} has no handset`);
  return state;
}

/** The prompt on the screen, once there is one. */
export function shownPrompt(town: Pick<Town, "platform">, msisdn: string): Promise<Prompt> {
  return eventually(
    `a prompt on the screen of ${msisdn}`,
    async () => (await stateOf(town, msisdn)).prompts[0],
  );
}

/** Types a PIN under the prompt that is on the screen. */
export async function approves(town: Pick<Town, "platform">, msisdn: string, pin: string): Promise<Answered> {
  const { paymentId } = await shownPrompt(town, msisdn);
  return phonesOf(town).answer({ msisdn, paymentId, says: "approve", pin });
}

/** What the messages say, newest first, once there are as many. */
export function messagesOf(town: Pick<Town, "platform">, msisdn: string, count = 1): Promise<string[]> {
  return eventually(`${count} messages for ${msisdn}`, async () => {
    const { messages } = await stateOf(town, msisdn);
    return messages.length >= count ? messages.map(({ text }) => text) : undefined;
  });
}
