/**
 * The sandbox's mobile network, which loses and delays as it was told to.
 *
 * What becomes of a prompt or a message is drawn from a seed, the phone's number and how many of its kind the
 * network has carried to that phone before: nothing of it depends on ids or on time, so the same seed
 * gives the same run.
 */
import { hash } from "node:crypto";
import type { Network, NetworkSettings } from "../handset/transports/browser.ts";
import type { Sql } from "../store/driver/connect.ts";
import { readNetwork } from "../store/main/sandbox-network.ts";

export interface RandomNetworkOutcome {
  readonly lost: boolean;
  /** How long it takes, in milliseconds of business time. */
  readonly delayMs: number;
}

/**
 * Draws one fate: two numbers out of SHA-256 of `seed/what/msisdn/ordinal`, the first for whether it is lost,
 * the second for how long it takes.
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

/** The network as the handsets' carrier uses it; `main` has its settings. */
export function createNetwork(main: Sql): Network {
  return { readSettings: () => readNetwork(main), drawOutcome: drawNetworkOutcome };
}
