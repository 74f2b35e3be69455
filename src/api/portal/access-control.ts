/**
 * Which requests reach the portal's API: those of its own pages, and programs with a session.
 *
 * A session is a cookie, which browsers add to requests of other sites too. So a request that changes something must come
 * from a page of this server: the browser says so in `Origin` and `Sec-Fetch-Site`, and a page cannot change either.
 */
import type { FastifyRequest } from "fastify";
import { isAllowedHost, isSameOrigin } from "../../http/same-origin.ts";
import { ApiError } from "../api-error.ts";

/** Throws 421, 403 or 415. `allowedHosts` are accepted besides the names of this machine. */
export function assertOwnPage(request: FastifyRequest, allowedHosts: readonly string[]): void {
  const { headers, host, method } = request;
  if (!isAllowedHost(host, allowedHosts)) {
    throw new ApiError(421, "The Host header is not accepted. Use the host of PUBLIC_URL or HOST.");
  }
  const site = headers["sec-fetch-site"];
  const isOtherSite = site !== undefined && site !== "same-origin" && site !== "none";
  if (isOtherSite || !isSameOrigin(headers.origin, host))
    throw new ApiError(403, "The request comes from a page of another server.");
  // Forms of other sites can send text, but no JSON without asking first. A POST without a body has the length 0.
  const hasBody = (headers["content-length"] ?? "0") !== "0" || headers["transfer-encoding"] !== undefined;
  const isJson = /^application\/json(?:;|$)/i.test(headers["content-type"] ?? "");
  if (method !== "GET" && hasBody && !isJson) throw new ApiError(415, "Send the body as application/json.");
}
