/** What a service of the Broker answers, with what the request log records. */
import type { LoggedSoapCall } from "./log-request.ts";

export type ServedSoapCall = Omit<LoggedSoapCall, "environment" | "request" | "latencyMs">;
