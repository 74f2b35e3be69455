/** The handsets of one rail with everything that serves them, built in order. */
import type { TimedWork } from "../clock.ts";
import type { HandsetContext } from "./answering.ts";
import { builtInCarrier, type Network } from "./built-in.ts";
import { openCarrying, type Carrying } from "./carry.ts";
import { gatewayCarrier } from "./gateway.ts";
import type { Phones } from "./phone.ts";
import { openPhones } from "./phones.ts";
import type { Carrier } from "./port.ts";
import { giveDueAnswers, handsetTimes } from "./self-answers.ts";
import { openWatching } from "./watch.ts";

/** Who carries to the handsets: our own page, an operator's gateway, or nobody. */
export type Carriage =
  | { readonly by: "built-in"; readonly network: Network | null }
  | { readonly by: "gateway"; readonly url: string; readonly secret: string }
  | { readonly by: "nobody" };

export interface Handsets {
  readonly context: HandsetContext;
  readonly phones: Phones;
  /** What business time brings to them. */
  readonly times: TimedWork;
  close(): Promise<void>;
}

const nobody: Carrying = { now: async () => {}, close: async () => {} };

/** `onTrouble` is told, in words, what went wrong and is tried again. */
export function openHandsets(
  context: HandsetContext,
  carriage: Carriage,
  onTrouble: (trouble: string, error?: unknown) => void,
): Handsets {
  const { sql, clock, payments } = context;
  const watching = openWatching(sql);
  const stopListening = payments.news.onNews(() => watching.look());
  const carrier = carrierFor(context, carriage, () => watching.look(), onTrouble);
  const carrying =
    carrier === null
      ? nobody
      : openCarrying({
          sql,
          clock,
          news: payments.news,
          carrier,
          answer: () => giveDueAnswers(context),
          onError: (error) => onTrouble("carrying to handsets failed; it is tried again", error),
        });
  // A gateway's calls take their time: nobody waits for those.
  const carryNow = carriage.by === "built-in" ? carrying.now : nobody.now;
  return {
    context,
    phones: openPhones({ ...context, watching, carryNow }),
    times: handsetTimes(context, carrying),
    async close() {
      stopListening();
      watching.close();
      await carrying.close();
    },
  };
}

function carrierFor(
  context: HandsetContext,
  carriage: Carriage,
  touch: () => void,
  onTrouble: (trouble: string) => void,
): Carrier | null {
  if (carriage.by === "nobody") return null;
  if (carriage.by === "gateway") return gatewayCarrier(context, { ...carriage, onTrouble });
  const { sql, clock } = context;
  return builtInCarrier({ sql, clock, network: carriage.network, touch });
}
