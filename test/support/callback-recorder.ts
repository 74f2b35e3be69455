/** An application with a listener, and the deliveries to it. */
import { railFor } from "../../src/core/rails.ts";
import type { Market } from "../../src/core/markets.ts";
import type { CallbackDispatcher } from "../../src/callbacks/dispatcher.ts";
import { createTestApplication } from "./application.ts";
import { callControl } from "./control.ts";
import { c2bFields, type Reply, type TestSandbox } from "./sandbox.ts";
import { setTimeout as sleep } from "node:timers/promises";

export interface ListeningApplication {
  readonly id: bigint;
  readonly bearer: string;
  /** Collects from a customer who approves automatically. */
  collect(overrides?: object): Promise<Reply>;
}

/** A new application whose results go to the listener. */
export async function createListeningApplication(
  sandbox: TestSandbox,
  listener: { readonly url: string | null },
): Promise<ListeningApplication> {
  const { id, apiKey } = await createTestApplication(sandbox, { responseUrl: listener.url });
  const bearer = await sandbox.session("vodacomTZN", apiKey);
  const collect = (overrides: object = {}): Promise<Reply> =>
    sandbox.call("POST", "c2bPayment/singleStage/", c2bFields(sandbox, { ...overrides }), { bearer });
  return { id, bearer, collect };
}

/** A delivery as the control API returns it, by one of its ids. */
export async function getDelivery(sandbox: TestSandbox, name: string, market: Market = "vodacomTZN") {
  const { status, body } = await callControl(sandbox, "GET", `/markets/${market}/deliveries/${name}`);
  if (status !== 200) throw new Error(`${name}: ${status} ${JSON.stringify(body)}`);
  return body;
}

/** Waits until a delivery matches. The error contains the delivery. */
export async function waitForDelivery(
  sandbox: TestSandbox,
  name: string,
  // oxlint-disable-next-line typescript/no-explicit-any -- any JSON of the route
  matches: (delivery: any) => boolean,
) {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const delivery = await getDelivery(sandbox, name);
    if (matches(delivery)) return delivery;
    if (performance.now() > deadline)
      throw new Error(`the delivery does not match: ${JSON.stringify(delivery)}`);
    await sleep(10);
  }
}

export const getCallbacks = (sandbox: TestSandbox, market: Market = "vodacomTZN"): CallbackDispatcher =>
  sandbox.platform.callbacks(railFor("sandbox", market));
