/** Where a request comes from, as far as that decides what its sender may do. */
import type { FastifyRequest } from "fastify";
import ipaddr from "ipaddr.js";

/** Whom an address counts for. Whoever has one of version 6 has a whole network of them. */
export function toClientKey(ip: string): string {
  if (!ipaddr.isValid(ip)) return ip;
  const address = ipaddr.process(ip);
  const bytes = address.toByteArray();
  return bytes.slice(0, address.kind() === "ipv4" ? 4 : 8).join(".");
}

/** What a proxy adds that passes on what others asked. */
const forwardingHeaders = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"] as const;

/**
 * Whether nobody on the way can have read the request: it came by HTTPS, or did not leave this machine. A proxy
 * on this machine may speak for anybody, so what it passes on is believed as far as TRUSTED_PROXIES says.
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
