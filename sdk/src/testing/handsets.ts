/** Handsets: a test answers prompts in place of the customer, and reads the screen. */
import { setTimeout as sleep } from "node:timers/promises";
import type { CallControl } from "./control.ts";
import type { HandsetMessage, HandsetPrompt, HandsetReplyResult, PromptBehaviour } from "./generated.ts";
import type { SandboxMarket } from "./markets.ts";
import { SandboxError } from "./sandbox-error.ts";

export interface Handset {
  readonly msisdn: string;
  readonly market: SandboxMarket;
  /** Waits for a prompt and approves the oldest one. The PIN is optional; if given, it is checked. */
  approve(pin?: string): Promise<HandsetReplyResult>;
  /** Waits for a prompt and declines the oldest one. */
  decline(): Promise<HandsetReplyResult>;
  /** Enters a wrong PIN. The third one locks the handset. */
  enterWrongPin(): Promise<HandsetReplyResult>;
  /** Sets how the customer responds from now on; `delaySeconds` applies to `slow`. */
  setBehaviour(
    answer: PromptBehaviour,
    options?: { readonly delaySeconds?: number | undefined },
  ): Promise<void>;
  /** Waits for an open prompt and returns the oldest one. */
  waitForPrompt(): Promise<HandsetPrompt>;
  /** Lists open prompts and those that ended in the last hour; newest first. */
  listPrompts(): Promise<readonly HandsetPrompt[]>;
  /** Lists SMS: the queued ones, then the others, newest first. */
  listMessages(): Promise<readonly HandsetMessage[]>;
  /** Resets wrong PIN attempts and unlocks the handset. */
  unlock(): Promise<void>;
}

/** How long to wait for a prompt. A prompt normally arrives within milliseconds. */
const promptTimeoutSeconds = 15;

/** `pin` returns the handset's PIN, as far as this process knows. */
export function createHandset(
  control: CallControl,
  market: SandboxMarket,
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
      // A customer without a prompt so far has no handset yet; this creates one.
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
          throw new SandboxError(`No prompt arrived on ${msisdn} within ${promptTimeoutSeconds} s.`);
        await sleep(25);
      }
    },
    listPrompts: async () => (await readScreen()).prompts,
    listMessages: async () => (await readScreen()).messages,
    unlock: async () => void (await control("PATCH", path, { unlock: true })),
  };
}
