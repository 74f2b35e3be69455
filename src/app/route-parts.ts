/** What the routes of the server are built from. */
import type { CallbackService } from "../callbacks/callback-service.ts";
import type { Id, PublicIds } from "../core/ids.ts";
import type { Environment } from "../core/markets.ts";
import type { ApplicationCache } from "../developers/application-cache.ts";
import type { RequestLogWriter } from "../developers/request-log/writer.ts";
import type { ConnectionLimits } from "../http/connection-limits.ts";
import type { Metrics } from "../http/metrics.ts";
import type { EnvironmentKeys } from "./keys.ts";
import type { AppOptions } from "./options.ts";
import type { Organisations } from "./organisations.ts";
import type { RunningProtocols } from "./protocols.ts";
import type { RunningRails } from "./rails.ts";
import type { RunningValidations } from "./validations.ts";

export interface RouteParts {
  readonly options: AppOptions;
  readonly rails: RunningRails;
  readonly running: RunningProtocols;
  readonly organisations: Organisations;
  readonly callbacks: CallbackService;
  readonly validations: RunningValidations;
  readonly applications: ApplicationCache;
  readonly requestLog: RequestLogWriter;
  readonly metrics: Metrics;
  /** Of all servers of the process together. */
  readonly connectionLimits: ConnectionLimits;
  readonly publicIds: Readonly<Record<Environment, PublicIds>>;
  readonly newId: () => Id;
  readonly controlToken: string;
  readonly keys: Readonly<Record<Environment, EnvironmentKeys>>;
}
