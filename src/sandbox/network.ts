/**
 * The sandbox's simulated mobile network, which loses and delays prompts and messages as configured.
 *
 * The outcome of a prompt or message is derived from a seed, the MSISDN and the number of earlier ones of its kind to
 * that MSISDN. It does not depend on ids or time, so the same seed always gives the same outcomes.
 */
import { hash } from "node:crypto";
import type { Network, NetworkSettings } from "../handset/transports/browser.ts";
import type { Sql } from "../store/driver/connect.ts";
import { readNetwork } from "../store/main/sandbox-network.ts";

export interface RandomNetworkOutcome {
  readonly lost: boolean;
  /** The delay, in milliseconds of business time. */
  readonly delayMs: number;
}

/**
 * Derives one outcome: two numbers from SHA-256 of `seed/kind/msisdn/ordinal`, the first for the loss, the second for
 * the delay.
 */
export function drawNetworkOutcome(
  { seed, promptsLostPercent, messagesLostPercent, delayMs }: NetworkSettings,
  kind: "prompt" | "message",
  msisdn: string,
  ordinal: bigint,
): RandomNetworkOutcome {
  const digest = hash("sha256", `${seed}/${kind}/${msisdn}/${ordinal}`, "buffer");
  const percent = kind === "prompt" ? promptsLostPercent : messagesLostPercent;
  return {
    lost: (digest.readUInt32BE(0) / 2 ** 32) * 100 < percent,
    delayMs: Math.floor((digest.readUInt32BE(4) / 2 ** 32) * delayMs),
  };
}

/** The network for the handset delivery loop; its settings are in `main`. */
export function createNetwork(main: Sql): Network {
  return { readSettings: () => readNetwork(main), drawOutcome: drawNetworkOutcome };
}
