/**
 * Who may use the control API: whoever has the token, from a program or from a page of this very server.
 *
 * A web page elsewhere must not get through, even one whose name was made to resolve to this machine
 * (DNS rebinding): its browser sends the page's own name as Host and Origin, and those are not ours.
 */
import { sameText } from "../http/health.ts";
import { ControlError } from "./route.ts";

export interface Headers {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
  readonly authorization?: string | undefined;
}

const ownNames = ["127.0.0.1", "localhost", "[::1]"];

/** Throws 421, 403 or 401, each with its reason. `hosts` are answered beside this machine's own names. */
export function guard(headers: Headers, token: string, hosts: readonly string[]): void {
  const known = new Set([...ownNames, ...hosts.map(asInUrl)]);
  const host = headers.host?.toLowerCase();
  if (host === undefined || !known.has(withoutPort(host))) {
    throw new ControlError(
      421,
      "The control API answers to 127.0.0.1, localhost, [::1] and the names in HOST and PUBLIC_URL; the Host header has another.",
    );
  }
  const origin = headers.origin?.toLowerCase();
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) {
    throw new ControlError(
      403,
      "The Origin header names another place: a web page may use the control API of its own server alone.",
    );
  }
  if (!sameText(headers.authorization ?? "", `Bearer ${token}`)) {
    throw new ControlError(
      401,
      "The control API needs its token, as in: Authorization: Bearer <control.token of sandbox.json>.",
    );
  }
}

const withoutPort = (host: string): string => host.replace(/:\d+$/, "");

/** An IPv6 address has brackets in a URL and in a Host header, and none in a setting. */
function asInUrl(host: string): string {
  const lower = host.toLowerCase();
  return lower.includes(":") && !lower.startsWith("[") ? `[${lower}]` : lower;
}
