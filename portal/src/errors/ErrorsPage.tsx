/** Errors by their cause: how often, since when, and a way to their requests. */
import { useQuery } from "@tanstack/react-query";
import { Link, useSearchParams } from "react-router";
import type { PortalResult } from "../api/call.ts";
import { read } from "../api/queries.ts";
import { formatDateTime } from "../parts/format.ts";
import { paths } from "../paths.ts";
import { formatFilters } from "../requests/filters.ts";
import { Notice, Query } from "../ui/PageStates.tsx";
import { PageTop } from "../ui/PageTop.tsx";
import { Segment } from "../ui/Segment.tsx";
import { Status } from "../ui/Status.tsx";
import { words } from "../words.ts";
import "./errors.css";

const { errors: texts } = words;

type Errors = PortalResult<"GET /errors">;
type Group = Errors["errors"][number];
type Span = keyof typeof texts.spans;

const spans = Object.keys(texts.spans) as Span[];

/** The page reads the roll-ups again so often while it is visible. */
const pollMs = 15_000;

export function ErrorsPage() {
  const [search, setSearch] = useSearchParams();
  const span = spans.find((name) => name === search.get("span")) ?? "day";
  const query = useQuery({ ...read("GET /errors", { query: { span } }), refetchInterval: pollMs });
  return (
    <>
      <PageTop title={texts.title} lead={texts.lead}>
        <Segment
          label={texts.span}
          options={spans.map((name) => ({ name, title: texts.spans[name] }))}
          value={span}
          onChange={(name) => setSearch(name === "day" ? {} : { span: name })}
        />
      </PageTop>
      <Query query={query} rows={8}>
        {(data) =>
          data.errors.length === 0 ? (
            <Notice icon="check" title={texts.emptyTitle}>
              {texts.empty}
            </Notice>
          ) : (
            <Groups data={data} />
          )
        }
      </Query>
    </>
  );
}

const Groups = ({ data }: { readonly data: Errors }) => (
  <section className="card" aria-label={texts.caption}>
    <table className="table errors-table">
      <thead>
        <tr>
          <th scope="col">{texts.code}</th>
          <th scope="col">{texts.call}</th>
          <th scope="col" className="wide-only">
            {texts.application}
          </th>
          <th scope="col" className="right">
            {texts.count}
          </th>
          <th scope="col" className="desk-only">
            {texts.first}
          </th>
          <th scope="col" className="desk-only">
            {texts.last}
          </th>
        </tr>
      </thead>
      <tbody>
        {data.errors.map((group) => (
          <Row
            key={[
              group.market,
              group.application.id,
              group.protocol.name,
              group.call.name,
              group.code,
              group.httpStatus,
            ].join(" ")}
            group={group}
            since={data.since}
            precisionMinutes={data.precisionMinutes}
          />
        ))}
      </tbody>
    </table>
  </section>
);

interface RowProps {
  readonly group: Group;
  readonly since: string;
  readonly precisionMinutes: number;
}

function Row({ group, since, precisionMinutes }: RowProps) {
  const { market, application, protocol, call, code, httpStatus } = group;
  const filters = {
    from: since,
    ...(market === null ? {} : { market }),
    application: application.id,
    protocol: protocol.name,
    call: call.name,
    code,
    status: String(httpStatus),
  };
  return (
    <tr>
      <td>
        <Link to={paths.requests(formatFilters(filters))} aria-label={texts.toRequests(code)}>
          <Status tone="danger">{code}</Status>
        </Link>
      </td>
      <td className="wrap">
        {call.title}
        <small className="muted">
          {protocol.title}
          {market === null ? "" : `, ${market}`}
        </small>
      </td>
      <td className="wide-only">{application.name}</td>
      <td className="right number">{group.requests.toLocaleString(document.documentElement.lang)}</td>
      <td className="desk-only">
        <Time at={group.firstAt} precisionMinutes={precisionMinutes} />
      </td>
      <td className="desk-only">
        <Time at={group.lastAt} precisionMinutes={precisionMinutes} />
      </td>
    </tr>
  );
}

/** Without what the roll-ups do not know: seconds, and the time of a day. */
const Time = ({ at, precisionMinutes }: { readonly at: string; readonly precisionMinutes: number }) => {
  const full = formatDateTime(at);
  return (
    <time dateTime={at}>
      {precisionMinutes === 1440 ? full.split(",", 1)[0] : full.replace(/:\d\d$/, "")}
    </time>
  );
};
