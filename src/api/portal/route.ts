/**
 * The routes of the portal's API, and what their handlers get.
 *
 * `defineRoute` is for signed-in developers; `definePublicRoute` is for anyone, and may do nothing that a stranger must
 * not do. A handler checks by itself that an object belongs to the developer (`own-objects.ts`).
 */
import type { FastifyRequest } from "fastify";
import type { TSchema } from "typebox";
import type { AccountDeps } from "../../accounts/account-deps.ts";
import type { Market } from "../../core/markets.ts";
import type { Rail } from "../../core/rails.ts";
import type { AccessTokenRequest } from "../../developers/access-tokens.ts";
import type { ApplicationService } from "../../developers/application-service.ts";
import type { SearchedLog } from "../../developers/request-log/reader.ts";
import type { Sql } from "../../store/driver/connect.ts";
import type { ControlDeps } from "../control/route.ts";
import type { PortalEvents } from "./event-streams.ts";
import type { AccountLimits } from "./account-limits.ts";
import { createRouteDefiner, type JsonRoute, type RouteMethod } from "../json-route.ts";

export const portalPrefix = "/portal/api";

/** The person who is signed in. */
export interface Developer {
  readonly id: bigint;
  readonly email: string;
  readonly name: string;
  /** The number that the developer has confirmed, and its market. */
  readonly phone: string | null;
  readonly phoneMarket: string | null;
  /** Null for the sandbox's own developer without a session: the local tools signed them in. */
  readonly sessionId: bigint | null;
  /** Whether this is the sandbox's own developer, in a browser on this machine. */
  readonly isLocal: boolean;
}

export interface PortalDeps {
  /** Host names that are accepted besides those of this machine. */
  readonly allowedHosts: readonly string[];
  /** Whether the tools for a laptop are on: a workspace without signing in, the mailbox, the whole sandbox. */
  readonly localTools: boolean;
  readonly version: string;
  /**
   * The functions of the sandbox that the control API has, too. Routes that change what all developers share (clock,
   * faults, snapshots, reset) are for the local tools.
   */
  readonly sandbox: ControlDeps;
  /** The applications of the sandbox; `actor` is who makes the changes, for the audit. */
  readonly applications: (actor: string) => ApplicationService;
  /** Issues a token of the sandbox for an application's credential. */
  readonly issueAccessToken: (request: AccessTokenRequest) => Promise<string>;
  /** The public key of the sandbox that bearers are encrypted with: DER in base64. */
  readonly publicKey: string;
  /** Sends a request to this server's gateway, as a client on this machine does. */
  readonly sendToGateway: (request: SentRequest) => Promise<ReceivedResponse>;
  /** Small pools of the portal's own, so that its reads cannot take the connections of payments. */
  readonly main: Sql;
  readonly rail: (rail: Rail) => Sql;
  readonly accounts: AccountDeps;
  /** Null: the address of each request is the one that mails link to. */
  readonly publicUrl: string | null;
  /** The password of the sandbox's own developer. */
  readonly readLocalPassword: () => Promise<string>;
  /**
   * Sends an SMS to a number by the operator's gateway. Null: there is none, and messages are on the pages of the sandbox's
   * handsets.
   */
  readonly sendRealText: ((market: Market, msisdn: string, text: string) => Promise<void>) | null;
  /** The request log of a market of the sandbox, read by the portal's pool. */
  readonly findRequestLog: (market: Market | null) => SearchedLog;
  /** The streams of open pages. */
  readonly events: PortalEvents;
}

export interface SentRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface ReceivedResponse {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly tookMs: number;
}

/** What a public route gets. */
export interface PublicContext {
  readonly deps: PortalDeps;
  readonly request: FastifyRequest;
  readonly developer: Developer | null;
  /** How often people may try what needs no session, or checks a password again. */
  readonly limits: AccountLimits;
}

/** What the route of a signed-in developer gets. */
export interface DeveloperContext extends PublicContext {
  readonly developer: Developer;
}

export type Access = "public" | "developer";

/** A route of the portal's API, without the types of its schemas. */
export type PortalRoute = JsonRoute<never> & { readonly access: Access };

const createPortalDefiner = <Context, A extends Access>(access: A) => {
  const define = createRouteDefiner<Context>();
  return <
    const Method extends RouteMethod,
    const Path extends string,
    Query extends TSchema | undefined = undefined,
    Body extends TSchema | undefined = undefined,
    Response extends TSchema | undefined = undefined,
  >(
    definition: JsonRoute<Context, Method, Path, Query, Body, Response>,
  ): JsonRoute<Context, Method, Path, Query, Body, Response> & { readonly access: A } => ({
    ...define(definition),
    access,
  });
};

export const defineRoute = createPortalDefiner<DeveloperContext, "developer">("developer");
export const definePublicRoute = createPortalDefiner<PublicContext, "public">("public");
