/** Callbacks of all rails: creates a dispatcher for each, and what they share. */
import { msPerSecond, type Clock } from "../core/clock.ts";
import type { Id, PublicIds } from "../core/ids.ts";
import type { Environment } from "../core/markets.ts";
import type { Rail, RailName } from "../core/rails.ts";
import type { CommitEvents } from "../payments/commit-events.ts";
import type { AttemptRow } from "../store/rail/delivery-attempts.ts";
import type { Sql } from "../store/driver/connect.ts";
import { readPullApplications } from "../store/main/applications.ts";
import { validateCallbackUrl, type OutboundRules } from "./addresses.ts";
import { createCallbackDispatcher, type CallbackDispatcher } from "./dispatcher.ts";
import { createWebhookClient } from "./webhook-client.ts";
import type { CallbackProtocols } from "./notification.ts";
import { createSigner, type SecretStore, type Signer } from "./signing.ts";

export interface CallbackServiceDeps {
  readonly rails: readonly CallbackRail[];
  readonly secrets: SecretStore;
  readonly clocks: Readonly<Record<Environment, Clock>>;
  readonly publicIds: Readonly<Record<Environment, PublicIds>>;
  readonly newId: () => Id;
  readonly protocols: CallbackProtocols;
  /** Whether sandbox callbacks may go to private, loopback and link-local addresses. */
  readonly sandboxPrivateListeners: boolean;
  readonly version: string;
  readonly onAttempt: (rail: Rail, attempt: AttemptRow) => void;
  readonly onError: (rail: Rail, activity: string, error: unknown) => void;
}

export interface CallbackRail {
  readonly rail: Rail;
  readonly sql: Sql;
  readonly commitEvents: Pick<CommitEvents, "pollInterval">;
}

export interface CallbackService {
  forRail(rail: Rail): CallbackDispatcher;
  readonly signer: Signer;
  /** Which addresses requests to organisations' servers may go to. */
  readonly outboundRules: Readonly<Record<Environment, OutboundRules>>;
  /** Returns why a response URL is not accepted, as a sentence, or null. */
  validateCallbackUrl(environment: Environment, protocol: string, url: string): string | null;
  close(): Promise<void>;
}

export const callbackUserAgent = (version: string): string => `Pesarail/${version}`;

/** A database failure affects every call, and one log line is enough for it. */
const errorIntervalMs = 10 * msPerSecond;

export function createCallbackService(deps: CallbackServiceDeps): CallbackService {
  const signer = createSigner(deps.secrets);
  const rules: Readonly<Record<Environment, OutboundRules>> = {
    sandbox: { environment: "sandbox", privateListeners: deps.sandboxPrivateListeners },
    live: { environment: "live", privateListeners: false },
  };
  const clients = {
    sandbox: createWebhookClient({ rules: rules.sandbox }),
    live: createWebhookClient({ rules: rules.live }),
  };
  const dispatchers = new Map<RailName, CallbackDispatcher>();
  for (const { rail, sql, commitEvents } of deps.rails) {
    const { environment } = rail;
    const dispatcher = createCallbackDispatcher({
      rail,
      sql,
      pollInterval: commitEvents.pollInterval,
      clock: deps.clocks[environment],
      publicIds: deps.publicIds[environment],
      newId: deps.newId,
      protocols: deps.protocols,
      environment,
      signer,
      client: clients[environment],
      userAgent: callbackUserAgent(deps.version),
      random: Math.random,
      filterPullApplications: (ids) => readPullApplications(deps.secrets.sql, ids),
      onAttempt: (attempt) => deps.onAttempt(rail, attempt),
      onError: throttleErrors((activity, error) => deps.onError(rail, activity, error)),
    });
    dispatchers.set(rail.name, dispatcher);
  }
  return {
    forRail: (rail) => dispatchers.get(rail.name) as CallbackDispatcher,
    signer,
    outboundRules: rules,
    validateCallbackUrl(environment, protocol, url) {
      const callbackProtocol = deps.protocols[protocol];
      return callbackProtocol === undefined
        ? `There is no protocol ${protocol}.`
        : validateCallbackUrl(rules[environment], callbackProtocol.rules(environment), url);
    },
    async close() {
      await Promise.all([...dispatchers.values()].map((dispatcher) => dispatcher.close()));
      await Promise.all(Object.values(clients).map((client) => client.close()));
    },
  };
}

/** Reports at most one error per interval. */
export function throttleErrors(
  report: (activity: string, error: unknown) => void,
): (activity: string, error: unknown) => void {
  let reportedAt = -Infinity;
  return (activity, error) => {
    const now = performance.now();
    if (now - reportedAt < errorIntervalMs) return;
    reportedAt = now;
    report(activity, error);
  };
}
