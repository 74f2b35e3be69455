/**
 * The carrier of the built-in handset: what has arrived is shown, wherever its page is open.
 *
 * No machine of anybody else's is asked, so each step is one short transaction, and a server that dies in
 * between leaves nothing half done. In the sandbox the network comes first: it draws what is lost and what
 * takes longer. A phone without a signal lets everything wait until it has one again.
 */
import type { Clock } from "../clock.ts";
import type { Sql, Transaction } from "../store/connect.ts";
import { countCarried } from "../store/handsets.ts";
import { deliverMessages, setMessageFates, undrawnMessages, type Fate } from "../store/messages.ts";
import type { NetworkRow } from "../store/network.ts";
import { setPromptFates, showPrompts, undrawnPrompts } from "../store/prompts.ts";
import type { Carrier, Touch } from "./port.ts";

export type NetworkSettings = NetworkRow;

/** What lies between us and the phones of a sandbox (`sandbox/network.ts`). */
export interface Network {
  settings(): Promise<NetworkSettings>;
  fate(
    settings: NetworkSettings,
    what: "prompt" | "message",
    msisdn: string,
    ordinal: bigint,
  ): { readonly lost: boolean; readonly delayMs: number };
}

export interface BuiltInContext {
  readonly sql: Sql;
  readonly clock: Clock;
  /** Null where nothing is lost: in live. */
  readonly network: Network | null;
  readonly touch: Touch;
}

const atOnce = 200;

export function builtInCarrier(context: BuiltInContext): Carrier {
  const { sql, clock, touch } = context;
  return {
    async prompts() {
      const drawn = await draw(context, "prompt");
      const shown = await showPrompts(sql, clock.now(), atOnce);
      if (shown.length > 0) touch();
      return drawn === atOnce || shown.length === atOnce;
    },
    async messages() {
      const drawn = await draw(context, "message");
      const delivered = await deliverMessages(sql, clock.now(), atOnce);
      if (delivered > 0) touch();
      return drawn === atOnce || delivered === atOnce;
    },
    close: async () => {},
  };
}

const kinds = {
  prompt: { counted: "prompts", undrawn: undrawnPrompts, setFates: setPromptFates },
  message: { counted: "messages", undrawn: undrawnMessages, setFates: setMessageFates },
} as const;

/** Lets the network handle what is new, and returns how many that was. */
async function draw({ sql, clock, network }: BuiltInContext, what: "prompt" | "message"): Promise<number> {
  const { counted, undrawn, setFates } = kinds[what];
  const settings = network === null ? null : await network.settings();
  return sql.begin(async (tx: Transaction) => {
    const fresh = await undrawn(tx, atOnce);
    if (fresh.length === 0) return 0;
    const now = clock.now();
    const perfect = (id: bigint): Fate => ({ id, arrivesAt: now, lostBy: null });
    if (network === null || settings === null) {
      await setFates(
        tx,
        fresh.map(({ id }) => perfect(id)),
      );
      return fresh.length;
    }
    const before = new Map(
      await countCarried(
        tx,
        counted,
        fresh.map(({ msisdn }) => msisdn),
      ),
    );
    const fates = fresh.map(({ id, msisdn }) => {
      const ordinal = before.get(msisdn);
      // A number without a handset is some other phone, which the town's network knows nothing of.
      if (ordinal === undefined) return perfect(id);
      before.set(msisdn, ordinal + 1n);
      const { lost, delayMs } = network.fate(settings, what, msisdn, ordinal);
      return { id, arrivesAt: now + delayMs, lostBy: lost ? settings.seed : null };
    });
    await setFates(tx, fates);
    return fresh.length;
  });
}
