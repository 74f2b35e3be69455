/** The shape of a route of the control API: what it takes, what it answers, and the function between them. */
import type { CallbackDispatcher } from "../../callbacks/dispatcher.ts";
import type { CallbackSecret } from "../../callbacks/signing.ts";
import type { Clock } from "../../core/clock.ts";
import type { ApplicationService } from "../../developers/application-service.ts";
import type { HandsetService } from "../../handset/handset-api.ts";
import type { Id, PublicIds } from "../../core/ids.ts";
import { marketNames, type Market } from "../../core/money.ts";
import type { Payments } from "../../payments/payments.ts";
import type { ClockAdvanceDeps } from "../../sandbox/advance-clock.ts";
import type { Sql } from "../../store/driver/connect.ts";
import type { Schema } from "./schema.ts";

/** What the control API works on: the sandbox, and nothing of the live environment. */
export interface ControlDeps {
  /** Whoever sends it may do anything to the sandbox. */
  readonly token: string;
  /** Hosts that are answered beside this machine's own names. */
  readonly allowedHosts: readonly string[];
  readonly version: string;
  /** What `sandbox.json` says under `openapi`. */
  readonly sandboxInfo: object;
  readonly main: Sql;
  readonly clock: Clock;
  /** Everything that moves when the clock does, and that a snapshot holds. */
  readonly clockDeps: ClockAdvanceDeps;
  readonly payments: (market: Market) => Payments;
  readonly handsets: (market: Market) => HandsetService;
  readonly callbacks: (market: Market) => CallbackDispatcher;
  /** What applications' callbacks are signed with. */
  readonly callbackSecrets: {
    get(applicationId: bigint): Promise<readonly CallbackSecret[]>;
    rotate(applicationId: bigint, overlapMs: number): Promise<readonly CallbackSecret[]>;
  };
  /** Registers, changes and revokes the sandbox's applications. */
  readonly applications: ApplicationService;
  /** Why a response URL is not accepted, in a sentence, or null. */
  readonly validateCallbackUrl: (url: string) => string | null;
  readonly publicIds: PublicIds;
  readonly newId: () => Id;
  /** Writes what the request log has not written yet. */
  readonly flushRequestLog: () => Promise<void>;
  /** Makes this server see a change to applications at once; others see it within a quarter of a second. */
  readonly refreshApplicationCache: () => Promise<void>;
}

/** An answer other than success: an HTTP status, and a sentence for whoever asked. */
export class ControlError extends Error {
  readonly statusCode: number;

  constructor(statusCode: number, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

export interface RouteRequest<Q, B> {
  /** The market in the path. Throws 404 for one that does not exist. */
  readonly market: Market;
  readonly query: Q;
  readonly body: B;
  /** Aborted when whoever asked has hung up, for a route that waits. */
  readonly signal: AbortSignal;
  /** Another part of the path, decoded and otherwise as it was sent. */
  param(name: string): string;
}

export interface Route<Q = unknown, B = unknown> {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Below `/control/v1`, with `{name}` for its parts. */
  readonly path: string;
  readonly summary: string;
  readonly query?: Schema<Q>;
  readonly body?: Schema<B>;
  readonly status: 200 | 201 | 204;
  /** Absent where there is nothing to answer (204). */
  readonly response?: Schema<unknown>;
  /** What else can happen, by status, beside what every route answers. */
  readonly errors?: Readonly<Record<number, string>>;
  handle(request: RouteRequest<Q, B>, deps: ControlDeps): Promise<unknown>;
}

/** Carries the types of a route's schemas to its function. */
export function defineRoute<Q, B>(definition: Route<Q, B>): Route {
  return definition;
}

/** Markets are matched without regard to case, as in the gateway's paths. */
export function parseMarket(text: string): Market {
  const lower = text.toLowerCase();
  const market = marketNames.find((name) => name.toLowerCase() === lower);
  if (market === undefined)
    throw new ControlError(404, `There is no such market. The markets: ${marketNames.join(", ")}.`);
  return market;
}
