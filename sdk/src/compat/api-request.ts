/** `APIRequest` sends the call of a context, and `APIResponse` is its response. */
import { InvalidArgumentError, TransportError } from "../errors.ts";
import { validateTimeout } from "../openapi-v2/settings.ts";
import type { WireFields } from "../openapi-v2/results.ts";
import { ConnectionError, send, timedOut, type HttpResponse, type HttpRequest } from "../http/transport.ts";
import { APIMethodTypes, type APIContext } from "./api-context.ts";

/** The platform's response, for a refusal as well as for a success. */
export class APIResponse {
  readonly statusCode: number;
  readonly reason: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** The response's fields, by wire name. */
  readonly body: WireFields;

  constructor(
    statusCode: number,
    reason: string,
    headers: Readonly<Record<string, string>>,
    body: WireFields,
  ) {
    this.statusCode = statusCode;
    this.reason = reason;
    this.headers = headers;
    this.body = body;
  }

  getStatusCode(): number {
    return this.statusCode;
  }

  /** The HTTP reason phrase. */
  getReason(): string {
    return this.reason;
  }

  getHeaders(): Readonly<Record<string, string>> {
    return this.headers;
  }

  getBody(): WireFields {
    return this.body;
  }

  /** The body as JSON. */
  getResult(): string {
    return JSON.stringify(this.body);
  }

  /** A field of the body, by wire name. */
  getParameter(name: string): string | undefined {
    return Object.hasOwn(this.body, name) ? this.body[name] : undefined;
  }

  getParameters(): WireFields {
    return this.body;
  }
}

/** One call. You can reuse a context for several calls, and change it between them. */
export class APIRequest {
  readonly context: APIContext;

  constructor(context: APIContext) {
    // JavaScript programs get no compile-time check.
    if (typeof context !== "object" || context === null)
      throw new InvalidArgumentError("context", "context is missing.");
    this.context = context;
  }

  /** Encrypts the key with the public key: the value after `Bearer ` in the Authorization header. */
  createBearerToken(): string {
    return this.context.createBearerToken();
  }

  /**
   * Sends the call once, without retries. A refusal is a normal response.
   *
   * Throws `InvalidArgumentError` before anything is sent, and `TransportError` if there was no response in time: the
   * outcome of the call is then unknown.
   */
  async execute(): Promise<APIResponse> {
    let response: Response | undefined;
    const recordingFetch: typeof fetch = async (...args) => (response = await fetch(...args));
    const { status, fields } = await sendRequest(this.context, recordingFetch);
    return new APIResponse(
      status,
      response?.statusText ?? "",
      Object.fromEntries(response?.headers ?? []),
      fields,
    );
  }

  /** The spelling in M-Pesa's documentation. */
  excecute(): Promise<APIResponse> {
    return this.execute();
  }
}

async function sendRequest(context: APIContext, fetchFunction: typeof fetch): Promise<HttpResponse> {
  const request = buildHttpRequest(context, fetchFunction);
  const reference = context.parameters["input_ThirdPartyConversationID"] ?? "";
  let response: HttpResponse | typeof timedOut;
  try {
    response = await send(request);
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    const { message, mayHaveArrived, httpStatus, excerpt, cause } = error;
    throw new TransportError(message, { reference, mayHaveArrived, httpStatus, excerpt, cause });
  }
  if (response !== timedOut) return response;
  throw new TransportError(`No response within ${context.timeout} ms.`, {
    reference,
    mayHaveArrived: true,
  });
}

/** Throws `InvalidArgumentError`. */
function buildHttpRequest(context: APIContext, fetchFunction: typeof fetch): HttpRequest {
  const { methodType: method, parameters } = context;
  if (!Object.hasOwn(APIMethodTypes, method))
    throw new InvalidArgumentError("methodType", "methodType must be GET, POST or PUT.");
  validateTimeout("timeout", context.timeout);
  const url = new URL(context.getUrl());
  const headers = new Headers({ Origin: "*", "Content-Type": "application/json" });
  for (const [name, value] of Object.entries(context.headers)) headers.set(name, value);
  headers.set("Authorization", `Bearer ${context.createBearerToken()}`);
  if (method === "GET") {
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  }
  return {
    method,
    url: url.href,
    headers: Object.fromEntries(headers),
    timeoutMs: context.timeout,
    fetch: fetchFunction,
    ...(method === "GET" ? {} : { body: JSON.stringify(parameters) }),
  };
}
