/** One request to the listener and what came back: the evidence that everything else is judged by. */
import type { Webhook } from "standardwebhooks";
import { callbackUserAgent } from "../callbacks/callback-service.ts";
import { createSignatureHeaders } from "../callbacks/signing.ts";
import { buildCallbackHeaders } from "../callbacks/deliver.ts";
import { version } from "../core/version.ts";

export interface Exchange {
  readonly at: Date;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
  /** What was unusual about the way it was sent; empty for an ordinary call. */
  readonly manner: string;
  /** Null when there was no answer. */
  readonly status: number | null;
  readonly tookMs: number;
  /** The beginning of the answer's body. */
  readonly responseBody: string;
  /** Why it counts as a failure, in a sentence; null for an acknowledgement. */
  readonly failure: string | null;
  /** What is odd about an acknowledgement. */
  readonly warning: string | null;
  readonly retryAfterMs: number | null;
}

/** How a message is signed, where it is not as it should be. */
export interface SignatureOptions {
  /** Each of these signs; none sends it unsigned. */
  readonly webhooks: readonly Webhook[];
  /** The moment that the signature speaks of; now if nothing is said. */
  readonly at?: Date;
  /** The body that was signed, where it is not the one that is sent. */
  readonly signedBody?: string;
}

/** The headers of a callback, as the server makes them. M-Pesa's own callbacks are not signed. */
export function buildHeaders(
  conversationId: string,
  body: string,
  signature: SignatureOptions,
): Promise<Record<string, string>> {
  const { webhooks, at = new Date(), signedBody = body } = signature;
  const signer = {
    sign: (_: bigint, id: string) =>
      Promise.resolve(
        webhooks.length === 0
          ? {}
          : createSignatureHeaders(webhooks, { id, timestamp: at, body: signedBody }),
      ),
    clearCache: () => {},
  };
  const publicIds = { requestId: () => conversationId, receipt: () => "", decode: () => null };
  return buildCallbackHeaders(
    { signer, publicIds, userAgent: callbackUserAgent(version) },
    { id: 0n, applicationId: 1n },
    { contentType: "application/json", body, checkAcknowledgement: () => null },
  );
}

/** What came back, in a few words. */
export function describeExchange({ status, failure, warning, tookMs }: Exchange): string {
  if (failure === null)
    return warning === null ? `${status} in ${tookMs} ms` : `${status} in ${tookMs} ms, but: ${warning}`;
  return failure;
}

/** Whether trying again may help: what a listener that is being mended says. */
export const isRetryable = ({ status, failure, manner }: Exchange): boolean =>
  failure !== null &&
  manner === "" &&
  (status === null ? !failure.startsWith("No answer within") : isRetryableStatus(status));

const isRetryableStatus = (status: number): boolean => status >= 500 || [408, 425, 429].includes(status);
