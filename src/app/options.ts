/** The inputs of an app: settings, databases, clocks and the log. */
import type { Logger } from "pino";
import type { Config } from "../config/settings.ts";
import type { Clock } from "../core/clock.ts";
import type { Rail } from "../core/rails.ts";
import type { SandboxClock } from "../sandbox/clock.ts";
import type { Stores } from "../store/databases.ts";

/** The settings that an app reads; the others concern the process around it. */
export type AppConfig = Pick<
  Config,
  | "activationDelayMs"
  | "callbackLogRetentionMs"
  | "consentLimits"
  | "daraja"
  | "handsetGatewaySecret"
  | "handsetGatewayUrl"
  | "ipgV1"
  | "liveHandsets"
  | "liveOperatorPasswordLifeMs"
  | "localTools"
  | "mailFrom"
  | "maxConnections"
  | "maxConnectionsPerSource"
  | "maxFailuresPerSource"
  | "metricsToken"
  | "pinLockMs"
  | "promptLifeMs"
  | "publicUrl"
  | "soap"
  | "requestLogMaxBytes"
  | "requestLogRetentionMs"
  | "sandboxPrivateListeners"
  | "smtpUrl"
  | "synchronousWaitMs"
  | "tariffs"
  | "trustedProxies"
  | "twoStepHoldMs"
  | "validationTimeoutMs"
>;

export interface AppOptions {
  readonly config: AppConfig;
  readonly stores: Stores;
  /** Rails whose database was away when the server started; each joins when `prepareRail` succeeds. */
  readonly awayRails?: readonly Rail[];
  /** Migrates an away rail. Throws while its database cannot be reached. */
  readonly prepareRail?: (rail: Rail) => Promise<void>;
  readonly secretKey: Buffer;
  readonly clocks: { readonly sandbox: SandboxClock; readonly live: Clock };
  /** Wall time as all servers see it, for ids; default: this machine's. */
  readonly wallTime?: Clock;
  readonly log: Logger;
  /** Hosts that `/control/v1` accepts, besides the names of this machine. */
  readonly controlHosts: readonly string[];
}
