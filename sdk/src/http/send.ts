/** Sends one HTTP request, with a timeout and a size limit for the response. It never retries. */
import { ConnectionError, fromFetchError, unexpectedResponseError } from "./connection-error.ts";

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly fetch: typeof fetch;
  /** The longest response that is read; default 65,536 bytes. */
  readonly maxResponseBytes?: number;
}

export interface HttpResponse {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  readonly text: string;
}

/** No response within the timeout. The platform may have processed the request. */
export const timedOut = Symbol("timed out");

/** M-Pesa's responses are smaller than one kilobyte, except for lists and images. */
const defaultMaxResponseBytes = 65_536;

/** Throws `ConnectionError`, or the signal's reason. */
export async function send(request: HttpRequest): Promise<HttpResponse | typeof timedOut> {
  const {
    method,
    url,
    headers,
    body,
    timeoutMs,
    signal,
    maxResponseBytes = defaultMaxResponseBytes,
  } = request;
  signal?.throwIfAborted();
  const abortController = new AbortController();
  const timer = setTimeout(() => abortController.abort(timedOut), timeoutMs);
  const onAbort = (): void => abortController.abort(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  const exchange = async (): Promise<HttpResponse> => {
    // Do not follow redirects: that would send the bearer to another server.
    const response = await request.fetch(url, {
      method,
      headers,
      redirect: "manual",
      signal: abortController.signal,
      ...(body === undefined ? {} : { body }),
    });
    const { status, statusText, headers: responseHeaders } = response;
    return { status, statusText, headers: responseHeaders, text: await readBody(response, maxResponseBytes) };
  };
  try {
    // A custom `fetch` may ignore the signal, so race against it.
    return await Promise.race([exchange(), rejectOnAbort(abortController.signal)]);
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    if (abortController.signal.aborted) return timedOut;
    if (error instanceof ConnectionError) throw error;
    throw fromFetchError(error);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

/** Rejects when the signal aborts. */
const rejectOnAbort = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- the signal's owner chooses the reason
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });

async function readBody(response: Response, maxResponseBytes: number): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return "";
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.length;
    text += decoder.decode(value, { stream: true });
    if (bytes > maxResponseBytes) {
      await reader.cancel();
      throw unexpectedResponseError(response.status, text, "The body is too long");
    }
  }
}
