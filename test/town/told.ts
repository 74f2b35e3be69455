/** An application that listens, and what a test asks about what it was told. */
import { rail, type Market } from "../../src/money.ts";
import type { Callbacks } from "../../src/callbacks/callbacks.ts";
import { makeApplication } from "./application.ts";
import { control } from "./control.ts";
import { c2b, type Reply, type Town } from "./town.ts";
import { setTimeout as sleep } from "node:timers/promises";

export interface Shop {
  readonly id: bigint;
  readonly bearer: string;
  /** Collects from a customer who approves at once. */
  collects(change?: object): Promise<Reply>;
}

/** A fresh application whose results go to the listener. */
export async function openShop(town: Town, listener: { readonly url: string | null }): Promise<Shop> {
  const { id, apiKey } = await makeApplication(town, { responseUrl: listener.url });
  const bearer = await town.session("vodacomTZN", apiKey);
  const collects = (change: object = {}): Promise<Reply> =>
    town.call("POST", "c2bPayment/singleStage/", c2b(town, { ...change }), { bearer });
  return { id, bearer, collects };
}

/** What the control API shows of a message, by a name of it. */
export async function deliveryOf(town: Town, name: string, market: Market = "vodacomTZN") {
  const { status, body } = await control(town, "GET", `/markets/${market}/deliveries/${name}`);
  if (status !== 200) throw new Error(`${name}: ${status} ${JSON.stringify(body)}`);
  return body;
}

/** Waits until a message stands as the test wants it. Throws with how it stands if that takes too long. */
export async function untilDelivery(
  town: Town,
  name: string,
  // oxlint-disable-next-line typescript/no-explicit-any -- whatever JSON the route answers
  stands: (delivery: any) => boolean,
) {
  const giveUpAt = performance.now() + 10_000;
  for (;;) {
    const delivery = await deliveryOf(town, name);
    if (stands(delivery)) return delivery;
    if (performance.now() > giveUpAt) throw new Error(`it stands so: ${JSON.stringify(delivery)}`);
    await sleep(10);
  }
}

export const callbacksOf = (town: Town, market: Market = "vodacomTZN"): Callbacks =>
  town.platform.callbacks(rail("sandbox", market));
