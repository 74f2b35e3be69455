/** Ends holds and prompts whose time is up. Any number of servers may do it at once; each ends once. */
import type { Happening, TimedWork } from "../clock.ts";
import type { Id } from "../ids.ts";
import { expiredHolds, nextHoldExpiry } from "../store/holds.ts";
import { readPayments } from "../store/payments.ts";
import { decideExpiry } from "./decide-step.ts";
import { unasked, type Payments } from "./payments.ts";

const batchMax = 500;

/** Ends every hold that expired by now (business time), and returns the payments that it ended. */
export async function expireHolds({ context, lanes }: Payments, newId: () => Id): Promise<Id[]> {
  const ended: Id[] = [];
  for (;;) {
    const expired = await expiredHolds(context.sql, context.clock.now(), batchMax);
    const outcomes = await Promise.all(
      expired.map((paymentId) => lanes.post({ ...unasked(newId(), paymentId), decide: decideExpiry })),
    );
    ended.push(...expired.filter((_, index) => outcomes[index]?.refusal === null));
    if (expired.length < batchMax) return ended;
  }
}

/** The same as work that a moved clock does on its way. */
export function expiryWork(payments: Payments, newId: () => Id): TimedWork {
  const { context } = payments;
  return {
    nextAt: (upto) => nextHoldExpiry(context.sql, upto),
    async run() {
      const ended = await readPayments(context.sql, await expireHolds(payments, newId));
      return ended.map((payment): Happening => {
        const prompted = payment.refusal === "customer_did_not_answer";
        return {
          at: payment.endedAt?.getTime() ?? context.clock.now(),
          market: context.rail.market,
          what: prompted ? "prompt_expired" : "hold_expired",
          about: context.wire.transactionId(payment.id),
          says: prompted
            ? "The customer did not answer in time; what was held is theirs again."
            : "Nobody committed or released the held money in time; it went back to the customer.",
        };
      });
    },
  };
}
