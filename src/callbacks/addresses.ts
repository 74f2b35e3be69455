/**
 * Which URLs and addresses callbacks may be sent to (protection against server-side request forgery).
 *
 * A client application chooses the response URL, and Pesarail calls it from inside its own network, where
 * databases and cloud metadata services accept local connections. So live calls public addresses only. The
 * check runs in the DNS lookup of the connection itself, because a name can resolve differently later.
 */
import { lookup as systemLookup, promises as dns } from "node:dns";
import type { LookupAddress } from "node:dns";
import type { LookupFunction } from "node:net";
import ipaddr from "ipaddr.js";
import type { Environment } from "../core/markets.ts";
import type { CallbackRules } from "./notification.ts";

export interface OutboundRules {
  readonly environment: Environment;
  /** Whether callbacks may go to private, loopback and link-local addresses: for a sandbox on a developer's machine. */
  readonly privateListeners: boolean;
}

/** A protocol's rules for the URLs of its callbacks. */
export type UrlRules = Pick<CallbackRules, "httpsOnly" | "ports">;

const maxUrlLength = 2000;

/** `URL.parse` accepts these and removes or encodes them, but the URL is stored as it was sent, and PostgreSQL has no NUL. */
const unusualCharacters = /[\s\p{Cc}]/u;

/**
 * Returns why a callback URL is not accepted, as a sentence, or null. It does not resolve the host name:
 * `createCheckedLookup` checks the addresses when a connection is made.
 */
export function validateCallbackUrl(
  { privateListeners }: Pick<OutboundRules, "privateListeners">,
  { httpsOnly, ports }: UrlRules,
  url: string,
): string | null {
  const parsed = URL.parse(url);
  if (parsed === null || !["http:", "https:"].includes(parsed.protocol))
    return "A response URL must be an http or https URL.";
  if (unusualCharacters.test(url) || !url.isWellFormed())
    return "A response URL must not contain spaces, control characters or half a surrogate pair.";
  if (url.length > maxUrlLength) return `A response URL must not be longer than ${maxUrlLength} characters.`;
  if (parsed.username !== "" || parsed.password !== "")
    return "A response URL must not contain a user name or password.";
  if (httpsOnly && parsed.protocol !== "https:") return "In live, a response URL must use https.";
  const port = Number(parsed.port === "" ? (parsed.protocol === "https:" ? "443" : "80") : parsed.port);
  if (ports !== null && (port < ports.from || port > ports.until))
    return `In live, the port of a response URL must be from ${ports.from} to ${ports.until}, not ${port}.`;
  return privateListeners ? null : validateHost(parsed.hostname);
}

/** Checks literal addresses and names of this machine. Other names are checked when they are resolved. */
function validateHost(hostname: string): string | null {
  const host = hostname.replace(/\.$/, "");
  if (host === "localhost" || host.endsWith(".localhost"))
    return `${host} is this machine. Callbacks go to public addresses only.`;
  const address = host.replace(/^\[(.*)\]$/, "$1");
  return ipaddr.isValid(address) ? validateAddress(address) : null;
}

/** Returns why an address is not public, as a sentence, or null if it is. */
export function validateAddress(address: string): string | null {
  if (!ipaddr.isValid(address)) return `${address} is not a valid IP address.`;
  const parsed = ipaddr.parse(address);
  const range = parsed.range();
  // Global IPv6 addresses are in 2000::/3 only. The other ranges are unassigned, or embed IPv4 addresses in
  // forms that the registry no longer lists.
  const outsideGlobalIpv6 = parsed instanceof ipaddr.IPv6 && (parsed.parts[0] ?? 0) >> 13 !== 1;
  if (range === "unicast" && !outsideGlobalIpv6) return null;
  return `The address ${address} is ${rangeNames[range] ?? "reserved"}. Callbacks go to public addresses only.`;
}

const rangeNames: Readonly<Record<string, string>> = {
  private: "private",
  uniqueLocal: "private",
  loopback: "this machine",
  unspecified: "this machine",
  linkLocal: "link-local",
  multicast: "multicast",
  broadcast: "broadcast",
  carrierGradeNat: "a carrier-grade NAT address",
  ipv4Mapped: "IPv4 inside IPv6",
  rfc6052: "IPv4 inside IPv6",
  rfc6145: "IPv4 inside IPv6",
  "6to4": "IPv4 inside IPv6",
  teredo: "IPv4 inside IPv6",
};

/** Resolves a name to all its addresses. Rejects as `dns.lookup` does. */
export type ResolveHostname = (hostname: string) => Promise<readonly LookupAddress[]>;

/** The rules forbid this address. The message is shown to users. */
export class ForbiddenAddressError extends Error {}

/**
 * Creates a DNS lookup that fails if the rules forbid any of the addresses. One forbidden address is enough:
 * a name with both public and private addresses is likely an attack.
 */
export function createCheckedLookup(rules: OutboundRules, resolve: ResolveHostname): LookupFunction {
  return (hostname, options, callback) => {
    void (async () => {
      let addresses: [LookupAddress, ...LookupAddress[]];
      try {
        addresses = await resolveAllowedAddresses(rules, hostname, resolve);
      } catch (error) {
        callback(error as NodeJS.ErrnoException, []);
        return;
      }
      if (options.all === true) callback(null, addresses);
      else callback(null, addresses[0].address, addresses[0].family);
    })();
  };
}

async function resolveAllowedAddresses(
  { privateListeners }: OutboundRules,
  hostname: string,
  resolve: ResolveHostname,
): Promise<[LookupAddress, ...LookupAddress[]]> {
  const [first, ...rest] = await resolve(hostname);
  if (first === undefined) throw Object.assign(new Error(hostname), { code: "ENOTFOUND" });
  const reason = privateListeners ? null : validateAddresses([first, ...rest]);
  if (reason !== null) throw new ForbiddenAddressError(reason);
  return [first, ...rest];
}

function validateAddresses(addresses: readonly LookupAddress[]): string | null {
  for (const { address } of addresses) {
    const reason = validateAddress(address);
    if (reason !== null) return reason;
  }
  return null;
}

/** Resolves with the operating system, hosts file included, as developers expect on their own machine. */
export const resolveWithSystem: ResolveHostname = (hostname) =>
  new Promise((resolve, reject) => {
    systemLookup(hostname, { all: true }, (error, addresses) => {
      if (error === null) resolve(addresses);
      else reject(error);
    });
  });

/**
 * Resolves with DNS queries. The operating system's resolver occupies one of Node's four worker threads, so a
 * few names whose servers do not respond would block the lookups of all other callbacks.
 */
export const resolveWithDns: ResolveHostname = async (hostname) => {
  const resolver = new dns.Resolver({ timeout: 2000, tries: 2 });
  const [v4, v6] = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
  if (v4.status === "rejected" && v6.status === "rejected") throw v4.reason;
  return [
    ...(v4.status === "fulfilled" ? v4.value : []).map((address) => ({ address, family: 4 })),
    ...(v6.status === "fulfilled" ? v6.value : []).map((address) => ({ address, family: 6 })),
  ];
};

/** Private listeners need the hosts file; public ones must not be able to block the worker threads. */
export const resolverFor = ({ privateListeners }: OutboundRules): ResolveHostname =>
  privateListeners ? resolveWithSystem : resolveWithDns;
