/** The newest callback of a request's payment: what was sent, and what the listener responded. */
import { useQuery } from "@tanstack/react-query";
import { read } from "../api/queries.ts";
import { formatBody, formatDuration } from "../parts/format.ts";
import { CodeBlock } from "../ui/CodeBlock.tsx";
import { Query } from "../ui/PageStates.tsx";
import { words } from "../words.ts";

const { requests: texts, payments: paymentTexts } = words;

export function CallbackBodies({
  market,
  conversation,
}: {
  readonly market: string;
  readonly conversation: string;
}) {
  const params = { market: market as never, conversation };
  const query = useQuery(read("GET /payments/{market}/{conversation}", { params }));
  return (
    <Query query={query} rows={4}>
      {({ stops }) => {
        const callback = stops.findLast((stop) => stop.kind === "callback");
        if (callback === undefined) return <p className="muted">{texts.noCallback}</p>;
        const sent = formatBody(callback.sent ?? "");
        const received = formatBody(callback.received);
        const result = paymentTexts.callbackResult(callback.httpStatus, formatDuration(callback.tookMs));
        return (
          <>
            <CodeBlock
              title={paymentTexts.callback(callback.attempt)}
              text={sent.text === "" ? texts.emptyBody : sent.text}
              language={sent.language}
            />
            <CodeBlock
              title={result}
              text={received.text === "" ? (callback.failure ?? texts.emptyBody) : received.text}
              language={received.language}
            />
          </>
        );
      }}
    </Query>
  );
}
