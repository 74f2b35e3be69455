/** Handsets: a test answers in place of their owners, and reads what is on their screens. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Market } from "../requests.ts";
import type { Control } from "./control.ts";
import type { Answer } from "./customers.ts";
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

export interface Answered {
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
  approve(pin?: string): Promise<Answered>;
  /** Declines the oldest prompt, for which it waits. */
  decline(): Promise<Answered>;
  /** Approves with a PIN that is not the handset's. The third time locks it. */
  wrongPin(): Promise<Answered>;
  /** Changes how the customer answers from now on; `delaySeconds` is how long a `slow` one takes. */
  behave(answer: Answer, options?: { readonly delaySeconds?: number | undefined }): Promise<void>;
  /** The prompt that waits for an answer; it is waited for. */
  prompt(): Promise<HandsetPrompt>;
  /** Open prompts, and those that ended in the last hour; newest first. */
  prompts(): Promise<readonly HandsetPrompt[]>;
  /** SMS: those that wait, then the others, newest first. */
  messages(): Promise<readonly HandsetMessage[]>;
  /** Forgets wrong PINs and ends a lock. */
  unlock(): Promise<void>;
}

/** How long a prompt is waited for. It takes milliseconds to arrive, unless nobody asked. */
const patienceSeconds = 15;

/** `pin` is the handset's, as far as this process knows. */
export function openHandset(control: Control, market: Market, msisdn: string, pin: () => string): Handset {
  const path = `/markets/${market}/handsets/${encodeURIComponent(msisdn)}`;
  const answer = (says: "approve" | "decline", given?: string): Promise<Answered> =>
    control("POST", `${path}/answer`, { says, pin: given, waitSeconds: patienceSeconds });
  const screen = (): Promise<{ prompts: HandsetPrompt[]; messages: HandsetMessage[] }> =>
    control("GET", path);
  return {
    msisdn,
    market,
    approve: (given) => answer("approve", given),
    decline: () => answer("decline"),
    wrongPin: () => answer("approve", pin() === "0000" ? "1111" : "0000"),
    async behave(how, { delaySeconds } = {}) {
      // A customer who was never asked has no handset yet; this gives them one.
      await control("PATCH", `/markets/${market}/customers/${encodeURIComponent(msisdn)}`, { answer: how });
      if (delaySeconds !== undefined) await control("PATCH", path, { delaySeconds });
    },
    async prompt() {
      const deadline = Date.now() + patienceSeconds * 1000;
      for (;;) {
        const open = (await screen()).prompts.filter((prompt) => prompt.open).at(-1);
        if (open !== undefined) return open;
        if (Date.now() > deadline)
          throw new SandboxError(`No prompt came to ${msisdn} in ${patienceSeconds} s.`);
        await sleep(25);
      }
    },
    prompts: async () => (await screen()).prompts,
    messages: async () => (await screen()).messages,
    unlock: async () => void (await control("PATCH", path, { unlock: true })),
  };
}
