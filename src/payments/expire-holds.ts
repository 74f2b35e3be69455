/** Ends holds and prompts whose time is up. Any number of servers may do it at once; each ends once. */
import type { ClockEvent, ClockDrivenJob } from "../core/clock.ts";
import type { Id } from "../core/ids.ts";
import { readExpiredHolds, readNextHoldExpiry } from "../store/rail/holds.ts";
import { readPayments } from "../store/rail/payments.ts";
import { decideHoldExpiry } from "./rules/complete-hold.ts";
import { platformInstruction, type Payments } from "./payments.ts";

const maxBatchSize = 500;

/** Ends every hold that expired by now (business time), and returns the payments that it ended. */
export async function expireHolds({ context, batcher }: Payments, newId: () => Id): Promise<Id[]> {
  const ended: Id[] = [];
  for (;;) {
    const expired = await readExpiredHolds(context.sql, context.clock.now(), maxBatchSize);
    const outcomes = await Promise.all(
      expired.map((paymentId) =>
        batcher.post({ ...platformInstruction(newId(), paymentId), decide: decideHoldExpiry }),
      ),
    );
    ended.push(...expired.filter((_, index) => outcomes[index]?.refusal === null));
    if (expired.length < maxBatchSize) return ended;
  }
}

/** The same as work that a moved clock does on its way. */
export function createExpiryWork(payments: Payments, newId: () => Id): ClockDrivenJob {
  const { context } = payments;
  return {
    nextAt: (until) => readNextHoldExpiry(context.sql, until),
    async run() {
      const ended = await readPayments(context.sql, await expireHolds(payments, newId));
      return ended.map((payment): ClockEvent => {
        const prompted = payment.refusal === "customer_did_not_answer";
        return {
          at: payment.endedAt?.getTime() ?? context.clock.now(),
          market: context.rail.market,
          type: prompted ? "prompt_expired" : "hold_expired",
          subject: context.publicIds.receipt(payment.id),
          message: prompted
            ? "The customer did not answer in time; what was held is theirs again."
            : "Nobody committed or released the held money in time; it went back to the customer.",
        };
      });
    },
  };
}
