/**
 * The transport interface: delivers prompts and messages to handsets.
 *
 * There are two transports. `transports/browser.ts` serves handsets in the browser: a prompt has arrived when its row
 * says so. `transports/ussd-gateway.ts` calls an operator's gateway, which may be slow, unavailable or faulty. Each
 * transport is responsible for safe delivery; the loops of `delivery-loop.ts` only call it again and again.
 */

export interface HandsetTransport {
  /** Delivers a batch of waiting prompts. True if more may be waiting. */
  deliverPrompts(): Promise<boolean>;
  /** The same for messages. */
  deliverMessages(): Promise<boolean>;
  /** Waits for deliveries in progress. */
  close(): Promise<void>;
}

/** To be called after something that handsets show has changed. */
export type NotifyChanged = () => void;
