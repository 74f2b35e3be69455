/** Requests below a protocol's paths that name no call, or a call by another method than its own. */
import type { Protocol, RenderedResponse, UnmatchedRequest } from "./protocol.ts";

/** The response of the protocol that the path belongs to, or null if it belongs to none. */
export function renderUnmatchedRequest(
  protocols: readonly Pick<Protocol, "pathPrefixes" | "renderUnmatchedRequest">[],
  request: UnmatchedRequest,
): RenderedResponse | null {
  const path = getPath(request.url)
    .toLowerCase()
    .replace(/\/{2,}/g, "/");
  const owner = protocols.find(({ pathPrefixes }) =>
    pathPrefixes.some((prefix) => path === prefix || path.startsWith(`${prefix}/`)),
  );
  return owner?.renderUnmatchedRequest(request) ?? null;
}

const maxPathLength = 200;

/** The path of a URL for a message: short, and without characters that mean something in HTML, JSON or XML. */
export const formatPath = (url: string): string =>
  getPath(url)
    .slice(0, maxPathLength)
    .replaceAll(/[^A-Za-z0-9/._~%-]/g, "?");

const getPath = (url: string): string => url.split("?", 1)[0] ?? "";
