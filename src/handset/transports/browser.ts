/**
 * The carrier of the built-in handset: what has arrived is shown, wherever its page is open.
 *
 * No machine of anybody else's is asked, so each step is one short transaction, and a server that dies in
 * between leaves nothing half done. In the sandbox the network comes first: it draws what is lost and what
 * takes longer. A phone without a signal lets everything wait until it has one again.
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

/** What lies between us and the phones of a sandbox (`sandbox/network.ts`). */
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
  /** Null where nothing is lost: in live. */
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

/** Lets the network handle what is new, and returns how many that was. */
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
      // A number without a handset is some other phone, which the town's network knows nothing of.
      if (ordinal === undefined) return arriveNow(id);
      sentCounts.set(msisdn, ordinal + 1n);
      const { lost, delayMs } = network.drawOutcome(settings, kind, msisdn, ordinal);
      return { id, arrivesAt: now + delayMs, lostBy: lost ? settings.seed : null };
    });
    await assignOutcomes(tx, outcomes);
    return unassigned.length;
  });
}
