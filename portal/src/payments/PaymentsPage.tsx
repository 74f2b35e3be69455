/** The payments that the developer's applications requested. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearchParams } from "react-router";
import { call } from "../api/call.ts";
import { formatDateTime, formatLogTime, formatShortTime } from "../parts/format.ts";
import { stateTones, type RequestSummary } from "../parts/RequestResult.tsx";
import { paths } from "../paths.ts";
import { FilterBar } from "../requests/FilterBar.tsx";
import { formatFilters, parseFilters, toQuery, type Filters } from "../requests/filters.ts";
import { Failure, Loading, Notice } from "../ui/PageStates.tsx";
import { PageTop } from "../ui/PageTop.tsx";
import { Status } from "../ui/Status.tsx";
import { words } from "../words.ts";
import "../requests/requests.css";

const { payments: texts, requests: requestTexts } = words;

export function PaymentsPage() {
  const [search, setSearch] = useSearchParams();
  const filters = parseFilters(search);
  const setFilters = (changed: Filters): void => setSearch(formatFilters(changed));
  return (
    <>
      <PageTop title={texts.title} lead={texts.lead} />
      <FilterBar filters={filters} onChange={setFilters} />
      <PaymentList filters={filters} />
    </>
  );
}

/** While a payment waits, the list is read again. */
const waitingPollMs = 2000;

function PaymentList({ filters }: { readonly filters: Filters }) {
  const query = useInfiniteQuery({
    queryKey: ["payments", filters] as const,
    queryFn: ({ pageParam }) =>
      call("GET /payments", {
        query: { ...toQuery(filters), ...(pageParam === null ? {} : { before: pageParam }) },
      }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
    refetchInterval: ({ state: { data } }) =>
      data?.pages.length === 1 && data.pages[0]?.payments.some(isWaiting) === true ? waitingPollMs : false,
  });
  if (query.isError && query.data === undefined)
    return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data === undefined) return <Loading rows={10} />;
  const rows = query.data.pages.flatMap(({ payments }) => payments);
  const more = query.hasNextPage ? (
    <button
      type="button"
      className="button"
      aria-busy={query.isFetchingNextPage}
      disabled={query.isFetchingNextPage}
      onClick={() => void query.fetchNextPage()}
    >
      {rows.length === 0 ? texts.searchFurther : requestTexts.more}
    </button>
  ) : null;
  if (rows.length === 0) {
    const isFiltered = Object.keys(filters).length > 0;
    return (
      <Notice
        icon={isFiltered ? "search" : "moves"}
        title={isFiltered ? texts.noMatchTitle : texts.emptyTitle}
        action={more}
      >
        {more !== null ? texts.searched : isFiltered ? texts.noMatch : texts.empty}
      </Notice>
    );
  }
  return (
    <section className="card" aria-label={texts.title}>
      <table className="table log-table payment-list">
        <thead>
          <tr>
            <th scope="col" className="desk-only">
              {requestTexts.time}
            </th>
            <th scope="col">{requestTexts.result}</th>
            <th scope="col">{requestTexts.call}</th>
            <th scope="col" className="desk-only">
              {requestTexts.reference}
            </th>
            <th scope="col" className="wide-only">
              {requestTexts.customer}
            </th>
            <th scope="col" className="right">
              {requestTexts.amount}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((payment) => (
            <Row key={payment.conversationId} payment={payment} />
          ))}
        </tbody>
      </table>
      {more === null ? null : <div className="table-foot">{more}</div>}
    </section>
  );
}

const isWaiting = ({ payment }: RequestSummary): boolean => payment?.status === "held";

const Row = ({ payment }: { readonly payment: RequestSummary }) => {
  const navigate = useNavigate();
  const status = payment.payment?.status ?? "completed";
  const path = paths.payment(payment.market ?? "", payment.conversationId);
  return (
    <tr
      onClick={(event) => {
        if ((event.target as Element).closest("a") === null) void navigate(path);
      }}
    >
      <td className="desk-only">
        <time dateTime={payment.at} title={formatDateTime(payment.at)}>
          {formatLogTime(payment.at)}
        </time>
      </td>
      <td>
        <Status tone={stateTones[status]}>{requestTexts.states[status]}</Status>
      </td>
      <td className="log-call">
        <Link to={path}>{payment.call.title}</Link>
        <small className="narrow-only muted">{formatShortTime(payment.at)}</small>
      </td>
      <td className="desk-only muted cut">{payment.reference}</td>
      <td className="wide-only muted">{payment.msisdn}</td>
      <td className="right money">{payment.amount}</td>
    </tr>
  );
};
