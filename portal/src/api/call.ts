/**
 * Calls of the portal's API, with the types of the server's routes.
 *
 * `call("GET /applications/{id}", { params: { id } })` has the arguments and the result of that route.
 */
import type { CallParameters, CallResult, RoutesByCall } from "../../../src/api/call-types.ts";
import type { portalRoutes } from "../../../src/api/portal/routes.ts";
import { words } from "../words.ts";

type Routes = RoutesByCall<(typeof portalRoutes)[keyof typeof portalRoutes][number]>;

/** A method and a path, such as `GET /session`. */
export type PortalCall = keyof Routes;
/** The arguments of a function that makes a call: none where the call has none. */
export type PortalParameters<Call extends PortalCall> = CallParameters<Routes[Call]>;
export type PortalResult<Call extends PortalCall> = CallResult<Routes[Call]>;

const prefix = "/portal/api";

/** The server refused a call, or could not be reached (status 0). `message` is a sentence for the person. */
export class CallError extends Error {
  readonly status: number;
  /** The field of the body that is not accepted, such as `trustedSources[0]`, or null. */
  readonly field: string | null;

  constructor(status: number, message: string, field: string | null = null) {
    super(message);
    this.status = status;
    this.field = field;
  }
}

interface AnyArguments {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: object;
}

/** Throws `CallError`. */
export async function call<Call extends PortalCall>(
  name: Call,
  ...[args]: PortalParameters<Call>
): Promise<PortalResult<Call>> {
  const { method, url, body } = toRequest(name, args ?? {});
  const response = await fetch(url, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  }).catch(() => {
    throw new CallError(0, words.states.offline);
  });
  const text = await response.text();
  if (!response.ok) {
    const { message, field } = readError(text);
    throw new CallError(response.status, message ?? response.statusText, field);
  }
  return (text === "" ? undefined : JSON.parse(text)) as PortalResult<Call>;
}

function toRequest(name: string, { params = {}, query = {}, body }: AnyArguments) {
  const [method = "", template = ""] = name.split(" ");
  const path = template.replaceAll(/\{(\w+)\}/g, (_match, key: string) =>
    encodeURIComponent(params[key] ?? ""),
  );
  const search = new URLSearchParams(
    Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined),
  ).toString();
  return { method, url: prefix + path + (search === "" ? "" : `?${search}`), body };
}

function readError(text: string): { readonly message: string | null; readonly field: string | null } {
  const toText = (value: unknown): string | null => (typeof value === "string" ? value : null);
  try {
    const { message, field } = JSON.parse(text) as { readonly message?: unknown; readonly field?: unknown };
    return { message: toText(message), field: toText(field) };
  } catch {
    return { message: null, field: null };
  }
}
