/** `APIRequest` sends the call of a context, and `APIResponse` is its response. */
import { InvalidArgumentError, TransportError } from "../errors.ts";
import { toTransportError } from "../http/connection-error.ts";
import { send, timedOut, type HttpRequest } from "../http/send.ts";
import { validateTimeout } from "../http/timeouts.ts";
import type { WireFields } from "../openapi-v2/results.ts";
import { parseWireResponse } from "../openapi-v2/wire-response.ts";
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
    const request = buildHttpRequest(this.context);
    const reference = this.context.parameters["input_ThirdPartyConversationID"] ?? "";
    try {
      const response = await send(request);
      if (response === timedOut) throw timeoutError(reference, request.timeoutMs);
      const { status, fields } = parseWireResponse(response);
      return new APIResponse(status, response.statusText, Object.fromEntries(response.headers), fields);
    } catch (error) {
      throw toTransportError(reference, error);
    }
  }

  /** The spelling in M-Pesa's documentation. */
  excecute(): Promise<APIResponse> {
    return this.execute();
  }
}

const timeoutError = (reference: string, timeoutMs: number): TransportError =>
  new TransportError(`No response within ${timeoutMs} ms.`, { reference, mayHaveArrived: true });

/** Throws `InvalidArgumentError`. */
function buildHttpRequest(context: APIContext): HttpRequest {
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
    fetch,
    ...(method === "GET" ? {} : { body: JSON.stringify(parameters) }),
  };
}
