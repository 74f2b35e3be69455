/** Handsets: a test answers in place of their owners, and reads what is on their screens. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Market } from "../requests.ts";
import type { CallControl } from "./control.ts";
import type { PromptBehaviour } from "./customers.ts";
import { SandboxError } from "./sandbox-error.ts";

export interface HandsetPrompt {
  readonly transactionId: string;
  readonly kind: "payment" | "mandate";
  readonly organisation: { readonly shortcode: string; readonly name: string };
  /** A decimal amount of the market's currency. */
  readonly amount: string;
  readonly reference: string;
  readonly at: string;
  readonly expiresAt: string;
  readonly shownAt: string | null;
  readonly endedAt: string | null;
  /** Whether it is on the screen and waits for an answer. */
  readonly open: boolean;
  /** How it stands or how it ended, in words. */
  readonly says: string;
}

export interface HandsetMessage {
  readonly transactionId: string;
  readonly kind: string;
  readonly text: string;
  readonly at: string;
  readonly state: "queued" | "delivered" | "lost";
  readonly deliveredAt: string | null;
  readonly says: string;
}

export interface HandsetReplyResult {
  readonly transactionId: string;
  readonly outcome: "accepted" | "wrong_pin" | "locked";
  /** After a wrong PIN: tries that are left. */
  readonly left?: number;
  /** When locked: until when. The third wrong PIN ends the payment too. */
  readonly until?: string;
}

export interface Handset {
  readonly msisdn: string;
  readonly market: Market;
  /** Approves the oldest prompt, for which it waits. Without a PIN it needs none; one that is given is checked. */
  approve(pin?: string): Promise<HandsetReplyResult>;
  /** Declines the oldest prompt, for which it waits. */
  decline(): Promise<HandsetReplyResult>;
  /** Approves with a PIN that is not the handset's. The third time locks it. */
  enterWrongPin(): Promise<HandsetReplyResult>;
  /** Changes how the customer answers from now on; `delaySeconds` is how long a `slow` one takes. */
  setBehaviour(
    answer: PromptBehaviour,
    options?: { readonly delaySeconds?: number | undefined },
  ): Promise<void>;
  /** The prompt that waits for an answer; it is waited for. */
  waitForPrompt(): Promise<HandsetPrompt>;
  /** Open prompts, and those that ended in the last hour; newest first. */
  listPrompts(): Promise<readonly HandsetPrompt[]>;
  /** SMS: those that wait, then the others, newest first. */
  listMessages(): Promise<readonly HandsetMessage[]>;
  /** Forgets wrong PINs and ends a lock. */
  unlock(): Promise<void>;
}

/** How long a prompt is waited for. It takes milliseconds to arrive, unless nobody asked. */
const promptTimeoutSeconds = 15;

/** `pin` is the handset's, as far as this process knows. */
export function createHandset(
  control: CallControl,
  market: Market,
  msisdn: string,
  pin: () => string,
): Handset {
  const path = `/markets/${market}/handsets/${encodeURIComponent(msisdn)}`;
  const sendReply = (reply: "approve" | "decline", enteredPin?: string): Promise<HandsetReplyResult> =>
    control("POST", `${path}/answer`, { says: reply, pin: enteredPin, waitSeconds: promptTimeoutSeconds });
  const readScreen = (): Promise<{ prompts: HandsetPrompt[]; messages: HandsetMessage[] }> =>
    control("GET", path);
  return {
    msisdn,
    market,
    approve: (enteredPin) => sendReply("approve", enteredPin),
    decline: () => sendReply("decline"),
    enterWrongPin: () => sendReply("approve", pin() === "0000" ? "1111" : "0000"),
    async setBehaviour(behaviour, { delaySeconds } = {}) {
      // A customer who was never asked has no handset yet; this gives them one.
      await control("PATCH", `/markets/${market}/customers/${encodeURIComponent(msisdn)}`, {
        answer: behaviour,
      });
      if (delaySeconds !== undefined) await control("PATCH", path, { delaySeconds });
    },
    async waitForPrompt() {
      const deadline = Date.now() + promptTimeoutSeconds * 1000;
      for (;;) {
        const open = (await readScreen()).prompts.filter((prompt) => prompt.open).at(-1);
        if (open !== undefined) return open;
        if (Date.now() > deadline)
          throw new SandboxError(`No prompt came to ${msisdn} in ${promptTimeoutSeconds} s.`);
        await sleep(25);
      }
    },
    listPrompts: async () => (await readScreen()).prompts,
    listMessages: async () => (await readScreen()).messages,
    unlock: async () => void (await control("PATCH", path, { unlock: true })),
  };
}
