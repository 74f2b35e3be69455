/** Where the result of a request goes, and in which dialect. */
import type { Environment } from "../../core/markets.ts";
import type { SpCaller } from "./authentication.ts";
import type { BrokerRejection } from "./broker-reply.ts";
import type { ResultDialect } from "./messages.ts";
import { protocolName } from "./names.ts";
import type { RequestDocument } from "./request-document.ts";
import { brokerError } from "./response-codes.ts";
import type { SoapDeps } from "./soap-deps.ts";

export interface SoapEndpoints {
  readonly resultUrl: string;
  /** Null if there is none: the notice of a timeout is then not sent. */
  readonly timeoutUrl: string | null;
  /** The request's own; null if it has none that is accepted. */
  readonly requestedTimeoutUrl: string | null;
  readonly dialect: ResultDialect;
}

/** The keys of the reference item with the URL for timeouts, as programs spell it. */
const timeoutKeys = ["QueueTimeoutURL", "QueueTimeOutURL"];

/** The request's own URLs, or those of the service provider. A ResultURL is mandatory. */
export function readEndpoints(
  deps: Pick<SoapDeps, "validateCallbackUrl" | "settings">,
  environment: Environment,
  { application, spId }: SpCaller,
  document: RequestDocument,
  notes: string[],
): SoapEndpoints | BrokerRejection {
  const resultUrl = document.resultUrl ?? application.callbackUrl(protocolName, "result");
  if (resultUrl === null)
    return {
      error: brokerError("100000014", "ResultURL"),
      reason: "The request has no ResultURL, and the application has none for the results of the Broker.",
    };
  const problem = deps.validateCallbackUrl(environment, resultUrl);
  if (problem !== null)
    return { error: brokerError("100000005", "ResultURL"), reason: `ResultURL: ${problem}` };
  const requested = timeoutKeys.map((key) => document.references.get(key)).find((url) => url !== undefined);
  const timeoutUrl = requested ?? application.callbackUrl(protocolName, "timeout");
  const timeoutProblem = timeoutUrl === null ? null : deps.validateCallbackUrl(environment, timeoutUrl);
  if (timeoutProblem !== null) notes.push(`The QueueTimeoutURL is not used: ${timeoutProblem}`);
  return {
    resultUrl,
    timeoutUrl: timeoutProblem === null ? timeoutUrl : null,
    requestedTimeoutUrl: timeoutProblem === null ? (requested ?? null) : null,
    dialect: deps.settings.g1ServiceProviders.has(spId) ? "g1" : "g2",
  };
}
