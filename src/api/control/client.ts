/**
 * The client of the control API: typed by the routes, which it imports only as types.
 *
 * Commands, tests and the benchmark use it with the same requests, and each decides what an error is for it.
 */
import { request as requestHttp, type OutgoingHttpHeaders } from "node:http";
import { request as requestHttps } from "node:https";
import { text } from "node:stream/consumers";
import type { CallArguments, CallParameters, CallResult, RoutesByCall } from "../call-types.ts";
import type { controlRoutes } from "./routes.ts";

type RouteByCall = RoutesByCall<(typeof controlRoutes)[keyof typeof controlRoutes][number]>;

/** A method and a path, such as `GET /markets/{market}/payments/{name}`. */
export type ControlCall = keyof RouteByCall;

/** What a call returns. */
export type ControlResult<Call extends ControlCall> = CallResult<RouteByCall[Call]>;

/** What a call sends: the parameters of its path, its query and its body. */
export type ControlArguments<Call extends ControlCall> = CallArguments<RouteByCall[Call]>;

/** The arguments of a function that makes a call: none where the call has none. */
export type ControlParameters<Call extends ControlCall> = CallParameters<RouteByCall[Call]>;

export interface ControlRequest {
  readonly method: string;
  /** Below `/control/v1`, with its query. */
  readonly path: string;
  /** JSON. */
  readonly body?: string | undefined;
}

interface AnyArguments {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
}

export function buildRequest<Call extends ControlCall>(
  call: Call,
  ...[args]: ControlParameters<Call>
): ControlRequest {
  const { params = {}, query = {}, body } = (args ?? {}) as AnyArguments;
  const [method = "", template = ""] = call.split(" ");
  const path = template.replaceAll(/\{(\w+)\}/g, (_match, name: string) =>
    encodeURIComponent(params[name] ?? ""),
  );
  const search = new URLSearchParams(query).toString();
  return {
    method,
    path: search === "" ? path : `${path}?${search}`,
    body: body === undefined ? undefined : JSON.stringify(body),
  };
}

export interface ControlEndpoint {
  /** With `/control/v1`. */
  readonly url: string;
  readonly token: string;
}

export interface ControlResponse {
  readonly status: number;
  readonly text: string;
}

export interface SendOptions {
  readonly signal?: AbortSignal;
  /** Added to the headers, or sent instead of them. */
  readonly headers?: OutgoingHttpHeaders;
}

/**
 * Sends a request on a connection of its own. There is no timeout: advancing the clock by a month may take minutes. An
 * interruption closes the connection, which ends an advance of the clock and a wait for results.
 */
export function sendRequest(
  { url, token }: ControlEndpoint,
  { method, path, body }: ControlRequest,
  { signal, headers }: SendOptions = {},
): Promise<ControlResponse> {
  const send = url.startsWith("https:") ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const outgoing = send(
      url + path,
      {
        method,
        agent: false,
        headers: { authorization: `Bearer ${token}`, ...headers },
        ...(signal === undefined ? {} : { signal }),
      },
      (response) => {
        text(response).then(
          (responseText) => resolve({ status: response.statusCode ?? 0, text: responseText }),
          reject,
        );
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** The JSON of a response; null if it is empty or no JSON. */
export function parseResponse({ text: responseText }: ControlResponse): unknown {
  try {
    return JSON.parse(responseText) as unknown;
  } catch {
    return null;
  }
}

/** The error's message in a response, or null. */
export function readMessage(body: unknown): string | null {
  const { message } = (body ?? {}) as { readonly message?: unknown };
  return typeof message === "string" ? message : null;
}
