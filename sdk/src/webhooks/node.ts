/**
 * Adapters for Node's http and https servers, and for Express.
 *
 * The types declare only the used parts of requests and responses, so that this package depends on no framework.
 */
import { jsonResponse } from "./json-response.ts";
import type { Listener } from "./listener.ts";
import { markReserialised } from "./reserialised-body.ts";

/** The used parts of Node's `IncomingMessage`, and of what frameworks add to it. */
export interface NodeRequest extends NodeBody {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** False until the whole body has arrived. */
  readonly complete?: boolean;
  /** Express: the URL before routers shorten it. */
  readonly originalUrl?: string;
  /** The parsed body. */
  readonly body?: unknown;
  /** The raw bytes of the body, if kept: by `express.json({ verify })`, or by some cloud functions. */
  readonly rawBody?: unknown;
}

/** The used parts of a readable Node stream. */
export interface NodeBody {
  readonly readableEnded?: boolean;
  readonly readableDidRead?: boolean;
  // oxlint-disable-next-line typescript/no-explicit-any -- the arguments depend on the event
  on(event: string, listener: (...args: any[]) => void): unknown;
  pause(): unknown;
  resume(): unknown;
}

/** The used parts of Node's `ServerResponse`. */
export interface NodeResponse {
  statusCode: number;
  readonly headersSent?: boolean;
  setHeader(name: string, value: string): unknown;
  end(text: string): unknown;
}

/** For `http.createServer`, `https.createServer`, and anything with the same requests. */
export function toNodeHandler(listener: Listener): (request: NodeRequest, response: NodeResponse) => void {
  return (request, response) => {
    serve(listener, request, response).catch(() => {
      if (response.headersSent !== true) response.statusCode = 500;
      response.end("");
    });
  };
}

/** For `app.post("/callbacks", …)`, before `express.json()`, or after one that keeps `request.rawBody`. */
export function toExpressHandler(
  listener: Listener,
): (request: NodeRequest, response: NodeResponse, next: (error?: unknown) => void) => Promise<void> {
  return async (request, response, next) => {
    try {
      await serve(listener, request, response);
    } catch (error) {
      next(error);
    }
  };
}

async function serve(listener: Listener, request: NodeRequest, response: NodeResponse): Promise<void> {
  const result = await handle(listener, request, request);
  response.statusCode = result.status;
  for (const [name, value] of Object.entries(result.headers)) response.setHeader(name, value);
  response.end(result.text);
}

export interface HandlerResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Passes a request to the listener. The body comes from `body`. */
export async function handle(
  listener: Listener,
  request: NodeRequest,
  body: NodeBody,
): Promise<HandlerResponse> {
  const webRequest = toWebRequest(request, body);
  const response =
    webRequest === null ? jsonResponse(400, { error: "malformed" }) : await listener(webRequest);
  const headers = Object.fromEntries(response.headers);
  // Close the connection instead of reading the rest of the body.
  const incomplete = request.complete === false;
  return {
    status: response.status,
    headers: incomplete ? { ...headers, connection: "close" } : headers,
    text: await response.text(),
  };
}

/** Null for requests that the Fetch API does not allow, such as TRACE. */
function toWebRequest(request: NodeRequest, body: NodeBody): Request | null {
  const method = request.method ?? "GET";
  try {
    const init = { method, headers: toHeaders(request.headers) };
    if (method === "GET" || method === "HEAD") return new Request(toUrl(request), init);
    return withBody(request, body, (bytes) => {
      const initWithBody = { ...init, body: bytes, duplex: "half" };
      return new Request(toUrl(request), initWithBody as RequestInit);
    });
  } catch {
    return null;
  }
}

type Body = Uint8Array | string | ReadableStream<Uint8Array> | null;

/** Takes the body from the stream, or from where a parser kept it. */
function withBody(request: NodeRequest, body: NodeBody, build: (body: Body) => Request): Request {
  const isRead = body.readableEnded === true || body.readableDidRead === true;
  if (!isRead) return build(toStream(body));
  const bytes = [request.rawBody, request.body].find(isBytes);
  if (bytes !== undefined) return build(bytes);
  const parsed: unknown = request.body;
  const webRequest = build(parsed === undefined ? null : JSON.stringify(parsed));
  markReserialised(webRequest);
  return webRequest;
}

const isBytes = (value: unknown): value is Uint8Array | string =>
  typeof value === "string" || value instanceof Uint8Array;

function toHeaders(input: NodeRequest["headers"]): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(input)) {
    // The Fetch API does not allow HTTP/2 pseudo-headers such as `:path`.
    if (value === undefined || name.startsWith(":")) continue;
    for (const item of typeof value === "string" ? [value] : value) headers.append(name, item);
  }
  return headers;
}

/** Uses the request's path, but not its Host header, which is untrusted. */
function toUrl({ originalUrl, url }: NodeRequest): string {
  const path = originalUrl ?? url ?? "/";
  return `http://localhost${path.startsWith("/") ? path : "/"}`;
}

/** Converts a Node stream, with backpressure. */
function toStream(body: NodeBody): ReadableStream<Uint8Array> {
  let finished = false;
  const finishOnce = (finish: () => void) => () => {
    if (finished) return;
    finished = true;
    finish();
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        body.on("data", (chunk: Uint8Array) => {
          if (finished) return;
          controller.enqueue(chunk);
          body.pause();
        });
        body.on(
          "end",
          finishOnce(() => controller.close()),
        );
        const onAborted = finishOnce(() => controller.error(new Error("the request was aborted")));
        body.on("error", onAborted);
        body.on("close", onAborted);
        body.pause();
      },
      pull: () => void body.resume(),
      cancel: finishOnce(() => body.pause()),
    },
    { highWaterMark: 0 },
  );
}
