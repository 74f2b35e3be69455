/**
 * Where a result is told that is collected (`listen`) instead of being posted: `relay:`, and behind it the URL
 * that it would have been posted to, if there is one. No request can name such a URL: those are http and https.
 */
const scheme = "relay:";

/** `home` is where it would be posted if nobody collected it; null for nowhere. */
export const toPullUrl = (fallbackUrl: string | null): string => scheme + (fallbackUrl ?? "");

export const isPullUrl = (url: string): boolean => url.startsWith(scheme);

/** Where a collected result would be posted if nobody collected it; null for nowhere. */
export function getFallbackUrl(url: string): string | null {
  const fallbackUrl = isPullUrl(url) ? url.slice(scheme.length) : "";
  return fallbackUrl === "" ? null : fallbackUrl;
}

/** What stands second in the name of a queue that is collected. An origin is never this. */
export const pullQueueMarker = "relay";

/** The queues of what is collected for an application: apart by whether there is somewhere else to go. */
export const getPullQueueNames = (applicationId: bigint) => ({
  withoutFallback: `${applicationId} ${pullQueueMarker}`,
  withFallback: `${applicationId} ${pullQueueMarker} home`,
});

/** Which of them a result stands in that is told at this URL. */
export function getPullQueueName(applicationId: bigint, url: string): string {
  const { withFallback, withoutFallback } = getPullQueueNames(applicationId);
  return getFallbackUrl(url) === null ? withoutFallback : withFallback;
}
