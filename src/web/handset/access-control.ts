/**
 * Who may use a handset's page: in the sandbox whoever reaches the server, but no page of another server's.
 *
 * The sandbox's handsets have no password, as its money is practice money; what guards them is that a web
 * page elsewhere can neither read them nor press their buttons. Live handsets need their enrolment besides
 * (`enrolment.ts`).
 */
import type { FastifyRequest } from "fastify";
import { isAllowedHost, isSameOrigin } from "../../http/same-origin.ts";

/** An answer other than success: an HTTP status, and a sentence for whoever asked. */
export class PageError extends Error {
  readonly statusCode: number;

  constructor(statusCode: number, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

/** Throws 421 or 403. `hosts` are answered beside this machine's own names. */
export function assertAllowedOrigin(request: FastifyRequest, hosts: readonly string[]): void {
  const { host, headers, method } = request;
  // By which of its addresses the machine was reached is one more of its names: no rebinding needs numbers.
  const address = request.socket.localAddress?.replace(/^::ffff:/, "");
  if (!isAllowedHost(host, address === undefined ? hosts : [...hosts, address])) {
    throw new PageError(
      421,
      "Handsets answer to this machine's own addresses, localhost, and the names in HOST and PUBLIC_URL; the Host header has another.",
    );
  }
  // Following a link to a page is nobody's attack; a script elsewhere that asks or presses is.
  const fetchSite = headers["sec-fetch-site"];
  const isNavigation = method === "GET" && headers["sec-fetch-mode"] === "navigate";
  const isCrossSite =
    fetchSite !== undefined && fetchSite !== "same-origin" && fetchSite !== "none" && !isNavigation;
  if (isCrossSite || !isSameOrigin(headers.origin, host)) {
    throw new PageError(403, "A web page may use the handsets of its own server alone.");
  }
}
