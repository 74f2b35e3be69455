/** The type of a control API route, and what its handlers get. */
import type { TSchema } from "typebox";
import type { CallbackDispatcher } from "../../callbacks/dispatcher.ts";
import type { CallbackSecret } from "../../callbacks/signing.ts";
import type { Clock } from "../../core/clock.ts";
import type { ApplicationService } from "../../developers/application-service.ts";
import type { SearchedLog } from "../../developers/request-log/reader.ts";
import type { HandsetService } from "../../handset/handset-api.ts";
import type { Id, PublicIds } from "../../core/ids.ts";
import type { Market } from "../../core/markets.ts";
import type { ApiOperatorService } from "../../organisations/api-operators.ts";
import type { OrganisationDirectory } from "../../organisations/organisation-directory.ts";
import type { Payments } from "../../payments/payments.ts";
import type { ClockAdvanceDeps } from "../../sandbox/advance-clock.ts";
import type { Sql, Transaction } from "../../store/driver/connect.ts";
import { createRouteDefiner, type JsonRoute, type RouteMethod } from "../json-route.ts";

export type { RouteMethod };

export const controlPrefix = "/control/v1";

/** Dependencies of the control API. All of them belong to the sandbox, none to live. */
export interface ControlDeps {
  /** Gives full control of the sandbox. */
  readonly token: string;
  /** Host names that are accepted besides those of this machine. */
  readonly allowedHosts: readonly string[];
  readonly version: string;
  /** The content of `openapi` in `sandbox.json`, with that of every other protocol by its name. */
  readonly sandboxInfo: object;
  readonly main: Sql;
  readonly clock: Clock;
  /** What the clock and snapshots work on. */
  readonly clockDeps: ClockAdvanceDeps;
  readonly payments: (market: Market) => Payments;
  readonly handsets: (market: Market) => HandsetService;
  readonly callbacks: (market: Market) => CallbackDispatcher;
  /** The secrets that sign callbacks. */
  readonly callbackSecrets: {
    get(applicationId: bigint): Promise<readonly CallbackSecret[]>;
    /** `record` writes the application's history in the same transaction. */
    rotate(
      applicationId: bigint,
      overlapMs: number,
      record: (tx: Transaction) => Promise<void>,
    ): Promise<readonly CallbackSecret[]>;
  };
  /** Registers, changes and revokes the sandbox's applications. */
  readonly applications: ApplicationService;
  /** The settings of the sandbox's organisations. */
  readonly organisations: (market: Market) => OrganisationDirectory;
  /** Registers and changes the API operators of the sandbox's organisations. */
  readonly operators: ApiOperatorService;
  /** Returns why a response URL is not accepted, as a sentence, or null. */
  readonly validateCallbackUrl: (protocol: string, url: string) => string | null;
  readonly publicIds: PublicIds;
  readonly newId: () => Id;
  /** The request log of a market; null is that of paths without a known market. */
  readonly findRequestLog: (market: Market | null) => SearchedLog;
  /** Writes buffered request log entries. */
  readonly flushRequestLog: () => Promise<void>;
  /** Call this after changing applications. Other servers see the change within a quarter of a second. */
  readonly refreshApplicationCache: () => Promise<void>;
}

/** A route of the control API. */
export type Route<
  Method extends RouteMethod = RouteMethod,
  Path extends string = string,
  Query extends TSchema | undefined = TSchema | undefined,
  Body extends TSchema | undefined = TSchema | undefined,
  Response extends TSchema | undefined = TSchema | undefined,
> = JsonRoute<ControlDeps, Method, Path, Query, Body, Response>;

export const defineRoute = createRouteDefiner<ControlDeps>();
