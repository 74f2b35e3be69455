import { BlockList, isIP } from "node:net";

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/**
 * Throws unless `url` names a loopback address as digits. Load is something to aim at one's own
 * machine only, and a name, even `localhost`, is whatever the resolver says.
 */
export function requireLoopback(url: string): { host: string; port: number } {
  const { hostname, port, protocol } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, "");
  const family = isIP(host) === 6 ? "ipv6" : "ipv4";
  if (protocol !== "http:" || isIP(host) === 0 || !loopback.check(host, family)) {
    throw new Error(`load goes to http on a loopback address only, not to ${protocol}//${hostname}`);
  }
  return { host, port: port === "" ? 80 : Number(port) };
}
