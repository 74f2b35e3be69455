/** Records each request in the request log and the metrics, and logs its internal error, if any. */
import { createHmac } from "node:crypto";
import type { Logger } from "pino";
import type { PublicIds } from "../core/ids.ts";
import type { Environment } from "../core/markets.ts";
import { railFor, type RailName } from "../core/rails.ts";
import { hashKeyBytes } from "../developers/request-log/keyed-hash.ts";
import type { LogLocation } from "../developers/request-log/log.ts";
import { createRequestLogWriter, type RequestLogWriter } from "../developers/request-log/writer.ts";
import type { Metrics } from "../http/metrics.ts";
import type { RequestLogEntry } from "../protocols/request-log.ts";
import type { Stores } from "../store/databases.ts";
import type { EnvironmentKeys } from "./keys.ts";
import type { AppOptions } from "./options.ts";

/** Where the log of a rail is stored, and its hashes' key; null is the log of paths that name no rail. */
export function locateLog(
  stores: Stores,
  keys: Readonly<Record<Environment, EnvironmentKeys>>,
  rail: RailName | null,
): LogLocation {
  const store = rail === null ? undefined : stores.rails.get(rail);
  // Only the sandbox's requests of the log without rails can be read, so it has the sandbox's key.
  const { tokenKey } = keys[store?.rail.environment ?? "sandbox"];
  return { sql: store?.log ?? stores.mainLog, hashKey: deriveLogKey(tokenKey) };
}

const deriveLogKey = (tokenKey: Uint8Array): Uint8Array =>
  createHmac("sha256", tokenKey).update("request log").digest().subarray(0, hashKeyBytes);

/** The request log of every rail, with a metric of the lines that it dropped. */
export function createRequestLog(
  { stores, log, config }: AppOptions,
  keys: Readonly<Record<Environment, EnvironmentKeys>>,
  metrics: Metrics,
): RequestLogWriter {
  const requestLog = createRequestLogWriter({
    maxBytes: config.requestLogMaxBytes,
    retentionMs: config.requestLogRetentionMs,
    locate: (rail) => locateLog(stores, keys, rail),
    onError: (error, lost) => log.warn({ err: error, lost }, "request log lines were lost"),
  });
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
    const { environment, market, protocol, operation: call, code, fault } = entry;
    const rail = market === null ? null : railFor(environment, market).name;
    requestLog.record(rail, entry);
    const labels = { environment, market: market ?? "none", protocol, call, code };
    metrics.request(labels, entry.latencyUs / 1e6);
    if (fault === undefined) return;
    const requestId = publicIds[environment].requestId(entry.id);
    log.error({ err: fault, requestId, call, rail }, "a gateway call failed with an internal error");
  };
}
