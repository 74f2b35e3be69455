/** One request and its response, as a protocol hands them to the request log. */
import type { Environment } from "../../core/markets.ts";

/**
 * The texts are as they were received: the log masks every MSISDN before it stores them. What is secret for another
 * reason (bearers, session keys, vouchers, values of unknown fields) must not be in them, except in `headers`.
 */
export interface LoggedRequest {
  readonly id: bigint;
  readonly environment: Environment;
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
  /** All of them; the log leaves out those that carry secrets. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly httpStatus: number;
  readonly code: string;
  readonly latencyUs: number;
  readonly organisation: string | null;
  readonly reference: string | null;
  readonly msisdnMasked: string | null;
  /** The customer's MSISDN, 9 to 20 digits. The log hashes it, masks it in every text, and does not store it. */
  readonly customer: string | null;
  /** The amount that the request named, in minor units. */
  readonly amountMinor: bigint | null;
  /** Whether the request made the payment that has its id. */
  readonly madePayment: boolean;
  /** References and ids that the request named, besides `reference`. */
  readonly names: readonly string[];
  /** The parameters: names and values in turn; or the body as text. */
  readonly request: readonly string[] | string;
  readonly responseBody: string;
  /** Why the request got this response: one sentence. */
  readonly reason: string;
}
