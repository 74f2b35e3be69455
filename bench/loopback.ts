import { BlockList, isIP } from "node:net";

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/**
 * Throws unless the host of `url` is a numeric loopback address, so that load never reaches another machine. A name,
 * even `localhost`, could resolve to another address.
 */
export function requireLoopback(url: string): { host: string; port: number } {
  const { hostname, port, protocol } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, "");
  const family = isIP(host) === 6 ? "ipv6" : "ipv4";
  if (protocol !== "http:" || isIP(host) === 0 || !loopback.check(host, family)) {
    throw new Error(
      `the load generator accepts only http and a loopback address, not ${protocol}//${hostname}`,
    );
  }
  return { host, port: port === "" ? 80 : Number(port) };
}
