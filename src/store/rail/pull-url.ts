/**
 * The URL of a callback that `pesarail listen` pulls: `relay:`, followed by the fallback URL if there is one. A
 * request cannot name such a URL, because only http and https are allowed.
 */
const scheme = "relay:";

/** `fallbackUrl` is where the callback is posted if it is not pulled; null for nowhere. */
export const toPullUrl = (fallbackUrl: string | null): string => scheme + (fallbackUrl ?? "");

export const isPullUrl = (url: string): boolean => url.startsWith(scheme);

/** Where a callback is posted if it is not pulled; null for nowhere. */
export function getFallbackUrl(url: string): string | null {
  const fallbackUrl = isPullUrl(url) ? url.slice(scheme.length) : "";
  return fallbackUrl === "" ? null : fallbackUrl;
}

/** The second word of a pull queue's name. An origin never equals it. */
export const pullQueueMarker = "relay";

/** The pull queues of an application: one for callbacks with a fallback URL, one for those without. */
export const getPullQueueNames = (applicationId: bigint) => ({
  withoutFallback: `${applicationId} ${pullQueueMarker}`,
  withFallback: `${applicationId} ${pullQueueMarker} home`,
});

/** The pull queue for this URL. */
export function getPullQueueName(applicationId: bigint, url: string): string {
  const { withFallback, withoutFallback } = getPullQueueNames(applicationId);
  return getFallbackUrl(url) === null ? withoutFallback : withFallback;
}
