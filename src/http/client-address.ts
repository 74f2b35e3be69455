/** The client's address: the keys of limits for each source, and whether a request was forwarded by a proxy. */
import type { FastifyRequest } from "fastify";
import ipaddr from "ipaddr.js";

/** Returns the key for limits: an IPv4 address, or the /64 network of an IPv6 address. */
export function toClientKey(ip: string): string {
  return formatPrefix(ip, 8);
}

/** The network that one customer of a provider can have: an IPv4 address, or the /48 network of an IPv6 address. */
export function toNetworkKey(ip: string): string {
  return formatPrefix(ip, 6);
}

function formatPrefix(ip: string, ipv6Bytes: number): string {
  if (!ipaddr.isValid(ip)) return ip;
  const address = ipaddr.process(ip);
  const bytes = address.toByteArray();
  return bytes.slice(0, address.kind() === "ipv4" ? 4 : ipv6Bytes).join(".");
}

/** Returns a function that decides whether an address is one of these addresses and ranges. */
export function createAddressMatcher(ranges: readonly string[]): (ip: string) => boolean {
  const parsed = ranges.map((range) => {
    const address = ipaddr.parse(range.split("/", 1)[0] ?? "");
    const bits = range.includes("/") ? Number(range.split("/")[1]) : address.toByteArray().length * 8;
    // Addresses of connections are converted to IPv4 where possible, so convert IPv4-mapped ranges as well.
    const isMapped = address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && bits >= 96;
    return isMapped ? { address: address.toIPv4Address(), bits: bits - 96 } : { address, bits };
  });
  return (ip) => {
    if (parsed.length === 0 || !ipaddr.isValid(ip)) return false;
    const own = ipaddr.process(ip);
    return parsed.some(({ address, bits }) => address.kind() === own.kind() && own.match(address, bits));
  };
}

/** Headers that a proxy adds. */
export const forwardingHeaders = [
  "forwarded",
  "via",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-real-ip",
] as const;

/** The headers from which the server reads the client's address if it trusts the proxy. */
const trustedHeaders: readonly string[] = ["x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"];

export const isLoopback = (ip: string): boolean =>
  ipaddr.isValid(ip) && ipaddr.process(ip).range() === "loopback";

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
  return isLoopback(remoteAddress);
}

/**
 * Whether a program on this machine sent the request. A request that a proxy on this machine has forwarded comes from
 * elsewhere: it counts only if the proxy is one of TRUSTED_PROXIES and names this machine as the client.
 */
export function isFromThisMachine({ ip, ips = [], headers }: FastifyRequest): boolean {
  // The list has the proxy's own address, and the client's only if the proxy is trusted.
  const isTrusted = ips.length > 1;
  const isForwarded = forwardingHeaders.some(
    (name) => headers[name] !== undefined && !(isTrusted && trustedHeaders.includes(name)),
  );
  return !isForwarded && isLoopback(ip);
}
