/**
 * The listener in Node's own http and https servers, and in Express.
 *
 * Requests and responses are named by what is used of them, so that this package depends on no framework.
 */
import { jsonResponse } from "./acknowledgement.ts";
import type { Listener } from "./listener.ts";
import { markReserialised } from "./parsed.ts";

/** As much of Node's `IncomingMessage` as is used, and what frameworks add to it. */
export interface NodeRequest extends NodeBody {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** False while some of the body has not arrived. */
  readonly complete?: boolean;
  /** Express: the URL before routers cut it. */
  readonly originalUrl?: string;
  /** What a parser made of the body. */
  readonly body?: unknown;
  /** The bytes of the body, where something kept them: `express.json({ verify })`, some clouds' functions. */
  readonly rawBody?: unknown;
}

/** A body that arrives, as Node's streams have it. */
export interface NodeBody {
  readonly readableEnded?: boolean;
  readonly readableDidRead?: boolean;
  // oxlint-disable-next-line typescript/no-explicit-any -- what a listener is called with depends on the event
  on(event: string, listener: (...args: any[]) => void): unknown;
  pause(): unknown;
  resume(): unknown;
}

/** As much of Node's `ServerResponse` as is used. */
export interface NodeResponse {
  statusCode: number;
  readonly headersSent?: boolean;
  setHeader(name: string, value: string): unknown;
  end(text: string): unknown;
}

/** For `http.createServer` and `https.createServer`, and for whatever else has their requests. */
export function toNodeHandler(listener: Listener): (request: NodeRequest, response: NodeResponse) => void {
  return (request, response) => {
    serve(listener, request, response).catch(() => {
      if (response.headersSent !== true) response.statusCode = 500;
      response.end("");
    });
  };
}

/** For `app.post("/told", …)`, before `express.json()` or after one that keeps `request.rawBody`. */
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

/** What a listener answers to a request whose body comes from `body`. */
export async function handle(
  listener: Listener,
  request: NodeRequest,
  body: NodeBody,
): Promise<HandlerResponse> {
  const webRequest = toWebRequest(request, body);
  const response =
    webRequest === null ? jsonResponse(400, { error: "malformed" }) : await listener(webRequest);
  const headers = Object.fromEntries(response.headers);
  // Who has not sent it all is not listened to any longer.
  const incomplete = request.complete === false;
  return {
    status: response.status,
    headers: incomplete ? { ...headers, connection: "close" } : headers,
    text: await response.text(),
  };
}

/** Null for what cannot be a request in the web's sense, such as TRACE. */
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

/** The bytes, from where they are: still to come, or kept by whoever has read them. */
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
    // HTTP/2 has headers such as `:path`, which are none to the web.
    if (value === undefined || name.startsWith(":")) continue;
    for (const item of typeof value === "string" ? [value] : value) headers.append(name, item);
  }
  return headers;
}

/** Its path is the caller's, its host nobody's: what a caller says of hosts is not to be trusted. */
function toUrl({ originalUrl, url }: NodeRequest): string {
  const path = originalUrl ?? url ?? "/";
  return `http://localhost${path.startsWith("/") ? path : "/"}`;
}

/** A stream that reads on only as fast as it is read. */
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
        const onAborted = finishOnce(() => controller.error(new Error("the request broke off")));
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
