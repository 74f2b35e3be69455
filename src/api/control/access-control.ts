/**
 * Access control of the control API: clients need the token, and may be programs or pages of this server
 * (`http/same-origin.ts`).
 */
import { timingSafeEqualText } from "../../http/health.ts";
import { isAllowedHost, isSameOrigin } from "../../http/same-origin.ts";
import { ApiError } from "../api-error.ts";

export interface AccessHeaders {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
  readonly authorization?: string | undefined;
}

/** Throws 421, 403 or 401 with a message. `allowedHosts` are accepted besides the names of this machine. */
export function assertAccess(headers: AccessHeaders, token: string, allowedHosts: readonly string[]): void {
  const host = headers.host?.toLowerCase();
  if (!isAllowedHost(host, allowedHosts)) {
    throw new ApiError(
      421,
      "The Host header is not accepted. Use 127.0.0.1, localhost, [::1], or the host of HOST or PUBLIC_URL.",
    );
  }
  if (!isSameOrigin(headers.origin, host)) {
    throw new ApiError(
      403,
      "The Origin header names another host. A web page can use only the control API of its own server.",
    );
  }
  if (!timingSafeEqualText(headers.authorization ?? "", `Bearer ${token}`)) {
    throw new ApiError(
      401,
      "The control API requires its token. Send: Authorization: Bearer <control.token of sandbox.json>.",
    );
  }
}
