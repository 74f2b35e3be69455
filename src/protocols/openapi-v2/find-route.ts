/** Matches paths to the operations of OpenAPI v2, and answers requests that match none. */
import { environments, type Environment } from "../../core/markets.ts";
import type { RenderedResponse, UnmatchedRequest } from "../protocol.ts";
import { formatPath } from "../unmatched-request.ts";
import { codeTexts } from "./codes.ts";
import type { Operation } from "./operation.ts";
import { getSession } from "./operations/get-session.ts";
import { operations, pathAliases } from "./operations.ts";

/** The path segment of each environment: live is `openapi` on the wire. */
export const environmentPaths: Readonly<Record<Environment, string>> = {
  sandbox: "sandbox",
  live: "openapi",
};

export const pathPrefix = (environment: Environment): string => `/${environmentPaths[environment]}/ipg/v2`;

export const pathPrefixes: readonly string[] = environments.map(pathPrefix);

export interface CallRoute {
  readonly operationName: string;
  readonly method: string;
  /** Null for getSession. */
  readonly operation: Operation | null;
}

const routes: ReadonlyMap<string, CallRoute> = new Map([
  [
    getSession.path.toLowerCase(),
    { operationName: getSession.call, method: getSession.method, operation: null },
  ],
  ...operations.map((operation): [string, CallRoute] => [
    operation.path.toLowerCase(),
    { operationName: operation.product, method: operation.method, operation },
  ]),
]);

/** Matches `vodacomTZN/c2bPayment/singleStage/` in any case, with or without trailing or doubled slashes. */
export function findRoute(rest: string): { market: string; endpoint: CallRoute | undefined } {
  const slash = rest.indexOf("/");
  if (slash < 0) return { market: rest, endpoint: undefined };
  let path = rest.slice(slash + 1).toLowerCase();
  // The router has already merged doubled slashes, except percent-encoded ones.
  if (path.includes("//") || path.startsWith("/")) path = path.replace(/\/{2,}/g, "/").replace(/^\//, "");
  if (path.endsWith("/")) path = path.slice(0, -1);
  return { market: rest.slice(0, slash), endpoint: routes.get(pathAliases[path] ?? path) };
}

/** A request that the router gave to no route: its method may be one that the router does not know. */
export function renderUnmatchedRequest(request: UnmatchedRequest): RenderedResponse {
  const path =
    request.url
      .split("?", 1)[0]
      ?.toLowerCase()
      .replace(/\/{2,}/g, "/") ?? "";
  const prefix = pathPrefixes.find((candidate) => path.startsWith(`${candidate}/`));
  const route = prefix === undefined ? undefined : findRoute(path.slice(prefix.length + 1)).endpoint;
  return route === undefined ? renderNoSuchCall(request.url) : renderWrongMethod(request.url, route);
}

export const renderNoSuchCall = (url: string): RenderedResponse =>
  render(404, `No call has the path ${formatPath(url)}. See /openapi.json.`);

export const renderWrongMethod = (url: string, { method }: CallRoute): RenderedResponse =>
  render(405, `The call ${formatPath(url)} is made with ${method}.`, { allow: method });

/** No request id: these requests reach no call, and are not in the request log. */
function render(status: number, error: string, headers: Record<string, string> = {}): RenderedResponse {
  const body = {
    output_ResponseCode: "INS-21",
    output_ResponseDesc: codeTexts["INS-21"],
    output_error: error,
  };
  return {
    status,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  };
}
