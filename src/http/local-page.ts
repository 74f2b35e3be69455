/**
 * Whether a request comes from a browser or a program on this machine, addressed to this machine by name.
 *
 * The tools for a laptop open without a password, so they need more than the address of the peer: a proxy on this machine
 * has that address too, and a page of another site can send requests to it. So no forwarded request is accepted, Host must
 * name this machine, and anything but a plain navigation must come from a page of this server.
 *
 * A proxy that rewrites Host and adds no header cannot be distinguished from a browser by its own headers. nginx with its
 * defaults is one, but it asks to close the connection, or speaks HTTP/1.0, which no browser does. An operator
 * with such a proxy must set PUBLIC_URL, which turns the local tools off.
 */
import type { FastifyRequest } from "fastify";
import { forwardingHeaders, isLoopback } from "./client-address.ts";
import { isAllowedHost, isSameOrigin } from "./same-origin.ts";

export function isLocalPage(request: FastifyRequest): boolean {
  const { headers, method, raw } = request;
  if (!isLoopback(raw.socket.remoteAddress ?? "")) return false;
  if (raw.httpVersion === "1.0" || /\bclose\b/i.test(headers.connection ?? "")) return false;
  if (Object.keys(headers).some(isForwardingHeader)) return false;
  const { host } = headers;
  if (!isAllowedHost(host, [])) return false;
  const site = headers["sec-fetch-site"];
  const isNavigation =
    method === "GET" && headers["sec-fetch-mode"] === "navigate" && headers["sec-fetch-dest"] === "document";
  if (isNavigation) return true;
  return site === "same-origin" && isSameOrigin(headers.origin, host);
}

/** Those of proxies and of tunnels, with which people show their machine to others. */
const isForwardingHeader = (name: string): boolean =>
  (forwardingHeaders as readonly string[]).includes(name) ||
  /^(?:x-forwarded-|x-original-|cf-|x-client-ip$|true-client-ip$|x-envoy-)/.test(name);
