/** An application with a listener, and the deliveries to it. */
import { railFor } from "../../src/core/rails.ts";
import type { Market } from "../../src/core/markets.ts";
import type { CallbackDispatcher } from "../../src/callbacks/dispatcher.ts";
import { createTestApplication } from "./application.ts";
import type { ControlResult } from "../../src/api/control/client.ts";
import { control } from "./control.ts";
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

export type DeliveryBody = ControlResult<"GET /markets/{market}/deliveries/{name}">;

/** A delivery by one of its ids. */
export const getDelivery = (
  sandbox: TestSandbox,
  name: string,
  market: Market = "vodacomTZN",
): Promise<DeliveryBody> =>
  control(sandbox, "GET /markets/{market}/deliveries/{name}", { params: { market, name } });

/** Waits until a delivery matches. The error contains the delivery. */
export async function waitForDelivery(
  sandbox: TestSandbox,
  name: string,
  matches: (delivery: DeliveryBody) => boolean,
): Promise<DeliveryBody> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const delivery = await getDelivery(sandbox, name);
    if (matches(delivery)) return delivery;
    if (performance.now() > deadline)
      throw new Error(`the delivery does not match: ${JSON.stringify(delivery)}`);
    await sleep(10);
  }
}

/** The time between the first attempt and the next one, in milliseconds. */
export function timeToRetry({ dueAt, attempts: [first] }: Pick<DeliveryBody, "dueAt" | "attempts">): number {
  if (dueAt === null || first === undefined) throw new Error("the delivery has no attempt, or no next one");
  return Date.parse(dueAt) - Date.parse(first.businessAt);
}

export const getCallbacks = (sandbox: TestSandbox, market: Market = "vodacomTZN"): CallbackDispatcher =>
  sandbox.platform.callbacks(railFor("sandbox", market));
