/** Creates what validates the payments that customers start, for the rails whose market has a protocol that does so. */
import type { CallbackService } from "../callbacks/callback-service.ts";
import { callbackUserAgent, throttleErrors } from "../callbacks/callback-service.ts";
import { createWebhookClient } from "../callbacks/webhook-client.ts";
import type { ClockDrivenJob } from "../core/clock.ts";
import type { Id } from "../core/ids.ts";
import { environments, type Environment } from "../core/markets.ts";
import type { Rail, RailName } from "../core/rails.ts";
import { version } from "../core/version.ts";
import type { ProtocolSettings } from "../protocols/protocol.ts";
import { findMarketProtocols } from "../protocols/registry.ts";
import { createValidationWorker, type ValidationWorker } from "../validations/validation-worker.ts";
import type { ValidationFormats } from "../validations/validation-format.ts";
import type { AppOptions } from "./options.ts";
import type { RunningRails } from "./rails.ts";

export interface ValidationsDeps {
  readonly options: AppOptions;
  readonly rails: RunningRails;
  readonly callbacks: CallbackService;
  readonly newId: () => Id;
}

export interface RunningValidations {
  /** The clock-driven job of a rail; null if its market has no validations. */
  findClockWork(rail: Rail): ClockDrivenJob | null;
  close(): Promise<void>;
}

export function createValidations({ options, rails, callbacks, newId }: ValidationsDeps): RunningValidations {
  const { config, log } = options;
  const timeoutMs = config.validationTimeoutMs;
  const clients = Object.fromEntries(
    environments.map((environment) => [
      environment,
      createWebhookClient({
        rules: callbacks.outboundRules[environment],
        timeoutMs,
        // An organisation is asked once about a payment.
        keepsConnections: false,
      }),
    ]),
  ) as Record<Environment, ReturnType<typeof createWebhookClient>>;
  const workers = new Map<RailName, ValidationWorker>();
  for (const running of rails.all) {
    const { rail, payments } = running;
    const formats = findFormats(rail, config);
    if (Object.keys(formats).length === 0) continue;
    const worker = createValidationWorker({
      payments,
      newId,
      formats,
      client: clients[rail.environment],
      signer: callbacks.signer,
      userAgent: callbackUserAgent(version),
      isAvailable: () => running.available,
      onError: throttleErrors((activity, error) =>
        log.warn({ err: error, rail: rail.name }, `${activity} failed; it will be retried`),
      ),
    });
    workers.set(rail.name, worker);
  }
  return {
    findClockWork: (rail) => workers.get(rail.name)?.clockWork ?? null,
    async close() {
      await Promise.all([...workers.values()].map((worker) => worker.close()));
      await Promise.all(Object.values(clients).map((client) => client.close()));
    },
  };
}

function findFormats({ market }: Rail, settings: ProtocolSettings): ValidationFormats {
  return Object.fromEntries(
    findMarketProtocols(market).flatMap(({ name, createValidation, callbackRules }) => {
      if (createValidation === undefined) return [];
      const urlRules = (environment: Environment) => callbackRules(environment, settings);
      return [[name, { ...createValidation(settings), urlRules }]];
    }),
  );
}
