/**
 * Access control of the handset pages: rejects requests from web pages of other servers.
 *
 * Sandbox handsets have no password, because the money is test money. But a web page of another server must not read
 * them or send actions to them. Live handsets also require enrolment (`enrolment.ts`).
 */
import type { FastifyRequest } from "fastify";
import { defaultLanguage, getWords, type Words } from "../../words/index.ts";
import { isAllowedHost, isSameOrigin } from "../../http/same-origin.ts";

/** An HTTP status with a message for the user, in the language of the page. */
export class PageError extends Error {
  readonly statusCode: number;
  readonly getMessage: (notices: Words["notices"]) => string;

  constructor(statusCode: number, getMessage: (notices: Words["notices"]) => string) {
    super(getMessage(getWords(defaultLanguage).notices));
    this.statusCode = statusCode;
    this.getMessage = getMessage;
  }
}

/** Throws 421 or 403. `hosts` are allowed in addition to this machine's own names. */
export function assertAllowedOrigin(request: FastifyRequest, hosts: readonly string[]): void {
  const { host, headers, method } = request;
  // The address of the connection is allowed too: DNS rebinding needs a host name, never an IP address.
  const address = request.socket.localAddress?.replace(/^::ffff:/, "");
  if (!isAllowedHost(host, address === undefined ? hosts : [...hosts, address])) {
    throw new PageError(421, (notices) => notices.hostNotAllowed);
  }
  // A link to a page is harmless. A request by a script of another site is not.
  const fetchSite = headers["sec-fetch-site"];
  const isNavigation = method === "GET" && headers["sec-fetch-mode"] === "navigate";
  const isCrossSite =
    fetchSite !== undefined && fetchSite !== "same-origin" && fetchSite !== "none" && !isNavigation;
  if (isCrossSite || !isSameOrigin(headers.origin, host)) {
    throw new PageError(403, (notices) => notices.otherServer);
  }
}
