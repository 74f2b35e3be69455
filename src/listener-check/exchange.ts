/** One request to the listener and its response: the evidence for all findings. */
import type { Webhook } from "standardwebhooks";
import { callbackUserAgent } from "../callbacks/callback-service.ts";
import { createSignatureHeaders } from "../callbacks/signing.ts";
import { buildCallbackHeaders } from "../callbacks/deliver.ts";
import { version } from "../core/version.ts";
import type { ListenerMessage } from "../protocols/listener-checks.ts";
import { getContent } from "./message-content.ts";

export interface Exchange {
  readonly at: Date;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The body, or the query string of a GET. */
  readonly body: string | Buffer;
  /** How the request was sent, if unusual; empty for an ordinary request. */
  readonly manner: string;
  /** Null if there was no response. */
  readonly status: number | null;
  readonly tookMs: number;
  /** The beginning of the response body. */
  readonly responseBody: string;
  /** Why it counts as a failure, in a sentence; null for an acknowledgement. */
  readonly failure: string | null;
  /** A problem with an acknowledgement. */
  readonly warning: string | null;
  readonly retryAfterMs: number | null;
}

/** All attempts to deliver one callback. */
export interface Delivery {
  readonly message: ListenerMessage;
  readonly attempts: readonly [Exchange, ...Exchange[]];
  readonly acknowledged: boolean;
}

/** How a message is signed, if not in the regular way. */
export interface SignatureOptions {
  /** Each of these signs; an empty list sends the message unsigned. */
  readonly webhooks: readonly Webhook[];
  /** The signed timestamp; the default is now. */
  readonly at?: Date;
  /** The signed content, if it differs from what is sent. */
  readonly signedContent?: string;
}

/**
 * The headers of a callback, built by the server's own code. `id` replaces the message's own id. M-Pesa's own callbacks
 * are not signed.
 */
export function buildHeaders(
  message: ListenerMessage,
  signature: SignatureOptions,
  id: string = message.payment.conversationId,
): Promise<Record<string, string>> {
  const { webhooks, at = new Date(), signedContent = getContent(message) } = signature;
  const signer = {
    sign: (_: bigint, signedId: string) =>
      Promise.resolve(
        webhooks.length === 0
          ? {}
          : createSignatureHeaders(webhooks, { id: signedId, timestamp: at, body: signedContent }),
      ),
    clearCache: () => {},
  };
  const publicIds = { requestId: () => id, receipt: () => "", decode: () => null };
  return buildCallbackHeaders(
    { signer, publicIds, userAgent: callbackUserAgent(version) },
    { id: 0n, applicationId: 1n },
    message,
  );
}

/** A short description of the response. */
export function describeExchange({ status, failure, warning, tookMs }: Exchange): string {
  if (failure === null)
    return warning === null ? `${status} in ${tookMs} ms` : `${status} in ${tookMs} ms, but: ${warning}`;
  return failure;
}

/** Whether a retry may succeed, for example while the listener restarts. */
export const isRetryable = ({ status, failure, manner }: Exchange): boolean =>
  failure !== null &&
  manner === "" &&
  (status === null ? !failure.startsWith("No answer within") : isRetryableStatus(status));

const isRetryableStatus = (status: number): boolean => status >= 500 || [408, 425, 429].includes(status);
