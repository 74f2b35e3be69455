/** One request beside the list: why it got its response, what it sent and what it got. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { read } from "../api/queries.ts";
import { formatBody, formatDateTime, formatDuration } from "../parts/format.ts";
import { RequestResult, type RequestSummary } from "../parts/RequestResult.tsx";
import { paths } from "../paths.ts";
import { CodeBlock } from "../ui/CodeBlock.tsx";
import { CopyButton } from "../ui/CopyButton.tsx";
import { Icon } from "../ui/Icon.tsx";
import { Query } from "../ui/PageStates.tsx";
import { Segment } from "../ui/Segment.tsx";
import { words } from "../words.ts";
import { CallbackBodies } from "./CallbackBodies.tsx";
import type { FilterName } from "./filters.ts";

const { requests: texts, states } = words;

interface PeekProps {
  readonly request: RequestSummary;
  readonly isDialog: boolean;
  readonly onClose: () => void;
  readonly onFilter: (name: FilterName, value: string) => void;
}

export function RequestPeek({ request, isDialog, onClose, onFilter }: PeekProps) {
  const { conversationId, market, payment, reference } = request;
  const query = useQuery(
    read("GET /requests/{conversation}", {
      params: { conversation: conversationId },
      query: market === null ? {} : { market: market as never },
    }),
  );
  return (
    <aside className={isDialog ? "stack" : "card peek"} aria-label={texts.peekLabel}>
      <div className={isDialog ? "between" : "card-top"}>
        <div className="row">
          <h2 className="cut">{reference ?? request.call.title}</h2>
          <RequestResult request={request} />
        </div>
        <div className="row">
          <CopyButton text={conversationId} label={texts.copyId} />
          <button
            type="button"
            className="button bare square small"
            aria-label={states.close}
            onClick={onClose}
          >
            <Icon name="cross" />
          </button>
        </div>
      </div>
      <div className={isDialog ? "stack" : "card-body stack"}>
        <Query query={query} rows={8}>
          {(details) => (
            <>
              <div className="callout" data-tone={details.httpStatus < 400 ? undefined : "danger"}>
                <Icon name={details.httpStatus < 400 ? "info" : "warning"} />
                <div>
                  <b>{texts.decision}</b>
                  <p>{details.decision}</p>
                </div>
              </div>
              <Facts details={details} onFilter={onFilter} />
              <Bodies details={details} />
            </>
          )}
        </Query>
        {payment === null || market === null ? null : (
          <Link className="button" to={paths.payment(market, conversationId)}>
            <Icon name="moves" />
            {texts.openPayment}
          </Link>
        )}
      </div>
    </aside>
  );
}

type Details = RequestSummary & {
  readonly source: string;
  readonly method: string;
  readonly path: string;
  readonly organisation: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly request: string;
  readonly response: string;
  readonly decision: string;
};

interface FactsProps {
  readonly details: Details;
  readonly onFilter: (name: FilterName, value: string) => void;
}

const Facts = ({ details, onFilter }: FactsProps) => {
  const { application, key, call, code, market, protocol, msisdn, amount, organisation } = details;
  const filterBy = (name: FilterName, value: string, title: string) => (
    <button
      type="button"
      className="as-link"
      title={texts.onlyThis(title)}
      onClick={() => onFilter(name, value)}
    >
      {title}
    </button>
  );
  const rows: readonly (readonly [string, React.ReactNode])[] = [
    [texts.call, filterBy("call", call.name, call.title)],
    [texts.filters.code, filterBy("code", code, code)],
    [texts.application, filterBy("application", application.id, application.name)],
    [texts.key, key === null ? null : filterBy("key", key.id, `…${key.hint}`)],
    [texts.market, market === null ? null : filterBy("market", market, market)],
    [texts.protocol, protocol.title],
    [texts.customer, msisdn],
    [texts.organisation, organisation],
    [texts.amount, amount],
    [texts.source, details.source],
    [texts.sentAt, formatDateTime(details.at)],
    [texts.conversationId, <code key="id">{details.conversationId}</code>],
  ];
  return (
    <dl className="pairs">
      {rows
        .filter(([, value]) => value !== null && value !== "")
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
};

type Part = "request" | "response" | "headers" | "callback";

function Bodies({ details }: { readonly details: Details }) {
  const [part, setPart] = useState<Part>(details.httpStatus < 400 ? "request" : "response");
  const names: readonly Part[] = ["request", "response", "headers"];
  const parts = (details.payment === null ? names : [...names, "callback" as const]).map((name) => ({
    name,
    title: texts[name],
  }));
  const body = formatBody(part === "response" ? details.response : details.request);
  return (
    <>
      <Segment label={texts.parts} options={parts} value={part} onChange={setPart} />
      {part === "callback" && details.market !== null ? (
        <CallbackBodies market={details.market} conversation={details.conversationId} />
      ) : part === "headers" ? (
        <CodeBlock title={`${details.method} ${details.path}`} text={formatHeaders(details.headers)} />
      ) : (
        <CodeBlock
          title={
            part === "request"
              ? `${details.method} ${details.path}`
              : texts.responseAfter(details.httpStatus, formatDuration(details.latencyMs))
          }
          text={body.text === "" ? texts.emptyBody : body.text}
          language={body.language}
        />
      )}
    </>
  );
}

const formatHeaders = (headers: Readonly<Record<string, string>>): string =>
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join("\n");
