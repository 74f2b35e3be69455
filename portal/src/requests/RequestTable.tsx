/** The rows of the list. Only those near the window are in the document, so that a hundred thousand scroll smoothly. */
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { Link } from "react-router";
import { formatDateTime, formatDuration, formatLogTime, formatShortTime } from "../parts/format.ts";
import { RequestResult, type RequestSummary } from "../parts/RequestResult.tsx";
import { useMedia } from "../parts/use-media.ts";
import { paths } from "../paths.ts";
import { words } from "../words.ts";

const { requests: texts } = words;

interface TableProps {
  readonly rows: readonly RequestSummary[];
  readonly selectedId: string | null;
  readonly hasMore: boolean;
  readonly isLoadingMore: boolean;
  /** Whether a panel stands beside the table. */
  readonly isNarrowed: boolean;
  readonly onLoadMore: () => void;
  readonly onPeek: (request: RequestSummary) => void;
}

/** The heights of `requests.css`. */
const rowHeights = { desk: 32, phone: 52 } as const;
/** Older requests are loaded when these many rows are left. */
const rowsBeforeEnd = 15;

export function RequestTable(props: TableProps) {
  const { rows, selectedId, hasMore, isLoadingMore, isNarrowed, onLoadMore, onPeek } = props;
  const isPhone = useMedia("(width < 48rem)");
  const rowHeight = isPhone ? rowHeights.phone : rowHeights.desk;
  const body = useRef<HTMLTableSectionElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    if (body.current !== null) setTop(body.current.getBoundingClientRect().top + window.scrollY);
  }, [isPhone]);
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => rowHeight,
    overscan: 20,
    scrollMargin: top,
    scrollPaddingStart: 120,
    scrollPaddingEnd: 90,
    getItemKey: (index) => rows[index]?.conversationId ?? index,
  });
  useEffect(() => virtual.measure(), [virtual, rowHeight]);

  const selectedIndex = rows.findIndex(({ conversationId }) => conversationId === selectedId);
  useEffect(() => {
    if (selectedId !== null && selectedIndex !== -1) virtual.scrollToIndex(selectedIndex, { align: "auto" });
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- New rows in front must not scroll the page.
  }, [selectedId]);

  // New rows in front move nothing that a person is reading further down.
  const firstId = rows[0]?.conversationId ?? null;
  const knownFirstId = useRef(firstId);
  useLayoutEffect(() => {
    const added = rows.findIndex(({ conversationId }) => conversationId === knownFirstId.current);
    if (added > 0 && window.scrollY > top) window.scrollBy({ top: added * rowHeight, behavior: "instant" });
    knownFirstId.current = firstId;
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- Only a new first row matters.
  }, [firstId]);

  const items = virtual.getVirtualItems();
  const [first, last] = [items[0], items.at(-1)];
  useEffect(() => {
    if (hasMore && !isLoadingMore && last !== undefined && last.index >= rows.length - rowsBeforeEnd)
      onLoadMore();
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- The function is new on each rendering.
  }, [hasMore, isLoadingMore, last?.index, rows.length]);

  const before = first === undefined ? 0 : first.start - top;
  const after = last === undefined ? 0 : virtual.getTotalSize() - (last.end - top);
  return (
    <section className="card" aria-label={texts.caption}>
      <table
        className={isNarrowed ? "table log-table narrowed" : "table log-table"}
        data-density="compact"
        aria-rowcount={hasMore ? -1 : rows.length + 1}
      >
        <thead>
          <tr>
            <th scope="col" className="desk-only">
              {texts.time}
            </th>
            <th scope="col">{texts.result}</th>
            <th scope="col">{texts.call}</th>
            <th scope="col" className="desk-only">
              {texts.reference}
            </th>
            <th scope="col" className="wide-only beside">
              {texts.customer}
            </th>
            <th scope="col" className="right">
              {texts.amount}
            </th>
            <th scope="col" className="right desk-only beside">
              {texts.took}
            </th>
          </tr>
        </thead>
        <tbody ref={body}>
          <Space height={before} />
          {items.map(({ index }) => {
            const request = rows[index];
            return request === undefined ? null : (
              <Row
                key={request.conversationId}
                request={request}
                index={index}
                isSelected={request.conversationId === selectedId}
                onPeek={onPeek}
              />
            );
          })}
          <Space height={after} />
        </tbody>
      </table>
      <div className="table-foot">
        <span>{texts.count(rows.length, !hasMore)}</span>
        <span className="wide-only key-help">
          <kbd className="keycap">j</kbd> <kbd className="keycap">k</kbd> {texts.keyMove}{" "}
          <kbd className="keycap">space</kbd> {texts.keyPeek} <kbd className="keycap">enter</kbd>{" "}
          {texts.keyOpen} <kbd className="keycap">c</kbd> {texts.keyCopy}
        </span>
        {hasMore ? (
          <button type="button" className="button bare small" aria-busy={isLoadingMore} onClick={onLoadMore}>
            {texts.more}
          </button>
        ) : null}
      </div>
    </section>
  );
}

/** The height of the rows that are not in the document. The policy allows a style that a script sets. */
const Space = ({ height }: { readonly height: number }) =>
  height <= 0 ? null : (
    <tr aria-hidden="true" className="space" ref={(row) => row?.style.setProperty("height", `${height}px`)} />
  );

interface RowProps {
  readonly request: RequestSummary;
  readonly index: number;
  readonly isSelected: boolean;
  readonly onPeek: (request: RequestSummary) => void;
}

const Row = ({ request, index, isSelected, onPeek }: RowProps) => (
  <tr
    aria-rowindex={index + 2}
    {...(isSelected ? { "data-selected": "" } : {})}
    onClick={(event) => {
      if ((event.target as Element).closest("a, button") === null) onPeek(request);
    }}
  >
    <td className="desk-only">
      <time dateTime={request.at} title={formatDateTime(request.at)}>
        {formatLogTime(request.at)}
      </time>
    </td>
    <td>
      <RequestResult request={request} />
    </td>
    <td className="log-call">
      <CallLink request={request} onPeek={onPeek} />
      <small className="narrow-only muted">{formatShortTime(request.at)}</small>
    </td>
    <td className="desk-only muted cut">{request.reference}</td>
    <td className="wide-only beside muted">{request.msisdn}</td>
    <td className="right money">{request.amount}</td>
    <td className="right muted desk-only beside">{formatDuration(request.latencyMs)}</td>
  </tr>
);

const CallLink = ({ request, onPeek }: Pick<RowProps, "request" | "onPeek">) =>
  request.payment !== null && request.market !== null ? (
    <Link to={paths.payment(request.market, request.conversationId)}>{request.call.title}</Link>
  ) : (
    <button type="button" className="as-link" onClick={() => onPeek(request)}>
      {request.call.title}
    </button>
  );
