/** The response to a request that was sent by hand, with what was really sent. */
import type { UseMutationResult } from "@tanstack/react-query";
import { Link } from "react-router";
import type { PortalResult } from "../api/call.ts";
import { paths } from "../paths.ts";
import { CodeBlock } from "../ui/CodeBlock.tsx";
import { Icon } from "../ui/Icon.tsx";
import { Failure, Loading } from "../ui/PageStates.tsx";
import { Status } from "../ui/Status.tsx";
import { words } from "../words.ts";

const { sendRequest } = words;

interface ResponseProps {
  readonly sending: UseMutationResult<
    PortalResult<"POST /console/requests">,
    Error,
    Readonly<Record<string, unknown>>
  >;
  readonly market: string;
}

export function Response({ sending, market }: ResponseProps) {
  if (sending.isPending) return <Loading rows={5} />;
  if (sending.isError) return <Failure error={sending.error} />;
  if (sending.data === undefined)
    return (
      <section className="card empty">
        <Icon name="send" />
        <h2>{sendRequest.response}</h2>
        <p>{sendRequest.noResponse}</p>
      </section>
    );
  const { request, response, payment } = sending.data;
  const isSuccess = response.status < 300;
  return (
    <section className="card" aria-labelledby="response-title" aria-live="polite">
      <div className="card-top">
        <h2 id="response-title">{sendRequest.response}</h2>
        <div className="row">
          <span className="muted small">{sendRequest.took(response.tookMs.toFixed(1))}</span>
          <Status tone={isSuccess ? "success" : "danger"}>{response.status}</Status>
        </div>
      </div>
      <div className="card-body stack">
        <CodeBlock title={sendRequest.responseBody} text={indent(response.body)} language="json" />
        {payment === null ? null : (
          <Link className="button agree" to={paths.payment(market, payment)}>
            <Icon name="moves" />
            {sendRequest.payment}
          </Link>
        )}
        <CodeBlock
          title={sendRequest.sentHeaders}
          text={`${request.method} ${request.url}\n${formatHeaders(request.headers)}`}
        />
        <CodeBlock title={sendRequest.responseHeaders} text={formatHeaders(response.headers)} />
      </div>
    </section>
  );
}

const formatHeaders = (headers: Readonly<Record<string, string>>): string =>
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join("\n");

function indent(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
