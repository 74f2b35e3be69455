/** Matches paths to the operations of IPG v1, and answers requests that match none. */
import type { RenderedResponse, UnmatchedRequest } from "../protocol.ts";
import { formatPath } from "../unmatched-request.ts";
import { codes } from "./codes.ts";
import type { IpgV1Operation } from "./operation.ts";
import { operations } from "./operations.ts";
import type { IpgV1ListenerName } from "./settings.ts";

export const pathPrefix = "/ipg/v1x";

export const pathPrefixes: readonly string[] = [pathPrefix];

const routes: ReadonlyMap<string, IpgV1Operation> = new Map(
  operations.map((operation) => [operation.path.toLowerCase(), operation]),
);

/** Other paths that clients use for the same calls. */
const pathAliases: Readonly<Record<string, string>> = {
  "b2cpayment/singlestage": "b2cpayment",
  "b2bpayment/singlestage": "b2bpayment",
};

/** Matches the path below the prefix, in any case, with or without trailing or doubled slashes. */
export function findRoute(rest: string): IpgV1Operation | undefined {
  const path = rest
    .toLowerCase()
    .replace(/\/{2,}/g, "/")
    .replace(/^\/|\/$/g, "");
  return routes.get(pathAliases[path] ?? path);
}

/** A request that the router gave to no route: its method may be one that the router does not know. */
export function renderUnmatchedRequest({ url }: UnmatchedRequest): RenderedResponse {
  const path = (url.split("?", 1)[0] ?? "").toLowerCase().replace(/\/{2,}/g, "/");
  const operation = path.startsWith(`${pathPrefix}/`) ? findRoute(path.slice(pathPrefix.length)) : undefined;
  return operation === undefined ? renderNoSuchCall(url) : renderWrongMethod(url, operation);
}

export const renderNoSuchCall = (url: string): RenderedResponse =>
  render(404, `No call of IPG v1 has the path ${formatPath(url)}. See /openapi.json.`);

export const renderWrongMethod = (url: string, { method }: IpgV1Operation): RenderedResponse =>
  render(405, `The call ${formatPath(url)} is made with ${method}.`, { allow: method });

export const renderWrongListener = (
  url: string,
  { listener }: IpgV1Operation,
  ports: Readonly<Partial<Record<IpgV1ListenerName, number>>>,
): RenderedResponse => {
  const port = ports[listener];
  const advice = port === undefined ? "The listener of this call is off." : `This call has port ${port}.`;
  return render(404, `This port does not serve ${formatPath(url)}. ${advice}`);
};

/** These requests reach no call, and are not in the request log. `output_error` is for authentication alone. */
function render(status: number, description: string, headers: Record<string, string> = {}): RenderedResponse {
  const body = {
    output_ConversationID: "N/A",
    output_TransactionID: "N/A",
    output_ResponseDesc: `${codes["INS-22"].text}. ${description}`,
    output_ResponseCode: "INS-22",
    output_ThirdPartyReference: "N/A",
  };
  return {
    status,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  };
}
