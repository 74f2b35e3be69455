/**
 * Who may use the control API: whoever has the token, from a program or from a page of this very server
 * (`http/own-pages.ts`).
 */
import { timingSafeEqualText } from "../../http/health.ts";
import { isAllowedHost, isSameOrigin } from "../../http/same-origin.ts";
import { ControlError } from "./route.ts";

export interface AccessHeaders {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
  readonly authorization?: string | undefined;
}

/** Throws 421, 403 or 401, each with its reason. `hosts` are answered beside this machine's own names. */
export function assertAccess(headers: AccessHeaders, token: string, allowedHosts: readonly string[]): void {
  const host = headers.host?.toLowerCase();
  if (!isAllowedHost(host, allowedHosts)) {
    throw new ControlError(
      421,
      "The control API answers to 127.0.0.1, localhost, [::1] and the names in HOST and PUBLIC_URL; the Host header has another.",
    );
  }
  if (!isSameOrigin(headers.origin, host)) {
    throw new ControlError(
      403,
      "The Origin header names another place: a web page may use the control API of its own server alone.",
    );
  }
  if (!timingSafeEqualText(headers.authorization ?? "", `Bearer ${token}`)) {
    throw new ControlError(
      401,
      "The control API needs its token, as in: Authorization: Bearer <control.token of sandbox.json>.",
    );
  }
}
