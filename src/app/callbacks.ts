/** Creates the callbacks of every rail, which run after each commit. */
import { createCallbackService, type CallbackService } from "../callbacks/callback-service.ts";
import { registerCallbackMetrics } from "../callbacks/metrics.ts";
import type { Id, PublicIds } from "../core/ids.ts";
import { rails as allRails } from "../core/rails.ts";
import type { Environment } from "../core/markets.ts";
import { version } from "../core/version.ts";
import type { Metrics } from "../http/metrics.ts";
import type { RenderKeys } from "../protocols/protocol.ts";
import type { AppOptions } from "./options.ts";
import { createCallbackProtocols } from "./protocols.ts";
import type { RunningRails } from "./rails.ts";

export interface CallbacksDeps {
  readonly options: AppOptions;
  readonly rails: RunningRails;
  readonly keys: Readonly<Record<Environment, RenderKeys>>;
  readonly publicIds: Readonly<Record<Environment, PublicIds>>;
  readonly newId: () => Id;
  readonly metrics: Metrics;
}

export function createCallbacks(deps: CallbacksDeps): CallbackService {
  const { options, rails, keys, publicIds, newId, metrics } = deps;
  const { config, stores, secretKey, clocks, log } = options;
  const callbacks = createCallbackService({
    rails: rails.all.map(({ rail, payments: { context, commitEvents } }) => ({
      rail,
      sql: context.sql,
      commitEvents,
    })),
    secrets: { sql: stores.main, secretKey },
    clocks,
    publicIds,
    newId,
    protocols: createCallbackProtocols(keys, config),
    sandboxPrivateListeners: config.sandboxPrivateListeners,
    version,
    onAttempt: registerCallbackMetrics(metrics, allRails, (rail) => callbacks.forRail(rail).state()),
    onError: (rail, activity, error) =>
      log.warn({ err: error, rail: rail.name }, `${activity} failed; it will be retried`),
  });
  for (const { rail, payments } of rails.all) {
    payments.commitEvents.subscribe(({ deliveriesQueued }) => {
      if (deliveriesQueued) callbacks.forRail(rail).notify();
    });
  }
  return callbacks;
}
