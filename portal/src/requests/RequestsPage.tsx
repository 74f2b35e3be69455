/** The log of all that the developer's applications did. */
import { useEffect, useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import type { RequestSummary } from "../parts/RequestResult.tsx";
import { useMedia } from "../parts/use-media.ts";
import { paths } from "../paths.ts";
import { Dialog } from "../ui/Dialog.tsx";
import { Icon } from "../ui/Icon.tsx";
import { Failure, Loading, Notice } from "../ui/PageStates.tsx";
import { PageTop } from "../ui/PageTop.tsx";
import { showToast } from "../ui/toasts.tsx";
import { words } from "../words.ts";
import { FilterBar } from "./FilterBar.tsx";
import { formatFilters, parseFilters, type FilterName, type Filters } from "./filters.ts";
import { RequestPeek } from "./RequestPeek.tsx";
import { RequestTable } from "./RequestTable.tsx";
import { useListKeys } from "./use-list-keys.ts";
import { useRequests } from "./use-requests.ts";
import "./requests.css";

const { requests: texts } = words;

export function RequestsPage() {
  const [search, setSearch] = useSearchParams();
  const filters = parseFilters(search);
  const [isLive, setLive] = useState(true);
  const setFilters = (changed: Filters): void => setSearch(formatFilters(changed));
  return (
    <>
      <PageTop title={texts.title} lead={texts.lead}>
        <label className="check" title={texts.liveHelp}>
          <input
            type="checkbox"
            role="switch"
            className="switch"
            checked={isLive}
            onChange={(event) => setLive(event.target.checked)}
          />
          {texts.live}
        </label>
        <a
          className="button bare"
          href={`/portal/api/requests.csv${formatFilters(filters)}`}
          title={texts.csvHelp}
          download
        >
          <Icon name="download" />
          {texts.csv}
        </a>
      </PageTop>
      <FilterBar filters={filters} onChange={setFilters} />
      <RequestList
        filters={filters}
        isLive={isLive}
        onClear={() => setFilters({})}
        onFilter={(name, value) => setFilters({ ...filters, [name]: value })}
      />
    </>
  );
}

interface ListProps {
  readonly filters: Filters;
  readonly isLive: boolean;
  readonly onClear: () => void;
  readonly onFilter: (name: FilterName, value: string) => void;
}

function RequestList({ filters, isLive, onClear, onFilter }: ListProps) {
  const query = useRequests(filters, isLive);
  const navigate = useNavigate();
  const isWide = useMedia("(width >= 80rem)");
  const [selectedId, setSelectedId] = useState<string | null>(null);
  const [isPeeking, setPeeking] = useState(false);
  const rows = query.data?.pages.flatMap(({ requests }) => requests) ?? [];
  const selected = rows.find(({ conversationId }) => conversationId === selectedId) ?? null;
  useEffect(() => {
    setSelectedId(null);
    setPeeking(false);
  }, [JSON.stringify(filters)]);

  const peek = (request: RequestSummary): void => {
    setSelectedId(request.conversationId);
    setPeeking(true);
  };
  const enter = (request: RequestSummary): void => {
    if (request.payment !== null && request.market !== null)
      void navigate(paths.payment(request.market, request.conversationId));
    else peek(request);
  };
  useListKeys(rows, selectedId, {
    move: (request) => setSelectedId(request.conversationId),
    peek: (request) =>
      isPeeking && request.conversationId === selectedId ? setPeeking(false) : peek(request),
    enter,
    copy: (request) =>
      void navigator.clipboard
        .writeText(request.conversationId)
        .then(() => showToast(texts.copiedId(request.conversationId))),
    close: () => setPeeking(false),
  });

  if (query.isError && query.data === undefined)
    return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data === undefined) return <Loading rows={12} />;
  if (rows.length === 0) return <NoRequests isFiltered={Object.keys(filters).length > 0} onClear={onClear} />;

  const panel =
    isPeeking && selected !== null ? (
      <RequestPeek
        key={selected.conversationId}
        request={selected}
        onClose={() => setPeeking(false)}
        onFilter={onFilter}
        isDialog={!isWide}
      />
    ) : null;
  return (
    <div className={panel !== null && isWide ? "log with-peek" : "log"}>
      <RequestTable
        rows={rows}
        selectedId={selectedId}
        hasMore={query.hasNextPage}
        isLoadingMore={query.isFetchingNextPage}
        isNarrowed={panel !== null && isWide}
        onLoadMore={() => void query.fetchNextPage()}
        onPeek={peek}
      />
      {panel === null || isWide ? (
        panel
      ) : (
        <Dialog open kind="drawer" title={texts.peekLabel} onClose={() => setPeeking(false)}>
          {panel}
        </Dialog>
      )}
    </div>
  );
}

function NoRequests({ isFiltered, onClear }: { readonly isFiltered: boolean; readonly onClear: () => void }) {
  return isFiltered ? (
    <Notice
      icon="search"
      title={texts.noMatchTitle}
      action={
        <button type="button" className="button strong" onClick={onClear}>
          {texts.clearFilters}
        </button>
      }
    >
      {texts.noMatch}
    </Notice>
  ) : (
    <Notice icon="list" title={texts.emptyTitle}>
      {texts.empty}
    </Notice>
  );
}
