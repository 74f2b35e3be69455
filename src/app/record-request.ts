/** Records each request in the request log and the metrics, and logs its internal error, if any. */
import type { Logger } from "pino";
import type { PublicIds } from "../core/ids.ts";
import { railFor } from "../core/rails.ts";
import type { Environment } from "../core/markets.ts";
import { createRequestLogWriter, type RequestLogWriter } from "../developers/request-log-writer.ts";
import type { Metrics } from "../http/metrics.ts";
import type { RequestLogEntry } from "../protocols/request-log.ts";
import type { AppOptions } from "./options.ts";

/** The request log of every rail, with a metric of the lines that it dropped. */
export function createRequestLog({ stores, log }: AppOptions, metrics: Metrics): RequestLogWriter {
  const requestLog = createRequestLogWriter(
    (rail) => (rail === null ? stores.mainLog : (stores.rails.get(rail)?.log ?? stores.mainLog)),
    (error, lost) => log.warn({ err: error, lost }, "request log lines were lost"),
  );
  metrics.gauge(
    "pesarail_request_log_dropped",
    "Request log lines that could not be stored.",
    () => requestLog.dropped,
  );
  return requestLog;
}

export interface RecordRequestDeps {
  readonly requestLog: RequestLogWriter;
  readonly metrics: Metrics;
  readonly publicIds: Readonly<Record<Environment, PublicIds>>;
  readonly log: Logger;
}

export function createRequestRecorder(deps: RecordRequestDeps): (entry: RequestLogEntry) => void {
  const { requestLog, metrics, publicIds, log } = deps;
  return (entry) => {
    const { environment, market, operation, fault } = entry;
    const rail = market === null ? null : railFor(environment, market).name;
    requestLog.record(rail, entry);
    metrics.request(environment, market ?? "none", operation, entry.code, entry.latencyUs / 1e6);
    if (fault === undefined) return;
    const requestId = publicIds[environment].requestId(entry.id);
    log.error(
      { err: fault, requestId, call: operation, rail },
      "a gateway call failed with an internal error",
    );
  };
}
