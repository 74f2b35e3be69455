/** One payment: who paid whom, its history from request to callback, and what was sent and received. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useParams } from "react-router";
import { call, type PortalResult } from "../api/call.ts";
import { read, refresh } from "../api/queries.ts";
import { formatBody, formatDuration } from "../parts/format.ts";
import { stateTones } from "../parts/RequestResult.tsx";
import { paths } from "../paths.ts";
import { CodeBlock } from "../ui/CodeBlock.tsx";
import { CopyButton } from "../ui/CopyButton.tsx";
import { Icon } from "../ui/Icon.tsx";
import { Query } from "../ui/PageStates.tsx";
import { Segment } from "../ui/Segment.tsx";
import { Status } from "../ui/Status.tsx";
import { showToast } from "../ui/toasts.tsx";
import { useTitle } from "../ui/PageTop.tsx";
import { words } from "../words.ts";
import { Timeline } from "./Timeline.tsx";
import "./payments.css";

const { payments: texts, requests: requestTexts } = words;

export type Payment = PortalResult<"GET /payments/{market}/{conversation}">;

/** How often an open payment is read: while its customer may reply, and while only its callbacks are due. */
const heldPollMs = 1000;
const openPollMs = 2000;

export function PaymentPage() {
  const { market = "", conversation = "" } = useParams();
  const params = { market: market as never, conversation };
  const query = useQuery({
    ...read("GET /payments/{market}/{conversation}", { params }),
    // A hidden page reads nothing.
    refetchInterval: ({ state: { data } }) =>
      data?.isOpen === true ? (data.status === "held" ? heldPollMs : openPollMs) : false,
    refetchIntervalInBackground: false,
    staleTime: 0,
  });
  const topUp = async (): Promise<void> => {
    try {
      const { added } = await call("POST /payments/{market}/{conversation}/top-up", { params });
      showToast(texts.toppedUp(added));
    } catch (error) {
      showToast(error instanceof Error ? error.message : String(error), { tone: "danger" });
    }
    await refresh("/payments");
  };
  return (
    <Query query={query} rows={12}>
      {(payment) => <Content payment={payment} onTopUp={topUp} />}
    </Query>
  );
}

interface ContentProps {
  readonly payment: Payment;
  readonly onTopUp: () => Promise<void>;
}

function Content({ payment, onTopUp }: ContentProps) {
  const title = texts.formatTitle(payment.transactionId);
  useTitle(title);
  return (
    <>
      <div className="page-top">
        <nav aria-label={texts.title}>
          <ol className="breadcrumb">
            <li>
              <Link to={paths.payments()}>{texts.title}</Link>
            </li>
            <li className="row">
              <span className="number" aria-current="page">
                {payment.transactionId}
              </span>
              <CopyButton text={payment.transactionId} label={texts.copyId} />
            </li>
          </ol>
        </nav>
        <div className="row no-print">
          {payment.isOpen ? (
            <span className="live-dot" role="status">
              {texts.live}
            </span>
          ) : null}
          <button type="button" className="button bare" onClick={() => window.print()}>
            <Icon name="printer" />
            {texts.print}
          </button>
        </div>
      </div>
      <Head payment={payment} title={title} />
      <div className="columns">
        <section className="card" aria-labelledby="timeline">
          <div className="card-top">
            <h2 id="timeline">{texts.timeline}</h2>
            <p>{texts.clock(payment.market.title, payment.market.timeZone)}</p>
          </div>
          <div className="card-body">
            <Timeline payment={payment} onTopUp={onTopUp} />
          </div>
        </section>
        <Bodies payment={payment} />
      </div>
    </>
  );
}

function Head({ payment, title }: { readonly payment: Payment; readonly title: string }) {
  const { request } = payment;
  const facts: readonly (readonly [string, string | null])[] = [
    [texts.customerReference, payment.customerReference],
    [texts.reference, payment.reference],
    [texts.description, payment.description],
    [texts.conversationId, payment.conversationId],
    [texts.code, request?.code ?? null],
    [texts.refusal, payment.refusal],
    [texts.reversed, payment.reversed],
    [texts.took, payment.tookMs === null ? null : formatDuration(payment.tookMs)],
    [texts.application, payment.application.name + (request?.key == null ? "" : `, …${request.key.hint}`)],
  ];
  return (
    <header className="card pay-head">
      <div>
        <div className="row">
          <Status tone={stateTones[payment.status]}>{requestTexts.states[payment.status]}</Status>
          <span className="muted small">
            {payment.call}, {payment.protocol}
          </span>
        </div>
        <h1 className="money-large">
          <span className="unseen">{title}, </span>
          <span className="money">{payment.amount}</span>
        </h1>
      </div>
      <div className="parties">
        <Party party={payment.payer} />
        <span className="party-way">
          <Icon name="right" />
          <span className="unseen">{texts.pays}</span>
        </span>
        <Party party={payment.receiver} />
      </div>
      <dl className="facts">
        {facts
          .filter(([, value]) => value !== null && value !== "")
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
    </header>
  );
}

const Party = ({ party: { kind, name, number } }: { readonly party: Payment["payer"] }) => (
  <div className="party">
    <span className={kind === "customer" ? "face" : "face square"} aria-hidden="true">
      {name === null ? <Icon name={kind === "customer" ? "person" : "layers"} /> : toInitials(name)}
    </span>
    <p>
      <b>{name ?? number}</b>
      {name === null ? null : <span>{number}</span>}
    </p>
  </div>
);

const toInitials = (name: string): string =>
  name
    .split(/\s+/)
    .slice(0, 2)
    .map((part) => part.slice(0, 1).toUpperCase())
    .join("");

type Part = "body" | "headers";

function Bodies({ payment }: { readonly payment: Payment }) {
  const [part, setPart] = useState<Part>("body");
  const { request } = payment;
  const parts = (["body", "headers"] as const).map((name) => ({ name, title: texts[name] }));
  return (
    <section className="card" aria-labelledby="bodies">
      <div className="card-top">
        <h2 id="bodies">{texts.requestAndResponse}</h2>
        {request === null ? null : (
          <Segment label={texts.part} options={parts} value={part} onChange={setPart} />
        )}
      </div>
      <div className="card-body stack close">
        {request === null ? (
          <p className="muted">{texts.noRequest}</p>
        ) : (
          <>
            {part === "headers" ? (
              <CodeBlock title={`${request.method} ${request.path}`} text={formatHeaders(request.headers)} />
            ) : (
              <>
                <Body title={texts.requestTitle} text={request.request} />
                <Body
                  title={texts.responseAfter(formatDuration(request.latencyMs), request.httpStatus)}
                  text={request.response}
                />
              </>
            )}
            <p className="small">
              <b>{texts.decision}</b> <span className="muted">{request.decision}</span>
            </p>
            <p className="small no-print">
              <Link to={paths.requests(`?name=${payment.conversationId}`)}>{texts.linkToLog}</Link>
            </p>
          </>
        )}
      </div>
    </section>
  );
}

const Body = ({ title, text }: { readonly title: string; readonly text: string }) => {
  const body = formatBody(text);
  return (
    <CodeBlock
      title={title}
      text={text === "" ? requestTexts.emptyBody : body.text}
      language={body.language}
    />
  );
};

const formatHeaders = (headers: Readonly<Record<string, string>>): string =>
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join("\n");
