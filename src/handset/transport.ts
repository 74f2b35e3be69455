/**
 * The port: who brings prompts and messages to phones.
 *
 * There are two carriers. The built-in handset is a page of ours, so a prompt has arrived when its row says
 * so (`built-in.ts`); an operator's gateway is another machine, which may be slow, absent or wrong
 * (`gateway.ts`). Each knows how to carry safely, and the loops of `carry.ts` only ask again and again.
 */

export interface HandsetTransport {
  /** Carries the prompts that wait, some of them at least. True if there may be more at once. */
  deliverPrompts(): Promise<boolean>;
  /** The same for messages. */
  deliverMessages(): Promise<boolean>;
  /** Waits for what is under way. */
  close(): Promise<void>;
}

/** Says that something which handsets show has changed. */
export type NotifyChanged = () => void;
