/** How requests can fail in the sandbox, as clients have met it, when a test asks for it. Never by default, and never in live. */
import type { Environment } from "../../core/markets.ts";
import { codes } from "./codes.ts";
import type { IpgV1Fault } from "./fault-kinds.ts";
import type { IpgV1Deps } from "./gateway-deps.ts";
import { ipgV1Market } from "./names.ts";

/** A response that is not the call's own. */
export interface IpgV1FaultyResponse {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  /** A sentence for the request log. */
  readonly reason: string;
}

type FaultDeps = Pick<IpgV1Deps, "takeFault">;

const json = "application/json";

/** What M-Pesa's gateway answers to a GET with a body. */
export const forbiddenPage: Omit<IpgV1FaultyResponse, "reason"> = {
  status: 403,
  contentType: "text/html",
  body: "<!DOCTYPE html><html><head><title>403 Forbidden</title></head><body><h1>403 Forbidden</h1></body></html>",
};

const requestFaultKinds = [
  "ipg_v1_origin_missing",
  "ipg_v1_forbidden_page",
] as const satisfies readonly IpgV1Fault[];
const balanceFaultKinds = [
  "ipg_v1_balance_as_error",
  "ipg_v1_balance_without_code",
] as const satisfies readonly IpgV1Fault[];

/** Takes a fault of a request whose caller is known. Returns null without a promise in live, and when there is surely none. */
export function takeRequestFault(
  { takeFault }: FaultDeps,
  environment: Environment,
): Promise<IpgV1FaultyResponse | null> | null {
  if (environment === "live") return null;
  const taken = takeFault(ipgV1Market, requestFaultKinds);
  return taken === null ? null : taken.then(renderRequestFault);
}

function renderRequestFault(kind: string | null): IpgV1FaultyResponse | null {
  if (kind === null) return null;
  const reason = `Nothing was executed: a test asked for this fault (${kind}).`;
  return kind === "ipg_v1_forbidden_page"
    ? { ...forbiddenPage, reason }
    : {
        status: 401,
        contentType: json,
        body: JSON.stringify({ output_error: "Origin header is missing" }),
        reason,
      };
}

/** Takes a fault of a response that says that a balance is too low. */
export function takeBalanceFault(
  { takeFault }: FaultDeps,
  environment: Environment,
  response: { readonly code: string; readonly status: number; readonly body: object },
): Promise<IpgV1FaultyResponse | null> | null {
  if (environment === "live" || response.code !== "INS-2006") return null;
  const taken = takeFault(ipgV1Market, balanceFaultKinds);
  return taken === null ? null : taken.then((kind) => renderBalanceFault(kind, response));
}

function renderBalanceFault(
  kind: string | null,
  { status, body }: { readonly status: number; readonly body: object },
): IpgV1FaultyResponse | null {
  if (kind === null) return null;
  const reason = `A test asked for this fault (${kind}) instead of INS-2006.`;
  const isError = kind === "ipg_v1_balance_as_error";
  const fields = {
    ...body,
    output_ResponseCode: isError ? "INS-1" : "",
    output_ResponseDesc: isError ? codes["INS-1"].text : "",
  };
  return {
    status: isError ? codes["INS-1"].status : status,
    contentType: json,
    body: JSON.stringify(fields),
    reason,
  };
}
