/** The list as far as it was loaded. New requests are put in front; older pages stay. */
import { useInfiniteQuery, useQueryClient, type InfiniteData } from "@tanstack/react-query";
import { useEffect } from "react";
import { call, type PortalResult } from "../api/call.ts";
import { watchEvents } from "../api/stream.ts";
import { toQuery, type Filters } from "./filters.ts";

type Page = PortalResult<"GET /requests">;
type Pages = InfiniteData<Page, string | null>;

/** How often the list is read again while one of its payments waits for an event that is no request. */
const waitingPollMs = 2000;
/** Servers write the log in batches, so a request can appear after a later one. */
const lateMs = 60_000;
/** The rows whose payments are watched: as many as a page has. */
const watchedRows = 50;

export function useRequests(filters: Filters, isLive: boolean) {
  const client = useQueryClient();
  const queryKey = ["requests", filters] as const;
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) => readPage(filters, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
    // New requests are merged instead, so that older pages are not read again.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const isWaiting = query.data?.pages[0]?.requests.some(({ payment }) => payment?.status === "held") === true;

  useEffect(() => {
    if (!isLive) return undefined;
    let isReading = false;
    let isOutdated = false;
    const update = async (): Promise<void> => {
      isOutdated = true;
      if (isReading) return;
      isReading = true;
      try {
        while (isOutdated) {
          isOutdated = false;
          const known = client.getQueryData<Pages>(queryKey);
          if (known === undefined) return;
          const newest = await readPage({ ...filters, ...getNewsFrom(filters, known) }, null);
          client.setQueryData<Pages>(queryKey, (pages) =>
            pages === undefined ? pages : merge(pages, newest),
          );
        }
      } catch {
        // The next event tries again.
      } finally {
        isReading = false;
      }
    };
    const stop = watchEvents(() => void update());
    const timer = isWaiting
      ? setInterval(() => document.visibilityState === "visible" && void update(), waitingPollMs)
      : undefined;
    return () => {
      stop();
      clearInterval(timer);
    };
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- The filters are compared by their text.
  }, [client, JSON.stringify(filters), isLive, isWaiting]);

  return query;
}

const readPage = (filters: Filters, before: string | null): Promise<Page> =>
  call("GET /requests", { query: { ...toQuery(filters), ...(before === null ? {} : { before }) } });

/**
 * From when on the list is read again: since its newest request, whose neighbours may have been logged after it, and since
 * the first one that waits. So a search is not repeated in the whole log for each new request.
 */
function getNewsFrom(filters: Filters, { pages }: Pages): Pick<Filters, "from"> {
  const [newest, ...others] = pages.flatMap(({ requests }) => requests).slice(0, watchedRows);
  if (newest === undefined) return {};
  const waiting = others.findLast(({ payment }) => payment?.status === "held");
  const since = Math.min(Date.parse(newest.at) - lateMs, Date.parse(waiting?.at ?? newest.at));
  const from = new Date(since).toISOString();
  return filters.from !== undefined && filters.from > from ? {} : { from };
}

/** Puts the newest page in front. If requests between it and the list are unknown, the list begins again. */
function merge(pages: Pages, newest: Page): Pages {
  const known = pages.pages.flatMap(({ requests }) => requests);
  const ids = new Set(newest.requests.map(({ conversationId }) => conversationId));
  const isConnected = newest.next === null || known.some(({ conversationId }) => ids.has(conversationId));
  if (!isConnected) return { pages: [newest], pageParams: [null] };
  const older = known.filter(({ conversationId }) => !ids.has(conversationId));
  const next = older.length === 0 ? newest.next : (pages.pages.at(-1)?.next ?? null);
  return { pages: [{ requests: [...newest.requests, ...older], next }], pageParams: [null] };
}
