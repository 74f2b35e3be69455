/** One request and its response, for the request log and the metrics. Contains no secrets. */
import type { Id } from "../core/ids.ts";
import type { Environment, Market } from "../core/markets.ts";

export interface RequestLogEntry {
  readonly id: Id;
  readonly environment: Environment;
  /** Null when the path names an unknown market. */
  readonly market: Market | null;
  readonly protocol: string;
  /** The call's name, such as `c2bSingle`. */
  readonly operation: string;
  readonly applicationId: bigint | null;
  /** The credential that the request was authenticated by, and its last characters. */
  readonly credentialId: bigint | null;
  readonly apiKeyHint: string | null;
  readonly source: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly httpStatus: number;
  readonly code: string;
  readonly latencyUs: number;
  readonly organisation: string | null;
  readonly reference: string | null;
  readonly msisdnMasked: string | null;
  /** The parameters, as JSON, with every MSISDN masked. */
  readonly requestBody: string;
  /** The response, as JSON, with a session key replaced. */
  readonly responseBody: string;
  /** Why the request got this response: one sentence. */
  readonly reason: string;
  /** The internal error, for the server's own log only. */
  readonly fault?: unknown;
}
