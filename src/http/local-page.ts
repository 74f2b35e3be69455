/**
 * Whether a request comes from a browser or a program on this machine, addressed to this machine by name.
 *
 * The tools for a laptop open without a password, so they need more than the address of the peer: a proxy on this machine
 * has that address too, and a page of another site can send requests to it. So no forwarded request is accepted, Host must
 * name this machine, and anything but a plain navigation must come from a page of this server.
 */
import type { FastifyRequest } from "fastify";
import { forwardingHeaders, isLoopback } from "./client-address.ts";
import { isAllowedHost, isSameOrigin } from "./same-origin.ts";

export function isLocalPage(request: FastifyRequest): boolean {
  const { headers, method, raw } = request;
  if (!isLoopback(raw.socket.remoteAddress ?? "")) return false;
  if (forwardingHeaders.some((name) => headers[name] !== undefined)) return false;
  const { host } = headers;
  if (!isAllowedHost(host, [])) return false;
  const site = headers["sec-fetch-site"];
  const isNavigation =
    method === "GET" && headers["sec-fetch-mode"] === "navigate" && headers["sec-fetch-dest"] === "document";
  if (isNavigation) return true;
  return site === "same-origin" && isSameOrigin(headers.origin, host);
}
