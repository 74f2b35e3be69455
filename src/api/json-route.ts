/**
 * A route of our own JSON APIs: its schemas, its documentation and its handler in one object.
 *
 * The schemas validate, give the handler its types, describe the route in `openapi.json`, and give clients their types
 * (`call-types.ts`).
 */
import type { FastifyReply } from "fastify";
import type { TSchema } from "typebox";
import type { Market } from "../core/markets.ts";
import type { Value } from "../core/schema.ts";

export type RouteMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

type ParameterName<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParameterName<Rest>
  : never;

/** The parameters of a path such as `/markets/{market}/payments/{name}`. */
export type PathParameters<Path extends string> = {
  readonly [Name in ParameterName<Path>]: Name extends "market" ? Market : string;
};

/** A valid request. Its types are those of the route's schemas. */
export interface RouteRequest<Path extends string = string, Query = unknown, Body = unknown> {
  readonly params: PathParameters<Path>;
  readonly query: Query;
  readonly body: Body;
}

/** `Context`: what an API gives to its handlers. */
export interface JsonRoute<
  Context,
  Method extends RouteMethod = RouteMethod,
  Path extends string = string,
  Query extends TSchema | undefined = TSchema | undefined,
  Body extends TSchema | undefined = TSchema | undefined,
  Response extends TSchema | undefined = TSchema | undefined,
> {
  readonly method: Method;
  /** Below the prefix of the API, with parameters as `{name}`. */
  readonly path: Path;
  readonly summary: string;
  /** The request waits for events most of the time, so it does not count as work (`http/work-limit.ts`). */
  readonly waits?: true;
  readonly query?: Query;
  readonly body?: Body;
  readonly status: 200 | 201 | 204;
  /** Absent for an empty response (204). */
  readonly response?: Response;
  /** The type of a response that is no JSON and that the handler sends by itself, such as `text/csv`. */
  readonly contentType?: string;
  /** Errors by status, besides those of every route. */
  readonly errors?: Readonly<Record<number, string>>;
  handle(
    request: RouteRequest<Path, Value<Query>, Value<Body>>,
    context: Context,
    reply: FastifyReply,
  ): Promise<ResponseBody<Response>>;
}

type ResponseBody<Response> = Response extends TSchema ? Value<Response> : void;

/** Returns the function that defines the routes of an API: it gives each handler the types of its schemas. */
export const createRouteDefiner =
  <Context>() =>
  <
    const Method extends RouteMethod,
    const Path extends string,
    Query extends TSchema | undefined = undefined,
    Body extends TSchema | undefined = undefined,
    Response extends TSchema | undefined = undefined,
  >(
    definition: JsonRoute<Context, Method, Path, Query, Body, Response>,
  ): JsonRoute<Context, Method, Path, Query, Body, Response> =>
    definition;
