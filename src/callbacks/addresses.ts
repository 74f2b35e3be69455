/**
 * Where callbacks may go.
 *
 * A response URL is text that somebody else chose, and we are the ones who call it: from inside our network,
 * where databases and cloud metadata answer to anybody near. So in live only public addresses are called,
 * and what counts is the address that a connection is made to: it is checked in the very look-up that the
 * connection uses, since a name may answer differently a moment later.
 */
import { lookup as systemLookup, promises as dns } from "node:dns";
import type { LookupAddress } from "node:dns";
import type { LookupFunction } from "node:net";
import ipaddr from "ipaddr.js";
import type { Environment } from "../core/money.ts";
import type { CallbackRules } from "./notification.ts";

export interface OutboundRules {
  readonly environment: Environment;
  /** Whether private, loopback and link-local addresses may be called: for a sandbox on a developer's machine. */
  readonly privateListeners: boolean;
}

/** What a protocol says of the URLs that it calls. */
export type UrlRules = Pick<CallbackRules, "httpsOnly" | "ports">;

const maxUrlLength = 2000;

/**
 * Why a listener's URL is not accepted, in a sentence, or null if it may be called as far as can be seen
 * without resolving its name.
 */
export function validateCallbackUrl(
  { privateListeners }: Pick<OutboundRules, "privateListeners">,
  { httpsOnly, ports }: UrlRules,
  url: string,
): string | null {
  const parsed = URL.parse(url);
  if (parsed === null || !["http:", "https:"].includes(parsed.protocol))
    return "A response URL is an http or https URL.";
  if (url.length > maxUrlLength) return `A response URL has at most ${maxUrlLength} characters.`;
  if (parsed.username !== "" || parsed.password !== "")
    return "A response URL has no name and password in it.";
  if (httpsOnly && parsed.protocol !== "https:") return "In live a response URL is https.";
  const port = Number(parsed.port === "" ? (parsed.protocol === "https:" ? "443" : "80") : parsed.port);
  if (ports !== null && (port < ports.from || port > ports.until))
    return `In live the port of a response URL is one from ${ports.from} to ${ports.until}; this one's is ${port}.`;
  return privateListeners ? null : validateHost(parsed.hostname);
}

/** A host that names this machine, or is an address and no public one. Other names are judged when they resolve. */
function validateHost(hostname: string): string | null {
  const host = hostname.replace(/\.$/, "");
  if (host === "localhost" || host.endsWith(".localhost")) return `${host} is this very machine.`;
  const address = host.replace(/^\[(.*)\]$/, "$1");
  return ipaddr.isValid(address) ? validateAddress(address) : null;
}

/** Why an address is not public, in a sentence, or null if it is. */
export function validateAddress(address: string): string | null {
  if (!ipaddr.isValid(address)) return `The address ${address} cannot be read.`;
  const parsed = ipaddr.parse(address);
  const range = parsed.range();
  // Global IPv6 is 2000::/3 alone. Elsewhere the registry has room for what nobody has named yet, and for
  // IPv4 addresses in disguises that it no longer lists.
  const outsideGlobalIpv6 = parsed instanceof ipaddr.IPv6 && (parsed.parts[0] ?? 0) >> 13 !== 1;
  if (range === "unicast" && !outsideGlobalIpv6) return null;
  return `The address ${address} is ${rangeNames[range] ?? "reserved"}; only public ones are called.`;
}

const rangeNames: Readonly<Record<string, string>> = {
  private: "private",
  uniqueLocal: "private",
  loopback: "this very machine",
  unspecified: "this very machine",
  linkLocal: "link-local",
  multicast: "multicast",
  broadcast: "broadcast",
  carrierGradeNat: "a carrier's own",
  ipv4Mapped: "IPv4 inside IPv6",
  rfc6052: "IPv4 inside IPv6",
  rfc6145: "IPv4 inside IPv6",
  "6to4": "IPv4 inside IPv6",
  teredo: "IPv4 inside IPv6",
};

/** All addresses of a name. Rejects as `dns.lookup` does. */
export type ResolveHostname = (hostname: string) => Promise<readonly LookupAddress[]>;

/** A listener that we do not call. The message is a sentence for people. */
export class ForbiddenAddressError extends Error {}

/**
 * A look-up that lets no connection be made to an address that the rules forbid. One such address among a
 * name's is enough to refuse it: whoever mixes them is trying something.
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

/** As this machine resolves names, its hosts file included: what a developer means by a name. */
export const resolveWithSystem: ResolveHostname = (hostname) =>
  new Promise((resolve, reject) => {
    systemLookup(hostname, { all: true }, (error, addresses) => {
      if (error === null) resolve(addresses);
      else reject(error);
    });
  });

/**
 * By asking the name servers. The system's own way occupies one of Node's four worker threads for as long as
 * it takes; a few names whose servers do not answer would hold up everybody's.
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

/** Where listeners are a developer's own, names mean what this machine says; where they are anybody's, it must not wait. */
export const resolverFor = ({ privateListeners }: OutboundRules): ResolveHostname =>
  privateListeners ? resolveWithSystem : resolveWithDns;
