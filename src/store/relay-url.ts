/**
 * Where a result is told that is collected (`listen`) instead of being posted: `relay:`, and behind it the URL
 * that it would have been posted to, if there is one. No request can name such a URL: those are http and https.
 */
const scheme = "relay:";

/** `home` is where it would be posted if nobody collected it; null for nowhere. */
export const relayUrl = (home: string | null): string => scheme + (home ?? "");

export const isRelayUrl = (url: string): boolean => url.startsWith(scheme);

/** Where a collected result would be posted if nobody collected it; null for nowhere. */
export function homeOf(url: string): string | null {
  const home = isRelayUrl(url) ? url.slice(scheme.length) : "";
  return home === "" ? null : home;
}

/** What stands second in the name of a queue that is collected. An origin is never this. */
export const relayWord = "relay";

/** The queues of what is collected for an application: apart by whether there is somewhere else to go. */
export const relayQueues = (applicationId: bigint) => ({
  withoutHome: `${applicationId} ${relayWord}`,
  withHome: `${applicationId} ${relayWord} home`,
});

/** Which of them a result stands in that is told at this URL. */
export function relayQueueOf(applicationId: bigint, url: string): string {
  const { withHome, withoutHome } = relayQueues(applicationId);
  return homeOf(url) === null ? withoutHome : withHome;
}
