/**
 * Whether a request was meant for this server, and comes from a page of its own.
 *
 * A web page elsewhere must not get through, even one whose name was made to resolve to this machine
 * (DNS rebinding): its browser sends the page's own name as Host and Origin, and those are not ours.
 */
const localNames = ["127.0.0.1", "localhost", "[::1]"];

/** Whether a Host header names this machine, or one of `hosts`. A port may follow. */
export function isAllowedHost(host: string | undefined, hosts: readonly string[]): host is string {
  if (host === undefined) return false;
  const name = host.toLowerCase().replace(/:\d+$/, "");
  return localNames.includes(name) || hosts.some((allowed) => toUrlHost(allowed) === name);
}

/** Whether an Origin header is a page of `host`. Programs that are no browsers send none. */
export function isSameOrigin(origin: string | undefined, host: string): boolean {
  const lower = origin?.toLowerCase();
  return lower === undefined || [`http://${host}`, `https://${host}`].includes(lower);
}

/** An IPv6 address has brackets in a URL and in a Host header, and none in a setting. */
function toUrlHost(host: string): string {
  const lower = host.toLowerCase();
  return lower.includes(":") && !lower.startsWith("[") ? `[${lower}]` : lower;
}
