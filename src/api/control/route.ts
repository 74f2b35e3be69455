/** The type of a control API route: schemas, documentation and handler. */
import type { CallbackDispatcher } from "../../callbacks/dispatcher.ts";
import type { CallbackSecret } from "../../callbacks/signing.ts";
import type { Clock } from "../../core/clock.ts";
import type { ApplicationService } from "../../developers/application-service.ts";
import type { HandsetService } from "../../handset/handset-api.ts";
import type { Id, PublicIds } from "../../core/ids.ts";
import { marketNames, type Market } from "../../core/markets.ts";
import type { Payments } from "../../payments/payments.ts";
import type { ClockAdvanceDeps } from "../../sandbox/advance-clock.ts";
import type { Sql } from "../../store/driver/connect.ts";
import type { Schema } from "./schema.ts";

/** Dependencies of the control API. All of them belong to the sandbox, none to live. */
export interface ControlDeps {
  /** Gives full control of the sandbox. */
  readonly token: string;
  /** Host names that are accepted besides those of this machine. */
  readonly allowedHosts: readonly string[];
  readonly version: string;
  /** The content of `openapi` in `sandbox.json`. */
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
    rotate(applicationId: bigint, overlapMs: number): Promise<readonly CallbackSecret[]>;
  };
  /** Registers, changes and revokes the sandbox's applications. */
  readonly applications: ApplicationService;
  /** Returns why a response URL is not accepted, as a sentence, or null. */
  readonly validateCallbackUrl: (url: string) => string | null;
  readonly publicIds: PublicIds;
  readonly newId: () => Id;
  /** Writes buffered request log entries. */
  readonly flushRequestLog: () => Promise<void>;
  /** Call this after changing applications. Other servers see the change within a quarter of a second. */
  readonly refreshApplicationCache: () => Promise<void>;
}

/** An error response: an HTTP status, and a message for the client. */
export class ControlError extends Error {
  readonly statusCode: number;

  constructor(statusCode: number, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

export interface RouteRequest<Q, B> {
  /** The market in the path. Throws 404 if it does not exist. */
  readonly market: Market;
  readonly query: Q;
  readonly body: B;
  /** Aborted when the client disconnects. For routes that wait. */
  readonly signal: AbortSignal;
  /** Another path parameter: decoded, not validated. */
  param(name: string): string;
}

export interface Route<Q = unknown, B = unknown> {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Below `/control/v1`, with parameters as `{name}`. */
  readonly path: string;
  readonly summary: string;
  readonly query?: Schema<Q>;
  readonly body?: Schema<B>;
  readonly status: 200 | 201 | 204;
  /** Absent for an empty response (204). */
  readonly response?: Schema<unknown>;
  /** Errors by status, besides those of every route. */
  readonly errors?: Readonly<Record<number, string>>;
  handle(request: RouteRequest<Q, B>, deps: ControlDeps): Promise<unknown>;
}

/** Gives the handler the types of the schemas. */
export function defineRoute<Q, B>(definition: Route<Q, B>): Route {
  return definition;
}

/** Market names are case-insensitive, as in the paths of the gateway. */
export function parseMarket(text: string): Market {
  const lower = text.toLowerCase();
  const market = marketNames.find((name) => name.toLowerCase() === lower);
  if (market === undefined)
    throw new ControlError(404, `Unknown market. The markets: ${marketNames.join(", ")}.`);
  return market;
}
