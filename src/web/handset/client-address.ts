/** The client's address, for rate limits and for the HTTPS requirement. */
import type { FastifyRequest } from "fastify";
import ipaddr from "ipaddr.js";

/** Returns the key for limits: an IPv4 address, or the /64 network of an IPv6 address. */
export function toClientKey(ip: string): string {
  if (!ipaddr.isValid(ip)) return ip;
  const address = ipaddr.process(ip);
  const bytes = address.toByteArray();
  return bytes.slice(0, address.kind() === "ipv4" ? 4 : 8).join(".");
}

/** Headers that a proxy adds. */
const forwardingHeaders = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"] as const;

/**
 * Whether the request was protected in transit: it came by HTTPS, or from this machine. A forwarded request from this
 * machine is not local; Fastify sets `protocol` from its headers only if TRUSTED_PROXIES allows the proxy.
 */
export function isConfidential({
  protocol,
  headers,
  socket: { remoteAddress = "" },
}: FastifyRequest): boolean {
  if (protocol === "https") return true;
  if (forwardingHeaders.some((name) => headers[name] !== undefined)) return false;
  return ipaddr.isValid(remoteAddress) && ipaddr.process(remoteAddress).range() === "loopback";
}
