/**
 * The transport for handsets in the browser: marks prompts and messages as arrived, and the open pages show them.
 *
 * No other machine is involved, so each step is one short transaction and a server that stops in between leaves
 * nothing half done. In the sandbox, the simulated network first decides what is lost and what is delayed. While a
 * handset has no signal, its prompts and messages wait.
 */
import type { Clock } from "../../core/clock.ts";
import type { Sql, Transaction } from "../../store/driver/connect.ts";
import { countSent } from "../../store/rail/handsets.ts";
import {
  deliverMessages,
  assignMessageOutcomes,
  readUnassignedMessages,
  type NetworkOutcome,
} from "../../store/rail/messages.ts";
import type { NetworkRow } from "../../store/main/sandbox-network.ts";
import { assignPromptOutcomes, displayPrompts, readUnassignedPrompts } from "../../store/rail/prompts.ts";
import type { HandsetTransport, NotifyChanged } from "../transport.ts";

export type NetworkSettings = NetworkRow;

/** The simulated mobile network of the sandbox (`sandbox/network.ts`). */
export interface Network {
  readSettings(): Promise<NetworkSettings>;
  drawOutcome(
    settings: NetworkSettings,
    kind: "prompt" | "message",
    msisdn: string,
    ordinal: bigint,
  ): { readonly lost: boolean; readonly delayMs: number };
}

export interface BrowserTransportContext {
  readonly sql: Sql;
  readonly clock: Clock;
  /** Null in live: nothing is lost or delayed there. */
  readonly network: Network | null;
  readonly notifyChanged: NotifyChanged;
}

const batchSize = 200;

export function createBrowserTransport(context: BrowserTransportContext): HandsetTransport {
  const { sql, clock, notifyChanged } = context;
  return {
    async deliverPrompts() {
      const assigned = await assignNetworkOutcomes(context, "prompt");
      const prompts = await displayPrompts(sql, clock.now(), batchSize);
      if (prompts.length > 0) notifyChanged();
      return assigned === batchSize || prompts.length === batchSize;
    },
    async deliverMessages() {
      const assigned = await assignNetworkOutcomes(context, "message");
      const delivered = await deliverMessages(sql, clock.now(), batchSize);
      if (delivered > 0) notifyChanged();
      return assigned === batchSize || delivered === batchSize;
    },
    close: async () => {},
  };
}

const operations = {
  prompt: { counter: "prompts", readUnassigned: readUnassignedPrompts, assignOutcomes: assignPromptOutcomes },
  message: {
    counter: "messages",
    readUnassigned: readUnassignedMessages,
    assignOutcomes: assignMessageOutcomes,
  },
} as const;

/** Assigns a network outcome to each new prompt or message. Returns how many it assigned. */
async function assignNetworkOutcomes(
  { sql, clock, network }: BrowserTransportContext,
  kind: "prompt" | "message",
): Promise<number> {
  const { counter, readUnassigned, assignOutcomes } = operations[kind];
  const settings = network === null ? null : await network.readSettings();
  return sql.begin(async (tx: Transaction) => {
    const unassigned = await readUnassigned(tx, batchSize);
    if (unassigned.length === 0) return 0;
    const now = clock.now();
    const arriveNow = (id: bigint): NetworkOutcome => ({ id, arrivesAt: now, lostBy: null });
    if (network === null || settings === null) {
      await assignOutcomes(
        tx,
        unassigned.map(({ id }) => arriveNow(id)),
      );
      return unassigned.length;
    }
    const sentCounts = new Map(
      await countSent(
        tx,
        counter,
        unassigned.map(({ msisdn }) => msisdn),
      ),
    );
    const outcomes = unassigned.map(({ id, msisdn }) => {
      const ordinal = sentCounts.get(msisdn);
      // A number without a handset is not part of the simulated network: nothing is lost.
      if (ordinal === undefined) return arriveNow(id);
      sentCounts.set(msisdn, ordinal + 1n);
      const { lost, delayMs } = network.drawOutcome(settings, kind, msisdn, ordinal);
      return { id, arrivesAt: now + delayMs, lostBy: lost ? settings.seed : null };
    });
    await assignOutcomes(tx, outcomes);
    return unassigned.length;
  });
}
