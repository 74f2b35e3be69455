/**
 * Checks that a request is addressed to this server and comes from one of its own pages.
 *
 * This blocks other sites' pages, even if their name resolves to this machine (DNS rebinding): the browser sends that
 * name as Host and Origin.
 */
const localNames = ["127.0.0.1", "localhost", "[::1]"];

/** Whether a Host header names this machine or one of `hosts`, with or without a port. */
export function isAllowedHost(host: string | undefined, hosts: readonly string[]): host is string {
  if (host === undefined) return false;
  const name = host.toLowerCase().replace(/:\d+$/, "");
  return localNames.includes(name) || hosts.some((allowed) => toUrlHost(allowed) === name);
}

/** Whether an Origin header belongs to `host`. Programs other than browsers send none. */
export function isSameOrigin(origin: string | undefined, host: string): boolean {
  const lower = origin?.toLowerCase();
  return lower === undefined || [`http://${host}`, `https://${host}`].includes(lower);
}

/** An IPv6 address has brackets in a URL and in a Host header, but not in a setting. */
function toUrlHost(host: string): string {
  const lower = host.toLowerCase();
  return lower.includes(":") && !lower.startsWith("[") ? `[${lower}]` : lower;
}
