/** Answers that are told later although no payment was recorded: what a question found, kept for its listener. */
import { listenerKey, insertDeliveries } from "../store/deliveries.ts";
import { insertQuestion } from "../store/outbox.ts";
import type { Id } from "../ids.ts";
import type { Payments } from "./payments.ts";

export interface LaterAnswer {
  readonly id: Id;
  readonly applicationId: bigint;
  readonly protocol: string;
  readonly url: string;
  /** In the protocol's own words. JSON. */
  readonly answer: object;
}

/** Keeps the answer for its listener, durably, and has it sent. */
export async function tellLater({ context, news }: Payments, later: LaterAnswer): Promise<void> {
  const { id: paymentId, applicationId, url } = later;
  const at = context.clock.now();
  const listener = listenerKey(applicationId, url);
  await context.sql.begin(async (tx) => {
    await insertQuestion(tx, { ...later, paymentId }, at);
    await insertDeliveries(tx, [{ paymentId, about: paymentId, applicationId, listener }], at);
  });
  news.publish({ toTell: true, prompted: false, messaged: false, ended: [] });
}
