/** What a service of the Broker answers, with what the request log records. */
import type { LoggedSoapCall } from "./log-request.ts";

export type ServedSoapCall = Omit<LoggedSoapCall, "environment" | "request" | "latencyMs">;

/** What is known of a request to a service beside commands, when its response is written. */
export interface ServiceTrace {
  application: ServedSoapCall["application"];
  credential: ServedSoapCall["credential"];
  /** Names and values in turn, without secrets. */
  fields: readonly string[];
}
