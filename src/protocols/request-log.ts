/** One request and its response, for the request log and the metrics. Contains no secrets but MSISDNs. */
import type { Market } from "../core/markets.ts";
import type { LoggedRequest } from "../developers/request-log/logged-request.ts";

export interface RequestLogEntry extends LoggedRequest {
  /** Null when the path names an unknown market. */
  readonly market: Market | null;
  /** The internal error, for the server's own log only. */
  readonly fault?: unknown;
}
