/** Builds the handsets of one rail: service, transport, delivery loop and change notifier. */
import type { ClockDrivenJob } from "../core/clock.ts";
import type { HandsetContext } from "./answer-prompt.ts";
import { createBrowserTransport, type Network } from "./transports/browser.ts";
import { createDeliveryLoop, type DeliveryLoop } from "./delivery-loop.ts";
import { createUssdGatewayTransport } from "./transports/ussd-gateway.ts";
import type { HandsetService } from "./handset-api.ts";
import { createHandsetService } from "./handset-service.ts";
import type { HandsetTransport } from "./transport.ts";
import { sendDueAutoReplies, handsetClockWork } from "./auto-replies.ts";
import { createChangeNotifier } from "./change-notifier.ts";

/** How prompts and messages reach handsets: the pages of this server, an operator's gateway, or not at all. */
export type TransportConfig =
  | { readonly type: "built-in"; readonly network: Network | null }
  | { readonly type: "gateway"; readonly url: string; readonly secret: string }
  | { readonly type: "none" };

export interface RailHandsets {
  readonly context: HandsetContext;
  readonly service: HandsetService;
  /** Work that becomes due by business time. */
  readonly clockWork: ClockDrivenJob;
  close(): Promise<void>;
}

const noDeliveryLoop: DeliveryLoop = { deliverNow: async () => {}, close: async () => {} };

/** `onError` gets a message for the log; what failed is retried. */
export function createRailHandsets(
  context: HandsetContext,
  transportConfig: TransportConfig,
  onError: (message: string, error?: unknown) => void,
): RailHandsets {
  const { sql, clock, payments } = context;
  const changeNotifier = createChangeNotifier(sql);
  const unsubscribe = payments.commitEvents.subscribe(() => changeNotifier.notify());
  const transport = createTransport(context, transportConfig, () => changeNotifier.notify(), onError);
  const deliveryLoop =
    transport === null
      ? noDeliveryLoop
      : createDeliveryLoop({
          sql,
          clock,
          commitEvents: payments.commitEvents,
          transport,
          sendDueAutoReplies: () => sendDueAutoReplies(context),
          onError: (error) => onError("delivery to handsets failed and is retried", error),
        });
  // Requests to a gateway can take seconds, so no caller waits for them.
  const deliverNow =
    transportConfig.type === "built-in" ? deliveryLoop.deliverNow : noDeliveryLoop.deliverNow;
  return {
    context,
    service: createHandsetService({ ...context, changeNotifier, deliverNow }),
    clockWork: handsetClockWork(context, deliveryLoop),
    async close() {
      unsubscribe();
      await changeNotifier.close();
      await deliveryLoop.close();
    },
  };
}

function createTransport(
  context: HandsetContext,
  transportConfig: TransportConfig,
  notifyChanged: () => void,
  onError: (message: string) => void,
): HandsetTransport | null {
  if (transportConfig.type === "none") return null;
  if (transportConfig.type === "gateway")
    return createUssdGatewayTransport(context, { ...transportConfig, onError });
  const { sql, clock } = context;
  return createBrowserTransport({ sql, clock, network: transportConfig.network, notifyChanged });
}
