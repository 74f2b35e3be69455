/** The types of the calls of a JSON API, from its routes. Clients import them as types only. */
import type { Value } from "../core/schema.ts";
import type { JsonRoute, PathParameters } from "./json-route.ts";

/** Any route, whatever its context is: a handler's context is no part of a call. */
type AnyRoute = JsonRoute<never>;

/** The types of a route's parts. */
type Parts<R> =
  R extends JsonRoute<infer _Context, infer _Method, infer Path, infer Query, infer Body, infer Response>
    ? {
        readonly params: PathParameters<Path>;
        readonly query: Value<Query>;
        readonly body: Value<Body>;
        readonly response: Value<Response>;
      }
    : never;

/** The routes of an API by their calls: a method and a path, such as `GET /markets/{market}/payments/{name}`. */
export type RoutesByCall<R extends AnyRoute> = {
  readonly [Each in R as `${Each["method"]} ${Each["path"]}`]: Each;
};

/** The parameters of a path; a path without parameters needs none. */
type Params<P> = keyof P extends never ? unknown : { readonly params: P };
type Query<Q> = Q extends undefined ? unknown : { readonly query?: Q };
type Body<B> = [B] extends [undefined] ? unknown : { readonly body: B };

/** What a call sends: the parameters of its path, its query and its body. */
export type CallArguments<Route> = Params<Parts<Route>["params"]> &
  Query<Parts<Route>["query"]> &
  Body<Parts<Route>["body"]>;

/** What a call returns. */
export type CallResult<Route> = Parts<Route>["response"];

/** The arguments of a function that makes a call: none where the call has none. */
export type CallParameters<Route> =
  {} extends CallArguments<Route> ? [args?: CallArguments<Route>] : [args: CallArguments<Route>];
